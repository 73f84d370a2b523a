"""Jira Cloud below ``/jira`` and Jira Data Center below ``/jira-dc``, as far as they are asked.

The two keep apart what they know. What a docstring calls document is Atlassian's description of
the API, issues are those of other people's clients; the rest is unverified.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from dd_incident_roles.sandbox import api
from dd_incident_roles.sandbox.api import Answer, Call, Refusal
from dd_incident_roles.sandbox.resources.jira_site import (
    JiraComment,
    JiraIssue,
    Site,
    is_key,
    part,
    plain,
    site_of,
)
from dd_incident_roles.sandbox.world import World

LONGEST_TEXT = 32_767
LARGEST_PAGE = 100
NO_ISSUE = "Issue does not exist or you do not have permission to see it."


class JiraRefusal(Refusal):
    """A request that Jira turns down because of one field, or with headers."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        about: str | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        super().__init__(status, detail)
        self.about = about
        self.headers = headers


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


@dataclass(frozen=True, slots=True, kw_only=True)
class JiraService:
    """One of the two, as the sandbox serves it."""

    name: str
    path: str
    is_cloud: bool

    def site(self, world: World) -> Site:
        """Finds what it remembers."""
        return site_of(world, self.name)

    def admit(self, world: World, headers: Mapping[str, str]) -> str:
        """Takes any token in the way of this kind; without one somebody is a stranger (document).

        Cloud knows e-mail and token as Basic, Data Center a personal token as Bearer (document).
        """
        scheme = headers.get("authorization", "").partition(" ")[0]
        if not scheme:
            return ""
        site = self.site(world)
        if site.refuses_token or scheme != ("Basic" if self.is_cloud else "Bearer"):
            raise Refusal(401, "Client must be authenticated to access this resource.")
        return site.caller

    def refuse(self, refusal: Refusal) -> Answer:
        """Renders a refusal: a list of sentences, and one sentence for each wrong field."""
        about = refusal.about if isinstance(refusal, JiraRefusal) else None
        said = str(refusal)
        body: api.Json = {
            "errorMessages": [] if about else [said],
            "errors": {about: said} if about else {},
        }
        headers = refusal.headers if isinstance(refusal, JiraRefusal) else {}
        return _json(body, status=refusal.status, headers=headers)

    def endpoints(self) -> tuple[api.Endpoint, ...]:
        """Lists the operations."""
        return api.of_service(
            self,
            self.path,
            {
                "GET /myself": self.myself,
                "GET /mypermissions": self.permissions,
                "GET /user": self.user,
                "GET /user/assignable/search": self.assignable,
                "GET /project/{key}": self.project,
                "POST /issue": self.create,
                "GET /issue/{key}": self.issue,
                "PUT /issue/{key}": self.edit,
                "PUT /issue/{key}/assignee": self.assign,
                "GET /issue/{key}/comment": self.comments,
                "POST /issue/{key}/comment": self.add_comment,
                "PUT /issue/{key}/comment/{id}": self.edit_comment,
                "DELETE /issue/{key}/comment/{id}": self.delete_comment,
                "GET /comment/{id}/properties/{property}": self.property,
                **(
                    {"POST /search/jql": self.search, "POST /comment/list": self.comments_by_id}
                    if self.is_cloud
                    else {"POST /search": self.search}
                ),
            },
        )

    def myself(self, call: Call) -> Answer:
        """Shows the account of the token."""
        site = self._known(call)
        return _json(self._user(site, site.caller))

    def permissions(self, call: Call) -> Answer:
        """Shows which of the permissions that are asked for the account has (document)."""
        site = self._known(call)
        asked = call.query.get("permissions", "").split(",")
        shown: api.Json = {
            name: {"key": name, "havePermission": name not in site.lacking} for name in asked
        }
        return _json({"permissions": shown})

    def user(self, call: Call) -> Answer:
        """Shows one user."""
        site = self._known(call)
        wanted = call.query.get("accountId" if self.is_cloud else "username")
        user = api.found(site.users.get(wanted), "The user does not exist")
        return _json(self._user(site, user.id))

    def assignable(self, call: Call) -> Answer:
        """Searches whom an issue can be assigned to: by beginnings, hidden e-mails too (document).

        Cloud finds exactly one by account id (document).
        """
        site, query = self._known(call), call.query
        words = query.get("query" if self.is_cloud else "username", "").casefold()
        exact = query.get("accountId") if self.is_cloud else None
        self._visible(call, site, query.get("issueKey", ""))
        found = [
            self._user(site, row.id)
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
        return _json(found[: call.number("maxResults", default=50)])

    def issue(self, call: Call) -> Answer:
        """Shows an issue; this can be asked by a stranger (document)."""
        site = self.site(call.world)
        return _json(self._issue(site, self._visible(call, site, call.ids["key"])))

    def edit(self, call: Call) -> Answer:
        """Edits an issue; an assignee in it is passed over without a word (issues)."""
        site = self._known(call)
        issue, fields = self._writable(call, site), call.sent(SentIssue).fields
        if "description" in fields:
            description = self._checked(fields["description"], "description")
            issue = replace(issue, description=description)
        site.issues.put(replace(issue, updated=call.world.clock()))
        return Answer(status=204)

    def assign(self, call: Call) -> Answer:
        """Assigns an issue (document); the sentences of refusals are from issues of clients."""
        site = self._known(call)
        issue, sent = self._writable(call, site), call.sent(SentAssignee).model_extra or {}
        name = "accountId" if self.is_cloud else "name"
        if name not in sent:
            raise JiraRefusal(
                400, f"expected Object containing a '{name}' property", about="assignee"
            )
        wanted = sent[name]
        if wanted is None and site.projects.first(is_key(issue.project), issue).must_be_assigned:
            raise JiraRefusal(400, "Issues must be assigned.", about="assignee")
        user = site.users.get(wanted if isinstance(wanted, str) else None)
        if wanted is not None and (user is None or not user.can_be_assigned):
            raise JiraRefusal(400, f"User '{wanted}' cannot be assigned issues.", about="assignee")
        if not site.drops_assignee:
            assignee = None if user is None else user.id
            site.issues.put(replace(issue, assignee=assignee, updated=call.world.clock()))
        return Answer(status=204)

    def create(self, call: Call) -> Answer:
        """Creates an issue; a title of several lines is refused."""
        site, fields = self._known(call), call.sent(SentIssue).fields
        project = site.projects.get(part(fields.get("project"), "key"))
        if project is None:
            raise JiraRefusal(400, "valid project is required", about="project")
        if part(fields.get("issuetype"), "name") not in project.issue_types:
            raise JiraRefusal(400, "Specify a valid issue type", about="issuetype")
        summary = fields.get("summary")
        if not isinstance(summary, str) or "\n" in summary:
            raise JiraRefusal(400, "The summary is invalid.", about="summary")
        for name, title in project.requires.items():
            if name not in fields:
                raise JiraRefusal(400, f"{title} is required.", about=name)
        now = call.world.clock()
        row = JiraIssue(
            id=site.next_key(project.id),
            project=project.id,
            summary=summary,
            description=self._checked(fields.get("description"), "description"),
            creator=site.caller,
            created=now,
            updated=now,
        )
        site.issues.put(row)
        return _json({"id": site.next_id(), "key": row.id, "self": call.url}, status=201)

    def search(self, call: Call) -> Answer:
        """Finds issues of a project that the account created since a day, oldest first.

        Cloud gives no total, but a token where there is more (document).
        """
        site, sent = self._known(call), call.sent(SentSearch)
        asked = re.match(
            r'project = "(.+)" AND creator = currentUser\(\) AND created >= "(.+)" ORDER', sent.jql
        )
        if asked is None or site.projects.get(asked[1]) is None:
            raise Refusal(400, f"Error in the JQL Query: {sent.jql}")
        since = date.fromisoformat(asked[2])
        rows = site.issues.where(
            lambda row: (
                row.project.casefold() == asked[1].casefold()
                and row.creator == site.caller
                and row.created.date() >= since
            )
        )
        start = int(sent.next_page_token or sent.start_at)
        end = start + min(sent.max_results, site.search_page)
        body: api.Json = {"issues": [self._issue(site, row) for row in rows[start:end]]}
        if not self.is_cloud:
            return _json({**body, "startAt": start, "total": len(rows)})
        more = {} if end >= len(rows) else {"nextPageToken": str(end)}
        return _json({**body, "isLast": end >= len(rows), **more})

    def comments(self, call: Call) -> Answer:
        """Lists comments by page, with properties only where they are asked for."""
        site = self._known(call)
        rows = site.comments_of(self._visible(call, site, call.ids["key"]))
        start = call.number("startAt", default=0)
        page = rows[start : start + call.number("maxResults", default=50, most=LARGEST_PAGE)]
        with_properties = call.query.get("expand") == "properties" and site.shows_properties
        shown = [self._comment(site, row, with_properties) for row in page]
        if site.vanishing and rows:
            site.vanishing -= 1
            site.comments.remove(rows[0].id)
        return _json({"startAt": start, "total": len(rows), "comments": shown})

    def comments_by_id(self, call: Call) -> Answer:
        """Lists the comments with these numbers, and their properties if asked for (document).

        How many it shows at once is unverified: so many as a page of a listing.
        """
        site, ids = self._known(call), call.sent(SentIds).ids
        found = [row for row in map(site.comments.get, map(str, ids)) if row is not None]
        expands = call.query.get("expand") == "properties"
        shown = [self._comment(site, row, expands) for row in found[:LARGEST_PAGE]]
        return _json({"values": shown, "total": len(found)})

    def add_comment(self, call: Call) -> Answer:
        """Writes a comment of the account, with its properties (document)."""
        site = self._known(call)
        issue, sent, now = self._writable(call, site), call.sent(SentComment), call.world.clock()
        row = JiraComment(
            id=site.next_id(),
            issue=issue.id,
            body=self._checked(sent.body, "comment"),
            author=site.caller,
            created=now,
            updated=now,
            properties={each.key: each.value for each in sent.properties or ()},
        )
        site.comments.put(row)
        return _json(self._comment(site, row, with_properties=True), status=201)

    def edit_comment(self, call: Call) -> Answer:
        """Changes a comment of the account; a list of properties replaces all (other clients)."""
        site = self._known(call)
        row, sent = self._own_comment(call, site), call.sent(SentComment)
        row = replace(
            row,
            body=self._checked(sent.body, "comment"),
            updated=call.world.clock(),
            properties=row.properties
            if sent.properties is None
            else {each.key: each.value for each in sent.properties},
        )
        site.comments.put(row)
        return _json(self._comment(site, row, with_properties=True))

    def delete_comment(self, call: Call) -> Answer:
        """Removes a comment of the account."""
        site = self._known(call)
        site.comments.remove(self._own_comment(call, site).id)
        return Answer(status=204)

    def property(self, call: Call) -> Answer:
        """Shows one property of a comment (document)."""
        site, name = self._known(call), call.ids["property"]
        row = api.found(site.comments.get(call.ids["id"]), "The comment does not exist.")
        if name not in row.properties:
            raise Refusal(404, f"The property with key '{name}' does not exist.")
        return _json({"key": name, "value": row.properties[name]})

    def project(self, call: Call) -> Answer:
        """Shows a project; a stranger sees one that its permissions open to everybody."""
        site = self.site(call.world)
        row = api.found(site.projects.get(call.ids["key"]), "No project could be found.")
        if not call.caller and not row.is_public:
            raise Refusal(404, "No project could be found.")
        return _json({"key": row.id, "projectTypeKey": row.kind})

    def _known(self, call: Call) -> Site:
        if not call.caller:
            raise Refusal(401, "Client must be authenticated to access this resource.")
        return self.site(call.world)

    def _visible(self, call: Call, site: Site, key: str) -> JiraIssue:
        issue = api.found(site.issues.get(key), NO_ISSUE)
        if not call.caller and not site.projects.first(is_key(issue.project), key).is_public:
            raise Refusal(404, NO_ISSUE)
        return issue

    def _writable(self, call: Call, site: Site) -> JiraIssue:
        """Finds an issue that still takes a write; the limit is one of Cloud's (document)."""
        issue = self._visible(call, site, call.ids["key"])
        if site.writes_left is not None:
            if site.writes_left <= 0:
                headers = {"Retry-After": "5", "RateLimit-Reason": "jira-per-issue-on-write"}
                raise JiraRefusal(429, "Rate limit exceeded.", headers=headers)
            site.writes_left -= 1
        return issue

    def _own_comment(self, call: Call, site: Site) -> JiraComment:
        issue, row = self._writable(call, site), site.comments.get(call.ids["id"])
        if row is None or row.issue != issue.id:
            raise Refusal(404, f"Can not find a comment for the id: {call.ids['id']}.")
        if row.author != site.caller:
            raise Refusal(403, "You do not have the permission for this comment.")
        return row

    def _checked(self, body: object, about: str) -> object:
        """Takes a document in Cloud, whose texts are not empty (document), a string elsewhere."""
        is_fit = part(body, "type") == "doc" if self.is_cloud else isinstance(body, str)
        if body is None and about == "description":
            return None
        if not is_fit or '"text": ""' in str(body).replace("'", '"'):
            raise JiraRefusal(400, "Comment body is not valid!", about=about)
        if len(plain(body)) > LONGEST_TEXT:
            limit = f"It exceeds the allowed limit of {LONGEST_TEXT:,} characters."
            raise JiraRefusal(400, f"The entered text is too long. {limit}", about=about)
        return body

    def _user(self, site: Site, user_id: str | None) -> api.Json | None:
        """Renders a user; an e-mail can be hidden, and is left out then (document)."""
        user = site.users.get(user_id)
        if user is None:
            return None
        shown: api.Json = {"displayName": user.display_name, "active": True}
        if self.is_cloud:
            kind = "app" if user.is_app else "atlassian"
            shown |= {"accountId": user.id, "accountType": kind}
        else:
            shown |= {"name": user.id, "key": f"JIRAUSER{user.id}"}
        return shown if user.hides_email else {**shown, "emailAddress": user.email}

    def _issue(self, site: Site, row: JiraIssue) -> api.Json:
        project = site.projects.first(is_key(row.project), row)
        fields: api.Json = {
            **api.picked(row, "summary", "description"),
            "assignee": self._user(site, row.assignee),
            "status": {"statusCategory": {"key": "done" if row.is_done else "indeterminate"}},
            "project": {"key": row.project, "projectTypeKey": project.kind},
            "created": _time(row.created),
            "updated": _time(row.updated),
        }
        return {"id": row.id, "key": row.id, "fields": fields}

    def _comment(self, site: Site, row: JiraComment, with_properties: bool) -> api.Json:
        shown: api.Json = {
            **api.picked(row, "id", "body"),
            "author": self._user(site, row.author),
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


def _json(
    body: object, *, status: int = 200, headers: Mapping[str, str] = MappingProxyType({})
) -> Answer:
    shown = body if isinstance(body, dict | list) else {}
    return Answer(
        status=status, body=shown, content_type="application/json;charset=UTF-8", headers=headers
    )


CLOUD = JiraService(name="jira", path="/jira/rest/api/3", is_cloud=True)
DATA_CENTER = JiraService(name="jira-dc", path="/jira-dc/rest/api/2", is_cloud=False)
ENDPOINTS = (*CLOUD.endpoints(), *DATA_CENTER.endpoints())
