"""Jira Cloud below ``/jira`` and Jira Data Center below ``/jira-dc``, as far as they are asked.

The two keep apart what they know. What a docstring calls document is Atlassian's description of
the API, issues are those of other people's clients; the rest is unverified.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from dd_incident_roles.sandbox import api
from dd_incident_roles.sandbox.api import Answer, Call, Refusal
from dd_incident_roles.sandbox.resources.jira_site import (
    JiraComment,
    JiraDataCenter,
    JiraIssue,
    JiraSite,
    part,
    plain,
)

Handler = Callable[[JiraSite, Call], Answer]
LONGEST_TEXT = 32_767
LARGEST_PAGE = 100
ISSUE_TYPES = frozenset({"Task", "Incident"})
NO_ISSUE = "Issue does not exist or you do not have permission to see it."


class Sent(BaseModel):
    """A body; what is unknown is passed over."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel)


class SentIssue(Sent):
    """What creates or edits an issue."""

    fields: Mapping[str, object]


class SentProperty(Sent):
    """A property of a comment."""

    key: str
    value: object


class SentComment(Sent):
    """What writes a comment."""

    body: object
    properties: tuple[SentProperty, ...] | None = None


class SentIds(Sent):
    """Which comments are asked for."""

    ids: tuple[int, ...]


class SentAssignee(Sent):
    """Who is to be the assignee; None is nobody."""

    model_config = ConfigDict(frozen=True, extra="allow")


class SentSearch(Sent):
    """A search; ``next_page_token`` is for Cloud, ``start_at`` for Data Center."""

    jql: str
    max_results: int = Field(default=50)
    next_page_token: str | None = None
    start_at: int = 0


def get_myself(site: JiraSite, _: Call) -> Answer:
    """Shows the account of the token."""
    return Answer(body=_user(site, site.caller) or {})


def list_permissions(site: JiraSite, call: Call) -> Answer:
    """Shows which of the permissions that are asked for the account has (document)."""
    asked = call.query.get("permissions", "").split(",")
    shown: api.Json = {
        name: {"key": name, "havePermission": name not in site.lacking} for name in asked
    }
    return Answer(body={"permissions": shown})


def get_user(site: JiraSite, call: Call) -> Answer:
    """Shows one user."""
    wanted = call.query.get("accountId" if site.is_cloud else "username")
    user = api.found(site.users.get(wanted), "The user does not exist")
    return Answer(body=_user(site, user.id) or {})


def find_assignable(site: JiraSite, call: Call) -> Answer:
    """Searches whom an issue can be assigned to: by beginnings, hidden e-mails too (document).

    Cloud finds exactly one by account id (document).
    """
    query = call.query
    words = query.get("query" if site.is_cloud else "username", "").casefold()
    exact = query.get("accountId") if site.is_cloud else None
    _visible(site, call, query.get("issueKey", ""))
    found = [
        _user(site, row.id)
        for row in site.users
        if row.can_be_assigned
        and (
            row.id == exact
            if exact
            else any(
                word.casefold().startswith(words)
                for word in (*row.display_name.split(), row.email, row.id)
            )
        )
    ]
    return Answer(body=found[: call.number("maxResults", default=50)])


def get_issue(site: JiraSite, call: Call) -> Answer:
    """Shows an issue; this can be asked by a stranger (document)."""
    return Answer(body=_issue(site, _visible(site, call, call.ids["key"])))


def edit_issue(site: JiraSite, call: Call) -> Answer:
    """Edits an issue; an assignee in it is passed over without a word (issues)."""
    issue, fields = _writable(site, call), call.sent(SentIssue).fields
    if "description" in fields:
        description = _checked(site, fields["description"], "description")
        issue = replace(issue, description=description)
    site.issues.put(replace(issue, updated=call.world.clock()))
    return Answer(status=204)


def assign_issue(site: JiraSite, call: Call) -> Answer:
    """Assigns an issue (document); the sentences of refusals are from issues of clients."""
    issue, sent = _writable(site, call), call.sent(SentAssignee).model_extra or {}
    name = "accountId" if site.is_cloud else "name"
    if name not in sent:
        raise _wrong("assignee", f"expected Object containing a '{name}' property")
    wanted = sent[name]
    if wanted is None and site.projects[issue.project].must_be_assigned:
        raise _wrong("assignee", "Issues must be assigned.")
    user = site.users.get(wanted if isinstance(wanted, str) else None)
    if wanted is not None and (user is None or not user.can_be_assigned):
        raise _wrong("assignee", f"User '{wanted}' cannot be assigned issues.")
    if not site.drops_assignee:
        assignee = None if user is None else user.id
        site.issues.put(replace(issue, assignee=assignee, updated=call.world.clock()))
    return Answer(status=204)


