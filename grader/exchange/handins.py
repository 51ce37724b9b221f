"""Which files of the downloads belong to which submission."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from grader.exchange.roster import same_name
from grader.exchange.unpack import Download, Item, LeftOut
from grader.exchange.worksheet import Row, group_names
from grader.intake.moodle import MoodleName, split_moodle_path

__all__ = ["HandIn", "hand_ins"]

NO_SUBMISSION = "gehört zu keiner Abgabe"


@dataclass
class HandIn:
    """One submission of a download.

    Attributes
    ----------
    name : str
        Name of its folder: unique, and the same in every download.
    rows : list of Row
        The members' rows of the worksheet.
    items : list of (str, Item)
        Files with their paths within the submission.
    online : list of Item
        Texts typed into Moodle.
    """

    name: str
    who: str
    id: str = ""
    group: str = ""
    rows: list[Row] = field(default_factory=list)
    items: list[tuple[str, Item]] = field(default_factory=list)
    online: list[Item] = field(default_factory=list)


def hand_ins(download: Download, rows: Sequence[Row] = ()) -> list[HandIn]:
    """Sort a download's files by submission.

    Names that Moodle wrote decide. Where there are none, it is a plain folder or .zip: each
    folder or .zip in it is a submission, or it is one itself if it holds notebooks.

    Parameters
    ----------
    download : Download
        What belongs to none is added to its ``left_out``.
    rows : sequence of Row
        The worksheet's, to know groups and their members.
    """
    split = [(item, split_moodle_path(item.path)) for item in download.items]
    if not any(found for _, found in split):
        return _plain(download)
    units: dict[str, HandIn] = {}
    for item, found in split:
        if found is None:
            download.left_out.append(LeftOut(item.path, NO_SUBMISSION))
            continue
        name, path = found
        unit = _unit(name, rows)
        kept = units.setdefault(unit.name, unit)
        if unit is not kept:
            kept.rows += [r for r in unit.rows if r not in kept.rows]
        if name.plugin == "onlinetext":
            _add_once(kept.online, item, name)
        elif path:
            _add(kept, path, item, download.left_out)
    return list(units.values())


def _unit(name: MoodleName, rows: Sequence[Row]) -> HandIn:
    """The submission that a name stands for: a participant's, or their group's.

    Moodle before 4 made a folder for each member, ``Gruppe 7-Erika Muster_1234567``; the number
    of a group is no participant's, even where both are equal.
    """
    own = [r for r in rows if r.id == name.id]
    for row in own:
        if same_name(row.name, name.who) or not row.name:
            return HandIn(name.unit, name.who, name.id, row.group, [row])
        if row.group and same_name(f"{row.group}-{row.name}", name.who):
            members = [r for r in rows if r.group == row.group]
            return HandIn(_folder(row.group), row.group, "", row.group, members)
    for group, members in group_names(rows).items():
        if same_name(group, name.who):
            return HandIn(name.unit, name.who, name.id, group, list(members))
    return HandIn(name.unit, name.who, name.id)


def _folder(group: str) -> str:
    return "".join("_" if c in '/\\:*?"<>|' else c for c in group).strip(" .") or "gruppe"


def _add(unit: HandIn, path: str, item: Item, left_out: list[LeftOut]) -> None:
    """Add a file; a member's folder of the same group holds the same files once more."""
    known = {p.casefold(): i for p, i in unit.items}
    other = known.get(path.casefold())
    if other is None:
        unit.items.append((path, item))
    elif other.size != item.size:
        left_out.append(LeftOut(item.path, f"weicht von {other.path} ab, das schon da ist"))


def _add_once(texts: list[Item], item: Item, name: MoodleName) -> None:
    if item.path.lower().endswith((".html", ".htm")) and not any(
        t.size == item.size for t in texts
    ):
        texts.append(item)


def _plain(download: Download) -> list[HandIn]:
    items = [(PurePosixPath(i.path).parts, i) for i in download.items]
    # One folder around everything: look inside.
    while items and len({p[0] for p, _ in items}) == 1 and all(len(p) > 2 for p, _ in items):
        items = [(p[1:], i) for p, i in items]
    own = download.path.resolve().stem if download.path.is_file() else download.path.resolve().name
    if any(len(p) == 1 and p[0].lower().endswith(".ipynb") for p, _ in items):
        return [HandIn(own, own, items=[("/".join(p), i) for p, i in items])]
    units: dict[str, HandIn] = {}
    for parts, item in items:
        if len(parts) > 1:
            unit = units.setdefault(parts[0].casefold(), HandIn(parts[0], parts[0]))
            unit.items.append(("/".join(parts[1:]), item))
        elif parts[0].lower().endswith(".zip"):
            stem = PurePosixPath(parts[0]).stem
            units.setdefault(stem.casefold(), HandIn(stem, stem)).items.append((parts[0], item))
        else:
            download.left_out.append(LeftOut(item.path, NO_SUBMISSION))
    if not units or not any(_wanted(i.path) for u in units.values() for _, i in u.items):
        return []
    return list(units.values())


def _wanted(path: str) -> bool:
    return path.lower().endswith((".ipynb", ".zip", ".md", ".html"))
