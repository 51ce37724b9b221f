"""Kits of single groups on the tiny lab: made, graded against their own reference, told apart."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from grader import pipeline
from grader.errors import LabError, UsageError
from grader.exchange.kit import lab_notebooks, write_kit, write_solution
from grader.exchange.source import to_bytes
from grader.grading import Bench
from grader.lab import Lab
from grader.release import release
from grader.variant.individual import individual_lab
from grader.variant.seed import CohortSeed
from tests.pocket import PocketEngine, notebook

CASE = Path(__file__).parent / "cases" / "minilab"
SETUP = "import numpy as np\nwerte = np.loadtxt('../data/werte.txt')"
SETTINGS = """
[individual]
module = "eigene"

[[individual.result]]
slot = "b-sum"
title = "Summe und Messwerte"
names = ["werte"]
"""
# The values are a group's own, and the task says how many there are.
GENERATOR = """
import random
import sys
from pathlib import Path

folder, number = Path(sys.argv[1]), int(sys.argv[2])
values = [random.Random(number).uniform(1, 9) for _ in range(10)]
(folder / "data" / "werte.txt").write_text("\\n".join(f"{v:.3f}" for v in values))
source = folder / "notebooks" / "uebung.py"
text = source.read_text("utf-8")
text = text.replace("der Messwerte.", f"der Messwerte ab {values[0]:.3f}.")
source.write_text(text, "utf-8")
"""


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    return make_lab(tmp_path / "lab")


def make_lab(folder: Path, generator: str = GENERATOR) -> Path:
    shutil.copytree(CASE, folder)
    (folder / "eigene.py").write_text(generator, encoding="utf-8")
    path = folder / "lab.toml"
    path.write_text(path.read_text("utf-8") + SETTINGS, encoding="utf-8")
    return folder


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    path = tmp_path / "kohorte.toml"
    # Not a random one: these tests have the same kits every time.
    CohortSeed(bytes(range(32)), ("gruppe01", "gruppe02", "gruppe03")).save(path)
    return path


def own_lab(lab: Path, seed: Path, group: str, folder: Path) -> Lab:
    number = CohortSeed.load(seed).number(group)
    return individual_lab(Lab.load(lab), folder / "eigene", number)


def hand_in(folder: Path, lab: Path, seed: Path, group: str, name: str = "", **cells: str) -> None:
    """Write a submission with a group's kit: the reference, or other cells in its notebook."""
    target = folder / (name or group)
    write_solution(own_lab(lab, seed, group, folder.parent), target)
    (target / "protokoll.toml").unlink()
    path = target / "uebung.ipynb"
    text = notebook(u_setup=SETUP, **cells) if cells else path.read_text("utf-8")
    content = json.loads(text)
    content["metadata"]["grader"] = {"variant": CohortSeed.load(seed).id(group)}
    path.write_text(json.dumps(content), encoding="utf-8")


def grade(folder: Path, lab: Path, seed: Path | None, **options: object) -> pipeline.CohortResult:
    engine = options.pop("engine", None) or PocketEngine()
    return pipeline.grade_cohort(
        folder,
        lab,
        folder.parent / "out",
        protocol=False,
        engine=engine,  # type: ignore[arg-type]
        seed_file=seed,
        **options,  # type: ignore[arg-type]
    )


def kinds(result: pipeline.CohortResult, name: str) -> list[str]:
    return [p.kind for p in result.grades[name].problems]


