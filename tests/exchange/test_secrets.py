"""Nothing of the solution is in a kit, and whatever is put there is found."""

from __future__ import annotations

import base64
import getpass
import io
import json
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from grader.engine.choose import DefaultEngine
from grader.errors import UsageError
from grader.exchange.kit import kit_archive, kit_files, lab_notebooks
from grader.exchange.secrets import Leak, Secrets, find_leaks, secrets_of
from grader.exchange.source import to_bytes
from grader.grading import Bench
from grader.lab import Lab
from grader.model import (
    ArrayInfo,
    Axes,
    Call,
    CellRun,
    Evidence,
    Figure,
    Image,
    Layer,
    Line,
    ModelInfo,
    NotebookEvidence,
    Output,
    Value,
)
from grader.pipeline import build_reference
from grader.release import recorded_evidence

ROOT = Path(__file__).parents[2]
RESULT = np.array([[0.0], [6.25], [7.125]], dtype=np.float32)
CURVE = np.linspace(0.125, 3.875, 50)
WEIGHTS = np.array([[2.5, 1.25, -5.75]], dtype=np.float32)
HEATMAP = np.outer(np.arange(200.0), np.arange(100.0))
GIVEN = np.arange(40.0) ** 2


@cache
def reference() -> Lab:
    return Lab.load(ROOT / "reference")


@cache
def kit() -> dict[str, bytes]:
    """The lab's kit; of the large data files only those that a test reads."""
    large = ("data/mnist.npz", "data/mrt_tuil/", "data/mrt_blank/", "data/mrt.h", "data/oct.h")
    return {n: raw for n, raw in kit_files(reference()).items() if not n.startswith(large)}


@cache
def secrets() -> Secrets:
    return secrets_of(reference(), recorded())


def info(array: np.ndarray, blobs: dict[str, np.ndarray]) -> ArrayInfo:
    name = f"b{len(blobs)}"
    blobs[name] = array
    return ArrayInfo(array.shape, array.dtype.str, name, name)


@cache
def recorded() -> Evidence:
    """A run of the reference as an engine records it, with one value of every kind."""
    cells = {
        c.id: c.source
        for versions in lab_notebooks(reference()).values()
        for c in versions.solution.cells
    }
    blobs: dict[str, np.ndarray] = {}
    layer = Layer("Dense", weights=(info(WEIGHTS, blobs),))
    held = {
        "model": Value("model", model=ModelInfo((layer,))),
        "x_train": Value("array", array=info(GIVEN, blobs)),
        "einsen": Value("array", array=info(np.ones(100), blobs)),
        "weight_list": Value("sequence", items=(Value("array", array=info(WEIGHTS * 2, blobs)),)),
    }
    figure = Figure(
        (
            Axes(
                lines=(Line(info(np.arange(50.0), blobs), info(CURVE, blobs)),),
                images=(Image(info(HEATMAP, blobs)),),
            ),
        )
    )
    predict = Call("predict", result=Value("array", array=info(RESULT, blobs)))
    runs = (
        CellRun(0, cells["1a-weights"], "ok", variables=held),
        CellRun(
            1,
            cells["1a-predict"],
            "ok",
            outputs=(Output("stream", "Summe der Werte: 13.375\n7\n", "stdout"),),
            calls=(predict,),
        ),
        CellRun(2, cells["1b-curve"], "ok", figures=(figure,)),
    )
    return Evidence({"notebook1": NotebookEvidence("notebook1", runs, (), {}, blobs)}, {})


def search(files: dict[str, bytes]) -> list[Leak]:
    return find_leaks(kit_archive(files, "dl-bmt"), secrets())


# ------------------------------------------------------------------ what is handed out


def test_the_kit_holds_no_secret() -> None:
    assert len(secrets().passages) > 3000
    assert len(secrets().shingles) > 2000
    assert len([n for n, kind in secrets().names.items() if kind == "name"]) > 10
    assert len([n for n, kind in secrets().names.items() if kind == "number"]) > 10
    assert len(secrets().arrays) >= 5
    assert search(kit()) == []


