"""GitHub below ``/github``: issues, their comments and assignees, as far as the product asks them.

What a docstring calls document is GitHub's description of its API, issues are those of other
people's clients; the rest is unverified.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from math import ceil
from urllib.parse import urlencode, urlsplit

from pydantic import BaseModel

from dd_incident_roles.sandbox import api
from dd_incident_roles.sandbox.api import Answer, Call, Refusal
from dd_incident_roles.sandbox.resources.github_site import (
    GithubComment,
    GithubIssue,
    GithubSite,
    GithubUser,
    Repository,
    Role,
    fitting_body,
)

PATH = "/github"
NOT_FOUND = "Not Found"


def shown_user(site: GithubSite, login: str) -> api.Json:
    """Renders an account inside another answer: no name, and no e-mail (document)."""
    user = site.users.get(login) or GithubUser(id=login)
    return {"login": user.id, "type": "Bot" if user.is_bot else "User", "site_admin": False}


def shown_issue(site: GithubSite, call: Call, row: GithubIssue) -> api.Json:
    """Renders an issue; the single ``assignee`` is closing down and still there (document)."""
    people = [shown_user(site, each) for each in row.assignees]
    return {
        **api.picked(row, "number", "title", "body"),
        "html_url": f"{_home(call)}/{row.repository}/issues/{row.number}",
        "state": "open" if row.is_open else "closed",
        "user": shown_user(site, row.author),
        "assignee": people[0] if people else None,
        "assignees": people,
        "comments": len(site.comments_of(row)),
        "created_at": moment(row.created),
        "updated_at": moment(row.updated),
    }


def shown_comment(site: GithubSite, row: GithubComment) -> api.Json:
    """Renders a comment."""
    return {
        "id": int(row.id),
        "body": row.body,
        "user": shown_user(site, row.author),
        "created_at": moment(row.created),
        "updated_at": moment(row.updated),
    }


def moment(value: datetime) -> str:
    """Writes a moment to the second (document)."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def page(call: Call, repository: Repository, rest: str, rows: Sequence[api.Json]) -> Answer:
    """Answers with a page, whose links name the repository by its number (document)."""
    size = call.number("per_page", default=30, most=api.LARGEST_PAGE)
    number = max(1, call.number("page", default=1))
    last = max(1, ceil(len(rows) / size))

    def link(to: int, rel: str) -> str:
        query = urlencode({**call.query, "page": to})
        return f'<{_home(call)}/repositories/{repository.number}/{rest}?{query}>; rel="{rel}"'

    links = [link(number - 1, "prev"), link(1, "first")] if number > 1 else []
    if number < last:
        links += [link(number + 1, "next"), link(last, "last")]
    shown = Answer(body=list(rows[(number - 1) * size : number * size]))
    return replace(shown, headers={"Link": ", ".join(links)}) if links else shown


class SentIssue(BaseModel):
    """What a client may send about an issue."""

    title: str = ""
    body: str | None = None
    assignees: tuple[str, ...] | None = None


class SentComment(BaseModel):
    """What a client may send as a comment."""

    body: str = ""


class SentQuery(BaseModel):
    """A query of GraphQL."""

    query: str


def current_user(site: GithubSite, call: Call) -> Answer:
    """Shows whose token it is; that of an app is refused (issues)."""
    if _me(site, call).is_bot:
        raise Refusal(403, "Resource not accessible by integration")
    shown = Answer(body={**shown_user(site, call.caller), "name": _me(site, call).name})
    if site.scopes is None:
        return shown
    # Of a classic token alone (issues).
    return replace(shown, headers={**shown.headers, "X-OAuth-Scopes": ", ".join(site.scopes)})


def graphql(_: GithubSite, call: Call) -> Answer:
    """Answers who asks, and nothing else; the viewer of an app is its bot (issues)."""
    if "viewer" not in call.sent(SentQuery).query:
        return Answer(body={"errors": [{"message": "Only the viewer is known here."}]})
    return Answer(body={"data": {"viewer": {"login": call.caller}}})


