"""GitLab below ``/gitlab``: users, projects, issues and notes, as far as the product asks them.

What a docstring calls source is GitLab's own code, document its documentation; the rest is
unverified.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from math import ceil
from urllib.parse import quote, urlencode

from pydantic import BaseModel

from dd_incident_roles.sandbox import api
from dd_incident_roles.sandbox.api import Answer, Call, Refusal
from dd_incident_roles.sandbox.resources.gitlab_site import (
    OWN_USER,
    Access,
    GitlabIssue,
    GitlabSite,
    GitlabUser,
    Note,
    Project,
)

PATH = "/gitlab/api/v4"
EXTERNAL_URL = "https://gitlab.sandbox.example"
"""What the instance believes its address to be; links between pages lead there (source)."""


def shown_user(row: GitlabUser) -> api.Json:
    """Renders a user inside another answer and in a list: no e-mail, no ``bot`` (source)."""
    return {
        "id": int(row.id),
        **api.picked(row, "username", "name"),
        "state": "active",
        "avatar_url": None,
        "web_url": f"{EXTERNAL_URL}/{row.username}",
    }


def shown_whole_user(row: GitlabUser) -> api.Json:
    """Renders a user that is asked for alone (source)."""
    return {**shown_user(row), "public_email": row.public_email, "bot": row.is_bot}


def shown_issue(site: GitlabSite, row: GitlabIssue) -> api.Json:
    """Renders an issue; the single ``assignee`` is deprecated and still there (document)."""
    project = site.project_of(row)
    people = [shown_user(user) for each in row.assignees if (user := site.users.get(each))]
    author = site.users.get(row.author)
    return {
        "id": int(row.id),
        "project_id": int(row.project_id),
        **api.picked(row, "iid", "title"),
        # An issue that never had a description has none, and not an empty one (document).
        "description": row.description or None,
        "state": "opened" if row.is_open else "closed",
        "created_at": moment(row.created),
        "updated_at": moment(row.updated),
        "assignees": people,
        "assignee": people[0] if people else None,
        "author": shown_user(author) if author else None,
        "confidential": row.is_confidential,
        "issue_type": "issue",
        "web_url": f"{EXTERNAL_URL}/{project.path}/-/issues/{row.iid}",
    }


def shown_note(site: GitlabSite, row: Note) -> api.Json:
    """Renders a note."""
    author = site.users.get(row.author)
    return {
        "id": int(row.id),
        "type": None,
        "body": row.body,
        "author": shown_user(author) if author else None,
        "created_at": moment(row.created),
        "updated_at": moment(row.updated),
        "system": row.is_system,
        "noteable_type": "Issue",
        "resolvable": False,
        "confidential": row.is_internal,
        "internal": row.is_internal,
        "commands_changes": {},
    }


def moment(value: datetime) -> str:
    """Writes a moment to the millisecond (document)."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def page(call: Call, rows: Sequence[api.Json | None]) -> Answer:
    """Answers with a page; what the caller may not read is left out of it after it was cut.

    So a page can be short, or empty, although more follow (source). The links name the address that
    the instance believes to be its own (source).
    """
    size = call.number("per_page", default=20, most=api.LARGEST_PAGE)
    number = max(1, call.number("page", default=1))
    pages = max(1, ceil(len(rows) / size))
    window = rows[(number - 1) * size : number * size]

    def link(to: int, rel: str) -> str:
        query = urlencode({**call.ids, **call.query, "page": to, "per_page": size})
        return f'<{EXTERNAL_URL}{call.raw_path}?{query}>; rel="{rel}"'

    following = number + 1 if number < pages else None
    links = [link(following, "next")] if following else []
    return Answer(
        body=[row for row in window if row is not None],
        headers={
            "Link": ", ".join([*links, link(1, "first"), link(pages, "last")]),
            "X-Page": str(number),
            "X-Per-Page": str(size),
            "X-Next-Page": str(following or ""),
            "X-Total": str(len(rows)),
            "X-Total-Pages": str(pages),
        },
    )


