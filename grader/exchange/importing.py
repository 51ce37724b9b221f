"""Downloads become a folder of submissions; what was taken and what not is said.

A submission is written beside its place and then moved there, so that a killed import leaves whole
submissions only. What stood there before is never lost: another version moves to ``.frueher``,
which no grading looks at.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
import re
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Literal, TypeAlias

from grader.errors import UsageError
from grader.exchange.filling import Filling, why
from grader.exchange.handins import HandIn, hand_ins
from grader.exchange.roster import ROSTER, Entry, Roster, members_of
from grader.exchange.texts import answers_from, particulars_from
from grader.exchange.unpack import Download, LeftOut, inside
from grader.exchange.worksheet import Row, Worksheet

__all__ = ["EARLIER", "Import", "Taken", "import_downloads"]

EARLIER = ".frueher"
State: TypeAlias = Literal["new", "changed", "same", "empty"]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one submission.

    Attributes
    ----------
    state : str
        ``"new"``, ``"changed"`` (the version before lies in ``earlier``), ``"same"`` as what was
        there, or ``"empty"``: nothing could be taken.
    notes : tuple of str
        German: what was done with an online text, a title page.
    """

    name: str
    entry: Entry
    state: State
    files: int = 0
    earlier: Path | None = None
    notes: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True)
class Import:
    """What became of all downloads; ``missing`` are participants without a submission."""

    taken: tuple[Taken, ...]
    left_out: tuple[LeftOut, ...] = ()
    missing: tuple[Row, ...] = ()


def import_downloads(
    downloads: Sequence[Path],
    out: Path,
    *,
    worksheet: Worksheet | None = None,
    questions: int = 0,
) -> Import:
    """Write the submissions of downloads into a folder that ``grader grade`` takes.

    Parameters
    ----------
    downloads : sequence of Path
        Moodle's .zip files, folders they were unpacked to, or plain folders. Where a submission
        is in several of them, the last one counts.
    out : Path
        Submissions that are there already stay, or move to ``.frueher`` if they changed.
    worksheet : Worksheet, optional
        Knows groups, members, and when they handed in.
    questions : int
        The lab's number of control questions: an online text with answers becomes their file.

    Raises
    ------
    UsageError
        If a download is none, or holds no submission.
    """
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} ist kein Ordner. Bitte mit --out einen Ordner angeben.")
    rows = tuple(worksheet.rows()) if worksheet else ()
    roster = Roster.read(out)
    taken: list[Taken] = []
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(Download(path)) for path in downloads]
        units = _last(opened, rows)
        for download, unit, others in units:
            name = _place(unit.name, out, {t.name for t in taken})
            found = _take(unit, name, download.path.name, out, roster, questions)
            if others:
                note = f"auch in {', '.join(others)}; das spätere zählt"
                found = replace(found, notes=(*found.notes, note))
            taken.append(found)
            if found.files:
                # After each: what is there is also known.
                roster = Roster(submissions={**roster.submissions, found.name: found.entry})
                roster.write(out)
        left_out = tuple(n for download in opened for n in download.left_out)
    there = {m.id for entry in roster.submissions.values() for m in entry.members}
    missing = tuple(r for r in rows if r.id not in there)
    return Import(tuple(sorted(taken, key=lambda t: t.name)), left_out, missing)


def _last(
    downloads: Sequence[Download], rows: Sequence[Row]
) -> list[tuple[Download, HandIn, list[str]]]:
    """Every submission in its last version, and names of the downloads with earlier ones."""
    found: dict[str, tuple[Download, HandIn, list[str]]] = {}
    for download in downloads:
        units = hand_ins(download, rows)
        if not units:
            raise UsageError(
                f"In {download.path} liegt keine Abgabe. Erwartet wird die Datei, die Moodle mit "
                "»Alle Abgaben herunterladen« liefert, oder ein Ordner mit einem Ordner je Abgabe."
            )
        for unit in units:
            before = found.get(unit.name)
            others = [*before[2], before[0].path.name] if before else []
            found[unit.name] = (download, unit, others)
    return list(found.values())


