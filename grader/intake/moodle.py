"""Names in Moodle's "download all submissions": who handed in, and the id that Moodle gave them.

A folder per hand-in (``Erika Muster_1234567_assignsubmission_file_``, from Moodle 4.1 on without
the last underscore) or one flat list of files that begin like that. A group's folder bears the
group's name and id, the one for people without a group no id at all. Moodle takes underscores out
of the names themselves.
"""

from __future__ import annotations

import re
import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath

__all__ = ["MoodleName", "entry_name", "moodle_name", "split_moodle_path"]

_NAME = re.compile(
    r"(?P<who>.+?)(?:_(?P<id>\d{1,18}))?_assignsubmission_(?P<plugin>[a-z]+)(?:_(?P<rest>.*))?\Z",
    re.DOTALL,
)
_UTF8_FLAG = 0x800
# What the umlauts of Windows' and old Macs' tables become when read as cp437.
_UNLIKELY = re.compile("[─-╿▀-▟α-ωΓΘΣΦΩ≈≡≤≥⌠⌡ⁿ÷±°·∞∩√]")


@dataclass(frozen=True, slots=True)
class MoodleName:
    """A folder's or file's name in a download, taken apart.

    Attributes
    ----------
    who : str
        Full name of the participant, or the group's name.
    id : str
        Moodle's number of the participant or of the group; ``""`` for people without a group.
    plugin : str
        ``"file"`` or ``"onlinetext"``.
    rest : str
        In flat downloads the file's own name.
    """

    who: str
    id: str
    plugin: str
    rest: str = ""

    @property
    def unit(self) -> str:
        """Name and number together: unique, and the same in every download."""
        return f"{self.who}_{self.id}" if self.id else self.who


def moodle_name(part: str) -> MoodleName | None:
    """Take one part of a path apart; None if Moodle did not write it."""
    found = _NAME.match(unicodedata.normalize("NFC", part))
    if not found or not found["who"].strip():
        return None
    return MoodleName(found["who"].strip(), found["id"] or "", found["plugin"], found["rest"] or "")


def split_moodle_path(path: str) -> tuple[MoodleName, str] | None:
    """Find whose file this is: the name, and the path within that hand-in.

    Parameters
    ----------
    path : str
        With ``/``; folders around the hand-in do not count.

    Returns
    -------
    tuple of MoodleName and str, or None
    """
    parts = PurePosixPath(path).parts
    for number, part in enumerate(parts):
        name = moodle_name(part)
        if name is not None:
            inner = parts[number + 1 :]
            return name, "/".join([name.rest, *inner] if name.rest else inner)
    return None


def entry_name(info: zipfile.ZipInfo) -> str:
    """Name of an archive's entry with its umlauts, composed, with ``/``.

    Without the flag for UTF-8, zipfile reads every name as cp437. Such names come from macOS
    (UTF-8 without the flag), from Windows (its table for consoles, where cp437 is right for
    German, or cp1252).
    """
    name = info.filename
    if not info.flag_bits & _UTF8_FLAG:
        try:
            raw = name.encode("cp437")
        except UnicodeEncodeError:
            raw = b""
        if not raw.isascii():
            name = _decoded(raw, name)
    return unicodedata.normalize("NFC", name.replace("\\", "/"))


def _decoded(raw: bytes, as_cp437: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if not _UNLIKELY.search(as_cp437):
        return as_cp437
    try:
        return raw.decode("cp1252")
    except UnicodeDecodeError:
        return as_cp437
