"""What ``lab.toml`` says, as a lab: types are checked, and that it does not contradict itself."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from grader.errors import LabError
from grader.lab.parts import CheckSpec, Kernel, Late, Limits, NotebookSpec, Profile, Slot, Task
from grader.lab.uses import Individual, Look, Release, ResultSpec, Variant

if TYPE_CHECKING:
    from grader.lab.lab import Lab

__all__ = ["lab_from_toml", "validate"]

_Made = TypeVar("_Made")
_COMPARED = {
    "variant": ("values", "choice", "printed", "pictures", "table"),
    "individual": ("values", "table", "text"),
}


def lab_from_toml(kind: type[Lab], folder: Path, raw: dict[str, Any]) -> Lab:
    """Make a lab in ``folder`` of what its ``lab.toml`` says; msgspec says what has no fit type."""

    def convert(value: Any, kind: Any) -> Any:
        return msgspec.convert(value, kind, strict=True)

    head = raw.get("lab", {})
    data = raw.get("data", {})
    tasks = []
    for entry in raw.get("task", []):
        checks = tuple(
            convert({**check, "task": entry.get("id", "")}, CheckSpec)
            for check in entry.get("check", [])
        )
        fields = {k: v for k, v in entry.items() if k != "check"}
        task = convert(fields, Task)
        tasks.append(Task(**{**_fields(task), "checks": checks}))
    by_task = {t.id: t.notebook for t in tasks}
    slots = []
    for entry in raw.get("slot", []):
        filled = {**entry}
        filled.setdefault("notebook", by_task.get(entry.get("task", ""), ""))
        slots.append(convert(filled, Slot))
    return kind(
        id=convert(head.get("id", ""), str),
        title=convert(head.get("title", ""), str),
        folder=folder,
        data=(folder / convert(data.get("folder", "../data"), str)).resolve(),
        data_exclude=convert(data.get("exclude", []), tuple[str, ...]),
        notebooks=convert(raw.get("notebook", []), tuple[NotebookSpec, ...]),
        tasks=tuple(tasks),
        slots=tuple(slots),
        questions=convert(raw.get("questions", {}).get("texts", []), tuple[str, ...]),
        limits=convert(raw.get("limits", {}), Limits),
        kernel=convert(raw.get("kernel", {}), Kernel),
        late=convert(raw.get("late", {}), Late),
        profiles=convert(
            [{"name": n, **p} for n, p in raw.get("profiles", {}).items()], tuple[Profile, ...]
        ),
        protocol=raw.get("protocol", {}),
        variant=_with_results(raw["variant"], Variant) if "variant" in raw else None,
        individual=_with_results(raw["individual"], Individual) if "individual" in raw else None,
        release=convert(raw.get("release", {}), Release),
        looks=convert(raw.get("look", []), tuple[Look, ...]),
    )


def _with_results(raw: dict[str, Any], kind: type[_Made]) -> _Made:
    renamed = {"results" if k == "result" else k: v for k, v in raw.items()}
    return msgspec.convert(renamed, kind, strict=True)


def _fields(task: Task) -> dict[str, Any]:
    return {name: getattr(task, name) for name in ("id", "title", "notebook", "text", "checks")}


def validate(lab: Lab) -> None:
    """Raise a LabError that names everything in which a lab contradicts itself."""
    notebooks = {n.name for n in lab.notebooks}
    tasks = {t.id for t in lab.tasks}
    ids = [c.id for t in lab.tasks for c in t.checks]
    faults = [f"Prüfung {i} steht zweimal da" for i in sorted({i for i in ids if ids.count(i) > 1})]
    faults += [
        f"Aufgabe {t.id} nennt das unbekannte Notebook {t.notebook!r}"
        for t in lab.tasks
        if t.notebook and t.notebook not in notebooks
    ]
    slots = {s.id for s in lab.slots}
    faults += [
        f"Prüfung {c.id} nennt den unbekannten Platz {c.network!r}"
        for t in lab.tasks
        for c in t.checks
        if c.network and c.network not in slots
    ]
    for slot in lab.slots:
        if slot.kind != "setup" and slot.task not in tasks:
            faults.append(f"Platz {slot.id} nennt die unbekannte Aufgabe {slot.task!r}")
        if slot.notebook not in notebooks:
            faults.append(f"Platz {slot.id} nennt das unbekannte Notebook {slot.notebook!r}")
    names = [*slots, *(name for slot in lab.slots for name in slot.formerly)]
    faults += [
        f"Der Name {n} gehört mehreren Plätzen"
        for n in sorted({n for n in names if names.count(n) > 1})
    ]
    for look in lab.looks:
        if look.slot not in slots:
            faults.append(f"[[look]] nennt den unbekannten Platz {look.slot!r}")
        if look.check and not (look.check in lab.checks and lab.checks[look.check].public):
            faults.append(f"[[look]] nennt {look.check!r}, und das ist keine öffentliche Prüfung")
    for section, kinds in _COMPARED.items():
        results: tuple[ResultSpec, ...] = getattr(getattr(lab, section), "results", ())
        for spec in results:
            if spec.slot not in lab.slot_by_id:
                faults.append(f"[{section}] nennt den unbekannten Platz {spec.slot!r}")
            if spec.kind not in kinds:
                faults.append(f"[{section}] kann {spec.kind!r} nicht vergleichen")
    if lab.variant is not None:
        faults += [
            f"[variant] nennt die unbekannte Aufgabe {t!r}"
            for t in lab.variant.notes
            if t not in tasks
        ]
    late = lab.late
    if not all(0 <= v < math.inf for v in (late.free_days, late.points_per_day)):
        faults.append("[late] verträgt nur endliche Zahlen ab 0")
    if late.points_per_day and late.percent_per_day:
        faults.append("[late] nennt points_per_day und percent_per_day; nur eines davon geht")
    if not 0 <= late.percent_per_day <= 100:
        faults.append("[late] percent_per_day liegt nicht zwischen 0 und 100")
    if not lab.id or not lab.profiles:
        faults.append("[lab] id und mindestens ein [profiles.NAME] müssen angegeben sein")
    if faults:
        raise LabError(f"{lab.folder / 'lab.toml'}: " + "; ".join(faults) + ".")
