"""What a grading was asked for, written down at its start, so that it can go on after a fault.

Evidence and results of finished submissions are kept anyway; what else a killed grading needs to go
on is its options, and with ``--fresh`` which evidence was already made anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from grader.errors import UsageError
from grader.files import write_atomically

__all__ = ["Grading", "begin", "end", "interrupted"]

_FILE = ".evidence/run.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grading:
    """The options of a grading. Paths are absolute.

    Attributes
    ----------
    gradebook : str
        URL or path; ``""`` for the one in the folder of the results.
    since : float
        With ``fresh``, evidence and results older than this do not count (seconds, the file
        system's clock).
    """

    submissions: str
    lab: str
    task: str | None = None
    profile: str | None = None
    protocol: bool = True
    fresh: bool = False
    gradebook: str = ""
    term: str = ""
    since: float = 0.0
    finished: bool = False


def begin(out: Path, grading: Grading) -> Grading:
    """Write down what is asked for; return it with ``since``, if everything shall be made anew."""
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
        If there is none.
    """
    try:
        found = msgspec.json.decode((out / _FILE).read_bytes(), type=Grading)
    except FileNotFoundError as error:
        raise UsageError(f"In {out} hat noch keine Bewertung begonnen.") from error
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            f"Was in {out} zuletzt bewertet wurde, ist nicht lesbar. Bitte mit denselben Angaben "
            "noch einmal aufrufen, ohne --resume: Fertiges wird auch so nicht wiederholt."
        ) from error
    if found.finished:
        raise UsageError(f"Die letzte Bewertung in {out} ist fertig; es gibt nichts fortzusetzen.")
    return found


def _write(out: Path, grading: Grading) -> None:
    raw = msgspec.json.encode(grading)
    write_atomically(out / _FILE, lambda file: file.write(raw), durable=True)