def _take(
    unit: HandIn, name: str, download: str, out: Path, roster: Roster, questions: int
) -> Taken:
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".import-") as temporary:
        filling = Filling(Path(temporary) / "submission")
        filling.folder.mkdir()
        for path, item in unit.items:
            for found in inside(replace(item, path=path), filling.left_out):
                filling.add(found.path, found.read_into)
        notes = _texts(unit, filling, questions)
        times = [r.handed_in for r in unit.rows if r.handed_in]
        entry = Entry(
            who=unit.who,
            id=unit.id,
            group=unit.group,
            members=members_of(unit.rows),
            handed_in=max(times, default=None),
            download=download,
            files=filling.files,
        )
        notes += _status(unit)
        left = tuple(filling.left_out)
        if not filling.files:
            return Taken(name, entry, "empty", left_out=left)
        known = roster.submissions.get(name)
        if known and not unit.rows:
            # Without a worksheet nothing new is known of them.
            entry = replace(
                entry, group=known.group, members=known.members, handed_in=known.handed_in
            )
        state, earlier = _move(filling, out, name, known)
    return Taken(name, entry, state, len(filling.files), earlier, tuple(notes), left)


def _place(name: str, out: Path, used: Collection[str]) -> str:
    """The folder's name, spelled as the folder that is there already; not one just used."""
    clean = re.sub(r'[\x00-\x1f\x7f/\\:*?"<>|]+', "_", name).strip(" .") or "abgabe"
    clean = clean.encode("utf-8", "replace")[:150].decode("utf-8", "ignore")
    if clean.casefold() == ROSTER:
        clean = f"_{clean}"
    there = {p.name.casefold(): p.name for p in out.iterdir()} if out.is_dir() else {}
    found, number = clean, 2
    while found.casefold() in {u.casefold() for u in used}:
        found, number = f"{clean}-{number}", number + 1
    return there.get(found.casefold(), found)


def _texts(unit: HandIn, filling: Filling, questions: int) -> list[str]:
    """Files that an online text and the worksheet's names become."""
    notes = []
    for number, item in enumerate(unit.online):
        try:
            html = item.content()
        except OSError as error:
            filling.left_out.append(LeftOut(item.path, why(error)))
            continue
        found = answers_from(html, filling.files, questions)
        if found is None:
            continue
        name = found.name if not number else f"{number + 1}-{found.name}"
        filling.add_text(name, found.text)
        notes.append(found.note)
    people = [r.name for r in unit.rows if r.name]
    if filling.files and people and not _has(filling.files, "protokoll.toml"):
        filling.add_text("protokoll.toml", particulars_from(people, unit.group))
        notes.append("Titelblatt angelegt")
    return notes


def _status(unit: HandIn) -> list[str]:
    """What Moodle says of the hand-in: a draft, or late."""
    said = " ".join(r.status for r in unit.rows)
    notes = ["in Moodle nur ein Entwurf"] if re.search(r"\b(?:Entwurf|Draft)\b", said) else []
    late = re.search(r"(?:- )?([^-]+?) (?:zu spät|late)\b", said)
    return [*notes, *([f"zu spät: {late[1].strip()}"] if late else [])]


def _has(files: Mapping[str, str], name: str) -> bool:
    return any(PurePosixPath(f).name.casefold() == name for f in files)


def _move(filling: Filling, out: Path, name: str, known: Entry | None) -> tuple[State, Path | None]:
    target = out / name
    if not os.path.lexists(target):
        os.replace(filling.folder, target)
        return "new", None
    # The same hand-in again: what was mended in its folder since stays.
    if known and known.files == filling.files:
        return "same", None
    if target.is_dir() and not target.is_symlink() and _hashes(target) == filling.files:
        return "same", None
    stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%d-%H%M%S")
    earlier = out / EARLIER / name / stamp
    number = 2
    while earlier.exists():
        earlier, number = earlier.with_name(f"{stamp}-{number}"), number + 1
    earlier.parent.mkdir(parents=True, exist_ok=True)
    os.replace(target, earlier)
    os.replace(filling.folder, target)
    return "changed", earlier


def _hashes(folder: Path) -> dict[str, str]:
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in folder.rglob("*")
        if p.is_file() and not p.is_symlink()
    }
