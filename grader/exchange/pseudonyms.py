"""A cohort that can be shared: the same submissions, without whose they are.

First all submissions are read for names, addresses, numbers and accounts; then they are written
with pseudonyms, the same for the same person everywhere; then what was written is read again for
what is left. Images cannot be read: they are counted, for people to look.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from grader.errors import UsageError
from grader.exchange.key import Key
from grader.exchange.names import Identities, look_for
from grader.exchange.notebooks import identities_of, scrub_notebook
from grader.exchange.roster import Roster
from grader.exchange.scrub import Scrubber
from grader.exchange.unpack import Download, Item, LeftOut, inside
from grader.files import write_atomically
from grader.intake.answers import decode_text, read_particulars
from grader.intake.files import Source, find_sources
from grader.lab import Lab

__all__ = ["Pseudonymised", "pseudonymise"]

_TEXTS = (".md", ".markdown", ".txt", ".toml", ".py", ".csv", ".json", ".html")
_UNREADABLE = "ließ sich nicht lesen, nicht übernommen"


@dataclass(frozen=True, slots=True)
class Pseudonymised:
    """What became of one submission.

    Attributes
    ----------
    name : str
        The pseudonym.
    replaced : mapping of str to int
        By kind.
    images : mapping of str to int
        Images by notebook, which nobody read.
    left : mapping of str to mapping of str to int
        By file: words that may still be a name.
    doubtful : mapping of str to int
        Words of the lab that are somebody's name too, and were left where they stood alone.
    """

    name: str
    files: int
    replaced: Mapping[str, int]
    images: Mapping[str, int]
    left: Mapping[str, Mapping[str, int]]
    doubtful: Mapping[str, int]
    left_out: tuple[LeftOut, ...] = ()


def pseudonymise(
    submissions: Path, out: Path, key_path: Path, *, lab: Lab | None = None, seed: int | None = None
) -> list[Pseudonymised]:
    """Write a cohort without names.

    Parameters
    ----------
    submissions : Path
        As ``grader grade`` takes them.
    out : Path
        A folder that is empty or not there.
    key_path : Path
        The table from pseudonyms to people; an existing one is gone on with.
    lab : Lab, optional
        Its words are no names.
    seed : int, optional
        For tests; otherwise chance decides about the order of pseudonyms.

    Raises
    ------
    UsageError
        If ``out`` is not empty, the table would lie in it, or there is no submission.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out} ist nicht leer. Bitte einen neuen Ordner angeben.")
    if out.resolve() in key_path.resolve().parents:
        raise UsageError(
            f"Die Schlüsseltabelle {key_path} läge bei den Abgaben, die weitergegeben werden. "
            "Bitte mit --key einen anderen Ort angeben."
        )
    key = Key(seed)
    if key_path.exists():
        key.read(key_path)
    sources = find_sources(submissions)
    roster = Roster.read(submissions) if submissions.is_dir() else Roster()
    found = _identities(sources, roster)
    vocabulary = _vocabulary(lab) if lab else set()
    for kind, values in (
        ("Nachname", found.families()),
        ("Vorname", found.given()),
        ("E-Mail", found.emails),
        ("Matrikelnummer", found.numbers),
        ("Nutzername", found.users),
        ("Gruppenname", found.groups),
        ("Abgabe", {s.id for s in sources}),
    ):
        key.add(kind, values)
    # Before the first submission: without its table nothing could be led back.
    key.write(key_path)
    return sorted(
        (_one(s, out, Scrubber(found, key, vocabulary), key) for s in sources),
        key=lambda p: p.name,
    )


def _identities(sources: list[Source], roster: Roster) -> Identities:
    found = Identities()
    for entry in roster.submissions.values():
        for member in entry.members:
            found.add_name(member.name)
            found.emails |= {member.email} - {""}
            found.numbers |= {n for n in (member.number, member.id) if len(n) >= 5}
        if entry.group:
            found.add_group(entry.group)
        elif not entry.members:
            found.add_name(entry.who)
    for source in sources:
        for item in _items(source, []):
            _look(item, found)
    return found


