"""Upload of submissions and a grading started from the page, with its progress."""

from __future__ import annotations

import re
import shutil
import time
import zipfile
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, HTTPException, Request, UploadFile
from fastapi.responses import HTMLResponse, Response

from grader.dashboard.office import Office, office_of
from grader.dashboard.pages import back, page
from grader.dashboard.parcels import take_in
from grader.dashboard.security import instructor, session_of
from grader.dashboard.sessions import Session
from grader.errors import UsageError
from grader.exchange.importing import Import

__all__ = ["UPLOAD", "router"]

UPLOAD = "/bewerten/hochladen"
router = APIRouter(prefix="/bewerten")
_CHUNK = 1 << 20
_KEPT = re.compile(r"[^\w.\- ()äöüÄÖÜß]+")


@router.get("", response_class=HTMLResponse)
def grading_page(request: Request) -> Response:
    """Show what can be graded, and the grading that runs or ran last."""
    office, session = office_of(request), session_of(request)
    told, session.told = session.told, None
    return page(
        request,
        "grading.html",
        here="/bewerten",
        run=office.runs.newest(),
        places=_places(office),
        tasks=office.lab.tasks,
        unfinished=office.runs.unfinished(),
        megabytes=office.settings.upload_bytes // 1_000_000,
        found=told if isinstance(told, Import) else None,
    )


@router.get("/stand", response_class=HTMLResponse)
def progress(
    request: Request, klein: bool = False, gesehen: int = 0, leer: bool = False
) -> Response:
    """Return the progress as a part of a page; it asks again by itself while something runs.

    The small one stands above the cohort's table: whenever a further submission is graded, the
    table is told to load itself anew, and a page without one (``leer``) as a whole.
    """
    office = office_of(request)
    run = office.runs.newest()
    if not klein:
        unfinished = office.runs.unfinished()
        return page(request, "progress.html", run=run, unfinished=unfinished)
    ended = run is None or not run.alive
    made = page(
        request, "progress_small.html", run=run, ended=ended, counts={"groups": 0 if leer else 1}
    )
    if ended or (run is not None and len(run.state.graded) != gesehen):
        made.headers["hx-refresh" if leer else "hx-trigger"] = "true" if leer else "graded"
    return made


@router.post("/hochladen")
def upload(
    request: Request,
    session: Annotated[Session, Depends(instructor)],
    file: Annotated[UploadFile, File()],
    worksheet: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Take in an uploaded .zip: a folder of submissions is made of it, nothing is overwritten."""
    office = office_of(request)
    if office.runs.is_running():
        raise HTTPException(400, "Solange eine Bewertung läuft, kommen keine Abgaben dazu.")
    if office.cohort().released_at is not None:
        raise HTTPException(400, "Die Noten sind freigegeben; bitte zuerst wieder öffnen.")
    name = _name(file)
    if not name.lower().endswith(".zip"):
        raise HTTPException(400, "Bitte ein .zip hochladen: die Abgaben aus Moodle oder Ordner.")
    folder = _new_folder(office.settings.uploads)
    try:
        target = _kept(file, folder / name)
        if not zipfile.is_zipfile(target):
            raise UsageError(f"{name} ist kein lesbares .zip; vielleicht wurde es abgeschnitten.")
        table = None
        if worksheet is not None and worksheet.filename:
            table = _kept(worksheet, folder / "bewertungstabelle.csv")
        session.told = take_in(office, target, table)
    except (UsageError, OSError) as error:
        said = str(error) if isinstance(error, UsageError) else f"Nicht gespeichert: {error}."
        # Of places on this machine only the file's name is told.
        raise HTTPException(400, said.replace(f"{folder}/", "")) from error
    finally:
        # The submissions are there now; a second copy of everybody's data is not needed.
        shutil.rmtree(folder, ignore_errors=True)
    return back(request, "/bewerten")


def _name(file: UploadFile) -> str:
    last = Path((file.filename or "").replace("\\", "/")).name
    return _KEPT.sub("_", last).strip(" .")[-120:]


def _new_folder(uploads: Path) -> Path:
    stamp, number = time.strftime("%Y-%m-%d-%H%M%S"), 1
    while (folder := uploads / (stamp if number == 1 else f"{stamp}_{number}")).exists():
        number += 1
    folder.mkdir(parents=True)
    return folder


def _kept(file: UploadFile, target: Path) -> Path:
    with target.open("wb") as out:
        shutil.copyfileobj(file.file, out, _CHUNK)
    return target


def _places(office: Office) -> dict[str, tuple[str, Path]]:
    """What a grading can take, by the form's value: a label and the folder."""
    found = {}
    settings = office.settings
    if settings.intake.is_dir() and any(settings.intake.iterdir()):
        entries = (p for p in settings.intake.iterdir() if not p.name.startswith("."))
        count = sum(p.is_dir() or p.suffix.lower() == ".zip" for p in entries)
        found["abgaben"] = (f"Abgaben ({count})", settings.intake)
    if settings.submissions is not None and settings.submissions.is_file():
        found["archiv"] = (f"Archiv {settings.submissions.name}", settings.submissions)
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
    known = _places(office)
    if source not in known:
        raise HTTPException(400, "Diese Abgaben gibt es hier nicht (mehr).")
    if task and task not in {t.id for t in office.lab.tasks}:
        raise HTTPException(400, "Diese Aufgabe gibt es nicht.")
    shown, path = known[source]
    office.runs.start(
        path,
        shown=shown,
        author=session.name,
        fresh=fresh,
        protocol=protocol,
        task=task,
        term=office.cohort().term,
    )
    return back(request, "/bewerten")


@router.post("/fortsetzen")
def resume(request: Request, session: Annotated[Session, Depends(instructor)]) -> Response:
    """Let the interrupted grading go on."""
    office_of(request).runs.resume(author=session.name)
    return back(request, "/bewerten")


@router.post("/anhalten")
def stop(request: Request, session: Annotated[Session, Depends(instructor)]) -> Response:
    """Stop the grading that runs; what is finished stays."""
    office_of(request).runs.stop()
    return back(request, "/bewerten")
