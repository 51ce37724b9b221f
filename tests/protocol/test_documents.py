"""The realistic submission in all formats."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader

from grader.checks import Side
from grader.errors import UsageError
from grader.protocol import (
    Document,
    build_document,
    render_html,
    render_pdf,
    write_docx,
    write_protocol,
)
from grader.protocol.document import DataTable, FigureBlock, Note


@pytest.fixture(scope="module")
def document(group: Side) -> Document:
    return build_document(group)


def test_building_twice_gives_the_same_document(group: Side, document: Document) -> None:
    assert build_document(group) == document


def test_sections_follow_the_lab(document: Document) -> None:
    questions, experiment = document.sections
    assert questions.title == "Kontrollfragen"
    assert [q.number for q in questions.questions] == list(range(1, 12))
    assert [s.title for s in experiment.sections] == ["Grundlagen", "Anwendungen", "Grenzen"]
    tasks = [t.title.split(":")[0] for s in experiment.sections for t in s.sections]
    assert tasks == [f"Aufgabe {n}{x}" for n in "123" for x in "abc"]


def test_missing_parts_are_marked(document: Document) -> None:
    gaps = [b for b in document.blocks if isinstance(b, Note) and b.kind == "gap"]
    texts = [gap.text for gap in gaps]
    assert "Hier fehlt die Antwort auf Frage 6." in texts
    assert "Hier fehlt die Bearbeitung dieser Aufgabe." in texts
    assert [gap.number for gap in gaps] == list(range(1, len(gaps) + 1))
    assert document.gaps == len(gaps) + 1  # the date of the hand-in, on the title page


def test_open_points_name_place_and_gap(document: Document) -> None:
    first, second, *_ = document.open_points
    assert (first.place, first.text, first.number) == (
        "Titelblatt",
        "Es fehlt: Datum der Abgabe (protokoll.toml).",
        0,
    )
    assert (second.place, second.number) == ("Kontrollfragen, Frage 6", 1)
    assert document.open_points[-1].place == "Aufgabe 3c: Farbtabellen"


def test_a_gap_says_what_belongs_there(group: Side) -> None:
    given = {**group.given, "1a-compare": "### Vergleich\n\nStimmt es? Warum?\n\n*Hier antworten.*"}
    made = build_document(replace(group, given=given))
    gaps = [b for b in made.blocks if isinstance(b, Note) and b.belongs.startswith("Vergleich")]
    assert [gap.belongs for gap in gaps] == ["Vergleich: Stimmt es? Warum?"]


def test_problems_stand_at_their_place(document: Document) -> None:
    notes = [b.text for b in document.blocks if isinstance(b, Note) and b.kind == "problem"]
    assert notes == [
        "Die Zelle endet mit einem Fehler: ValueError: could not convert string to float: "
        "'zu groß'",
        "Die Ausführung dieser Zelle wurde wegen Zeitüberschreitung abgebrochen.",
    ]


def test_curves_are_vectors_and_images_are_pixels(document: Document) -> None:
    figures = [b for b in document.blocks if isinstance(b, FigureBlock)]
    assert [f.number for f in figures] == [1, 2, 3]
    assert [[p.name for p in f.pictures] for f in figures] == [
        ["abb001-1.svg"],
        [f"abb002-{n}.png" for n in (1, 2, 3, 4)],
        ["abb003-1.svg", "abb003-2.svg"],
    ]
    assert [f.columns for f in figures] == [1, 2, 2]
    assert figures[0].pictures[0].alt == (
        "„Ausgabe des kleinen Netzes“: Kurve „Netz“: bleibt bei 0 bis x = −0,102, steigt auf 9,39 "
        "bei x = 1,73, fällt auf 0 bei x = 2,96, bleibt bei 0 bis x = 5. Achsen: x: Eingabe $x$, "
        "y: Ausgabe $y$."
    )


def test_a_displayed_frame_is_a_table(document: Document) -> None:
    training, table = (b for b in document.blocks if isinstance(b, DataTable))
    assert training.header[0] == "Epoche"
    assert table.header == ("", "Unnamed: 0", "Unnamed: 1", "Unnamed: 4")
    assert table.rows[2] == ("2", "CA", "Calcium i.S.", "2,43")
    assert (table.number, table.caption) == (2, "Datenbereinigung: Tabelle „data“")
    assert table.numeric == (True, False, False, True)


def test_pdf_reads_as_german_protocol(document: Document) -> None:
    data = render_pdf(document)
    reader = PdfReader(io.BytesIO(data))
    text = " ".join("\n".join(page.extract_text() for page in reader.pages).split())
    assert b"pdfuaid:part" in reader.trailer["/Root"]["/Metadata"].get_data()
    assert reader.trailer["/Root"]["/Lang"] == "de-DE"
    for expected in (
        "Inhalt",
        "Seite 3 von",
        "Abbildung 1: ",
        "Tabelle 2: ",
        "2.1.1",
        "Hier fehlt die Angabe.",
        "Offene Punkte",
    ):
        assert expected in text
    assert data == render_pdf(document)


def test_html_is_one_file_without_script(document: Document) -> None:
    page = render_html(document)
    assert page.count("<math") >= 8
    assert "<script" not in page
    assert "default-src 'none'" in page
    assert 'src="http' not in page and "url(" not in page
    assert page.count('src="data:image/png;base64,') == 4
    assert page.count('src="data:image/svg+xml;base64,') == 3
    assert "prefers-color-scheme: dark" in page


def test_docx_holds_formulas_and_pictures(document: Document, tmp_path: Path) -> None:
    write_docx(document, tmp_path / "p.docx")
    with zipfile.ZipFile(tmp_path / "p.docx") as archive:
        body = archive.read("word/document.xml").decode()
        media = [n for n in archive.namelist() if n.startswith("word/media/")]
    assert body.count("<m:oMath") >= 8
    assert len(media) == 6  # two of seven look the same
    assert 'w:w="11906"' in body and "data:image" not in body


@pytest.mark.parametrize("name", ["protokoll.pdf", "protokoll.html", "protokoll.docx"])
def test_the_ending_decides(group: Side, tmp_path: Path, name: str) -> None:
    write_protocol(group, tmp_path / name)
    starts = {".pdf": b"%PDF-", ".html": b"<!DOCTYPE html>", ".docx": b"PK"}
    assert (tmp_path / name).read_bytes().startswith(starts[Path(name).suffix])


def test_other_endings_and_folders_are_refused(group: Side, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"endet auf \.pdf"):
        write_protocol(group, tmp_path / "protokoll.odt")
    with pytest.raises(UsageError, match="gibt es nicht"):
        write_protocol(group, tmp_path / "fehlt" / "protokoll.pdf")
