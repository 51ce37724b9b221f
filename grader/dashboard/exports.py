"""Exports: what leaves the desk, as files to load."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, HTTPException, Request, UploadFile
from fastapi.responses import HTMLResponse, Response

from grader.dashboard.messages import not_here
from grader.dashboard.office import office_of
from grader.dashboard.pages import page
from grader.dashboard.parcels import FILES, for_moodle
from grader.dashboard.security import instructor, session_of
from grader.dashboard.sessions import Session

__all__ = ["router"]

router = APIRouter(prefix="/export")


@router.get("", response_class=HTMLResponse)
def exports_page(request: Request) -> Response:
    """List what can be loaded."""
    office, session = office_of(request), session_of(request)
    return page(
        request,
        "exports.html",
        here="/export",
        cohort=office.cohort(),
        graded=any(row.status is not None for row in office.overview().rows),
        files=[f for f in FILES.values() if session.leads or not f.guarded],
    )


@router.post("/moodle")
def moodle(
    request: Request,
    session: Annotated[Session, Depends(instructor)],
    worksheet: Annotated[UploadFile, File()],
    open_too: Annotated[bool, Form()] = False,
) -> Response:
    """Return Moodle's worksheet filled in, with the feedback files, as one .zip."""
    with tempfile.TemporaryDirectory(prefix="grader-worksheet-") as folder:
        path = Path(folder) / "Bewertungstabelle.csv"
        path.write_bytes(worksheet.file.read())
        try:
            raw, _ = for_moodle(office_of(request), path, open_too=open_too)
        except OSError as error:
            raise HTTPException(400, f"Das ließ sich nicht schreiben: {error.strerror}.") from error
    return _file(raw, "moodle.zip", "application/zip")


@router.get("/{name}")
def load(request: Request, name: str) -> Response:
    """Return one of the files."""
    offered = FILES.get(name)
    if offered is None:
        raise HTTPException(404, not_here("Diese Datei"))
    if offered.guarded:
        instructor(request)
    return _file(offered.content(office_of(request)), name, offered.media_type)


def _file(raw: bytes, name: str, media_type: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(raw, media_type=media_type, headers=headers)
