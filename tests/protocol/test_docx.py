"""Word documents that one can go on with: read back with python-docx."""

from __future__ import annotations

from pathlib import Path

import docx
import pytest

from grader.checks import Side
from grader.protocol import build_document, load_theme, write_docx
from tests.checks.build import reference_lab
from tests.protocol.grades import graded


@pytest.fixture(scope="module")
def reviewed(group: Side, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("docx") / "p.docx"
    write_docx(build_document(group, graded(reference_lab()), review=True), path)
    return path


def test_headings_and_captions_are_real(reviewed: Path) -> None:
    made = docx.Document(str(reviewed))
    styles = {p.text: p.style.name for p in made.paragraphs if p.style is not None}
    assert styles["Kontrollfragen"] == "Heading 1"
    assert styles["Aufgabe 1a: Ein kleines Netz"] == "Heading 3"
    assert styles["Frage 1"] == "Heading Plain 2"
    assert styles["Offene Punkte"] == "Heading Plain 1"
    captions = [p for p in made.paragraphs if p.style is not None and p.style.name == "Caption"]
    assert len(captions) == 5
    fields = [f for p in captions for f in p._p.xpath(".//w:fldSimple/@w:instr")]
    assert {f.split()[1] for f in fields} == {"Abbildung", "Tabelle"}
    assert all(f.split()[0] == "SEQ" for f in fields)


def test_word_counts_the_headings(reviewed: Path) -> None:
    made = docx.Document(str(reviewed))
    numbers = {
        name: made.styles[name].element.xpath("./w:pPr/w:numPr/w:numId/@w:val")
        for name in ("Heading 1", "Heading 3", "Heading Plain 2")
    }
    assert numbers["Heading 1"] == numbers["Heading 3"] != ["0"]
    assert numbers["Heading Plain 2"] == ["0"]
    base = made.styles["Heading Plain 2"].base_style
    assert base is not None and base.name == "Heading 2"
    texts = made.part.numbering_part.element.xpath(
        f"//w:abstractNum[@w:abstractNumId={numbers['Heading 1'][0]}]//w:lvlText/@w:val"
    )
    assert texts == ["%1", "%1.%2", "%1.%2.%3"]


def test_the_contents_are_no_chapter_and_no_list_is_out_of_reach(reviewed: Path) -> None:
    """LibreOffice counted every paragraph where a list's number needed more than 16 bits."""
    made = docx.Document(str(reviewed))
    ids = [s.style_id for s in made.styles]
    assert len(ids) == len(set(ids))
    contents = next(p for p in made.paragraphs if p.text == "Inhalt")
    assert contents.style is not None and contents.style.name == "TOC Heading"
    assert contents.style.element.xpath("./w:pPr/w:numPr/w:numId/@w:val") == ["0"]
    numbers = made.part.numbering_part.element.xpath("//w:num/@w:numId")
    assert numbers and all(int(n) < 2**15 for n in numbers)
    assert len(made.part.numbering_part.element.xpath("//w:abstractNum[@w:abstractNumId=901]")) == 1


def test_references_point_to_captions(reviewed: Path) -> None:
    body = docx.Document(str(reviewed)).element
    marks = set(body.xpath("//w:bookmarkStart/@w:name"))
    fields = [f.split()[1] for f in body.xpath("//w:fldSimple/@w:instr") if "REF" in f.split()]
    assert fields and set(fields) <= marks
    contents = "".join(body.xpath("//w:instrText/text()"))
    assert "TOC" in contents and "Abbildung" in contents and "Tabelle" in contents


def test_pictures_have_words_and_formulas_are_formulas(reviewed: Path) -> None:
    made = docx.Document(str(reviewed))
    words = [shape._inline.docPr.get("descr", "") for shape in made.inline_shapes]
    assert len(words) == 7 and all(words)
    assert any("steigt auf 9,39" in text for text in words)
    assert len(made.element.xpath("//m:oMath")) >= 8


def test_the_review_is_word_s_comments(reviewed: Path) -> None:
    comments = list(docx.Document(str(reviewed)).comments)
    assert len(comments) == 11 + 9
    assert all(comment.author == "Betreuung" for comment in comments)
    assert len({comment.comment_id for comment in comments}) == len(comments)
    assert "Bemerkung zu q1: *kein* #markup <b>hier</b>." in comments[0].text


def test_properties_and_bytes(group: Side, tmp_path: Path) -> None:
    document, theme = build_document(group), load_theme("klinik")
    for name in ("a", "b"):
        write_docx(document, tmp_path / f"{name}.docx", theme)
    assert (tmp_path / "a.docx").read_bytes() == (tmp_path / "b.docx").read_bytes()
    made = docx.Document(str(tmp_path / "a.docx"))
    assert made.core_properties.title == "Deep Learning in der Biomedizintechnik"
    assert made.core_properties.author == "Ada Beispiel, Ben Muster"
    assert str(made.styles["Heading 1"].font.color.rgb) == "0A4F46"
    assert made.inline_shapes[0]._inline.docPr.get("descr", "").startswith("Logo")