def test_every_part_of_the_solution_is_looked_for() -> None:
    kinds = {*secrets().passages.values(), *secrets().names.values()}
    assert kinds >= {"solution", "answer", "rubric", "check", "name", "number", "output", "path"}
    # Each cell that has a solution is known by something.
    for versions in lab_notebooks(reference()).values():
        for student, solved in zip(versions.student.cells, versions.solution.cells, strict=True):
            if student.source != solved.source:
                files = {"x.ipynb": notebook_with(solved.source, solved.cell_type)}
                assert search(files), solved.id
    hidden = [c.id for c in reference().checks.values() if not c.public]
    assert {n for n, kind in secrets().names.items() if kind == "check"} == set(hidden)


def notebook_with(source: str, kind: str = "code") -> bytes:
    cell = {"cell_type": kind, "id": "a", "metadata": {}, "source": source.splitlines(True)}
    if kind == "code":
        cell |= {"outputs": [], "execution_count": None}
    return json.dumps(
        {"cells": [cell], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}
    ).encode()


# ------------------------------------------------------------------ what is put there is found


def npy(array: np.ndarray) -> bytes:
    target = io.BytesIO()
    np.save(target, array)
    return target.getvalue()


def npz(**arrays: np.ndarray) -> bytes:
    target = io.BytesIO()
    np.savez_compressed(target, **arrays)
    return target.getvalue()


def in_zip(name: str, raw: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, raw)
    return target.getvalue()


def in_notebook(change: Callable[[dict], None]) -> bytes:
    content = json.loads(kit()["abgabe/notebook1.ipynb"])
    change(content)
    return json.dumps(content).encode()


def added(source: str, kind: str = "markdown") -> bytes:
    cell = {"cell_type": kind, "id": "zz", "metadata": {}, "source": source}
    return in_notebook(lambda n: n["cells"].append(cell))


ANSWER = (ROOT / "reference/kontrollfragen.md").read_text("utf-8").splitlines()
SENTENCE = next(s for s in ANSWER if len(s) > 60 and not s.startswith("#"))
RUBRIC = (ROOT / "reference/rubrics/3c.watermark.toml").read_text("utf-8")
LINE = "weight_list = [\n    np.array([[w01]]),  # Eingang -> N1"
REFLOWED = "schon auf den\nTrainingsbildern selbst; auch nach weiteren\nEpochen holt es das nicht"
DENSE = 'model.add(tf.keras.layers.Dense(2, activation="relu"))'
DIAGNOSIS = (
    "- Bild 2: DME. Rechts neben der Fovea ist die Netzhaut stark verdickt und enthält dunkle, "
    "rundliche Zysten."
)
OUTPUT = {"output_type": "stream", "name": "stdout", "text": "x"}
REPAIRS = ((b"Feb 43", b"2.43"), (b"05. Jul", b"5.07"), (b"Apr 28", b"4.28"))


def repaired() -> bytes:
    table = kit()["data/datenblatt.csv"]
    for damaged, value in REPAIRS:
        table = table.replace(damaged, value)
    return table


def in_base64(raw: bytes) -> str:
    return base64.b64encode(b"\0" * 99 + raw + b"\0" * 99).decode()


def in_pdf(text: bytes) -> bytes:
    return b"%PDF-1.7\nstream\n" + zlib.compress(text) + b"\nendstream"


