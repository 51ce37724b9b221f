"""The review: one question over all groups, blind, with keys, near-identical answers together."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup

from grader.dashboard.amounts import read_points
from grader.dashboard.office import Office, office_of
from grader.dashboard.pages import back, is_fragment, page
from grader.dashboard.queue import Bundle, Queue, bank, queue_of, steps, waits
from grader.dashboard.security import session_of
from grader.dashboard.sessions import Session
from grader.dashboard.texts import answer_of, concepts, highlighted, misconceptions
from grader.errors import ConflictError, GraderError
from grader.gradebook.views import Answer
from grader.lab import CheckSpec
from grader.protocol.markup import to_html

__all__ = ["router"]

router = APIRouter(prefix="/durchsicht")
_MOST_UNDONE = 200


@router.get("", response_class=HTMLResponse)
def overview(request: Request) -> Response:
    """List the questions with how much waits in each."""
    office = office_of(request)
    rows = office.overview().rows
    found = []
    for task in office.lab.tasks:
        for spec in task.checks:
            cells = [row.checks[spec.id] for row in rows if spec.id in row.checks]
            waiting = sum(
                cell.changed if cell.by_hand else cell.status == "needs_review" for cell in cells
            )
            hand = sum(cell.by_hand for cell in cells)
            if spec.kind == "text" or waiting or hand:
                sure = [c.confidence for c in cells if c.status == "needs_review"]
                found.append((task, spec, len(cells), waiting, hand, min(sure, default=None)))
    return page(request, "review.html", here="/durchsicht", questions=found)


@router.get("/{check}", response_class=HTMLResponse)
def question(request: Request, check: str, gruppe: int | None = None) -> Response:
    """Show the next answers of a question, or a certain group's."""
    office, session = office_of(request), session_of(request)
    answers = office.answers(check)
    queue = queue_of(answers, session, check)
    bundle = queue.bundles[0] if queue.bundles else None
    if gruppe is not None:
        # Names are for afterwards.
        if queue.waiting:
            raise HTTPException(403, "Einzelne Antworten öffnen sich, wenn alle durchgesehen sind.")
        chosen = [a for a in answers if a.group.id == gruppe]
        if not chosen:
            raise HTTPException(404, "Diese Antwort gibt es hier nicht.")
        bundle = Bundle(tuple(chosen))
    return _shown(request, office, check, queue, bundle, answers)


def _shown(
    request: Request,
    office: Office,
    check: str,
    queue: Queue,
    bundle: Bundle | None,
    answers: tuple[Answer, ...],
    *,
    said: str = "",
    status: int = 200,
    comment: str | None = None,
) -> Response:
    spec = office.lab.checks[check]
    context: dict[str, object] = {
        "spec": spec,
        "asked": _asked(office, spec),
        "queue": queue,
        "said": said,
        "cohort": office.cohort(),
        "undoable": bool(session_of(request).done.get(check)),
    }
    if bundle is None:
        template = "review_done"
        context |= {"answers": sorted(answers, key=lambda a: a.group.title), "waits": waits}
    else:
        template = "review_item"
        context |= _item(bundle, spec, office.comments(check), comment)
    name = f"{template}.html" if is_fragment(request) else "review_question.html"
    return page(
        request,
        name,
        status=status,
        here="/durchsicht",
        inner=f"dashboard/{template}.html",
        **context,
    )


def _asked(office: Office, spec: CheckSpec) -> str:
    """The question as it was asked: a control question's text, or the task's title."""
    questions = office.lab.questions
    number = spec.id.removeprefix("q")
    if spec.id.startswith("q") and number.isdigit() and 0 < int(number) <= len(questions):
        return questions[int(number) - 1]
    task = office.lab.task(spec.task)
    return f"Aufgabe {task.id}: {task.title}"


def _item(
    bundle: Bundle, spec: CheckSpec, used: list[tuple[str, int]], comment: str | None
) -> dict[str, object]:
    first = bundle.first
    details = first.result.details
    text = answer_of(details)
    found = concepts(details)
    missing = [c.label for c in found if c.share < 1]
    mark = first.mark
    return {
        "bundle": bundle,
        "answer": first,
        "blind": len(bundle.answers) > 1 or waits(first),
        "text": None if text is None else highlighted(text, details),
        "formulas": text is not None and "$" in text,
        "variants": _wordings(bundle),
        "concepts": found,
        "misconceptions": misconceptions(details),
        "flags": _labels(details.get("flags")),
        "unread": [str(x) for x in details.get("unread", []) if isinstance(x, str)],
        "steps": steps(spec.points),
        "comments": bank(used, missing),
        "comment": comment if comment is not None else (mark.comment if mark else ""),
    }


