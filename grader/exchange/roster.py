"""Who stands behind a submission: ``moodle.json`` beside the imported submissions."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from grader.errors import UsageError
from grader.exchange.worksheet import Row
from grader.files import write_atomically

__all__ = ["ROSTER", "Entry", "Member", "Roster", "members_of", "same_name"]

ROSTER = "moodle.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A participant: Moodle's number, name, e-mail address, student number."""

    id: str
    name: str = ""
    email: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One imported submission.

    Attributes
    ----------
    who : str
        Name of the group or participant as Moodle shows it.
    id : str
        Moodle's number from the folder's name: of the participant, or of the group.
    group : str
        Name of the group; ``""`` where people hand in alone.
    members : tuple of Member
        From the worksheet; empty without one.
    handed_in : datetime or None
        The worksheet's last change of the hand-in.
    download : str
        Name of the download it came from.
    files : mapping of str to str
        Hashes of the files taken, by path.
    """

    who: str
    id: str = ""
    group: str = ""
    members: tuple[Member, ...] = ()
    handed_in: dt.datetime | None = None
    download: str = ""
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """Entries by the submission's folder."""

    submissions: Mapping[str, Entry] = field(default_factory=dict)
    schema: int = 1

    @staticmethod
    def read(folder: Path) -> Roster:
        """Read a folder's roster; an empty one if there is none.

        Raises
        ------
        UsageError
            If the file is damaged.
        """
        path = folder / ROSTER
        try:
            return msgspec.json.decode(path.read_bytes(), type=Roster)
        except FileNotFoundError:
            return Roster()
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UsageError(
                f"{path} ist beschädigt. Bitte die Datei entfernen und noch einmal importieren."
            ) from error

    def write(self, folder: Path) -> None:
        """Write it, readable for people too."""
        raw = msgspec.json.format(msgspec.json.encode(self), indent=2)
        write_atomically(folder / ROSTER, lambda file: file.write(raw + b"\n"))


def members_of(rows: Iterable[Row]) -> tuple[Member, ...]:
    """Participants of worksheet rows."""
    return tuple(Member(id=r.id, name=r.name, email=r.email, number=r.number) for r in rows)


def same_name(one: str, other: str) -> bool:
    """Tell whether two names are one: Moodle drops signs from names of files that names may have.

    ``Gruppe A/B`` is ``Gruppe AB`` there, ``team_1`` is ``team 1``.
    """
    return _letters(one) == _letters(other)


def _letters(name: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFC", name)).casefold()