def create_issue(site: JiraSite, call: Call) -> Answer:
    """Creates an issue; a title of several lines is refused."""
    fields = call.sent(SentIssue).fields
    project = site.projects.get(part(fields.get("project"), "key"))
    if project is None:
        raise _wrong("project", "valid project is required")
    if part(fields.get("issuetype"), "name") not in ISSUE_TYPES:
        raise _wrong("issuetype", "Specify a valid issue type")
    summary = fields.get("summary")
    if not isinstance(summary, str) or "\n" in summary:
        raise _wrong("summary", "The summary is invalid.")
    for name, title in project.requires.items():
        if name not in fields:
            raise _wrong(name, f"{title} is required.")
    description = _checked(site, fields.get("description"), "description")
    row = site.make_issue(project.id, summary, description, author=site.caller)
    return Answer(body={"id": site.next_id(), "key": row.id, "self": call.url}, status=201)


def search_issues(site: JiraSite, call: Call) -> Answer:
    """Finds issues of a project that the account created since a day, oldest first.

    Cloud gives no total, but a token where there is more (document).
    """
    sent = call.sent(SentSearch)
    asked = re.match(
        r'project = "(.+)" AND creator = currentUser\(\) AND created >= "(.+)" ORDER', sent.jql
    )
    if asked is None or site.projects.get(asked[1]) is None:
        raise Refusal(400, f"Error in the JQL Query: {sent.jql}")
    since = date.fromisoformat(asked[2])
    rows = site.issues.where(
        lambda row: (
            row.project.casefold() == asked[1].casefold()
            and row.author == site.caller
            and row.created.date() >= since
        )
    )
    start = int(sent.next_page_token or sent.start_at)
    end = start + min(sent.max_results, site.search_page)
    body: api.Json = {"issues": [_issue(site, row) for row in rows[start:end]]}
    if not site.is_cloud:
        return Answer(body={**body, "startAt": start, "total": len(rows)})
    more = {} if end >= len(rows) else {"nextPageToken": str(end)}
    return Answer(body={**body, "isLast": end >= len(rows), **more})


def list_comments(site: JiraSite, call: Call) -> Answer:
    """Lists comments by page, with properties only where they are asked for."""
    rows = site.comments_of(_visible(site, call, call.ids["key"]))
    start = call.number("startAt", default=0)
    page = rows[start : start + call.number("maxResults", default=50, most=LARGEST_PAGE)]
    with_properties = call.query.get("expand") == "properties" and site.shows_properties
    shown = [_comment(site, row, with_properties) for row in page]
    if site.vanishing and rows:
        site.vanishing -= 1
        site.all_comments.remove(rows[0].id)
    return Answer(body={"startAt": start, "total": len(rows), "comments": shown})


def list_comments_by_id(site: JiraSite, call: Call) -> Answer:
    """Lists the comments with these numbers, and their properties if asked for (document).

    How many it shows at once is unverified: so many as a page of a listing.
    """
    ids = call.sent(SentIds).ids
    found = [row for row in map(site.all_comments.get, map(str, ids)) if row is not None]
    expands = call.query.get("expand") == "properties"
    shown = [_comment(site, row, expands) for row in found[:LARGEST_PAGE]]
    return Answer(body={"values": shown, "total": len(found)})


def create_comment(site: JiraSite, call: Call) -> Answer:
    """Writes a comment of the account, with its properties (document)."""
    issue, sent = _writable(site, call), call.sent(SentComment)
    row = site.make_comment(
        issue,
        _checked(site, sent.body, "comment"),
        author=site.caller,
        properties={each.key: each.value for each in sent.properties or ()},
    )
    return Answer(body=_comment(site, row, with_properties=True), status=201)


def edit_comment(site: JiraSite, call: Call) -> Answer:
    """Changes a comment of the account; a list of properties replaces all (other clients)."""
    row, sent = _own_comment(site, call), call.sent(SentComment)
    row = replace(
        row,
        body=_checked(site, sent.body, "comment"),
        updated=call.world.clock(),
        properties=row.properties
        if sent.properties is None
        else {each.key: each.value for each in sent.properties},
    )
    site.all_comments.put(row)
    return Answer(body=_comment(site, row, with_properties=True))


def delete_comment(site: JiraSite, call: Call) -> Answer:
    """Removes a comment of the account."""
    site.all_comments.remove(_own_comment(site, call).id)
    return Answer(status=204)


def get_property(site: JiraSite, call: Call) -> Answer:
    """Shows one property of a comment (document)."""
    name = call.ids["property"]
    row = api.found(site.all_comments.get(call.ids["id"]), "The comment does not exist.")
    if name not in row.properties:
        raise Refusal(404, f"The property with key '{name}' does not exist.")
    return Answer(body={"key": name, "value": row.properties[name]})


def get_project(site: JiraSite, call: Call) -> Answer:
    """Shows a project; a stranger sees one that its permissions open to everybody."""
    row = api.found(site.projects.get(call.ids["key"]), "No project could be found.")
    if not call.caller and not row.is_public:
        raise Refusal(404, "No project could be found.")
    return Answer(body={"key": row.id, "projectTypeKey": row.kind})


def _for_accounts(handle: Handler) -> Handler:
    """Refuses a stranger."""

    def known(site: JiraSite, call: Call) -> Answer:
        if not call.caller:
            raise Refusal(401, "Client must be authenticated to access this resource.")
        return handle(site, call)

    return known


