"""The last look, the .zip that is handed in, and the receipt."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from grader import pipeline
from grader.errors import UsageError
from grader.exchange.handin import MANIFEST, examine_handin, receipt_code, same_code
from grader.handin import HandedIn
from grader.lab import Lab
from tests.pocket import PocketEngine
from tests.selfcheck.kit import MINI, change


def submit(work: Path, **options: object) -> HandedIn:
    options.setdefault("run", False)
    return pipeline.submit(work, work.parent / "abgabe.zip", **options)  # type: ignore[arg-type]


def said(handed: HandedIn) -> list[str]:
    return [f.text for f in handed.findings]


def test_finished_work_is_packed_with_nothing_to_say(work: Path) -> None:
    handed = submit(work)
    assert said(handed) == []
    manifest = handed.examined.manifest
    names = ["kontrollfragen.md", "protokoll.toml", "uebung.ipynb"]
    assert [f.name for f in manifest.files] == names
    assert manifest.lab == "mini" and manifest.ran is False
    assert {"grader", "python", "numpy"} <= set(manifest.versions)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", manifest.created)
    found = examine_handin(handed.path)
    assert found == handed.examined and found.faults == ()


def test_the_zip_is_graded_like_the_folder(work: Path, tmp_path: Path) -> None:
    handed = submit(work)
    engine = PocketEngine()
    # Grading leaves the reference's evidence beside the lab.
    lab = Path(shutil.copytree(MINI, tmp_path / "lab"))
    graded = {
        name: pipeline.grade_cohort(path, lab, tmp_path / name, engine=engine, protocol=False)
        for name, path in {"zip": handed.path, "folder": work}.items()
    }
    by_zip, by_folder = (graded[n].grades["abgabe"] for n in ("zip", "folder"))
    assert by_zip.problems == by_folder.problems == ()
    assert by_zip.tasks == by_folder.tasks and by_zip.points >= 8


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda w: (w / "uebung.ipynb").unlink(), "uebung fehlt in der Abgabe."),
        (lambda w: (w / "kontrollfragen.md").unlink(), "kontrollfragen.md) fehlen."),
        (lambda w: (w / "kontrollfragen.md").write_text("## 1.\n\n"), "Frage 1 ist leer."),
        (lambda w: (w / "protokoll.toml").unlink(), "niemand eingetragen"),
        (
            lambda w: (w / "protokoll.toml").write_text('[protokoll]\nteilnehmer = ["Erika"]'),
            "„Erika“ ist kein voller Name",
        ),
        (lambda w: (w / "protokoll.toml").write_text("[protokoll"), "protokoll.toml ist nicht"),
        (
            lambda w: [change(w, s, execution_count=None) for s in ("u-setup", "a-mean", "b-sum")],
            "ohne Ausgaben gespeichert",
        ),
        (lambda w: change(w, "b-sum", execution_count=None), "Zelle 7 fehlt die Ausgabe"),
        (lambda w: change(w, "b-sum", execution_count=1), "nicht der Reihe nach"),
        (
            lambda w: change(w, "a-mean", source="mittelwert = None  # Ihr Code"),
            "Aufgabe 1a: »Aufgabe 1a: Mittelwert«: noch nicht bearbeitet.",
        ),
        (
            lambda w: (w / "uebung.ipynb").write_text('{"cells": [', encoding="utf-8"),
            "die Datei ist abgeschnitten",
        ),
    ],
)
def test_what_is_missing_is_said_and_the_zip_is_written_all_the_same(
    work: Path, spoil: Callable[[Path], object], expected: str
) -> None:
    spoil(work)
    handed = submit(work)
    assert [text for text in said(handed) if expected in text], said(handed)
    assert examine_handin(handed.path).manifest.open == len(handed.findings)


def test_a_broken_notebook_is_packed_too(work: Path) -> None:
    (work / "uebung.ipynb").write_text('{"cells": [', encoding="utf-8")
    assert "uebung.ipynb" in zipfile.ZipFile(submit(work).path).namelist()


def test_what_does_not_belong_stays_out_and_pictures_go_in(work: Path) -> None:
    checkpoints = work / ".ipynb_checkpoints"
    checkpoints.mkdir()
    shutil.copy(work / "uebung.ipynb", checkpoints / "uebung-checkpoint.ipynb")
    shutil.copy(work / "uebung.ipynb", work / "uebung-Copy1.ipynb")
    (work / "Untitled.ipynb").write_text('{"cells": [], "nbformat": 4}', encoding="utf-8")
    (work / "bild ä.png").write_bytes(b"\x89PNG")
    (work / "link.png").symlink_to("/etc/hostname")
    (work / "alt.zip").write_bytes(b"PK")
    handed = submit(work)
    names = zipfile.ZipFile(handed.path).namelist()
    assert sorted(names) == sorted(
        [MANIFEST, "bild ä.png", "kontrollfragen.md", "protokoll.toml", "uebung.ipynb"]
    )
    assert any("uebung-Copy1.ipynb ist ein weiteres" in text for text in said(handed))
    assert any("Untitled.ipynb gehört zu keinem" in text for text in said(handed))


def test_names_are_the_same_from_every_system(work: Path) -> None:
    (work / "bild a\u0308.png").write_bytes(b"x")
    assert "bild \u00e4.png" in zipfile.ZipFile(submit(work).path).namelist()


def test_a_receipt_fits_one_zip_only(work: Path) -> None:
    first = submit(work)
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", first.examined.code)
    change(work, "a-mean", source="mittelwert = 3")
    second = submit(work)
    assert not same_code(first.examined.code, second.examined.code)
    assert same_code(first.examined.code, first.examined.code.lower().replace("-", " "))
    assert same_code("0O1I-LLLL", "0011 1111") and not same_code("", "0")
    assert receipt_code(b"a") == receipt_code(b"a") != receipt_code(b"b")


def repack(path: Path, edit: Callable[[dict[str, bytes]], object]) -> None:
    with zipfile.ZipFile(path) as archive:
        files = {n: archive.read(n) for n in archive.namelist()}
    edit(files)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)


@pytest.mark.parametrize(
    ("edit", "fault"),
    [
        (lambda f: f.update({"uebung.ipynb": b"{}"}), "uebung.ipynb wurde verändert."),
        (lambda f: f.pop("kontrollfragen.md"), "kontrollfragen.md fehlt."),
        (lambda f: f.update({"mehr.ipynb": b"{}"}), "mehr.ipynb steht nicht im Verzeichnis"),
    ],
)
def test_a_changed_zip_is_found_out(
    work: Path, edit: Callable[[dict[str, bytes]], object], fault: str
) -> None:
    path = submit(work).path
    repack(path, edit)
    (found,) = examine_handin(path).faults
    assert fault in found


def test_a_new_manifest_has_a_new_receipt(work: Path) -> None:
    handed = submit(work)

    def earlier(files: dict[str, bytes]) -> None:
        tree = json.loads(files[MANIFEST])
        files[MANIFEST] = json.dumps({**tree, "created": "2020-01-01T00:00:00Z"}).encode()

    repack(handed.path, earlier)
    found = examine_handin(handed.path)
    assert found.faults == () and not same_code(found.code, handed.examined.code)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "kein lesbares .zip"),
        (b"PK\x03\x04 kaputt", "kein lesbares .zip"),
        (None, "gibt es nicht"),
        ({"a.txt": b"x"}, "nicht mit »grader submit« entstanden"),
        ({MANIFEST: b"{"}, "manifest.json ist nicht lesbar"),
        ({MANIFEST: b'{"lab": 1}'}, "manifest.json ist nicht lesbar"),
    ],
)
def test_what_is_no_hand_in_is_named(tmp_path: Path, content: object, sentence: str) -> None:
    path = tmp_path / "abgabe.zip"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif isinstance(content, dict):
        with zipfile.ZipFile(path, "w") as archive:
            for name, held in content.items():
                archive.writestr(name, held)
    with pytest.raises(UsageError, match=re.escape(sentence)):
        examine_handin(path)


def test_wrong_use(work: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"endet auf \.zip"):
        pipeline.submit(work, tmp_path / "abgabe.tar", run=False)
    with pytest.raises(UsageError, match="ist kein Ordner"):
        pipeline.submit(work / "uebung.ipynb", tmp_path / "a.zip", run=False)
    (tmp_path / "leer").mkdir()
    with pytest.raises(UsageError, match="liegt kein Notebook"):
        pipeline.submit(tmp_path / "leer", tmp_path / "a.zip", work, run=False)
    (tmp_path / "a.zip").mkdir()
    with pytest.raises(UsageError, match="lässt sich nicht schreiben"):
        pipeline.submit(work, tmp_path / "a.zip", run=False)


def test_the_lab_of_the_hand_in_is_the_one_described(work: Path) -> None:
    assert submit(work).examined.manifest.lab == Lab.load(MINI).id
