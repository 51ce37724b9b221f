"""What a grading was asked for, written down at its start, so that it can go on after a fault.

Evidence and results of finished submissions are kept anyway; what else a killed grading needs to go
on is its options, and with ``--fresh`` which evidence was already made anew.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from grader.errors import UsageError
from grader.files import sweep, write_atomically

__all__ = ["Grading", "begin", "end", "interrupted"]

_EVIDENCE = ".evidence"
_FILE = f"{_EVIDENCE}/run.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grading:
    """The options of a grading. Paths are absolute.

    Attributes
    ----------
    gradebook : str
        URL or path; ``""`` for the one in the folder of the results.
    variant_seed : int or None
        Decides about the other data of a look that follows; None if none does.
    since : float
        With ``fresh``, evidence and results older than this do not count (seconds, the file
        system's clock).
    pid : int
        The process that grades.
    """

    submissions: str
    lab: str
    task: str | None = None
    profile: str | None = None
    protocol: bool = True
    fresh: bool = False
    theme: str | None = None
    seed_file: str = ""
    gradebook: str = ""
    term: str = ""
    variant_seed: int | None = None
    since: float = 0.0
    pid: int = 0
    finished: bool = False


def begin(out: Path, grading: Grading) -> Grading:
    """Write down what is asked for; return it with ``since``, if everything shall be made anew.

    After a grading that was killed its unfinished files are removed.
    """
    before = _read(out)
    if before is not None and not before.finished:
        sweep(_written_to(out, Path(before.lab)))
    grading = replace(grading, pid=os.getpid())
    _write(out, grading)
    if grading.fresh and not grading.since:
        # By the clock that stamps the evidence, which may differ from this process's.
        grading = replace(grading, since=(out / _FILE).stat().st_mtime)
        _write(out, grading)
    return grading


def end(out: Path, grading: Grading) -> None:
    """Note that everything is done."""
    _write(out, replace(grading, finished=True))


def interrupted(out: Path) -> Grading:
    """Return what the interrupted grading in this folder was asked for.

    Raises
    ------
    UsageError
        If there is none, or it goes on.
    """
    if not (out / _FILE).exists():
        raise UsageError(f"In {out} hat noch keine Bewertung begonnen.")
    found = _read(out)
    if found is None:
        raise UsageError(
            f"Was in {out} zuletzt bewertet wurde, ist nicht lesbar. Bitte mit denselben Angaben "
            "noch einmal aufrufen, ohne --resume: Fertiges wird auch so nicht wiederholt."
        )
    if found.finished:
        raise UsageError(f"Die letzte Bewertung in {out} ist fertig; es gibt nichts fortzusetzen.")
    if found.pid != os.getpid() and _works(found.pid, (out / _FILE).stat().st_mtime):
        raise UsageError(f"Die Bewertung in {out} läuft noch; bitte ihr Ende abwarten.")
    return found


def _works(pid: int, at: float) -> bool:
    """Tell whether a process that was there at this moment still works."""
    # Not at the top: most commands do without.
    import psutil

    try:
        process = psutil.Process(pid) if pid > 0 else None
        return (
            process is not None
            and process.create_time() <= at
            and process.status() != psutil.STATUS_ZOMBIE
        )
    except psutil.Error:
        return False


def _written_to(out: Path, lab: Path) -> Iterator[Path]:
    """Folders that a grading writes to; submissions that lie here too are not ours to look into."""
    yield out
    yield from (p for p in out.iterdir() if p.is_dir() and not p.name.startswith("."))
    for store in (out / _EVIDENCE, lab / _EVIDENCE):
        yield from (Path(place) for place, _, _ in os.walk(store))


def _read(out: Path) -> Grading | None:
    """What is written down; None if there is nothing or it is unreadable."""
    try:
        return msgspec.json.decode((out / _FILE).read_bytes(), type=Grading)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def _write(out: Path, grading: Grading) -> None:
    raw = msgspec.json.encode(grading)
    write_atomically(out / _FILE, lambda file: file.write(raw), durable=True)
