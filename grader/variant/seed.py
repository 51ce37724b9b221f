"""A cohort's secret seed: from it and a group's name follows what is in the group's kit.

The seed is a small file that never leaves the instructor's desk. What a kit shows of it, an id in
its notebooks, is a keyed hash (HMAC-SHA256) of the group's name: it tells those who have the seed
which kit this is, and nobody else anything.
"""

from __future__ import annotations

import hmac
import os
import secrets
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from grader.errors import UsageError
from grader.files import write_atomically

__all__ = ["CohortSeed", "group_key"]

_SCHEMA = 1
_SECRET_BYTES = 32
_MODE = 0o600
_ID_LENGTH = 16
# Numbers of this size pass through any tool without losing digits.
_NUMBER_BYTES = 6
_LONGEST_NAME = 60
_HEAD = (
    "# Geheimer Anfangswert der Ausgaben je Gruppe: Wer ihn hat, kann jede Ausgabe nachmachen.\n"
    "# Nicht weitergeben, aber aufheben: Ohne ihn lassen sich die Abgaben nicht bewerten.\n\n"
)


@dataclass(frozen=True)
class CohortSeed:
    """The seed and the groups that have got a kit made with it.

    Attributes
    ----------
    groups : tuple of str
        Names as they were given.
    """

    secret: bytes
    groups: tuple[str, ...] = ()

    @classmethod
    def load(cls, path: Path) -> CohortSeed:
        """Read a seed.

        Raises
        ------
        UsageError
            If the file is missing or is no seed.
        """
        try:
            raw = tomllib.loads(path.read_text(encoding="utf-8"))
            file = msgspec.convert(raw, _File, strict=True)
            secret = bytes.fromhex(file.secret)
        except OSError as error:
            reason = error.strerror or str(error)
            raise UsageError(f"Der Anfangswert {path} ist nicht lesbar: {reason}.") from error
        except (ValueError, msgspec.ValidationError) as error:
            raise UsageError(
                f"{path} ist keine Datei mit einem Anfangswert (--seed-file): {error}"
            ) from error
        if file.schema != _SCHEMA or len(secret) != _SECRET_BYTES:
            raise UsageError(f"{path} ist keine Datei mit einem Anfangswert dieser Version.")
        return cls(secret, file.groups)

    @classmethod
    def load_or_make(cls, path: Path) -> CohortSeed:
        """Read a seed, or make a new one that only its owner can read.

        Raises
        ------
        UsageError
            If the file cannot be written, or is no seed.
        """
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            new = cls(secrets.token_bytes(_SECRET_BYTES))
            try:
                # Never another's file, and never for a moment readable by others.
                handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
            except FileExistsError:
                return cls.load(path)
            except OSError as error:
                raise UsageError(f"{path} lässt sich nicht anlegen: {error.strerror}.") from error
            with os.fdopen(handle, "wb") as file:
                file.write(new._text())
        return cls.load(path)

    def with_groups(self, names: Iterable[str]) -> CohortSeed:
        """The seed with further groups; a name that differs in case or spaces only is known."""
        known = {group_key(name): name for name in self.groups}
        for name in names:
            known.setdefault(group_key(name), name)
        return replace(self, groups=tuple(sorted(known.values(), key=group_key)))

    def save(self, path: Path) -> None:
        """Write the seed with its groups, readable by its owner only."""
        write_atomically(path, lambda file: file.write(self._text()), mode=_MODE)

    def number(self, group: str) -> int:
        """The number that decides about a group's data."""
        return int.from_bytes(self._hash("daten", group)[:_NUMBER_BYTES], "big")

    def id(self, group: str) -> str:
        """The id in a group's notebooks: without the seed it says nothing."""
        return self._hash("kennung", group).hex()[:_ID_LENGTH]

    def by_id(self, others: Iterable[str] = ()) -> Mapping[str, str]:
        """Groups by the id of their notebooks; ``others`` are names to try besides the known."""
        return {self.id(name): name for name in (*others, *self.groups)}

    def _hash(self, purpose: str, group: str) -> bytes:
        text = f"{purpose}\0{group_key(group)}".encode("utf-8", "surrogatepass")
        return hmac.new(self.secret, text, "sha256").digest()

    def _text(self) -> bytes:
        # A TOML string in double quotes is a JSON string.
        names = ", ".join(msgspec.json.encode(name).decode() for name in self.groups)
        text = f'{_HEAD}schema = {_SCHEMA}\nsecret = "{self.secret.hex()}"\ngroups = [{names}]\n'
        return text.encode("utf-8")


class _File(msgspec.Struct, forbid_unknown_fields=True):
    schema: int
    secret: str
    groups: tuple[str, ...] = ()


def group_key(name: str) -> str:
    """A group's name as it counts: case, width of signs and spaces make no difference.

    Raises
    ------
    UsageError
        If nothing is left of it, or it is too long to be a name.
    """
    plain = unicodedata.normalize("NFKC", name)
    key = " ".join("".join(c for c in plain if c.isprintable()).casefold().split())
    if not key or len(key) > _LONGEST_NAME:
        raise UsageError(
            f"{name[:_LONGEST_NAME]!r} ist kein Gruppenname: Er braucht 1 bis {_LONGEST_NAME} "
            "Zeichen."
        )
    return key
