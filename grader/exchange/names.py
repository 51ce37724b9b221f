"""People's names in all the ways they are written, and where else identities hide in texts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.entities import codepoint2name
from urllib.parse import quote

__all__ = ["Identities", "Person", "look_for", "spellings"]

_TITLES = re.compile(
    r"\b(?:Prof|Dr|Dipl|Ing|Priv|Doz|Herr|Frau|rer|nat|med|habil|[MB]\s*\.?\s*(?:Sc|A|Eng))\b\.?-?",
)
_PARTICLES = {"von", "van", "der", "den", "de", "zu", "zum", "zur", "vom", "di", "da", "la", "el"}
_WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_USER = re.compile(
    r"(?:/home/|/Users/|[A-Za-z]:[\\/]{1,4}Users[\\/]{1,4}|/(?:run/)?media/)"
    r"([^/\\\s\"'<>:|*?,;)\]]{1,64})"
)
# Accounts of services and of machines, not of people.
_NOBODY = set(
    "jovyan user root runner student students admin administrator public default shared kaggle "
    "content colab ubuntu vagrant docker runneradmin all nutzer benutzer gast guest work".split()
)
_NUMBER = re.compile(r"Matr(?:ikel)?[\s.\-]*(?:Nr|Nummer)?[\s.:=]*(\d{5,9})", re.IGNORECASE)
_INTRODUCED = re.compile(
    r"^[\s#>*_\"\-]*(?:Namen?|Teilnehmer(?:innen|/-?in(?:nen)?|in)?|Autor(?:en|in|innen)?|Authors?|"
    r"Verfasser(?:in|innen)?|Gruppenmitglieder|Mitglieder|Bearbeitet von|Bearbeiter(?:in)?)"
    r"[\s*_]*:[\s*_]*(.{3,200})$",
    re.IGNORECASE | re.MULTILINE,
)
_NUMBERED = re.compile(
    r"(?:(?:Labor|Praktikums)?(?:gruppe|group|team)|Standard-Gruppe|Default group)?[\W_]*\w?\d*",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\s*(?:,|;|&|/|\bund\b|\band\b|\|)\s*")
_FULL = re.compile(r"[A-ZÄÖÜ][^\W\d_]+(?:[\s\-][^\W\d_.]+\.?){1,3}")


@dataclass(frozen=True, slots=True)
class Person:
    """A name taken apart: given names and family name."""

    given: tuple[str, ...]
    family: str

    @staticmethod
    def parse(name: str) -> Person | None:
        """Take a full name apart; None if there is none in it.

        "Dr. Erika von Muster-Beispiel" and "Muster-Beispiel, Erika" are one person.
        """
        plain = _TITLES.sub(" ", unicodedata.normalize("NFC", name))
        if plain.count(",") == 1:
            last, first = plain.split(",")
            plain = f"{first} {last}"
        words = [w for w in _WORD.findall(plain) if w.casefold() not in _PARTICLES]
        words = [w for w in words if len(w) > 1]
        return Person(tuple(words[:-1]), words[-1]) if words else None


@dataclass
class Identities:
    """Everything that tells who somebody is, as found in a cohort."""

    people: set[Person] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    users: set[str] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)

    def add_group(self, name: str) -> None:
        """Note a group's name of its own; "Gruppe 7" is none."""
        if len(name.strip()) > 3 and not _NUMBERED.fullmatch(name.strip()):
            self.groups.add(name.strip())

    def add_name(self, name: str) -> None:
        """Note a full name."""
        if person := Person.parse(name):
            self.people.add(person)

    def families(self) -> set[str]:
        """Family names."""
        return {p.family for p in self.people}

    def given(self) -> set[str]:
        """Given names that are nobody's family name."""
        return {g for p in self.people for g in p.given} - self.families()


def look_for(text: str, found: Identities) -> None:
    """Note what a text says itself: addresses, numbers, user names in paths, introduced names."""
    plain = unicodedata.normalize("NFC", text)
    found.emails |= {e for e in EMAIL.findall(plain) if not e.casefold().endswith("@example.org")}
    found.numbers |= set(_NUMBER.findall(plain))
    found.users |= {u for u in _USER.findall(plain) if u.casefold() not in _NOBODY and len(u) > 1}
    for line in _INTRODUCED.findall(plain):
        for part in _BETWEEN.split(line):
            if full := _FULL.fullmatch(part.strip(" .*_\"'")):
                found.add_name(full[0])


def spellings(word: str) -> list[str]:
    """Return a word in all its spellings, longest first.

    Umlauts written out (Müller, Mueller), dropped (Muller), as HTML (``M&uuml;ller``), in an
    address (``M%C3%BCller``), as an escape (``M\\u00fcller``), or garbled (``MÃ¼ller``).
    """
    base = unicodedata.normalize("NFC", word)
    return sorted({s for s in _spelled(base) if s}, key=lambda s: (-len(s), s))


def _spelled(base: str) -> Iterator[str]:
    yield base
    for plain in {base, _umlauts(base)}:
        yield plain
        yield _written_out(plain)
        yield _bare(plain)
        if not plain.isascii():
            yield _each(plain, lambda c: f"&{codepoint2name.get(ord(c), '')};")
            yield _each(plain, lambda c: f"&#{ord(c)};")
            yield _each(plain, lambda c: f"\\u{ord(c):04x}")
            yield quote(plain)
            yield plain.encode().decode("cp1252", "ignore")
            yield unicodedata.normalize("NFD", plain)


def _written_out(word: str) -> str:
    table = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"}
    table |= {"ø": "oe", "æ": "ae", "å": "aa", "Ø": "Oe", "Æ": "Ae", "Å": "Aa"}
    return "".join(table.get(c, c) for c in word)


def _umlauts(word: str) -> str:
    """The word with umlauts for ae, oe, ue: it may be known in that spelling only."""
    for pair, sign in (
        ("ae", "ä"),
        ("oe", "ö"),
        ("ue", "ü"),
        ("Ae", "Ä"),
        ("Oe", "Ö"),
        ("Ue", "Ü"),
    ):
        word = word.replace(pair, sign)
    return word


def _bare(word: str) -> str:
    kept = unicodedata.normalize("NFD", word.replace("ß", "ss").replace("ø", "o").replace("Ø", "O"))
    return "".join(c for c in kept if not unicodedata.combining(c))


def _each(word: str, write: Callable[[str], str]) -> str:
    return "".join(c if c.isascii() else write(c) for c in word)
