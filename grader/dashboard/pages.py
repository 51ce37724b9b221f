"""Renders a page with what all pages need; answers a form with a fragment or a way back."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from grader.dashboard.messages import CHECK_WORDS, GRADE_WORDS, moment
from grader.dashboard.office import office_of
from grader.dashboard.security import session_of
from grader.dashboard.sessions import ROLES
from grader.messages import MARKS
from grader.templating import render

__all__ = ["back", "is_fragment", "page"]


def page(
    request: Request, template: str, /, *, status: int = 200, here: str = "", **context: object
) -> HTMLResponse:
    """Render ``templates/dashboard/<template>``.

    Parameters
    ----------
    here : str
        Path of the entry in the main navigation that this page belongs to.
    """
    office = office_of(request)
    session = session_of(request)
    text = render(
        f"dashboard/{template}",
        theme_folder=None,
        **context,
        here=here,
        lab_title=office.lab.title,
        session=session,
        role=ROLES[session.role],
        running=office.runs.is_running(),
        check_words=CHECK_WORDS,
        grade_words=GRADE_WORDS,
        marks=MARKS,
        moment=moment,
    )
    return HTMLResponse(text, status)


def is_fragment(request: Request) -> bool:
    """Tell whether htmx asks: it puts a part of a page in place."""
    return request.headers.get("hx-request") == "true"


def back(request: Request, path: str) -> Response:
    """Send a browser on to a page after a form; htmx is told to load it as a whole."""
    if is_fragment(request):
        return Response(status_code=204, headers={"hx-redirect": path})
    return RedirectResponse(path, 303)