def get_user(site: GithubSite, call: Call) -> Answer:
    """Shows one account, by its login in any case."""
    row = api.found(site.users.get(call.ids["login"]), NOT_FOUND)
    return Answer(body={**shown_user(site, row.id), "name": row.name, "email": None})


def get_repository(site: GithubSite, call: Call) -> Answer:
    """Shows one repository; an internal one is private too (document)."""
    row = _repository(site, call, "none")
    is_private = row.visibility != "public"
    return Answer(
        body={"full_name": row.id, "private": is_private, **api.picked(row, "visibility")}
    )


def check_assignee(site: GithubSite, call: Call) -> Answer:
    """Says whether issues of a repository can be assigned to a user (document)."""
    repository = _repository(site, call, "read")
    if not site.can_have_issues(repository, call.ids["login"]):
        raise Refusal(404, NOT_FOUND)
    return Answer(status=204)


def list_issues(site: GithubSite, call: Call) -> Answer:
    """Lists open issues, the newest first, unless asked otherwise (document)."""
    repository = _repository(site, call, "read")
    creator, since = call.query.get("creator"), call.query.get("since")
    state = call.query.get("state", "open")
    rows = [
        row
        for row in site.issues
        if row.repository == repository.id
        and (creator is None or row.author.lower() == creator.lower())
        and (since is None or moment(row.updated) >= since)
        and state in {"all", "open" if row.is_open else "closed"}
    ]
    if call.query.get("direction", "desc") == "desc":
        rows.reverse()
    return page(call, repository, "issues", [shown_issue(site, call, row) for row in rows])


def create_issue(site: GithubSite, call: Call) -> Answer:
    """Makes an issue, which everybody may who sees the repository (document)."""
    repository, sent = _repository(site, call, "write"), call.sent(SentIssue)
    row = site.make_issue(repository, title=sent.title, body=sent.body, by=call.caller)
    return Answer(body=shown_issue(site, call, row), status=201)


def get_issue(site: GithubSite, call: Call) -> Answer:
    """Shows one issue."""
    return Answer(body=shown_issue(site, call, _issue(site, call, "read")))


def update_issue(site: GithubSite, call: Call) -> Answer:
    """Changes the description and the assignees of an issue."""
    row, sent = _issue(site, call, "write"), call.sent(SentIssue)
    if not site.may_edit(row):
        raise _no_admin()
    changed = row
    if "body" in sent.model_fields_set:
        changed = replace(changed, body=fitting_body(sent.body) or None)
    if sent.assignees is not None:
        changed = replace(changed, assignees=site.wanted_assignees(row, sent.assignees))
    if changed != row:
        site.issues.put(replace(changed, updated=call.world.clock()))
    return Answer(body=shown_issue(site, call, _issue(site, call, "write")))


def list_comments(site: GithubSite, call: Call) -> Answer:
    """Lists the comments of an issue, by ascending number; deleted ones are gone (document)."""
    issue = _issue(site, call, "read")
    shown = [shown_comment(site, row) for row in site.comments_of(issue)]
    return page(call, site.repository_of(issue), f"issues/{issue.number}/comments", shown)


def create_comment(site: GithubSite, call: Call) -> Answer:
    """Writes a comment, which everybody may who sees the issue (document)."""
    issue, text = _issue(site, call, "write"), call.sent(SentComment).body
    row = site.write_comment(issue, text, by=call.caller)
    return Answer(body=shown_comment(site, row), status=201)


def get_comment(site: GithubSite, call: Call) -> Answer:
    """Shows one comment."""
    return Answer(body=shown_comment(site, _comment(site, call, "read")))


def update_comment(site: GithubSite, call: Call) -> Answer:
    """Replaces the text of a comment."""
    row, text = _own_comment(site, call), call.sent(SentComment).body
    body = fitting_body(text, "IssueComment") or ""
    changed = replace(row, body=body, updated=call.world.clock())
    return Answer(body=shown_comment(site, site.all_comments.put(changed)))