def test_every_group_is_judged_by_its_own_reference(lab: Path, seed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for group in ("gruppe01", "gruppe02"):
        hand_in(folder, lab, seed, group)
    result = grade(folder, lab, seed)
    assert not result.failures
    assert [g.points for g in result.grades.values()] == [10, 10]
    assert kinds(result, "gruppe01") == kinds(result, "gruppe02") == []
    ids = [g.provenance["variant"] for g in result.grades.values()]
    assert ids == [CohortSeed.load(seed).id(g) for g in ("gruppe01", "gruppe02")]
    hashes = {g.provenance["hashes"]["data"] for g in result.grades.values()}
    assert len(hashes) == 2
    # Nothing runs again, and everything stays as it was.
    engine = PocketEngine()
    assert grade(folder, lab, seed, engine=engine).grades == result.grades
    assert engine.ran == []


def test_judged_in_processes_too(lab: Path, seed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for group in ("gruppe01", "gruppe02", "gruppe03"):
        hand_in(folder, lab, seed, group)
    result = grade(folder, lab, seed, processes=1)
    assert not result.failures
    assert [g.points for g in result.grades.values()] == [10, 10, 10]


def test_another_s_values_are_noticed_and_no_accusation(
    lab: Path, seed: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    values = np.loadtxt(own_lab(lab, seed, "gruppe02", tmp_path).data / "werte.txt")
    hand_in(folder, lab, seed, "gruppe02")
    typed = f"werte = np.array({values.tolist()})\nsumme = werte.sum()"
    hand_in(folder, lab, seed, "gruppe01", a_mean="mittelwert = werte.mean()", b_sum=typed)
    hand_in(folder, lab, seed, "gruppe03", a_mean="mittelwert = 1.0", b_sum="summe = 2.0")
    result = grade(folder, lab, seed)
    assert kinds(result, "gruppe02") == []
    # Wrong is not another's.
    assert "other_variant" not in kinds(result, "gruppe03")
    found = [p for p in result.grades["gruppe01"].problems if p.kind == "other_variant"]
    assert len(found) == 1 and found[0].notebook == "uebung"
    assert CohortSeed.load(seed).id("gruppe02") in found[0].message
    assert "gruppe02" not in found[0].message
    assert result.grades["gruppe01"].check("1a.mean").status == "passed"
    assert result.grades["gruppe01"].check("1b.sum").status == "failed"


def test_another_s_values_are_noticed_though_that_group_is_not_here(
    lab: Path, seed: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    values = np.loadtxt(own_lab(lab, seed, "gruppe02", tmp_path).data / "werte.txt")
    typed = f"werte = np.array({values.tolist()})\nsumme = werte.sum()"
    hand_in(folder, lab, seed, "gruppe01")
    engine = PocketEngine()
    assert grade(folder, lab, seed, engine=engine).grades["gruppe01"].points == 10
    # Right: nobody else's reference has to run.
    assert engine.ran == ["reference uebung", "gruppe01 uebung"]
    hand_in(folder, lab, seed, "gruppe01", name="kopie", b_sum=typed)
    shutil.rmtree(folder / "gruppe01")
    (folder / "kopie").rename(folder / "gruppe01")
    engine = PocketEngine()
    result = grade(folder, lab, seed, engine=engine)
    found = [p for p in result.grades["gruppe01"].problems if p.kind == "other_variant"]
    assert len(found) == 1 and CohortSeed.load(seed).id("gruppe02") in found[0].message
    assert engine.ran == ["gruppe01 uebung", "reference uebung", "reference uebung"]
    # From now on the others' references are recorded.
    wrong = "werte = np.arange(10.0)\nsumme = werte.sum()"
    shutil.rmtree(folder / "gruppe01")
    hand_in(folder, lab, seed, "gruppe01", b_sum=wrong)
    engine = PocketEngine()
    result = grade(folder, lab, seed, engine=engine)
    assert "other_variant" not in kinds(result, "gruppe01")
    assert engine.ran == ["gruppe01 uebung"]


def test_a_whole_foreign_kit_is_judged_with_the_own_data(
    lab: Path, seed: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    hand_in(folder, lab, seed, "gruppe02", name="gruppe01")
    result = grade(folder, lab, seed)
    assert kinds(result, "gruppe01") == ["other_kit"]
    assert result.grades["gruppe01"].provenance["variant"] == CohortSeed.load(seed).id("gruppe01")


def test_a_kit_is_found_by_name_particulars_or_id(lab: Path, seed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    hand_in(folder, lab, seed, "gruppe01", name="Meier_4711_abgabe")
    hand_in(folder, lab, seed, "gruppe02", name="unbekannt")
    # Without metadata: some hosts drop them.
    path = folder / "unbekannt" / "uebung.ipynb"
    content = json.loads(path.read_text("utf-8"))
    content["metadata"] = {}
    path.write_text(json.dumps(content), "utf-8")
    (folder / "unbekannt" / "protokoll.toml").write_text('[protokoll]\ngruppe = "Gruppe02"\n')
    # Never noted in the seed's file, but made with it.
    hand_in(folder, lab, seed, "nachzügler")
    result = grade(folder, lab, seed)
    known = CohortSeed.load(seed)
    found = {n: g.provenance.get("variant") for n, g in result.grades.items()}
    assert found == {
        "Meier_4711_abgabe": known.id("gruppe01"),
        "unbekannt": known.id("gruppe02"),
        "nachzügler": known.id("nachzügler"),
    }
    assert all(g.points == 10 and not g.problems for g in result.grades.values())


def test_two_submissions_with_one_kit(lab: Path, seed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    hand_in(folder, lab, seed, "gruppe01")
    hand_in(folder, lab, seed, "gruppe01", name="noch einmal")
    hand_in(folder, lab, seed, "gruppe02")
    result = grade(folder, lab, seed)
    assert {n: kinds(result, n) for n in result.grades} == {
        "gruppe01": ["shared_kit"],
        "noch einmal": ["shared_kit"],
        "gruppe02": [],
    }


def test_a_kit_that_nothing_is_known_of_is_said_so(lab: Path, seed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    hand_in(folder, lab, seed, "gruppe01")
    for other in (None, tmp_path / "anderer.toml"):
        if other:
            CohortSeed.load_or_make(other)
        result = grade(folder, lab, other)
        assert "unknown_variant" in kinds(result, "gruppe01")
        assert "variant" not in result.grades["gruppe01"].provenance


def test_a_kit_for_all_and_kits_for_some(lab: Path, seed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    hand_in(folder, lab, seed, "gruppe01")
    write_solution(Lab.load(lab), folder / "gast")
    result = grade(folder, lab, seed)
    assert [g.points for g in result.grades.values()] == [10, 10]
    assert "variant" not in result.grades["gast"].provenance


@pytest.mark.parametrize(
    "hostile", [7, [], {"a": 1}, "x" * 100, "../../etc", "ABC", "", None, "<script>"]
)
def test_a_hostile_id_is_none(hostile: object, lab: Path, seed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    hand_in(folder, lab, seed, "gruppe01")
    path = folder / "gruppe01" / "uebung.ipynb"
    content = json.loads(path.read_text("utf-8"))
    content["metadata"]["grader"] = {"variant": hostile}
    path.write_text(json.dumps(content), "utf-8")
    result = grade(folder, lab, seed)
    assert result.grades["gruppe01"].points == 10
    assert kinds(result, "gruppe01") == []


def test_a_module_that_fails_is_our_error(seed: Path, tmp_path: Path) -> None:
    for number, (generator, said) in enumerate(
        [("pass", "dieselben geblieben"), ("1 / 0", "ZeroDivisionError")]
    ):
        lab = make_lab(tmp_path / f"lab{number}", generator)
        with pytest.raises(LabError, match=said):
            own_lab(lab, seed, "gruppe01", tmp_path)
    with pytest.raises(UsageError, match="individual"):
        individual_lab(Lab.load(CASE), tmp_path / "x", 1)


def unpacked(lab: Path, seed: Path, group: str, folder: Path) -> Path:
    """A group's kit as the group has it, far from the lab, with the work done."""
    (kit,) = release(lab, folder / "kits", groups=[group], variant=True, seed_file=seed)
    with zipfile.ZipFile(kit.path) as archive:
        archive.extractall(folder)
    work = folder / kit.path.stem / "abgabe"
    own = own_lab(lab, seed, group, folder)
    solution = json.loads(to_bytes(lab_notebooks(own)["uebung"].solution))
    code = {c["id"]: c["source"] for c in solution["cells"]}
    path = work / "uebung.ipynb"
    content = json.loads(path.read_text("utf-8"))
    for cell in content["cells"]:
        cell["source"] = code.get(cell["id"], cell["source"])
    path.write_text(json.dumps(content), "utf-8")
    return work


def first_value(lab: Path, seed: Path, group: str, folder: Path) -> str:
    values = np.loadtxt(own_lab(lab, seed, group, folder).data / "werte.txt")
    return f"{values[0]:.3f}"


def test_a_group_s_kit_checks_itself_and_makes_its_protocol(
    lab: Path, seed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = unpacked(lab, seed, "gruppe02", tmp_path)
    monkeypatch.chdir(work)
    found = pipeline.self_check([Path()], engine=PocketEngine())
    states = {f.state for t in found.report.tasks if t.id != "kontrollfragen" for f in t.findings}
    assert states <= {"passed", "later"} and "passed" in states
    told = f"der Messwerte ab {first_value(lab, seed, 'gruppe02', tmp_path)}"
    assert told in (work / "selbsttest.json").read_text("utf-8")
    target = tmp_path / "entwurf.html"
    side = pipeline.make_protocol(Path(), target, Path("reference"), engine=PocketEngine())
    page = target.read_text("utf-8")
    # Given text is no answer; the title page and the task's text are the lab's.
    assert told not in page
    assert Lab.load(lab).protocol["course"] in page and Lab.load(lab).tasks[0].text in page
    values = np.loadtxt(work.parent / "data" / "werte.txt")
    found_sum = side.run_of("uebung").cells[-1].variables["summe"].scalar
    assert found_sum == pytest.approx(values.sum())
    assert side.submission.notebooks["uebung"].variant == CohortSeed.load(seed).id("gruppe02")


def test_the_desk_makes_a_group_s_protocol_with_its_own_data(
    lab: Path, seed: Path, tmp_path: Path
) -> None:
    hand_in(tmp_path / "in", lab, seed, "gruppe02")
    sums = []
    for number, chosen in enumerate((seed, None)):
        target = tmp_path / f"p{number}.html"
        side = pipeline.make_protocol(
            tmp_path / "in" / "gruppe02", target, lab, seed_file=chosen, engine=PocketEngine()
        )
        sums.append(float(side.run_of("uebung").cells[-1].variables["summe"].scalar))
        kinds = [p.kind for p in side.submission.problems]
        assert ("unknown_variant" in kinds) == (chosen is None)
    values = np.loadtxt(own_lab(lab, seed, "gruppe02", tmp_path).data / "werte.txt")
    assert sums[0] == pytest.approx(values.sum()) and sums[1] != sums[0]


# Long: one notebook of the lab runs four times, with two groups' data.
@pytest.mark.kernel
def test_the_lab_s_own_kits_are_graded_by_their_references(tmp_path: Path) -> None:
    reference, seed = CASE.parents[2] / "reference", tmp_path / "kohorte.toml"
    CohortSeed(bytes(32), ("gruppe07", "gruppe08")).save(seed)
    write_solution(own_lab(reference, seed, "gruppe07", tmp_path), tmp_path / "in" / "gruppe07")
    write_kit(own_lab(reference, seed, "gruppe08", tmp_path), tmp_path / "kit")
    (tmp_path / "kit" / "abgabe").rename(tmp_path / "in" / "gruppe08")
    for task in ("2a", "2b", "2c"):
        # One notebook, run once.
        result = pipeline.grade_cohort(
            tmp_path / "in",
            reference,
            tmp_path / "out",
            task=task,
            protocol=False,
            unsafe=True,
            seed_file=seed,
        )
        assert not result.failures
    solved, untouched = (result.grades[name] for name in ("gruppe07", "gruppe08"))
    judged = [c for t in solved.tasks for c in t.checks]
    assert len(judged) == 12
    short = [c for c in judged if c.status != "passed" and c.points < c.max_points]
    assert [f"{c.id}: {c.message}" for c in short] == []
    assert [p.kind for p in solved.problems] == []
    # Given cells run, and nothing that needs work has passed.
    assert untouched.points == 0
    assert "other_variant" not in {p.kind for p in untouched.problems}


def test_kits_of_two_groups_differ_where_they_should(lab: Path, tmp_path: Path) -> None:
    groups, seed = ("gruppe01", "gruppe02"), tmp_path / "neu.toml"
    kits = list(release(lab, tmp_path / "kits", groups=groups, variant=True, seed_file=seed))
    again = list(release(lab, tmp_path / "noch", groups=groups, variant=True, seed_file=seed))
    assert [k.digest for k in kits] == [k.digest for k in again]
    assert kits[0].digest != kits[1].digest
    assert [k.path.name for k in kits] == ["mini-gruppe01.zip", "mini-gruppe02.zip"]
    assert [k.variant for k in kits] == [CohortSeed.load(seed).id(g) for g in groups]
    assert CohortSeed.load(seed).groups == groups


def test_what_the_reference_computes_is_searched_for_once_it_ran(lab: Path, tmp_path: Path) -> None:
    (first,) = release(lab, tmp_path / "kits")
    assert not first.computed and first.path.name == "mini.zip"
    pipeline.build_reference(Bench.open(lab), engine=PocketEngine())
    (second,) = release(lab, tmp_path / "kits")
    assert second.computed and second.digest == first.digest
    # An array of the solution among the data: that is other data, so the reference runs again.
    (lab / "data" / "summe.bin").write_bytes(np.loadtxt(lab / "data" / "werte.txt").tobytes())
    assert not next(release(lab, tmp_path / "kits")).computed
    pipeline.build_reference(Bench.open(lab), engine=PocketEngine())
    with pytest.raises(LabError, match=r"summe\.bin enthält ein erwartetes Feld"):
        list(release(lab, tmp_path / "mehr"))
    assert not (tmp_path / "mehr").exists()


def test_a_slip_in_a_source_stops_the_release(lab: Path, tmp_path: Path) -> None:
    (lab / "data" / "notiz.md").write_text("mittelwert = werte.mean()", encoding="utf-8")
    with pytest.raises(LabError, match=r"notiz\.md enthält eine Zeile der Lösung"):
        list(release(lab, tmp_path / "kits"))
    assert not (tmp_path / "kits").exists()


def test_the_seed_stays_out_of_the_kits(lab: Path, tmp_path: Path) -> None:
    out = tmp_path / "kits"
    with pytest.raises(UsageError, match="Der Anfangswert ist geheim"):
        release(lab, out, groups=["a"], variant=True, seed_file=out / "tief" / "seed.toml")
    assert not out.exists()
