"""Replaces what tells who somebody is, in prose, code and names of files, alike everywhere."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator

from grader.exchange.key import Key
from grader.exchange.names import Identities, Person, spellings

__all__ = ["Scrubber"]

# Strings and comments of Python; what lies between is code that must go on working.
_PIECES = re.compile(
    r'("""(?:\\.|[^\\])*?"""|\'\'\'(?:\\.|[^\\])*?\'\'\'|"(?:\\.|[^"\\\n])*"|'
    r"'(?:\\.|[^'\\\n])*'|#[^\n]*)",
    re.DOTALL,
)
_TOKEN = re.compile(r"[^\W\d_]+")
_GAP = re.compile(r"[\s._,\-]{0,3}")
_INITIAL_GAP = re.compile(r"\.[\s_\-]?|[\s_]")
_MIDDLE = re.compile(r"[\s\-](?:[A-ZÄÖÜ][^\W\d_]*\.?|von|van|de|zu)[\s\-]")
_TWICE = re.compile(r"\b((?:Vor|Nach)name\d\d+)-\1\b", re.IGNORECASE)
# Words of libraries that are given names too.
_LIBRARIES = {"Adam", "Dense", "Model", "Keras", "Pandas"}


class Scrubber:
    """Knows a cohort's people and their pseudonyms.

    Parameters
    ----------
    found : Identities
    key : Key
        Has a pseudonym for everything in ``found``.
    vocabulary : collection of str
        Words of the lab's own texts: a name that is one of them is replaced only where given and
        family name stand together, and counted in ``doubtful``.

    Attributes
    ----------
    replaced, doubtful : Counter of str
        What was replaced, by kind; words that were left and might be a name.
    """

    def __init__(self, found: Identities, key: Key, vocabulary: Collection[str] = ()) -> None:
        self.replaced: Counter[str] = Counter()
        self.doubtful: Counter[str] = Counter()
        self._key = key
        self._vocabulary = frozenset(vocabulary)
        ordinary = set(vocabulary) | _LIBRARIES
        self._pseudonyms: dict[str, str] = {}
        self._alone: set[str] = set()
        self._ordinary: set[str] = set()
        self._pairs: set[tuple[str, str]] = set()
        self._forward: set[tuple[str, str]] = set()
        self._joined: dict[str, tuple[str, str]] = {}
        self._initials: set[tuple[str, str]] = set()
        for person in found.people:
            self._learn(person, ordinary)
        odd = {s for s in self._pseudonyms if not _TOKEN.fullmatch(s)}
        self._odd = _any(re.escape(s) for s in sorted(odd, key=len, reverse=True))
        self._emails = _any(re.escape(e) for e in sorted(found.emails, key=len, reverse=True))
        self._numbers = _any(rf"(?<![\d.,]){n}(?![.,]?\d)" for n in sorted(found.numbers))
        groups = sorted(found.groups - ordinary, key=len, reverse=True)
        self._groups = _any(rf"(?<![^\W_]){re.escape(g)}(?![^\W_])" for g in groups)
        self._users = _user_patterns(found.users)
        # An account such as "erimus42" is nothing else, wherever it stands.
        telling = [u for u in found.users if re.search(r"\d", u) and len(u) > 3]
        self._accounts = _any(rf"(?<![^\W_]){re.escape(u)}(?![^\W_])" for u in telling)

    def _learn(self, person: Person, ordinary: Collection[str]) -> None:
        parts: dict[str, list[str]] = {}
        for name in (*person.given, person.family):
            made = self._key.get("Nachname", name) or self._key.get("Vorname", name)
            parts[name] = [p for p in re.split(r"[-'’]", name) if len(p) > 1] or [name]
            for part in (name, *parts[name]):
                usual = part in ordinary or len(part) < 3
                for spelled in spellings(part):
                    self._pseudonyms.setdefault(spelled.casefold(), made)
                    (self._ordinary if usual else self._alone).update((spelled, spelled.upper()))
        for given in person.given:
            for one, two in _products(parts[given], parts[person.family]):
                self._pairs |= {(one, two), (two, one)}
                self._forward.add((one, two))
                self._joined |= {one + two: (one, two), two + one: (two, one)}
                if len(two) > 3:
                    self._initials.add((one[0], two))

    # ------------------------------------------------------------------ texts

    def prose(self, text: str) -> str:
        """Replace in text for people: full names, names alone, addresses, numbers, paths."""
        return self._replace(text, alone=True)

    def code(self, text: str) -> str:
        """Replace in Python: in strings and comments all, between them only what is certain."""
        pieces = _PIECES.split(text)
        return "".join(self._replace(p, alone=bool(n % 2)) for n, p in enumerate(pieces))

    def _replace(self, text: str, *, alone: bool) -> str:
        text = unicodedata.normalize("NFC", text)
        get = self._key.get
        text = self._sub(self._emails, text, "E-Mail-Adressen", lambda m: get("E-Mail", m[0]))
        text = self._sub(self._users, text, "Nutzernamen", lambda m: m[1] + self._account(m[2]))
        text = self._sub(self._accounts, text, "Nutzernamen", lambda m: self._account(m[0]))
        text = self._sub(self._odd, text, "Namen", lambda m: self._named(m[0]))
        text = self._sub(self._groups, text, "Gruppennamen", lambda m: get("Gruppenname", m[0]))
        text = self._names(text, alone=alone)
        return self._sub(
            self._numbers, text, "Matrikelnummern", lambda m: get("Matrikelnummer", m[0])
        )

    def _sub(
        self,
        pattern: re.Pattern[str] | None,
        text: str,
        kind: str,
        change: Callable[[re.Match[str]], str],
    ) -> str:
        if pattern is None:
            return text
        text, count = pattern.subn(change, text)
        if count:
            self.replaced[kind] += count
        return text

    def _names(self, text: str, *, alone: bool) -> str:
        tokens = list(_TOKEN.finditer(text))
        marked = self._together(text, tokens)
        parts, at = [], 0
        for number, token in enumerate(tokens):
            word = token[0]
            if number in marked or (alone and word in self._alone):
                made = self._named(word)
            elif word.casefold() in self._joined:
                made = "".join(self._named(w) for w in self._joined[word.casefold()])
            else:
                if alone and word in self._ordinary:
                    self.doubtful[word] += 1
                continue
            self.replaced["Namen"] += 1
            parts += [text[at : token.start()], made]
            at = token.end()
        return _TWICE.sub(r"\1", "".join([*parts, text[at:]])) if parts else text

    def _together(self, text: str, tokens: list[re.Match[str]]) -> set[int]:
        """Numbers of the tokens that are a given and a family name beside each other."""
        marked: set[int] = set()
        folded = [t[0].casefold() for t in tokens]
        for i, word in enumerate(folded[:-1]):
            if word not in self._pseudonyms and len(word) > 1:
                continue
            gap = text[tokens[i].end() : tokens[i + 1].start()]
            if (word, folded[i + 1]) in self._pairs and _GAP.fullmatch(gap):
                marked |= {i, i + 1}
            elif (word, folded[i + 1]) in self._initials and _INITIAL_GAP.fullmatch(gap):
                marked |= {i, i + 1}
            elif i + 2 < len(tokens) and (word, folded[i + 2]) in self._forward:
                between = text[tokens[i].end() : tokens[i + 2].start()]
                if _MIDDLE.fullmatch(between):
                    marked |= {i, i + 2}
        return marked

    def _account(self, name: str) -> str:
        return self._key.get("Nutzername", name) or "nutzer"

    def _named(self, word: str) -> str:
        if len(word) == 1:
            return "X"
        made = self._pseudonyms.get(word.casefold(), "Person")
        if word.isupper():
            return made.upper()
        return made.lower() if word.islower() else made

    # ------------------------------------------------------------------ what is left

    def left(self, text: str) -> Counter[str]:
        """Words of a text that still look like somebody, whatever their case."""
        found: Counter[str] = Counter()
        for pattern in (self._emails, self._users, self._numbers, self._odd, self._groups):
            found.update(m[0] for m in (pattern.finditer(text) if pattern else ()))
        tokens = list(_TOKEN.finditer(text))
        marked = self._together(text, tokens)
        known = {w.casefold() for w in self._alone}
        for number, token in enumerate(tokens):
            folded = token[0].casefold()
            loose = folded in known and len(folded) > 3 and token[0] not in self._vocabulary
            if number in marked or folded in self._joined or loose:
                found[token[0]] += 1
        return found


def _products(given: Iterable[str], family: Collection[str]) -> Iterator[tuple[str, str]]:
    """Every spelling of a given name with every one of a family name."""
    for one in given:
        for two in family:
            for first in spellings(one):
                for second in spellings(two):
                    yield first.casefold(), second.casefold()


def _any(patterns: Iterable[str]) -> re.Pattern[str] | None:
    joined = "|".join(patterns)
    return re.compile(joined, re.IGNORECASE) if joined else None


def _user_patterns(users: Collection[str]) -> re.Pattern[str] | None:
    names = "|".join(re.escape(u) for u in sorted(users, key=len, reverse=True))
    before = r"/home/|/Users/|[A-Za-z]:[\\/]{1,4}Users[\\/]{1,4}|/(?:run/)?media/"
    return _any([f"({before})({names})(?![^\\W_])"]) if users else None
