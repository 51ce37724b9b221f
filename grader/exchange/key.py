"""The table that leads from pseudonyms back to people: written apart, read again to go on with."""

from __future__ import annotations

import csv
import io
import os
import random
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from grader.errors import UsageError
from grader.files import write_text
from grader.reports.table import formula_safe

__all__ = ["Key", "fold"]

_FORMS = {
    "Vorname": "Vorname{:02d}",
    "Nachname": "Nachname{:02d}",
    "E-Mail": "person{:02d}@example.org",
    "Matrikelnummer": "9{:06d}",
    "Nutzername": "nutzer{:02d}",
    "Abgabe": "gruppe-{:02d}",
    "Gruppenname": "Team{:02d}",
}
_HEAD = ["Art", "Original", "Pseudonym"]


class Key:
    """Pseudonyms by kind and original, spelled alike in upper and lower case.

    Parameters
    ----------
    seed : int, optional
        Decides about the order of new pseudonyms. Without it chance does: an alphabetical order
        would betray names.
    """

    def __init__(self, seed: int | None = None) -> None:
        self._table: dict[tuple[str, str], tuple[str, str]] = {}
        # A seed is for tests, where nothing is secret.
        self._random = random.SystemRandom() if seed is None else random.Random(seed)  # noqa: S311

    def add(self, kind: str, originals: Iterable[str]) -> None:
        """Give everything new of one kind a pseudonym."""
        new = {fold(o): o for o in originals if o.strip() and (kind, fold(o)) not in self._table}
        order = sorted(new)
        self._random.shuffle(order)
        taken = {p for (k, _), (_, p) in self._table.items() if k == kind}
        number = 1
        for folded in order:
            while (made := _FORMS[kind].format(number)) in taken:
                number += 1
            taken.add(made)
            self._table[kind, folded] = (new[folded], made)

    def get(self, kind: str, original: str) -> str:
        """Return a pseudonym; ``""`` if there is none."""
        return self._table.get((kind, fold(original)), ("", ""))[1]

    def of_kind(self, kind: str) -> dict[str, str]:
        """Return originals and pseudonyms of one kind."""
        return {original: p for (k, _), (original, p) in self._table.items() if k == kind}

    def read(self, path: Path) -> None:
        """Take over an earlier table, so that people keep their pseudonyms.

        Raises
        ------
        UsageError
            If the file is no such table.
        """
        try:
            text = path.read_text("utf-8-sig")
            rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise UsageError(f"{path} ist keine lesbare Schlüsseltabelle.") from error
        if not rows or rows[0] != _HEAD or any(len(r) != 3 or r[0] not in _FORMS for r in rows[1:]):
            raise UsageError(f"{path} ist keine Schlüsseltabelle; sie bleibt, wie sie ist.")
        for kind, original, pseudonym in rows[1:]:
            plain = original.removeprefix("'")
            self._table[kind, fold(plain)] = (plain, pseudonym)

    def write(self, path: Path) -> None:
        """Write the table, readable for its owner only."""
        text = io.StringIO()
        writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
        writer.writerow(_HEAD)
        for (kind, _), (original, pseudonym) in sorted(self._table.items()):
            writer.writerow([kind, formula_safe(original), pseudonym])
        write_text(path, "\ufeff" + text.getvalue())
        os.chmod(path, 0o600)


def fold(text: str) -> str:
    """One spelling for what is the same."""
    return unicodedata.normalize("NFC", " ".join(text.split())).casefold()
