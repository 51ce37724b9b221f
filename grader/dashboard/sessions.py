"""Who is at the desk: a token from the printed address, then a session behind a cookie."""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

__all__ = ["ROLES", "Role", "Session", "Sessions"]

Role: TypeAlias = Literal["instructor", "assistant"]
ROLES: dict[Role, str] = {"instructor": "Leitung", "assistant": "Assistenz"}
_MOST_SESSIONS = 200
_SECONDS = 12 * 3600


@dataclass
class Session:
    """One browser's session.

    Attributes
    ----------
    name : str
        Stands beside every mark; people are asked to enter their own.
    csrf : str
        What every form has to bring along.
    skipped : mapping of str to set of int
        By check: groups whose answers were put off in this session's review.
    done : mapping of str to list
        By check: what was marked together, oldest first, as (group, version).
    told : object
        What the next page shall report once, such as an import.
    """

    key: str
    role: Role
    name: str
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    seen: float = field(default_factory=time.monotonic)
    skipped: dict[str, set[int]] = field(default_factory=dict)
    done: dict[str, list[list[tuple[int, int]]]] = field(default_factory=dict)
    told: object = None

    @property
    def leads(self) -> bool:
        """Whether this is the instructor."""
        return self.role == "instructor"

    def knows(self, csrf: str) -> bool:
        """Tell whether a form came from this session's own page."""
        return hmac.compare_digest(csrf.encode(), self.csrf.encode())


class Sessions:
    """The tokens of both roles, and who has shown one."""

    def __init__(self) -> None:
        self.tokens: dict[Role, str] = {role: secrets.token_urlsafe(32) for role in ROLES}
        self._lock = threading.Lock()
        self._open: dict[str, Session] = {}

    def enter(self, token: str) -> Session | None:
        """Open a session for whoever knows a token; both are compared, in constant time."""
        role: Role | None = None
        for known, secret in self.tokens.items():
            if hmac.compare_digest(token.encode(), secret.encode()):
                role = known
        if role is None:
            return None
        session = Session(secrets.token_urlsafe(32), role, ROLES[role])
        with self._lock:
            self._open[session.key] = session
            while len(self._open) > _MOST_SESSIONS:
                # The one that was idle longest.
                del self._open[min(self._open, key=lambda key: self._open[key].seen)]
        return session

    def find(self, key: str) -> Session | None:
        """Return the session behind a cookie; None if there is none or it has been idle long."""
        with self._lock:
            session = self._open.get(key)
            if session is None:
                return None
            now = time.monotonic()
            if now - session.seen > _SECONDS:
                del self._open[key]
                return None
            session.seen = now
            return session

    def leave(self, session: Session) -> None:
        """End a session."""
        with self._lock:
            self._open.pop(session.key, None)
