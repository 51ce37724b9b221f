"""Coming in and going out; the files that pages load."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from grader.dashboard.messages import GATE
from grader.dashboard.office import office_of
from grader.dashboard.pages import back
from grader.dashboard.security import cookie_name, session_of
from grader.protocol.html import code_styles
from grader.templating import render, template_folder

__all__ = ["router"]

router = APIRouter()
_FILES = {
    "dashboard.css": "text/css",
    "dashboard.js": "text/javascript",
    "htmx.min.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
_LONGEST_NAME = 80


@router.get("/anmelden")
def enter(request: Request, token: str = "") -> Response:
    """Open a session for the token in the printed address."""
    return _entered(request, token)


@router.post("/anmelden")
def enter_by_form(request: Request, token: Annotated[str, Form()] = "") -> Response:
    """Open a session for a token that was typed in."""
    return _entered(request, token)


def _entered(request: Request, token: str) -> Response:
    office = office_of(request)
    session = office.sessions.enter(token.strip())
    if session is None:
        status, title, text = GATE["token"]
        if token:
            text = f"Dieser Schlüssel gilt nicht. {text}"
        return HTMLResponse(
            render("dashboard/gate.html", title=title, text=text, form=True, status=status), status
        )
    # A page that sends itself on: a redirect would come from where the link stood, and the browser
    # would withhold the cookie.
    answer = HTMLResponse(render("dashboard/welcome.html"))
    answer.set_cookie(
        cookie_name(office.settings.port), session.key, httponly=True, samesite="strict", path="/"
    )
    return answer


@router.post("/abmelden")
def leave(request: Request) -> Response:
    """End the session."""
    office = office_of(request)
    office.sessions.leave(session_of(request))
    answer = back(request, "/anmelden")
    answer.delete_cookie(cookie_name(office.settings.port), path="/")
    return answer


@router.post("/name")
def rename(request: Request, name: Annotated[str, Form()] = "") -> Response:
    """Take the name that stands beside this session's marks."""
    session = session_of(request)
    cleaned = " ".join("".join(c for c in name if c.isprintable()).split())[:_LONGEST_NAME]
    if not cleaned:
        raise HTTPException(400, "Bitte einen Namen eintragen.")
    session.name = cleaned
    return back(request, "/")


@router.get("/static/{name}")
def static(name: str) -> Response:
    """Return one of our own files."""
    if name == "code.css":
        return Response(code_styles(), media_type="text/css")
    if name not in _FILES:
        raise HTTPException(404)
    return Response(_read(name), media_type=_FILES[name])


@lru_cache
def _read(name: str) -> bytes:
    return (template_folder() / "dashboard" / name).read_bytes()
