"""A second look with other data on the tiny lab: real kernels, a generator of the lab's own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from grader import pipeline
from grader.engine.choose import DefaultEngine
from grader.errors import LabError, UsageError
from grader.lab import Lab
from grader.model import VariantLook
from grader.variant.folder import variant_folder
from tests.pocket import MINILAB, SETUP, PocketEngine, notebook, submit

SETTINGS = """
[variant]
module = "andere"
notes = { kontrollfragen = "Ohne Daten." }

[[variant.result]]
slot = "a-mean"
title = "Mittelwert"
names = ["mittelwert"]

[[variant.result]]
slot = "b-sum"
title = "Summe"
names = ["summe"]
"""
GENERATOR = """
import sys
from pathlib import Path

folder, seed = Path(sys.argv[1]), int(sys.argv[2])
path = folder / "werte.txt"
values = [float(v) for v in path.read_text().split()]
path.write_text("\\n".join(str(v + seed + i) for i, v in enumerate(values)))
"""


def make_lab(folder: Path, generator: str = GENERATOR, settings: str = SETTINGS) -> Path:
    shutil.copytree(MINILAB, folder)
    (folder / "andere.py").write_text(generator, encoding="utf-8")
    path = folder / "lab.toml"
    path.write_text(path.read_text(encoding="utf-8") + settings, encoding="utf-8")
    return folder


def group(mean: str, total: str, setup: str = SETUP) -> str:
    return notebook(u_setup=setup, a_mean=mean, b_sum=total)


def values(name: str = "werte") -> np.ndarray:
    return np.loadtxt(MINILAB / "data" / f"{name}.txt")


HONEST = group("mittelwert = werte.mean()", "summe = sum(werte)")
# Right on the lab's data only: the total is typed in, the mean is tied to one known length.
TYPED = group("mittelwert = werte.mean()", f"summe = {values().sum()!r}".replace("np.float64", ""))
BROKEN = group(
    "mittelwert = werte.mean()",
    f"summe = {{{float(values()[0])!r}: werte.sum()}}[werte[0]]",
)
TIED = group("mittelwert = werte.mean()", f"summe = werte[1:].sum() + {float(values()[0])!r}")


def look(
    lab: Path, groups: Mapping[str, str], folder: Path, engine: object, **options: int
) -> dict[str, VariantLook]:
    cohort, out = submit(folder / "cohort", groups), folder / "out"
    graded = pipeline.grade_cohort(
        cohort,
        lab,
        out,
        protocol=False,
        engine=engine,
        unsafe=True,  # type: ignore[arg-type]
    )
    assert not graded.failures
    before = (out / next(iter(groups)) / "result.json").read_bytes()
    looks = pipeline.second_look(
        cohort,
        lab,
        out,
        graded.grades,
        engine=engine,
        **options,  # type: ignore[arg-type]
    )
    assert (out / next(iter(groups)) / "result.json").read_bytes() == before
    return {look.submission: look for look in looks}


def states(found: VariantLook) -> list[str]:
    return [f.state for f in found.findings]


# ------------------------------------------------------------------ with real kernels


@pytest.mark.kernel
def test_real_kernels_tell_who_calculates_and_who_has_typed(tmp_path: Path) -> None:
    lab = make_lab(tmp_path / "lab")
    engine = DefaultEngine()
    try:
        found = look(
            lab, {"ehrlich": HONEST, "fest": TYPED, "bricht": BROKEN}, tmp_path, engine, jobs=2
        )
    finally:
        engine.close()
    assert states(found["ehrlich"]) == ["follows", "follows"]
    assert states(found["fest"]) == ["follows", "unchanged"]
    assert states(found["bricht"]) == ["follows", "incomparable"]
    assert "KeyError" in found["bricht"].findings[1].sentence
    report = json.loads((tmp_path / "out" / "variant.json").read_text(encoding="utf-8"))
    assert report["lab"] == "mini" and report["seed"] == 1
    assert [s["submission"] for s in report["submissions"]] == ["bricht", "ehrlich", "fest"]
    page = (tmp_path / "out" / "variant.html").read_text(encoding="utf-8")
    assert "unverändert, obwohl die Daten andere sind" in page
    assert "Ohne Daten." in page


# ------------------------------------------------------------------ without


def test_a_result_that_stops_agreeing_is_named(tmp_path: Path) -> None:
    found = look(make_lab(tmp_path / "lab"), {"halb": TIED}, tmp_path, PocketEngine())
    assert states(found["halb"]) == ["follows", "differs"]


def test_what_may_be_typed_in_is_no_finding(tmp_path: Path) -> None:
    lab = make_lab(tmp_path / "lab", settings=SETTINGS + "typed = true\n")
    found = look(lab, {"fest": TYPED}, tmp_path, PocketEngine())
    assert states(found["fest"]) == ["follows", "typed"]


def test_a_missing_notebook_is_said_and_stops_nobody(tmp_path: Path) -> None:
    lab = make_lab(tmp_path / "lab")
    found = look(lab, {"da": HONEST, "kaputt": '{"cells": ['}, tmp_path, PocketEngine())
    assert states(found["da"]) == ["follows", "follows"]
    assert found["kaputt"].problem and not found["kaputt"].findings


def test_missing_cells_cannot_be_compared(tmp_path: Path) -> None:
    lab = make_lab(tmp_path / "lab")
    only = notebook(u_setup=SETUP, a_mean="mittelwert = werte.mean()")
    found = look(lab, {"halb": only}, tmp_path, PocketEngine())
    assert states(found["halb"]) == ["follows", "incomparable"]


def test_the_same_seed_runs_nothing_again(tmp_path: Path) -> None:
    lab, engine = make_lab(tmp_path / "lab"), PocketEngine()
    look(lab, {"da": HONEST}, tmp_path, engine)
    ran = list(engine.ran)
    graded = pipeline.read_results(tmp_path / "out")
    grades = {g.submission: g for g in graded}
    arguments = (tmp_path / "cohort", lab, tmp_path / "out", grades)
    pipeline.second_look(*arguments, engine=engine)
    assert engine.ran == ran
    pipeline.second_look(*arguments, engine=engine, seed=2)
    assert sorted(engine.ran[len(ran) :]) == ["da uebung", "reference uebung"]


def test_a_grading_ends_with_the_look_that_was_to_follow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lab, engine, out = make_lab(tmp_path / "lab"), PocketEngine(), tmp_path / "out"
    cohort = submit(tmp_path / "cohort", {"da": HONEST})
    options = {"protocol": False, "engine": engine, "gradebook": "noten.sqlite"}
    found = pipeline.grade_cohort(cohort, lab, out, variant_seed=0, **options)  # type: ignore[arg-type]
    begun = pipeline.interrupted(out)
    assert (begun.variant_seed, begun.gradebook) == (0, str(tmp_path / "noten.sqlite"))
    # One that was asked for by itself is another one.
    pipeline.second_look(cohort, lab, out, found.grades, engine=engine, seed=5)
    assert not pipeline.interrupted(out).finished
    pipeline.second_look(cohort, lab, out, found.grades, engine=engine, seed=0)
    with pytest.raises(UsageError, match="ist fertig"):
        pipeline.interrupted(out)


# ------------------------------------------------------------------ the data


def test_other_data_are_made_once_and_the_lab_s_stay(tmp_path: Path) -> None:
    lab = Lab.load(make_lab(tmp_path / "lab"))
    folder = variant_folder(lab, tmp_path / "cache", 3)
    made = (folder / "werte.txt").read_text()
    assert np.allclose(np.loadtxt(folder / "werte.txt"), values() + 3 + np.arange(len(values())))
    stamp = (folder / "werte.txt").stat().st_mtime_ns
    assert variant_folder(lab, tmp_path / "cache", 3) == folder
    assert (folder / "werte.txt").stat().st_mtime_ns == stamp
    assert variant_folder(lab, tmp_path / "cache", 4) != folder
    assert (folder / "werte.txt").read_text() == made
    assert np.array_equal(np.loadtxt(lab.data / "werte.txt"), values())
    assert {p.name for p in folder.parent.iterdir()} == {"data"}


@pytest.mark.parametrize(
    ("generator", "said"),
    [
        ("raise SystemExit('kein Platz')", "kein Platz"),
        ("pass", "dieselben geblieben"),
        (GENERATOR + "(folder / 'mehr.txt').write_text('x')", "mehr.txt"),
        (GENERATOR + "path.unlink()", "werte.txt"),
    ],
)
def test_a_generator_s_fault_is_said(tmp_path: Path, generator: str, said: str) -> None:
    lab = Lab.load(make_lab(tmp_path / "lab", generator))
    with pytest.raises(LabError, match=said):
        variant_folder(lab, tmp_path / "cache", 1)
    assert not list((tmp_path / "cache").glob("*/data"))


def test_a_generator_that_is_not_there_is_said(tmp_path: Path) -> None:
    folder = make_lab(tmp_path / "lab")
    (folder / "andere.py").unlink()
    with pytest.raises(LabError, match=r"andere\.py"):
        variant_folder(Lab.load(folder), tmp_path / "cache", 1)


def test_a_lab_without_other_data_says_so_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\[variant\]"):
        pipeline.require_variant(MINILAB)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [('"b-sum"\ntitle', '"b-nix"\ntitle', "b-nix"), ("kontrollfragen =", "9z =", "9z")],
)
def test_settings_that_name_nothing_are_a_fault(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    folder = make_lab(tmp_path / "lab", settings=SETTINGS.replace(old, new))
    with pytest.raises(LabError, match=said):
        Lab.load(folder)
