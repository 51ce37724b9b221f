"""One submission: every task's code and outputs beside its checks, points and comments by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup

from grader.dashboard.amounts import read_points
from grader.dashboard.material import Material
from grader.dashboard.messages import not_here
from grader.dashboard.office import Office, office_of
from grader.dashboard.pages import back, is_fragment, page
from grader.dashboard.security import instructor, session_of
from grader.dashboard.sessions import Session
from grader.dashboard.texts import answer_of, highlighted
from grader.errors import ConflictError
from grader.gradebook.views import SubmissionView
from grader.lab import Task
from grader.model import CheckResult
from grader.protocol.document import Prose
from grader.protocol.html import code_lines, picture_source
from grader.protocol.markup import to_html

__all__ = ["router"]

router = APIRouter(prefix="/abgabe")
# Inside the frame that has no rights at all: nothing is loaded, nothing runs.
_FRAME_HEAD = (
    '<!DOCTYPE html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">"
)


@router.get("/{group}", response_class=HTMLResponse)
def submission_page(request: Request, group: int) -> Response:
    """Show one group; code and outputs follow by themselves."""
    office = office_of(request)
    view = office.submission(group)
    session_of(request)
    return page(
        request,
        "submission.html",
        here="/",
        view=view,
        cohort=office.cohort(),
        tasks=[t for t in office.lab.tasks if any(c.id in view.results for c in t.checks)],
        lab=office.lab,
        entry=lambda check: _entry(view, check),
        problems=_problems(view),
    )


def _problems(view: SubmissionView) -> list[tuple[str, str]]:
    return [
        (p.notebook if p.notebook and p.notebook not in p.message else "", p.message)
        for p in view.problems
    ]


def _entry(view: SubmissionView, check: str) -> dict[str, Any]:
    """What the form of one check shows."""
    result = view.results[check]
    history = [m for m in view.history if m.check == check]
    mark = view.marks.get(check)
    text = answer_of(result.details)
    return {
        "result": result,
        "mark": mark,
        "history": list(reversed(history)),
        "seen": history[-1].version if history else 0,
        "cell": view.row.checks.get(check),
        "answer": highlighted(text, result.details) if text else None,
        "details": _plain_details(result),
        "points": mark.points if mark and mark.points is not None else None,
        "comment": mark.comment if mark else "",
    }


def _plain_details(result: CheckResult) -> list[tuple[str, str]]:
    """Details as rows; what the page shows in another way is left out."""
    shown = {"answer", "concepts", "misconceptions", "flags", "missing", "unread", "words"}
    return [(str(k), _plain(v)) for k, v in result.details.items() if k not in shown]


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{k}: {_plain(v)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        lines = any(isinstance(v, Mapping) for v in value)
        return ("\n" if lines else ", ").join(_plain(v) for v in value)
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if value is None:
        return "–"
    return f"{value:g}".replace(".", ",") if isinstance(value, float) else str(value)


# --------------------------------------------------------------------------- code and outputs


@router.get("/{group}/material/{task}", response_class=HTMLResponse)
def material(request: Request, group: int, task: str) -> Response:
    """Return what the group handed in for a task, with what its run left."""
    office = office_of(request)
    spec = _task(office, task)
    made = office.materials.of_submission(office.submission(group), spec)
    return _material_page(request, made, "Abgabe")


@router.get("/{group}/muster/{task}", response_class=HTMLResponse)
def reference(request: Request, group: int, task: str) -> Response:
    """Return the reference's solution of a task, under the profile of the group's run."""
    office = office_of(request)
    spec = _task(office, task)
    profile = office.submission(group).row.profile
    made = office.materials.of_reference(profile, spec)
    return _material_page(request, made, "Musterlösung")


def _task(office: Office, name: str) -> Task:
    try:
        return office.lab.task(name)
    except KeyError as error:
        raise HTTPException(404, not_here("Diese Aufgabe")) from error


def _material_page(request: Request, made: Material, whose: str) -> Response:
    texts = to_html([b.markdown for b in made.blocks if isinstance(b, Prose)])
    return page(
        request,
        "material.html",
        prose=lambda markdown: Markup(texts[markdown]),  # noqa: S704 - from the sanitiser
        code_lines=code_lines,
        source=picture_source,
        frame_head=_FRAME_HEAD,
        made=made,
        whose=whose,
    )


# --------------------------------------------------------------------------- points by hand


@router.post("/{group}/pruefung/{check}")
def mark(
    request: Request,
    group: int,
    check: str,
    points: Annotated[str, Form()] = "",
    comment: Annotated[str, Form()] = "",
    seen: Annotated[int, Form()] = 0,
) -> Response:
    """Enter points (none: the automatic ones count) and a comment for one check."""
    office, session = office_of(request), session_of(request)
    comment = comment.replace("\r\n", "\n")
    try:
        made = office.book.mark(
            group,
            check,
            author=session.name,
            points=read_points(points),
            comment=comment,
            seen=seen,
        )
    except ConflictError as error:
        return _form(request, group, check, str(error), {"points": points, "comment": comment})
    office.wrote([group], check, [made])
    return _form(request, group, check)


@router.post("/{group}/pruefung/{check}/zurueck")
def undo(request: Request, group: int, check: str, seen: Annotated[int, Form()] = 0) -> Response:
    """Take back the entry that counts."""
    office, session = office_of(request), session_of(request)
    try:
        office.book.undo(group, check, author=session.name, seen=seen)
    except ConflictError as error:
        return _form(request, group, check, str(error))
    office.wrote([group], check)
    return _form(request, group, check)


def _form(
    request: Request,
    group: int,
    check: str,
    conflict: str = "",
    typed: Mapping[str, str] | None = None,
) -> Response:
    """The check's form again: with what counts now, or with what was typed and why not taken."""
    if not is_fragment(request) and not conflict:
        return back(request, f"/abgabe/{group}#c-{check}")
    office = office_of(request)
    view = office.submission(group)
    if check not in view.results:
        raise HTTPException(404, not_here("Diese Prüfung"))
    return page(
        request,
        "check_saved.html" if is_fragment(request) else "check_alone.html",
        status=409 if conflict else 200,
        view=view,
        cohort=office.cohort(),
        spec=office.lab.checks.get(check),
        check=check,
        e=_entry(view, check),
        conflict=conflict,
        typed=typed,
        saved=not conflict,
    )


# --------------------------------------------------------------------------- extra points, dates


@router.post("/{group}/zusatz")
def extra(
    request: Request,
    group: int,
    session: Annotated[Session, Depends(instructor)],
    points: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Give extra points with a reason."""
    office = office_of(request)
    amount = read_points(points, signed=True)
    if amount is None:
        raise HTTPException(400, "Bitte eintragen, wie viele Punkte es sein sollen.")
    office.book.add_extra(group, amount, reason=reason, author=session.name)
    office.wrote([group])
    return back(request, f"/abgabe/{group}")


@router.post("/{group}/verspaetung")
def late_days(
    request: Request,
    group: int,
    session: Annotated[Session, Depends(instructor)],
    days: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Set the late days of the newest version by hand; none: they are counted again."""
    office = office_of(request)
    newest = office.submission(group).row.submission
    if newest is None:
        raise HTTPException(400, "Von dieser Gruppe liegt keine Abgabe vor.")
    if days.strip() and not days.strip().isdecimal():
        raise HTTPException(400, "Tage bitte als ganze Zahl eintragen.")
    number = int(days) if days.strip() else None
    office.book.set_late_days(newest, number, reason=reason, author=session.name)
    office.wrote([group])
    return back(request, f"/abgabe/{group}")
