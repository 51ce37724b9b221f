"""From groups to files: notebooks, answers, particulars, labels."""

from __future__ import annotations

import copy
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from grader.exchange.kit import lab_notebooks
from grader.exchange.source import to_bytes
from grader.lab import Lab
from submissions.build.damage import new_cell
from submissions.build.fresh import FRESH
from submissions.build.groups import GROUPS
from submissions.build.model import Group, Label, Part
from submissions.build.more.groups import MORE

__all__ = [
    "FRESH_LABELS",
    "LABELS",
    "MORE_LABELS",
    "build_files",
    "compare",
    "fresh_json",
    "group_labels",
    "labels_json",
    "more_json",
    "more_labels",
    "write",
]

LABELS = "labels.json"
MORE_LABELS = "more.json"
FRESH_LABELS = "fresh.json"
_TERM = ("Sommersemester 2026", "Dr.-Ing. Petra Probe")
_EPOCH = (2026, 5, 26, 12, 0, 0)


def build_files(lab: Lab, groups: Iterable[Group] = GROUPS) -> dict[str, bytes]:
    """Every file of the cohort by its path below ``submissions/``, all labels included."""
    released = {name: v.student for name, v in lab_notebooks(lab).items()}
    files: dict[str, bytes] = {}
    for group in groups:
        own = _group_files(group, lab, released)
        if group.archive:
            files[f"{group.id}.zip"] = _archive(own)
        else:
            files |= {f"{group.id}/{name}": content for name, content in own.items()}
    files[LABELS] = labels_json(lab)
    files[MORE_LABELS] = more_json(lab)
    files[FRESH_LABELS] = fresh_json(lab)
    return files


def write(lab: Lab, folder: Path, groups: Iterable[Group] = GROUPS) -> list[str]:
    """Write the cohort; files of an earlier cohort that no longer belong to it go.

    Returns
    -------
    list of str
        The paths that changed.
    """
    groups = tuple(groups)
    changed = compare(lab, folder, groups)
    files = build_files(lab, groups)
    for name in changed:
        path = folder / name
        if name in files:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(files[name])
        else:
            path.unlink()
    return changed


def compare(lab: Lab, folder: Path, groups: Iterable[Group] = GROUPS) -> list[str]:
    """Return the paths that differ from, are missing in or are left over in ``folder``."""
    files = build_files(lab, groups)
    there = {
        path.relative_to(folder).as_posix()
        for group in folder.glob("gruppe*")
        for path in ([group] if group.is_file() else group.rglob("*"))
        if path.is_file()
    }
    different = {
        name
        for name, content in files.items()
        if not (folder / name).is_file() or (folder / name).read_bytes() != content
    }
    return sorted(different | (there - files.keys()))


# --------------------------------------------------------------------------- files


def _group_files(
    group: Group, lab: Lab, released: Mapping[str, NotebookNode]
) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for name, parts in group.notebooks.items():
        file = group.names.get(name, f"{name}.ipynb")
        if not file:
            continue
        raw = to_bytes(_notebook(group, name, released[name], parts))
        if share := group.cut.get(name):
            raw = raw[: int(len(raw) * share)]
        files[file] = raw
    files |= _answers(group, lab)
    if group.particulars:
        files["protokoll.toml"] = _particulars(group).encode("utf-8")
    return files | dict(group.files)


def _notebook(
    group: Group, name: str, released: NotebookNode, parts: Mapping[str, Part]
) -> NotebookNode:
    notebook = copy.deepcopy(released)
    waiting = dict(parts)
    cells: list[NotebookNode] = []
    for cell in notebook.cells:
        cells.append(cell)
        part = waiting.pop(cell.metadata.get("grader", {}).get("slot", ""), None)
        if part is None:
            continue
        cell.source = part.source or cell.source
        cells += [new_cell(kind, source, group.id) for kind, source in part.extra]
    if waiting:
        raise KeyError(f"{group.id}, {name}: {', '.join(waiting)}")
    notebook.cells = cells
    for edit in group.edits.get(name, ()):
        edit(notebook)
    return notebook


def _answers(group: Group, lab: Lab) -> dict[str, bytes]:
    if not group.answers_as:
        return {}
    sections = [
        (_heading(group.headings, number, question), group.answers.get(number, Part("")).source)
        for number, question in enumerate(lab.questions, start=1)
    ]
    if group.answers_as == "ipynb":
        v4: Any = nbformat.v4
        notebook = v4.new_notebook(metadata={"language_info": {"name": "python"}})
        for heading, answer in sections:
            notebook.cells.append(new_cell("markdown", heading, group.id))
            notebook.cells.append(new_cell("markdown", answer, group.id + heading))
        return {"kontrollfragen.ipynb": to_bytes(notebook)}
    text = "# Kontrollfragen\n\n" + "\n".join(f"{h}\n\n{a}\n" for h, a in sections)
    if group.answers_as == "cp1252":
        return {"kontrollfragen.md": text.replace("\n", "\r\n").encode("cp1252")}
    return {"kontrollfragen.md": text.encode("utf-8")}


