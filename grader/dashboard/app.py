"""The application: the door, the pages, and what happens when something goes wrong."""

from __future__ import annotations

from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from grader.dashboard import (
    cohort,
    entrance,
    exports,
    grading,
    review,
    similar,
    statistics,
    submission,
)
from grader.dashboard.office import Office
from grader.dashboard.pages import is_fragment, page
from grader.dashboard.security import Guard, checked
from grader.dashboard.settings import Settings
from grader.errors import ConflictError, GraderError, UsageError
from grader.gradebook import Gradebook
from grader.lab import Lab

__all__ = ["create_app"]

# FastAPI can report requests and what exceptions say to wherever the environment names.
_SILENT: Any = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
_AREAS = (entrance, cohort, submission, review, statistics, similar, grading, exports)


def create_app(settings: Settings) -> FastAPI:
    """Build the application; ``app.state.office.sessions.tokens`` are the keys to it.

    Raises
    ------
    LabError, StoreError
        If the lab or the gradebook cannot be opened.
    """
    lab = Lab.load(settings.lab)
    try:
        settings.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{settings.out} lässt sich nicht anlegen: {error.strerror}.") from error
    office = Office(settings, lab, Gradebook(settings.gradebook_url))
    app = FastAPI(
        title="grader",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        telemetry=_SILENT,
        dependencies=[Depends(checked)],
    )
    app.state.office = office
    for area in _AREAS:
        app.include_router(area.router)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _misunderstood)
    app.add_exception_handler(GraderError, _ours)
    app.add_middleware(
        Guard,
        sessions=office.sessions,
        port=settings.port,
        form_bytes=settings.form_bytes,
        upload_bytes=settings.upload_bytes,
        uploads=frozenset({grading.UPLOAD, "/export/moodle"}),
    )
    return app


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
    texts = {404: "Diese Seite gibt es nicht.", 405: "So lässt sich diese Seite nicht aufrufen."}
    known = isinstance(error.detail, str) and error.detail not in ("Not Found", "")
    text = error.detail if known else texts.get(error.status_code, "Das ging nicht.")
    if error.status_code == 405:
        text = texts[405]
    return _told(request, text, error.status_code)


def _misunderstood(request: Request, error: Exception) -> Response:
    # What was sent is not repeated: it may be anything.
    return _told(request, "Diese Angabe ist nicht zu verstehen.", 400)


def _ours(request: Request, error: Exception) -> Response:
    return _told(request, str(error), 409 if isinstance(error, ConflictError) else 400)


def _told(request: Request, text: str, status: int) -> Response:
    if request.scope.get("session") is None:
        return Response(text, status, media_type="text/plain; charset=utf-8")
    template = "told_part.html" if is_fragment(request) else "told.html"
    made = page(request, template, status=status, text=text, status_code=status)
    if is_fragment(request):
        # The sentence goes to where sentences are read out; the form stays as it is.
        made.headers["hx-retarget"] = "#said"
        made.headers["hx-reswap"] = "innerHTML"
    return made