class SentIssue(BaseModel):
    """What a client may send about an issue."""

    title: str | None = None
    description: str | None = None
    assignee_ids: tuple[int, ...] | None = None


class SentNote(BaseModel):
    """What a client may send as a note."""

    body: str


def current_user(site: GitlabSite, call: Call) -> Answer:
    """Shows whose token it is."""
    return Answer(body=shown_whole_user(_found(site.users.get(call.caller), "User")))


def current_token(site: GitlabSite, _: Call) -> Answer:
    """Shows the scopes of the token itself (document)."""
    return Answer(body={"id": 1, "active": True, "scopes": sorted(site.scopes)})


def list_users(site: GitlabSite, call: Call) -> Answer:
    """Lists users by exact name, or by a part of name or username or the whole public e-mail."""
    username, text = call.query.get("username"), call.query.get("search", "").lower()
    rows = site.users.where(
        lambda row: (
            row.username.lower() == username.lower()
            if username is not None
            else text in row.name.lower()
            or text in row.username.lower()
            or text == row.public_email.lower()
        )
    )
    return page(call, [shown_user(row) for row in rows])


def get_user(site: GitlabSite, call: Call) -> Answer:
    """Shows one user."""
    row = site.users.get(call.ids["user_id"])
    return Answer(body=shown_whole_user(_found(row, "User")))


def get_project(site: GitlabSite, call: Call) -> Answer:
    """Shows one project."""
    row = _project(site, call)
    return Answer(
        body={
            "id": int(row.id),
            "path_with_namespace": row.path,
            "visibility": row.visibility,
            "web_url": f"{EXTERNAL_URL}/{row.path}",
        }
    )


def list_issues(site: GitlabSite, call: Call) -> Answer:
    """Lists the issues of a project, newest first unless asked otherwise (source)."""
    project = _project(site, call)
    author, after = call.query.get("author_id"), call.query.get("created_after")
    rows = [
        row
        for row in site.issues
        if row.project_id == project.id
        and site.reads_issue(row, call.caller)
        and author in {None, row.author}
        and (after is None or row.created > datetime.fromisoformat(after))
    ]
    if call.query.get("sort", "desc") == "desc":
        rows.reverse()
    return page(call, [shown_issue(site, row) for row in rows])


def get_issue(site: GitlabSite, call: Call) -> Answer:
    """Shows one issue, by its number inside the project."""
    return Answer(body=shown_issue(site, _issue(site, call)))


def create_issue(site: GitlabSite, call: Call) -> Answer:
    """Makes an issue; commands in its description are carried out (source)."""
    _need_scope(site)
    sent, project = call.sent(SentIssue), _project(site, call)
    if not sent.title:
        raise Refusal(400, "Bad request - title is missing")
    # As a person would: any token is that of our own user.
    iid = site.open_issue(project.path, sent.title, sent.description or "", by=OWN_USER)
    return Answer(body=shown_issue(site, site.issue(project.path, iid)), status=201)


def update_issue(site: GitlabSite, call: Call) -> Answer:
    """Changes an issue: by its author, its assignees, or a Reporter and above (source)."""
    _need_scope(site)
    sent, row = call.sent(SentIssue), _issue(site, call)
    access = site.access(site.project_of(row), call.caller)
    if access < Access.REPORTER and call.caller not in {row.author, *row.assignees}:
        raise Refusal(403, "Forbidden")
    row = site.change_issue(row, by=call.caller, **sent.model_dump(exclude_unset=True))
    return Answer(body=shown_issue(site, row))


def list_notes(site: GitlabSite, call: Call) -> Answer:
    """Lists notes, newest first unless asked otherwise; an old server knows no filter (source)."""
    issue = _issue(site, call)
    leaves_out = site.knows_filters and call.query.get("activity_filter") == "only_comments"
    rows = [row for row in site.notes_of(issue) if not (leaves_out and row.is_system)]
    if call.query.get("sort", "desc") == "desc":
        rows.reverse()
    is_insider = site.access(site.project_of(issue), call.caller) >= Access.REPORTER
    return page(
        call,
        [shown_note(site, row) if is_insider or not row.is_internal else None for row in rows],
    )


