"""The door: which requests reach the pages at all, and what every answer carries.

A page in another tab, a name that an attacker's server resolves to 127.0.0.1 (DNS rebinding), a
form on a foreign page: none of them gets past here. What a student wrote stays text in our pages;
their notebooks' own HTML is shown in a sandboxed frame only, and the policy on scripts and styles
below holds even where that should fail.
"""

from __future__ import annotations

import logging
import re
import traceback
from urllib.parse import urlsplit

from fastapi import HTTPException, Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from grader.dashboard.messages import GATE
from grader.dashboard.sessions import Session, Sessions
from grader.templating import render

__all__ = ["POLICY", "Guard", "checked", "cookie_name", "instructor", "session_of"]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_OPEN = re.compile(r"/(?:anmelden|static/[\w.-]+)\Z")
_LOG = logging.getLogger("grader.dashboard")


def cookie_name(port: int) -> str:
    """Name of the session's cookie: cookies do not tell ports apart."""
    return f"grader-{port}"


class Guard:
    """ASGI middleware around all pages.

    Parameters
    ----------
    sessions : Sessions
    port : int
    form_bytes, upload_bytes : int
        Largest bodies; ``uploads`` names the paths that take the larger ones.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        sessions: Sessions,
        port: int,
        form_bytes: int,
        upload_bytes: int,
        uploads: frozenset[str],
    ) -> None:
        self.app = app
        self.sessions = sessions
        self.cookie = cookie_name(port)
        self.form_bytes, self.upload_bytes, self.uploads = form_bytes, upload_bytes, uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here."""
        if scope["type"] != "http":
            # No sockets; what starts and ends the server passes.
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        request = Request(scope)
        refusal = self._refused(request)
        if refusal:
            await self._answer(refusal, scope, receive, send)
            return
        limit = self.upload_bytes if scope["path"] in self.uploads else self.form_bytes
        if _declared(request.headers) > limit:
            await self._answer("too_large", scope, receive, send)
            return
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self.app(scope, _counted(receive, limit), sending)
        except _TooLargeError:
            if not started:
                await self._answer("too_large", scope, receive, sending)
        except Exception as error:
            # What an exception says may hold a student's name or answer: the place is enough.
            _LOG.error("%s in %s", type(error).__name__, _place(error))
            if not started:
                await self._answer("fault", scope, receive, sending)

    def _refused(self, request: Request) -> str:
        host = urlsplit(f"//{request.headers.get('host', '')}").hostname
        if host not in _LOOPBACK:
            return "host"
        if request.method not in ("GET", "HEAD") and _is_foreign(request.headers):
            return "origin"
        session = self.sessions.find(request.cookies.get(self.cookie, ""))
        request.scope["session"] = session
        if session is None and not _OPEN.match(request.scope["path"]):
            return "token"
        return ""

    async def _answer(self, what: str, scope: Scope, receive: Receive, send: Send) -> None:
        status, title, text = GATE[what]
        page = render(
            "dashboard/gate.html", title=title, text=text, form=what == "token", status=status
        )
        headers = {**_HEADERS, "hx-retarget": "body", "hx-reswap": "innerHTML"}
        await HTMLResponse(page, status, headers)(scope, receive, send)


class _TooLargeError(Exception):
    """More came than was announced or allowed."""


def _counted(receive: Receive, limit: int) -> Receive:
    """Count what arrives: a length may be missing or a lie."""
    left = limit

    async def receiving() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise _TooLargeError
        return message

    return receiving


def _declared(headers: Headers) -> int:
    length = headers.get("content-length", "0")
    return int(length) if length.isdigit() else 0


def _is_foreign(headers: Headers) -> bool:
    """Tell whether a browser says that another site's page sends this."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        # The origin says less: with our policy on referrers, our own forms send "null".
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    if origin in (None, ""):
        return False
    return urlsplit(str(origin)).netloc != headers.get("host")


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if "grader" in f.filename] or list(frames)
    return f"{own[-1].filename.rsplit('/', 1)[-1]}:{own[-1].lineno}" if own else "?"


# --------------------------------------------------------------------------- for the pages


def session_of(request: Request) -> Session:
    """Return the session behind a request; the door let nobody in without one."""
    session = request.scope.get("session")
    if not isinstance(session, Session):
        raise HTTPException(403, GATE["token"][2])
    return session


async def checked(request: Request) -> None:
    """Refuse whatever changes something and does not bring the session's own secret along."""
    if request.method in ("GET", "HEAD") or request.scope.get("session") is None:
        return
    sent = request.headers.get("x-csrf", "")
    if not sent:
        value = (await request.form()).get("csrf", "")
        sent = value if isinstance(value, str) else ""
    if not session_of(request).knows(sent):
        raise HTTPException(403, GATE["csrf"][2])


def instructor(request: Request) -> Session:
    """Return the session if it is the instructor's; assistants may mark, not decide."""
    session = session_of(request)
    if not session.leads:
        raise HTTPException(403, GATE["role"][2])
    return session
