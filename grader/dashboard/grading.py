"""Upload of submissions and a grading started from the page, with its progress."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, HTTPException, Request, UploadFile
from fastapi.responses import HTMLResponse, Response

from grader.dashboard.office import Office, office_of
from grader.dashboard.pages import back, page
from grader.dashboard.security import instructor
from grader.dashboard.sessions import Session
from grader.errors import UsageError
from grader.intake.files import find_sources

__all__ = ["UPLOAD", "router"]

UPLOAD = "/bewerten/hochladen"
router = APIRouter(prefix="/bewerten")
_CHUNK = 1 << 20
_KEPT = re.compile(r"[^\w.\- ()äöüÄÖÜß]+")


@router.get("", response_class=HTMLResponse)
def grading_page(request: Request) -> Response:
    """Show what can be graded, and the grading that runs or ran last."""
    office = office_of(request)
    return page(
        request,
        "grading.html",
        here="/bewerten",
        run=office.runs.newest(),
        places=_places(office),
        tasks=office.lab.tasks,
        megabytes=office.settings.upload_bytes // 1_000_000,
    )


@router.get("/stand", response_class=HTMLResponse)
def progress(request: Request, klein: bool = False) -> Response:
    """Return the progress as a part of a page; it asks again by itself while something runs."""
    office = office_of(request)
    run = office.runs.newest()
    return page(request, "progress_small.html" if klein else "progress.html", run=run)


@router.post("/hochladen")
def upload(
    request: Request,
    session: Annotated[Session, Depends(instructor)],
    file: Annotated[UploadFile, File()],
) -> Response:
    """Keep an uploaded .zip; it is read where it lies and never unpacked to disk as it is."""
    office = office_of(request)
    name = _KEPT.sub("_", Path((file.filename or "").replace("\\", "/")).name).strip(" .")[-120:]
    if not name.lower().endswith(".zip"):
        raise HTTPException(400, "Bitte ein .zip hochladen: die Abgaben aus Moodle oder Ordner.")
    folder = office.settings.uploads / time.strftime("%Y-%m-%d-%H%M%S")
    number = 1
    while folder.exists():
        number += 1
        folder = folder.with_name(f"{folder.name.split('_')[0]}_{number}")
    folder.mkdir(parents=True)
    target = folder / name
    try:
        with target.open("wb") as out:
            shutil.copyfileobj(file.file, out, _CHUNK)
        _require_archive(target)
        find_sources(target)
    except (UsageError, OSError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        text = (
            str(error) if isinstance(error, UsageError) else f"Nicht gespeichert: {error.strerror}."
        )
        raise HTTPException(400, text.replace(str(target), name)) from error
    return back(request, "/bewerten")


def _require_archive(path: Path) -> None:
    import zipfile

    if not zipfile.is_zipfile(path):
        raise UsageError(f"{path.name} ist kein lesbares .zip; vielleicht wurde es abgeschnitten.")


def _places(office: Office) -> list[tuple[str, str]]:
    """What a grading can take: (value, label), newest upload first."""
    found = []
    uploads = office.settings.uploads
    if uploads.is_dir():
        for path in sorted(uploads.glob("*/*.zip"), reverse=True):
            at = path.parent.name.replace("_", " ")
            found.append((path.relative_to(uploads).as_posix(), f"{path.name} (hochgeladen {at})"))
    given = office.settings.submissions
    if given is not None and given.exists():
        found.append(("", f"Ordner {given.name}"))
    return found


@router.post("/starten")
def start(
    request: Request,
    session: Annotated[Session, Depends(instructor)],
    source: Annotated[str, Form()] = "",
    task: Annotated[str, Form()] = "",
    fresh: Annotated[bool, Form()] = False,
    protocol: Annotated[bool, Form()] = False,
) -> Response:
    """Start a grading."""
    office = office_of(request)
    known = dict(_places(office))
    if source not in known:
        raise HTTPException(400, "Diese Abgaben gibt es hier nicht (mehr).")
    if task and task not in {t.id for t in office.lab.tasks}:
        raise HTTPException(400, "Diese Aufgabe gibt es nicht.")
    given = office.settings.submissions
    path = office.settings.uploads / source if source else given
    assert path is not None  # noqa: S101 - the empty source is only offered with a folder
    office.runs.start(
        path, shown=known[source], author=session.name, fresh=fresh, protocol=protocol, task=task
    )
    return back(request, "/bewerten")


@router.post("/anhalten")
def stop(request: Request, session: Annotated[Session, Depends(instructor)]) -> Response:
    """Stop the grading that runs; what is finished stays."""
    office_of(request).runs.stop()
    return back(request, "/bewerten")