def _wordings(bundle: Bundle) -> list[tuple[str, list[Answer]]]:
    """Answers by their exact wording, in the order of the bundle."""
    found: dict[str, list[Answer]] = {}
    for answer in bundle.answers:
        found.setdefault(answer_of(answer.result.details) or "", []).append(answer)
    return list(found.items())


def _labels(flags: object) -> list[str]:
    entries = flags if isinstance(flags, list) else []
    return [str(f.get("label", "")) for f in entries if isinstance(f, dict)]


@router.get("/{check}/gesetzt/{group}", response_class=HTMLResponse)
def typeset(request: Request, check: str, group: int) -> Response:
    """Return an answer with its formulas set."""
    for answer in office_of(request).answers(check):
        if answer.group.id == group:
            text = answer_of(answer.result.details) or ""
            made = Markup(to_html([text])[text])  # noqa: S704 - from the sanitiser
            return page(request, "typeset.html", prose=made)
    raise HTTPException(404, "Diese Antwort gibt es hier nicht.")


# --------------------------------------------------------------------------- what keys do


@router.post("/{check}")
def mark(
    request: Request,
    check: str,
    points: Annotated[str, Form()] = "",
    comment: Annotated[str, Form()] = "",
    entry: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Give points to one bundle; ``entry`` holds group and version of each of its answers.

    If somebody else has marked one of them meanwhile, none is marked, and it is said.
    """
    office, session = office_of(request), session_of(request)
    amount = read_points(points)
    if amount is None:
        raise HTTPException(400, "Bitte Punkte wählen.")
    comment = comment.replace("\r\n", "\n").strip()
    seen = dict(_entries(entry))
    try:
        made = office.book.mark_together(
            check, seen, author=session.name, points=amount, comment=comment
        )
    except ConflictError as error:
        return _next(request, office, session, check, str(error), 409, comment)
    office.wrote(list(seen), check, made)
    session.done.setdefault(check, []).append([(m.group, m.version) for m in made])
    del session.done[check][:-_MOST_UNDONE]
    session.skipped.get(check, set()).difference_update(seen)
    return _next(request, office, session, check, "")


def _entries(entry: list[str] | None) -> list[tuple[int, int]]:
    found = []
    for text in entry or []:
        group, _, seen = text.partition(":")
        if not (group.isdecimal() and seen.isdecimal()):
            raise HTTPException(400, "Diese Angabe ist nicht zu verstehen.")
        found.append((int(group), int(seen)))
    if not found:
        raise HTTPException(400, "Es ist keine Antwort ausgewählt.")
    return found


@router.post("/{check}/spaeter")
def later(
    request: Request, check: str, entry: Annotated[list[str] | None, Form()] = None
) -> Response:
    """Put a bundle off until the others are done."""
    office, session = office_of(request), session_of(request)
    put_off = session.skipped.setdefault(check, set())
    put_off.update(group for group, _ in _entries(entry))
    waiting = {a.group.id for a in office.answers(check) if waits(a)}
    if waiting <= put_off:
        # All were put off: from the beginning.
        put_off.clear()
    return _next(request, office, session, check, "")


@router.post("/{check}/zurueck")
def undo(request: Request, check: str) -> Response:
    """Take back what this session marked last, all of the bundle."""
    office, session = office_of(request), session_of(request)
    done = session.done.get(check)
    if not done:
        return _next(request, office, session, check, "Hier ist nichts zurückzunehmen.", 400)
    problems, undone = [], []
    for group, version in done.pop():
        try:
            office.book.undo(group, check, author=session.name, seen=version)
            undone.append(group)
        except GraderError as error:
            problems.append(str(error))
    office.wrote(undone, check)
    return _next(request, office, session, check, " ".join(problems), 409 if problems else 200)


def _next(
    request: Request,
    office: Office,
    session: Session,
    check: str,
    said: str,
    status: int = 200,
    comment: str | None = None,
) -> Response:
    if not is_fragment(request) and not said:
        return back(request, f"/durchsicht/{check}")
    answers = office.answers(check)
    queue = queue_of(answers, session, check)
    bundle = queue.bundles[0] if queue.bundles else None
    return _shown(
        request,
        office,
        check,
        queue,
        bundle,
        answers,
        said=said,
        status=status,
        comment=comment,
    )