def _visible(site: JiraSite, call: Call, key: str) -> JiraIssue:
    issue = api.found(site.issues.get(key), NO_ISSUE)
    if not call.caller and not site.projects[issue.project].is_public:
        raise Refusal(404, NO_ISSUE)
    return issue


def _writable(site: JiraSite, call: Call) -> JiraIssue:
    """Finds an issue that still takes a write; the limit is one of Cloud's (document)."""
    issue = _visible(site, call, call.ids["key"])
    if site.writes_left is not None:
        if site.writes_left <= 0:
            headers = {"Retry-After": "5", "RateLimit-Reason": "jira-per-issue-on-write"}
            raise Refusal(429, "Rate limit exceeded.", headers=headers)
        site.writes_left -= 1
    return issue


def _own_comment(site: JiraSite, call: Call) -> JiraComment:
    issue, row = _writable(site, call), site.all_comments.get(call.ids["id"])
    if row is None or row.issue != issue.id:
        raise Refusal(404, f"Can not find a comment for the id: {call.ids['id']}.")
    if row.author != site.caller:
        raise Refusal(403, "You do not have the permission for this comment.")
    return row


def _checked(site: JiraSite, body: object, about: str) -> object:
    """Takes a document in Cloud, whose texts are not empty (document), a string elsewhere."""
    is_fit = part(body, "type") == "doc" if site.is_cloud else isinstance(body, str)
    if body is None and about == "description":
        return None
    if not is_fit or '"text": ""' in str(body).replace("'", '"'):
        raise _wrong(about, "Comment body is not valid!")
    if len(plain(body)) > LONGEST_TEXT:
        limit = f"It exceeds the allowed limit of {LONGEST_TEXT:,} characters."
        raise _wrong(about, f"The entered text is too long. {limit}")
    return body


def _user(site: JiraSite, user_id: str | None) -> api.Json | None:
    """Renders a user; an e-mail can be hidden, and is left out then (document)."""
    user = site.users.get(user_id)
    if user is None:
        return None
    shown: api.Json = {"displayName": user.display_name, "active": True}
    if site.is_cloud:
        kind = "app" if user.is_app else "atlassian"
        shown |= {"accountId": user.id, "accountType": kind}
    else:
        shown |= {"name": user.id, "key": f"JIRAUSER{user.id}"}
    return shown if user.hides_email else {**shown, "emailAddress": user.email}


def _issue(site: JiraSite, row: JiraIssue) -> api.Json:
    project = site.projects[row.project]
    fields: api.Json = {
        **api.picked(row, "summary", "description"),
        "assignee": _user(site, row.assignee),
        "status": {"statusCategory": {"key": "indeterminate" if row.is_open else "done"}},
        "project": {"key": row.project, "projectTypeKey": project.kind},
        "created": _time(row.created),
        "updated": _time(row.updated),
    }
    return {"id": row.id, "key": row.id, "fields": fields}


def _comment(site: JiraSite, row: JiraComment, with_properties: bool) -> api.Json:
    shown: api.Json = {
        **api.picked(row, "id", "body"),
        "author": _user(site, row.author),
        "created": _time(row.created),
        "updated": _time(row.updated),
    }
    if row.only_for is not None:
        shown["visibility"] = {"type": "role", "value": row.only_for}
    if with_properties:
        shown["properties"] = [{"key": k, "value": v} for k, v in row.properties.items()]
    return shown


def _time(moment: datetime) -> str:
    """Writes a moment with milliseconds and an offset without a colon (document)."""
    at = moment.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}+0000"


def _wrong(about: str, said: str) -> Refusal:
    """Makes the refusal of a request because of one field."""
    return Refusal(400, said, more={"errorMessages": [], "errors": {about: said}})


_OPEN: Mapping[str, Handler] = {
    "GET /project/{key}": get_project,
    "GET /issue/{key}": get_issue,
}
_KNOWN: Mapping[str, Handler] = {
    "GET /myself": get_myself,
    "GET /mypermissions": list_permissions,
    "GET /user": get_user,
    "GET /user/assignable/search": find_assignable,
    "POST /issue": create_issue,
    "PUT /issue/{key}": edit_issue,
    "PUT /issue/{key}/assignee": assign_issue,
    "GET /issue/{key}/comment": list_comments,
    "POST /issue/{key}/comment": create_comment,
    "PUT /issue/{key}/comment/{id}": edit_comment,
    "DELETE /issue/{key}/comment/{id}": delete_comment,
    "GET /comment/{id}/properties/{property}": get_property,
}
_CLOUD: Mapping[str, Handler] = {
    "POST /search/jql": search_issues,
    "POST /comment/list": list_comments_by_id,
}


def _endpoints(
    kind: type[JiraSite], path: str, own: Mapping[str, Handler]
) -> tuple[api.Endpoint, ...]:
    known = {key: _for_accounts(handle) for key, handle in {**_KNOWN, **own}.items()}
    return api.of_service(kind, path, {**_OPEN, **known})


ENDPOINTS = (
    *_endpoints(JiraSite, "/jira/rest/api/3", _CLOUD),
    *_endpoints(JiraDataCenter, "/jira-dc/rest/api/2", {"POST /search": search_issues}),
)
