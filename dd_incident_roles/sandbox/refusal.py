"""A request that Datadog would turn down, in either of its two error shapes."""

from __future__ import annotations

from enum import StrEnum


class Backend(StrEnum):
    """Which of Datadog's two back-ends answers: they differ in content type, times and errors."""

    OLDER = "application/json"
    NEWER = "application/vnd.api+json"


class Refusal(Exception):
    """The request is answered with an error status."""

    def __init__(
        self,
        status: int,
        detail: str | None,
        *,
        backend: Backend,
        title: str = "Generic Error",
        show_status: bool = False,
    ) -> None:
        super().__init__(detail or title)
        self.status = status
        self.detail = detail
        self.backend = backend
        self.title = title
        self.show_status = show_status

    @property
    def errors(self) -> list[object]:
        """The list under ``errors``: sentences from the older back-end, objects from the newer."""
        if self.backend is Backend.OLDER:
            return [self.detail or self.title]
        error = {"title": self.title}
        if self.show_status:
            error["status"] = str(self.status)
        if self.detail is not None:
            error["detail"] = self.detail
        return [error]
