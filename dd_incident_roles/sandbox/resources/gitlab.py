"""GitLab below ``/gitlab``: users, projects, issues and notes, as far as the product asks them.

What a docstring calls source is GitLab's own code, document its documentation; the rest is
unverified.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from math import ceil
from urllib.parse import quote, urlencode

from pydantic import BaseModel

from dd_incident_roles.sandbox import api
from dd_incident_roles.sandbox.api import Answer, Call, Refusal
from dd_incident_roles.sandbox.resources.gitlab_site import (
    Access,
    GitlabIssue,
    GitlabUser,
    Instance,
    Note,
    Project,
    change_issue,
    instance_of,
    open_issue,
    rewrite_note,
    write_note,
)
from dd_incident_roles.sandbox.world import World

PATH = "/gitlab/api/v4"
EXTERNAL_URL = "https://gitlab.sandbox.example"
"""What the instance believes its address to be; links between pages lead there (source)."""


class Gitlab:
    """How GitLab lets in and refuses."""

    def admit(self, world: World, headers: Mapping[str, str]) -> str:
        """Takes a token in either header; says the id of its user."""
        instance = instance_of(world)
        if not (headers.get("private-token") or headers.get("authorization")):
            raise Refusal(401, "Unauthorized")
        if instance.refused is not None:
            raise Refusal(401, instance.refused, title="invalid_token")
        return instance.caller

    def refuse(self, refusal: Refusal) -> Answer:
        """Answers in one of three shapes: of OAuth, of a plain text, or of all the rest."""
        status, detail = refusal.status, refusal.detail or HTTPStatus(refusal.status).phrase
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            # The gate before the application speaks no JSON (document).
            return Answer(status=status, body=b"Retry later\n", content_type="text/plain")
        body: api.Json = {"message": f"{status} {detail}"}
        if refusal.title in {"invalid_token", "insufficient_scope"}:
            # No WWW-Authenticate goes with the missing scope (source).
            body = {"error": refusal.title, "error_description": detail}
            if refusal.title == "insufficient_scope":
                body["scope"] = "api"
        return Answer(status=status, body=body, content_type="application/json")


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


def shown_issue(instance: Instance, row: GitlabIssue) -> api.Json:
    """Renders an issue; the single ``assignee`` is deprecated and still there (document)."""
    project = instance.project_of(row)
    people = [shown_user(user) for each in row.assignees if (user := instance.users.get(each))]
    author = instance.users.get(row.author)
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


def shown_note(instance: Instance, row: Note) -> api.Json:
    """Renders a note."""
    author = instance.users.get(row.author)
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
        content_type="application/json",
        headers={
            "Link": ", ".join([*links, link(1, "first"), link(pages, "last")]),
            "X-Page": str(number),
            "X-Per-Page": str(size),
            "X-Next-Page": str(following or ""),
            "X-Total": str(len(rows)),
            "X-Total-Pages": str(pages),
        },
    )


def answer(body: api.Json, status: int = 200) -> Answer:
    """Answers with one object."""
    return Answer(status=status, body=body, content_type="application/json")


class SentIssue(BaseModel):
    """What a client may send about an issue."""

    title: str | None = None
    description: str | None = None
    assignee_ids: tuple[int, ...] | None = None


class SentNote(BaseModel):
    """What a client may send as a note."""

    body: str


def current_user(call: Call) -> Answer:
    """Shows whose token it is."""
    return answer(shown_whole_user(_found(instance_of(call.world).users.get(call.caller), "User")))


def current_token(call: Call) -> Answer:
    """Shows the scopes of the token itself (document)."""
    return answer({"id": 1, "active": True, "scopes": sorted(instance_of(call.world).scopes)})


def list_users(call: Call) -> Answer:
    """Lists users by exact name, or by a part of name or username or the whole public e-mail."""
    username, text = call.query.get("username"), call.query.get("search", "").lower()
    rows = instance_of(call.world).users.where(
        lambda row: (
            row.username.lower() == username.lower()
            if username is not None
            else text in row.name.lower()
            or text in row.username.lower()
            or text == row.public_email.lower()
        )
    )
    return page(call, [shown_user(row) for row in rows])


def get_user(call: Call) -> Answer:
    """Shows one user."""
    row = instance_of(call.world).users.get(call.ids["user_id"])
    return answer(shown_whole_user(_found(row, "User")))


def get_project(call: Call) -> Answer:
    """Shows one project."""
    row = _project(call)
    return answer(
        {
            "id": int(row.id),
            "path_with_namespace": row.path,
            "visibility": row.visibility,
            "web_url": f"{EXTERNAL_URL}/{row.path}",
        }
    )


def list_issues(call: Call) -> Answer:
    """Lists the issues of a project, newest first unless asked otherwise (source)."""
    instance, project = instance_of(call.world), _project(call)
    author, after = call.query.get("author_id"), call.query.get("created_after")
    rows = [
        row
        for row in instance.issues
        if row.project_id == project.id
        and instance.reads_issue(row, call.caller)
        and author in {None, row.author}
        and (after is None or row.created > datetime.fromisoformat(after))
    ]
    if call.query.get("sort", "desc") == "desc":
        rows.reverse()
    return page(call, [shown_issue(instance, row) for row in rows])


def get_issue(call: Call) -> Answer:
    """Shows one issue, by its number inside the project."""
    return answer(shown_issue(instance_of(call.world), _issue(call)))


def create_issue(call: Call) -> Answer:
    """Makes an issue; commands in its description are carried out (source)."""
    _need_scope(call)
    sent, project = call.sent(SentIssue), _project(call)
    if not sent.title:
        raise Refusal(400, "Bad request - title is missing")
    row = open_issue(
        call.world, project, title=sent.title, description=sent.description or "", by=call.caller
    )
    return answer(shown_issue(instance_of(call.world), row), 201)


def update_issue(call: Call) -> Answer:
    """Changes an issue: by its author, its assignees, or a Reporter and above (source)."""
    _need_scope(call)
    sent, row = call.sent(SentIssue), _issue(call)
    instance = instance_of(call.world)
    access = instance.access(instance.project_of(row), call.caller)
    if access < Access.REPORTER and call.caller not in {row.author, *row.assignees}:
        raise Refusal(403, "Forbidden")
    row = change_issue(call.world, row, by=call.caller, **sent.model_dump(exclude_unset=True))
    return answer(shown_issue(instance, row))


def list_notes(call: Call) -> Answer:
    """Lists notes, newest first unless asked otherwise; an old server knows no filter (source)."""
    instance, issue = instance_of(call.world), _issue(call)
    leaves_out = instance.knows_filters and call.query.get("activity_filter") == "only_comments"
    rows = [row for row in instance.notes_of(issue) if not (leaves_out and row.is_system)]
    if call.query.get("sort", "desc") == "desc":
        rows.reverse()
    is_insider = instance.access(instance.project_of(issue), call.caller) >= Access.REPORTER
    return page(
        call,
        [shown_note(instance, row) if is_insider or not row.is_internal else None for row in rows],
    )


def create_note(call: Call) -> Answer:
    """Writes a note."""
    _need_scope(call)
    return _note_answer(call, write_note(call.world, _issue(call), _body(call), by=call.caller))


def update_note(call: Call) -> Answer:
    """Changes a note; one that is left with nothing but commands is deleted (source)."""
    _need_scope(call)
    note, text = _own_note(call), _body(call)
    return _note_answer(call, rewrite_note(call.world, note, text, by=call.caller), status=200)


def delete_note(call: Call) -> Answer:
    """Deletes a note."""
    _need_scope(call)
    instance_of(call.world).notes.remove(_own_note(call).id)
    return Answer(status=204)


def _note_answer(call: Call, kept: Note | None, status: int = 201) -> Answer:
    if kept is None:
        # 202, and nothing by which one could find it (source).
        return answer({"commands_changes": {}, "summary": ["Commands applied"]}, 202)
    return answer(shown_note(instance_of(call.world), kept), status)


def _body(call: Call) -> str:
    text = call.sent(SentNote).body
    if not text.strip():
        raise Refusal(400, "Bad request - body is empty")
    return text


def _need_scope(call: Call) -> None:
    if "api" not in instance_of(call.world).scopes:
        detail = "The request requires higher privileges than provided by the access token."
        raise Refusal(403, detail, title="insufficient_scope")


def _found(row: api.Found | None, what: str) -> api.Found:
    return api.found(row, f"{what} Not Found")


def _project(call: Call) -> Project:
    """Finds the project of the path: by its number, or by its path in one segment (source)."""
    instance, wanted = instance_of(call.world), call.ids["project"]
    if f"/{quote(wanted, safe='')}" not in call.raw_path:
        raise Refusal(404, "Not Found")
    rows = instance.projects.where(lambda row: wanted.lower() in {row.id, row.path.lower()})
    readable = [row for row in rows if instance.reads_project(row, call.caller)]
    return _found(readable[0] if readable else None, "Project")


def _issue(call: Call) -> GitlabIssue:
    instance, project = instance_of(call.world), _project(call)
    row = instance.issue(project, int(call.ids["iid"]))
    return _found(row if row and instance.reads_issue(row, call.caller) else None, "Issue")


def _own_note(call: Call) -> Note:
    """Finds a note that the caller may change: the author, or a maintainer (source)."""
    instance, issue = instance_of(call.world), _issue(call)
    row = instance.notes.get(call.ids["note_id"])
    note = api.found(row if row and row.issue_id == issue.id else None, "Not found")
    access = instance.access(instance.project_of(issue), call.caller)
    if note.is_system or (note.author != call.caller and access < Access.MAINTAINER):
        raise Refusal(403, "Forbidden")
    return note


_ISSUE = "/projects/{project:path}/issues/{iid:int}"

ENDPOINTS = api.of_service(
    Gitlab(),
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
