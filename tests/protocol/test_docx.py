"""Word documents that one can go on with: read back with python-docx."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import docx
import pytest
from PIL import Image

from grader.checks import Side
from grader.protocol import build_document, load_theme, write_docx
from grader.protocol.document import (
    DataTable,
    Document,
    FigureBlock,
    Picture,
    Prose,
    Section,
    TitlePage,
)
from tests.checks.build import reference_lab
from tests.protocol.grades import graded

M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
TITLE = TitlePage("Uni", "Fakultät", "Institut", "Kurs", "Versuch", "Gruppe 1", "", (), "")


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


def test_contents_stand_there_before_word_counts_pages(reviewed: Path) -> None:
    made = docx.Document(str(reviewed))
    lines = [p.text for p in made.paragraphs if p._p.xpath("./w:pPr/w:pStyle[@w:val='TOC3']")]
    assert lines[0] == "2.1.1 Aufgabe 1a: Ein kleines Netz"
    figures = [p.text for p in made.paragraphs if p._p.xpath("./w:pPr/w:pStyle[@w:val='TOC1']")]
    assert any(text.startswith("Abbildung 1: ") for text in figures)
    kinds = made.element.xpath("//w:fldChar/@w:fldCharType")
    assert kinds.count("begin") == kinds.count("separate") == kinds.count("end") == 3


def test_code_and_output_look_different(reviewed: Path) -> None:
    made = docx.Document(str(reviewed))
    used = {p.style.style_id for p in made.paragraphs if p.style is not None}
    assert {"SourceCode", "Output"} <= used
    for name in ("SourceCode", "Output", "TOC1", "TOC2", "TOC3"):
        assert len(made.styles.element.xpath(f"./w:style[@w:styleId='{name}']")) == 1
    output = next(p for p in made.paragraphs if p.style is not None and p.style.name == "Output")
    assert output._p.xpath(".//w:t")


def test_pictures_of_one_figure_stand_beside_each_other(tmp_path: Path) -> None:
    raw = io.BytesIO()
    Image.new("L", (40, 40)).save(raw, "PNG")
    picture = Picture("a.png", raw.getvalue(), 78.0, 78.0, "Alternativtext")
    pictures = (picture, replace(picture, label="zweites")) * 2
    section = Section("Bilder", (FigureBlock(1, "Vier", pictures, 2),))
    write_docx(Document(TITLE, (section,)), tmp_path / "p.docx")
    made = docx.Document(str(tmp_path / "p.docx"))
    table = made.tables[-1]
    assert (len(table.rows), len(table.columns)) == (2, 2)
    assert all(len(cell._tc.xpath(".//w:drawing")) == 1 for r in table.rows for cell in r.cells)
    assert [cell.text.strip() for cell in table.rows[1].cells] == ["", "zweites"]


def test_columns_are_as_wide_as_their_cells(tmp_path: Path) -> None:
    wide = DataTable(
        ("kurz", "ein langer Kopf"), (("1", "x" * 30), ("2", "y")), (True, False), number=1
    )
    write_docx(Document(TITLE, (Section("Tabelle", (wide,)),)), tmp_path / "p.docx")
    table = docx.Document(str(tmp_path / "p.docx")).tables[-1]
    short, long = (int(w) for w in table._tbl.xpath("./w:tblGrid/w:gridCol/@w:w"))
    assert 3 * short < long


@pytest.mark.parametrize(
    ("tex", "pairs"),
    [
        (r"\sigma(z)_i = f(g(x))", ["()", "()", "()"]),
        (r"[0, 1)", []),
        (r"(a]", []),
        (r")x(", []),
        (r"\frac{1}{(1+x)^2}", ["()"]),
        (r"x_{[1]}", ["[]"]),
    ],
)
def test_brackets_of_formulas_belong_together(tmp_path: Path, tex: str, pairs: list[str]) -> None:
    section = Section("Formel", (Prose(f"Es gilt ${tex}$."),))
    write_docx(Document(TITLE, (section,)), tmp_path / "p.docx")
    formula = docx.Document(str(tmp_path / "p.docx")).element.xpath("//m:oMath")[0]
    looks = formula.findall(f".//{M}dPr")
    signs = ["".join(str(sign.get(f"{M}val")) for sign in look) for look in looks]
    assert sorted(signs) == sorted(pairs)
    # An index hangs on the whole bracket, not on its end.
    bases = formula.findall(f".//{M}sSub/{M}e") + formula.findall(f".//{M}sSup/{M}e")
    assert all("".join(base.itertext()) not in (")", "]") for base in bases)