def _heading(style: str, number: int, question: str) -> str:
    return {
        "full": f"## {number}. {question}",
        "number": f"## {number}.",
        "frage": f"### Frage {number}",
    }[style]


def _particulars(group: Group) -> str:
    number = int(group.id.removeprefix("gruppe"))
    day = number % 23 // 2  # keeps both dates within May
    people = ", ".join(f'"{name}"' for name in group.people)
    return (
        "# Alle Namen sind erfunden.\n\n[protokoll]\n"
        f"teilnehmer = [{people}]\n"
        f'gruppe = "{number}"\n'
        f'betreuer = "{_TERM[1]}"\n'
        f'semester = "{_TERM[0]}"\n'
        f'versuchsdatum = "2026-05-{4 + day:02d}"\n'
        f'abgabedatum = "2026-05-{18 + day:02d}"\n'
    )


def _archive(files: Mapping[str, bytes]) -> bytes:
    """A .zip with the same bytes everywhere: stored, not deflated, with a fixed date."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[name])
    return buffer.getvalue()


# --------------------------------------------------------------------------- labels


def labels_json(lab: Lab) -> bytes:
    """The labels of all groups as JSON, one line for each check."""
    tree = {
        group.id: {
            "about": group.about,
            "traps": sorted(traps(group)),
            "profile": group.profile,
            "problems": sorted(set(group.problems)),
            "checks": {c: _plain(label) for c, label in group_labels(group, lab).items()},
        }
        for group in GROUPS
    }
    return _layout(tree).encode("utf-8")


def more_json(lab: Lab) -> bytes:
    """The labels of the groups that are written on demand, each with its half."""
    return _with_halves(MORE, lab)


def fresh_json(lab: Lab) -> bytes:
    """The labels of the sets that were written blind, each with its set as ``half``."""
    return _with_halves(FRESH, lab)


def _with_halves(groups: Iterable[Group], lab: Lab) -> bytes:
    tree = {
        group.id: {
            "half": group.half,
            "about": group.about,
            "traps": sorted(traps(group)),
            "profile": group.profile,
            "checks": {c: _plain(label) for c, label in more_labels(group, lab).items()},
        }
        for group in groups
    }
    return _layout(tree).encode("utf-8")


def traps(group: Group) -> set[str]:
    """Every trap that a group falls into, structural ones included."""
    found = set(group.structure)
    for part in _parts(group):
        found |= set(part.traps)
    return found


def group_labels(group: Group, lab: Lab) -> dict[str, Label]:
    """Labels of one group by check, in the lab's order.

    A part that falls into a trap has the word over one that does not: wrong weights also spoil the
    prediction that comes after them. What the group itself says wins over both.
    """
    found: dict[str, Label] = {}
    for part in sorted(_parts(group), key=lambda p: bool(p.traps) or _spoils(p)):
        found |= part.labels
    for name in group.notebooks:
        if group.names.get(name) == "" or name in group.cut:
            checks = [c for t in lab.tasks if t.notebook == name for c in t.checks]
            found |= {c.id: Label(("not_judged",)) for c in checks}
    for check, label in group.labels.items():
        if label is None:
            found.pop(check, None)
        else:
            found[check] = label
    unknown = found.keys() - lab.checks.keys()
    if unknown:
        raise KeyError(f"{group.id}: {', '.join(sorted(unknown))}")
    return {c: found[c] for c in lab.checks if c in found}


def more_labels(group: Group, lab: Lab) -> dict[str, Label]:
    """Labels of a group of ``MORE`` by check, in the lab's order.

    Several of its parts are often faulty, so faults have the word label by label, not part by part:
    a curve that is right, drawn over the wrong axis, is wrong if the weights were.
    """
    right: dict[str, Label] = {}
    found: dict[str, Label] = {}
    for part in _parts(group):
        for check, label in part.labels.items():
            (right if label.status == ("passed",) else found)[check] = label
    labels = {**right, **found, **group.labels}
    return {c: label for c in lab.checks if (label := labels.get(c)) is not None}


def _spoils(part: Part) -> bool:
    return any("passed" not in label.status for label in part.labels.values())


def _parts(group: Group) -> Iterable[Part]:
    for parts in group.notebooks.values():
        yield from parts.values()
    yield from group.answers.values()


def _plain(label: Label) -> dict[str, Any]:
    plain: dict[str, Any] = {"status": list(label.status)}
    if label.points is not None:
        plain["points"] = list(label.points)
    return plain


def _layout(tree: Mapping[str, Mapping[str, Any]]) -> str:
    def line(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False)

    groups = []
    for name, group in tree.items():
        checks = group["checks"]
        head = [f"    {line(k)}: {line(v)}" for k, v in group.items() if k != "checks"]
        body = ",\n".join(f"      {line(c)}: {line(label)}" for c, label in checks.items())
        head.append(f'    "checks": {{\n{body}\n    }}')
        groups.append(f"  {line(name)}: {{\n" + ",\n".join(head) + "\n  }")
    return "{\n" + ",\n".join(groups) + "\n}\n"