def _look(item: Item, found: Identities) -> None:
    """Note what one file says about people."""
    suffix = PurePosixPath(item.path).suffix.casefold()
    look_for(item.path, found)
    if suffix not in (".ipynb", *_TEXTS):
        return
    try:
        raw = item.content()
    except OSError:
        return
    if suffix == ".ipynb":
        identities_of(raw, found)
        return
    text, _ = decode_text(raw, item.path)
    look_for(text, found)
    if PurePosixPath(item.path).name.casefold() == "protokoll.toml":
        particulars, _ = read_particulars(raw)
        for name in (*particulars.participants, particulars.supervisor):
            found.add_name(name)
        found.add_group(particulars.group)


def _items(source: Source, left_out: list[LeftOut]) -> Iterator[Item]:
    """A submission's files, from a folder, a .zip, or a place in a .zip."""
    with Download(source.path) as download:
        left_out += download.left_out
        for item in download.items:
            path = item.path
            if source.inside:
                if path != source.inside and not path.startswith(f"{source.inside}/"):
                    continue
                path = path.removeprefix(source.inside).lstrip("/") or PurePosixPath(path).name
            yield from inside(Item(path, item.size, item.read_into), left_out)


def _one(source: Source, out: Path, scrubber: Scrubber, key: Key) -> Pseudonymised:
    name = key.get("Abgabe", source.id)
    left_out: list[LeftOut] = []
    images: dict[str, int] = {}
    left: dict[str, Counter[str]] = {}
    taken: set[str] = set()
    for item in _items(source, left_out):
        suffix = PurePosixPath(item.path).suffix.casefold()
        if suffix not in (".ipynb", *_TEXTS):
            left_out.append(LeftOut(item.path, "kann Namen enthalten, nicht übernommen"))
            continue
        try:
            raw = item.content()
        except OSError:
            left_out.append(LeftOut(item.path, _UNREADABLE))
            continue
        text, count = _written(item.path, suffix, raw, scrubber, name)
        path = _unlike(scrubber.prose(item.path), taken)
        write_atomically(out / name / path, _bytes_of(text))
        if count:
            images[path] = count
        if remains := scrubber.left(text):
            left[path] = remains
    replaced, doubtful = dict(scrubber.replaced), dict(scrubber.doubtful)
    return Pseudonymised(name, len(taken), replaced, images, left, doubtful, tuple(left_out))


def _written(path: str, suffix: str, raw: bytes, scrubber: Scrubber, name: str) -> tuple[str, int]:
    """A file's new text, and how many images it holds."""
    if suffix == ".ipynb":
        return scrub_notebook(raw, scrubber)
    text, _ = decode_text(raw, path)
    if PurePosixPath(path).name.casefold() == "protokoll.toml":
        text = _particulars(text, name)
    return (scrubber.code(text) if suffix == ".py" else scrubber.prose(text)), 0


def _particulars(text: str, name: str) -> str:
    """A title page's particulars, with the submission's pseudonym as the group's name."""
    try:
        table = tomllib.loads(text).get("protokoll", {})
    except tomllib.TOMLDecodeError:
        return text
    if not isinstance(table, dict):
        return text
    known: dict[str, Any] = {**table, "gruppe": name} if "gruppe" in table else dict(table)
    lines = [f"{k} = {json.dumps(v, ensure_ascii=False)}" for k, v in known.items() if _plain(k, v)]
    return "\n".join(["[protokoll]", *lines]) + "\n"


def _plain(name: str, value: object) -> bool:
    simple = isinstance(value, str) or (
        isinstance(value, list) and all(isinstance(v, str) for v in value)
    )
    return simple and name.isidentifier()


def _unlike(path: str, taken: set[str]) -> str:
    pure, number = PurePosixPath(path), 2
    while path.casefold() in taken:
        path, number = str(pure.with_name(f"{pure.stem}-{number}{pure.suffix}")), number + 1
    taken.add(path.casefold())
    return path


def _bytes_of(text: str) -> Any:
    return lambda file: file.write(text.encode("utf-8", "replace"))


def _vocabulary(lab: Lab) -> set[str]:
    """Words of the lab's own texts and code, as they stand there; rubrics' words in capitals too.

    Somebody called Relu must not cost others a point; ``max`` in code is no reason to spare Max.
    """
    words: set[str] = set()
    for path in lab.folder.rglob("*"):
        if path.suffix in (".py", ".toml", ".md") and path.is_file():
            found = set(re.findall(r"[^\W\d_]{3,}", path.read_text("utf-8", "replace")))
            words |= found
            words |= {w.capitalize() for w in found} if path.suffix != ".py" else set()
    return words