HOME = "/" + "home"  # in pieces: no path of a machine stands in this project
FIRST, SECOND, THIRD = (f"abgabe/notebook{n}.ipynb" for n in (1, 2, 3))
README = "LIESMICH.md"
PLANTED: dict[str, tuple[str, str, bytes]] = {
    "solution line": ("solution", FIRST, added(LINE)),
    "solution line reflowed": ("phrase", README, REFLOWED.encode()),
    "solution name": ("name", THIRD, added("volumen1 = 0", "code")),
    "typed number": ("number", SECOND, added("data.loc[2] = 5.07", "code")),
    "repaired table": ("number", "data/datenblatt.csv", repaired()),
    "in metadata": ("solution", FIRST, in_notebook(lambda n: n["metadata"].update(x=DENSE))),
    "umlauts escaped": ("solution", SECOND, added(DIAGNOSIS)),
    "answer": ("answer", "abgabe/kontrollfragen.md", SENTENCE.encode()),
    "rubric line": ("rubric", "notizen.txt", RUBRIC.splitlines()[5].encode()),
    "rubric phrase": ("rubric", README, b"Es geht um: kluger|clever hans*"),
    "check id": ("check", README, "Geprüft wird 1c.no_leak.".encode()),
    "check code": ("check", "data/x.py", b"  if _equivalent(ctx, found, mine, right, wrong):\n"),
    "printed": ("output", "abgabe/kontrollfragen.md", b"Summe der Werte:   13.375"),
    "result .npy": ("array", "data/loesung.npy", npy(RESULT)),
    "result double": ("array", "data/loesung.npy", npy(RESULT.astype(np.float64))),
    "result in .npz": ("array", "data/mehr.npz", npz(a=np.arange(9), b=RESULT)),
    "weights": ("array", "data/netz.h5", b"\x89HDF\r\n" + WEIGHTS.tobytes() + b"rest"),
    "listed weights": ("array", "data/netz.h5", (WEIGHTS * 2).tobytes()),
    "curve": ("array", "data/kurve.bin", b"abc" + CURVE.tobytes()),
    "large picture": ("array", "data/karte.npz", npz(karte=HEATMAP)),
    "in an archive's archive": ("array", "data/x.zip", in_zip("y.npz", npz(a=RESULT))),
    "in base64": ("array", FIRST, added(in_base64(WEIGHTS.tobytes()))),
    "text in a PDF": ("rubric", "data/p.pdf", in_pdf(b"(kluger|clever hans*)")),
    "text in a binary": ("answer", "data/netz.h5", b"\0\xff\0" + SENTENCE.encode() + b"\0"),
    "stored output": (
        "stored_output",
        FIRST,
        in_notebook(lambda n: n["cells"][2].update(outputs=[OUTPUT])),
    ),
    "author's folder": ("path", FIRST, added(f"siehe {HOME}/mmuster/lab")),
    "windows path": ("path", "data/x.py", rb"C:\Users\mmuster\lab"),
    "this machine": ("path", "data/x.md", str(ROOT / "reference").encode()),
    "file name": ("name", "data/volumen1", b""),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_secret_is_found(name: str) -> None:
    kind, path, raw = PLANTED[name]
    texts = {n: held for n, held in kit().items() if not n.endswith((".npz", ".pdf", ".png"))}
    found = search({**texts, path: raw})
    assert kind in {leak.kind for leak in found}, found
    # Where it was put, and nowhere else.
    assert all(path in leak.member or leak.member == "(Namen)" for leak in found)


def test_the_solution_s_notebooks_are_full_of_it() -> None:
    solved = {
        f"abgabe/{name}.ipynb": to_bytes(v.solution)
        for name, v in lab_notebooks(reference()).items()
    }
    for name in solved:
        found = [leak for leak in search({**kit(), **solved}) if name in leak.member]
        assert len(found) > 20, name


def test_who_made_it_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "mmusterfrau")
    own = secrets_of(reference())
    files = {"data/x.csv": b"a,mmusterfrau\n"}
    leaks = find_leaks(kit_archive(files, "kit"), own)
    assert [(leak.kind, leak.what) for leak in leaks] == [("path", "mmusterfrau")]
    monkeypatch.setattr(getpass, "getuser", lambda: "root")
    assert "root" not in secrets_of(reference()).names


def test_what_is_given_is_no_secret() -> None:
    assert search({"data/x.npy": npy(GIVEN), "data/eins.npy": npy(np.ones(100))}) == []
    data = next(v for v in (kit()["data/data_ekg.csv"],))
    assert search({"data/data_ekg.csv": data}) == []


def test_no_archive(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"kein \.zip"):
        find_leaks(b"PK nichts", secrets())


# ------------------------------------------------------------------ with the real reference


@pytest.mark.kernel
def test_nothing_that_the_reference_computes_is_in_the_kit() -> None:
    bench = Bench.open(ROOT / "reference")
    engine = DefaultEngine()
    try:
        build_reference(bench, engine=engine)
    finally:
        engine.close()
    evidence = recorded_evidence(bench)
    assert evidence is not None
    own = secrets_of(bench.lab, evidence)
    assert len(own.arrays) > 20
    archive = kit_archive(kit_files(bench.lab), "dl-bmt")
    assert find_leaks(archive, own) == []
    # The search sees each of them.
    for raw, what in own.arrays.items():
        planted = kit_archive({"data/x.bin": b"abc" + raw}, "dl-bmt")
        assert what in {leak.what for leak in find_leaks(planted, replace(own, passages={}))}
