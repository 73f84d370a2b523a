"""The users of the sandbox's organisation."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

PENDING = "Pending"
ACTIVE = "Active"
DISABLED = "Disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A user or service account; e-mail and handle are lower-case (recording)."""

    id: str
    email: str
    handle: str
    created: datetime
    modified: datetime
    name: str | None = None
    title: str | None = None
    status: str = PENDING
    service_account: bool = False
    verified: bool = False

    @property
    def disabled(self) -> bool:
        """Whether the account was deactivated."""
        return self.status == DISABLED

    @property
    def icon(self) -> str:
        """The address of the picture, made from the e-mail (recording)."""
        digest = hashlib.md5(self.email.encode(), usedforsecurity=False).hexdigest()
        return f"https://secure.gravatar.com/avatar/{digest}?s=48&d=retro"

    def answers_to(self, word: str) -> bool:
        """Whether the word is this user's id, e-mail or handle, in any case."""
        return word.lower() in {self.id, self.email, self.handle}

    def mentions(self, text: str) -> bool:
        """Whether the text is part of the name, handle or e-mail: how ``filter`` matches."""
        wanted = text.lower()
        return any(wanted in part.lower() for part in (self.name or "", self.handle, self.email))