def create_note(site: GitlabSite, call: Call) -> Answer:
    """Writes a note."""
    _need_scope(site)
    project, issue = _project(site, call), _issue(site, call)
    note_id = site.comment(project.path, issue.iid, _body(call), by=OWN_USER)
    return _note_answer(site, note_id, status=201)


def update_note(site: GitlabSite, call: Call) -> Answer:
    """Changes a note; one that is left with nothing but commands is deleted (source)."""
    _need_scope(site)
    note = _own_note(site, call)
    site.edit_comment(note.id, _body(call), by=OWN_USER)
    return _note_answer(site, note.id, status=200)


def delete_note(site: GitlabSite, call: Call) -> Answer:
    """Deletes a note."""
    _need_scope(site)
    site.all_notes.remove(_own_note(site, call).id)
    return Answer(status=204)


def _note_answer(site: GitlabSite, note_id: str | None, *, status: int) -> Answer:
    kept = site.all_notes.get(note_id)
    if kept is None:
        # 202, and nothing by which one could find it (source).
        return Answer(body={"commands_changes": {}, "summary": ["Commands applied"]}, status=202)
    return Answer(body=shown_note(site, kept), status=status)


def _body(call: Call) -> str:
    text = call.sent(SentNote).body
    if not text.strip():
        raise Refusal(400, "Bad request - body is empty")
    return text


def _need_scope(site: GitlabSite) -> None:
    if "api" not in site.scopes:
        detail = "The request requires higher privileges than provided by the access token."
        raise Refusal(403, detail, title="insufficient_scope")


def _found(row: api.Found | None, what: str) -> api.Found:
    return api.found(row, f"{what} Not Found")


def _project(site: GitlabSite, call: Call) -> Project:
    """Finds the project of the path: by its number, or by its path in one segment (source)."""
    wanted = call.ids["project"]
    if f"/{quote(wanted, safe='')}" not in call.raw_path:
        raise Refusal(404, "Not Found")
    rows = site.projects.where(lambda row: wanted.lower() in {row.id, row.path.lower()})
    readable = [row for row in rows if site.reads_project(row, call.caller)]
    return _found(readable[0] if readable else None, "Project")


def _issue(site: GitlabSite, call: Call) -> GitlabIssue:
    wanted = (_project(site, call).id, int(call.ids["iid"]))
    rows = site.issues.where(lambda row: (row.project_id, row.iid) == wanted)
    return _found(next((row for row in rows if site.reads_issue(row, call.caller)), None), "Issue")


def _own_note(site: GitlabSite, call: Call) -> Note:
    """Finds a note that the caller may change: the author, or a maintainer (source)."""
    issue = _issue(site, call)
    row = site.all_notes.get(call.ids["note_id"])
    note = api.found(row if row and row.issue_id == issue.id else None, "Not found")
    access = site.access(site.project_of(issue), call.caller)
    if note.is_system or (note.author != call.caller and access < Access.MAINTAINER):
        raise Refusal(403, "Forbidden")
    return note


_ISSUE = "/projects/{project:path}/issues/{iid:int}"

ENDPOINTS = api.of_service(
    GitlabSite,
    PATH,
    {
        "GET /user": current_user,
        "GET /personal_access_tokens/self": current_token,
        "GET /users": list_users,
        "GET /users/{user_id:int}": get_user,
        f"GET {_ISSUE}/notes": list_notes,
        f"POST {_ISSUE}/notes": create_note,
        f"PUT {_ISSUE}/notes/{{note_id:int}}": update_note,
        f"DELETE {_ISSUE}/notes/{{note_id:int}}": delete_note,
        f"GET {_ISSUE}": get_issue,
        f"PUT {_ISSUE}": update_issue,
        "GET /projects/{project:path}/issues": list_issues,
        "POST /projects/{project:path}/issues": create_issue,
        # A path with slashes matches everything, so it comes last.
        "GET /projects/{project:path}": get_project,
    },
)