def delete_comment(site: GithubSite, call: Call) -> Answer:
    """Deletes a comment."""
    site.all_comments.remove(_own_comment(site, call).id)
    return Answer(status=204)


def _home(call: Call) -> str:
    parts = urlsplit(call.url)
    return f"{parts.scheme}://{parts.netloc}{PATH}"


def _me(site: GithubSite, call: Call) -> GithubUser:
    return site.users.get(call.caller) or GithubUser(id=call.caller)


def _no_admin() -> Refusal:
    # These are GitHub's words for any role that is too low (issues).
    return Refusal(403, "Must have admin rights to Repository.")


def _repository(site: GithubSite, call: Call, needs: str) -> Repository:
    """Finds the repository of the path, by name or by number, for a token that may do this.

    A private one is not there for whom it does not show itself to (document).
    """
    if "repository_id" in call.ids:
        number = int(call.ids["repository_id"])
        rows = site.repositories.where(lambda row: row.number == number)
        row = rows[0] if rows else None
    else:
        row = site.repositories.get(f"{call.ids['owner']}/{call.ids['name']}")
    if row is None or not site.shows(row, call.caller):
        raise Refusal(404, NOT_FOUND)
    permissions = ("none", "read", "write")
    if permissions.index(site.permission) < permissions.index(needs):
        if site.lacking == HTTPStatus.NOT_FOUND:
            raise Refusal(404, NOT_FOUND)
        kind = "integration" if _me(site, call).is_bot else "personal access token"
        # The header names what would do (document).
        headers = {"X-Accepted-GitHub-Permissions": f"issues={needs}"}
        raise Refusal(403, f"Resource not accessible by {kind}", headers=headers)
    return row


def _issue(site: GithubSite, call: Call, needs: str) -> GithubIssue:
    repository = _repository(site, call, needs)
    row = site.issues.get(f"{repository.id}#{call.ids['number']}")
    return api.found(row, NOT_FOUND)


def _comment(site: GithubSite, call: Call, needs: str) -> GithubComment:
    repository = _repository(site, call, needs)
    row = site.all_comments.get(call.ids["comment_id"])
    issue = site.issues.get(row.issue) if row else None
    return api.found(row if issue and issue.repository == repository.id else None, NOT_FOUND)


def _own_comment(site: GithubSite, call: Call) -> GithubComment:
    """Finds a comment that the caller may change: its author, or with push access (document)."""
    row = _comment(site, call, "write")
    if (
        row.author != call.caller
        and site.role(_repository(site, call, "write"), call.caller) < Role.WRITE
    ):
        raise _no_admin()
    return row


_REPOSITORY = "/repos/{owner}/{name}"
_ISSUE = f"{_REPOSITORY}/issues/{{number:int}}"
_COMMENT = f"{_REPOSITORY}/issues/comments/{{comment_id:int}}"

ENDPOINTS = api.of_service(
    GithubSite,
    PATH,
    {
        "GET /user": current_user,
        "POST /graphql": graphql,
        "GET /users/{login}": get_user,
        f"GET {_REPOSITORY}": get_repository,
        f"GET {_REPOSITORY}/assignees/{{login}}": check_assignee,
        f"GET {_REPOSITORY}/issues": list_issues,
        f"POST {_REPOSITORY}/issues": create_issue,
        f"GET {_ISSUE}": get_issue,
        f"PATCH {_ISSUE}": update_issue,
        f"GET {_ISSUE}/comments": list_comments,
        f"POST {_ISSUE}/comments": create_comment,
        f"GET {_COMMENT}": get_comment,
        f"PATCH {_COMMENT}": update_comment,
        f"DELETE {_COMMENT}": delete_comment,
        # Where the links between pages lead.
        "GET /repositories/{repository_id:int}/issues": list_issues,
        "GET /repositories/{repository_id:int}/issues/{number:int}/comments": list_comments,
    },
)
