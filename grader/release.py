"""Makes what students get: one kit for all, or one for each group with data of its own.

Every kit is searched for the solution before it is written, so that a slip in a source stops the
release instead of going out with it.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.errors import LabError, StoreError, UsageError
from grader.evidence.store import EvidenceStore
from grader.exchange.kit import kit_archive, kit_files, kit_name
from grader.exchange.secrets import Leak, find_leaks, secrets_of
from grader.files import write_atomically
from grader.grading import Bench
from grader.lab import Lab
from grader.model import Evidence, NotebookEvidence
from grader.references import EVIDENCE, reference_plan
from grader.variant.individual import individual_lab, individual_of
from grader.variant.seed import CohortSeed, group_key

__all__ = ["Released", "recorded_evidence", "release"]

_NAMED = 5
_KINDS = {
    "solution": "eine Zeile der Lösung",
    "name": "einen Namen aus der Lösung",
    "number": "eine Zahl der Lösung",
    "phrase": "eine Wendung der Lösung",
    "answer": "eine Zeile der Musterantworten",
    "output": "eine Ausgabe der Musterlösung",
    "array": "ein erwartetes Feld",
    "rubric": "etwas aus einem Bewertungsraster",
    "check": "etwas aus den Prüfungen",
    "path": "ein Pfad oder Name von diesem Rechner",
    "stored_output": "Ausgaben in einem Notebook",
}
_QUOTED = 60


@dataclass(frozen=True, slots=True)
class Released:
    """A kit that was written.

    Attributes
    ----------
    group : str
        Empty if it is everybody's.
    variant : str
        Id of the group's own data, ``""`` if it has none.
    sizes : tuple of (str, int)
        Files in the kit with their bytes.
    digest : str
        SHA-256 of the archive.
    computed : bool
        Whether it was searched for what the solution computes and prints, too.
    """

    group: str
    variant: str
    path: Path
    sizes: tuple[tuple[str, int], ...]
    digest: str
    computed: bool


def release(
    lab: Path,
    out: Path,
    *,
    groups: Sequence[str] = (),
    variant: bool = False,
    seed_file: Path | None = None,
) -> Iterator[Released]:
    """Write kits, one after the other; what was asked for is checked before the first.

    Parameters
    ----------
    lab, out : Path
        The lab's folder, and the folder that takes the archives.
    groups : sequence of str
        Whose kits; without any there is one for all.
    variant : bool
        Give each group data of its own.
    seed_file : Path, optional
        The cohort's secret seed, made if it is missing; needed with ``variant``.

    Raises
    ------
    UsageError
        If groups have one name, the seed is missing or lies among the kits, or the lab makes no
        individual kits.
    LabError
        If a source cannot be read, or a kit holds something of the solution.
    """
    loaded = Lab.load(lab)
    _require_distinct(loaded, groups)
    seed = None
    if variant:
        individual_of(loaded)
        seed = _seed(out, groups, seed_file)
    elif seed_file is not None:
        raise UsageError("--seed-file gehört zu --variant: Ohne eigene Daten braucht es keinen.")
    return _release(loaded, out, groups, seed)


def recorded_evidence(bench: Bench) -> Evidence | None:
    """What the reference left when it ran well as it is now, under any profile; None if it did not.

    Raises
    ------
    LabError
        If a source cannot be read.
    """
    store = EvidenceStore(bench.lab.folder / EVIDENCE)
    for profile in bench.lab.profiles:
        plan = reference_plan(bench, profile.name, None)
        found: dict[str, NotebookEvidence] = {}
        for name, key in plan.keys.items():
            try:
                evidence = store.get(key)
            except StoreError:
                evidence = None
            if evidence is not None and all(c.status == "ok" for c in evidence.cells):
                found[name] = evidence
        if len(found) == len(plan.keys):
            return Evidence(notebooks=found, alignments=plan.alignments)
    return None


def _release(
    lab: Lab, out: Path, groups: Sequence[str], seed: CohortSeed | None
) -> Iterator[Released]:
    with tempfile.TemporaryDirectory(prefix="grader-release-") as name:
        for group in groups or ("",):
            own = individual_lab(lab, Path(name), seed.number(group)) if seed else lab
            yield _kit(own, out, group, seed.id(group) if seed else "")


def _kit(lab: Lab, out: Path, group: str, variant: str) -> Released:
    files, name = kit_files(lab, group=group, variant=variant), kit_name(lab, group)
    archive = kit_archive(files, name)
    evidence = recorded_evidence(Bench(lab))
    leaks = find_leaks(archive, secrets_of(lab, evidence))
    if leaks:
        raise LabError(f"{name}.zip wurde nicht geschrieben: {_said(leaks)}")
    path = out / f"{name}.zip"
    write_atomically(path, lambda file: file.write(archive))
    sizes = tuple((file, len(content)) for file, content in sorted(files.items()))
    digest = hashlib.sha256(archive).hexdigest()
    return Released(group, variant, path, sizes, digest, evidence is not None)


def _said(leaks: list[Leak]) -> str:
    named = "; ".join(
        f"{leak.member} enthält {_KINDS[leak.kind]} („{leak.what[:_QUOTED]}“)"
        for leak in leaks[:_NAMED]
    )
    more = len(leaks) - _NAMED
    return f"{named}; dazu {more} weitere Fundstellen." if more > 0 else f"{named}."


def _require_distinct(lab: Lab, groups: Sequence[str]) -> None:
    keys: dict[str, str] = {}
    for group in groups:
        for key in (group_key(group), kit_name(lab, group).casefold()):
            if key in keys:
                raise UsageError(
                    f"Die Gruppen {keys[key]!r} und {group!r} bekämen dieselbe Ausgabe. Bitte "
                    "Namen wählen, die sich deutlicher unterscheiden."
                )
        keys |= dict.fromkeys((group_key(group), kit_name(lab, group).casefold()), group)
        if kit_name(lab, group) == kit_name(lab):
            raise UsageError(f"{group!r} enthält weder Buchstaben von A bis Z noch Ziffern.")


def _seed(out: Path, groups: Sequence[str], seed_file: Path | None) -> CohortSeed:
    if not groups:
        raise UsageError("Eigene Daten (--variant) bekommt eine Gruppe: Bitte --group angeben.")
    if seed_file is None:
        raise UsageError(
            "Zu --variant gehört --seed-file: eine Datei außerhalb der Ausgaben, in der der "
            "geheime Anfangswert der Kohorte steht. Fehlt sie, wird sie angelegt."
        )
    if seed_file.resolve().is_relative_to(out.resolve()):
        raise UsageError(
            f"{seed_file} liegt im Ordner der Ausgaben ({out}). Der Anfangswert ist geheim; bitte "
            "einen anderen Ort wählen."
        )
    seed = CohortSeed.load_or_make(seed_file)
    known = seed.with_groups(groups)
    if known != seed:
        known.save(seed_file)
    return known
