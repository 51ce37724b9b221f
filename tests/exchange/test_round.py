"""From Moodle's download to what Moodle takes back: every step, on the tiny lab."""

from __future__ import annotations

import re
import shutil
import zipfile
from pathlib import Path

from grader import pipeline
from grader.exchange.book import note_import, open_book, read_results_of, with_book
from grader.exchange.feedback import write_feedback
from grader.exchange.grades import fill_in
from grader.exchange.importing import import_downloads
from grader.exchange.parcels import parcels_for
from grader.exchange.pseudonyms import pseudonymise
from grader.exchange.roster import Roster
from grader.exchange.worksheet import read_worksheet
from grader.gradebook import Gradebook
from grader.lab import Lab
from tests.exchange.moodle import download, packed, worksheet
from tests.pocket import MINILAB, SETUP, PocketEngine, notebook


def sheet(total: str = "sum(werte)") -> str:
    return notebook(
        u_setup=SETUP, a_mean="mittelwert = sum(werte) / len(werte)", b_sum=f"summe = {total}"
    )


def test_from_download_to_upload(tmp_path: Path) -> None:
    shutil.copytree(MINILAB, tmp_path / "lab")
    lab = Lab.load(tmp_path / "lab")
    answers = "<h3>1.</h3><p>Summe durch Anzahl</p>"
    path = download(
        tmp_path / "kurs.zip",
        {
            "Gruppe 1_11_assignsubmission_file_/uebung.ipynb": sheet(),
            "Gruppe 1_11_assignsubmission_onlinetext_/onlinetext.html": answers,
            "Gruppe 2_12_assignsubmission_file_/alles.zip": packed({"uebung.ipynb": sheet("1/0")}),
        },
    )
    table = tmp_path / "Bewertungen.csv"
    table.write_text(worksheet(best=f"{lab.max_points:.2f}".replace(".", ",")), "utf-8")
    read, out, abgaben = read_worksheet(table), tmp_path / "results", tmp_path / "abgaben"
    taken = import_downloads([path], abgaben, worksheet=read, questions=len(lab.questions)).taken
    out.mkdir()
    with Gradebook(out / "gradebook.sqlite") as book:
        note_import(book, lab, abgaben, taken)
    pipeline.grade_cohort(abgaben, tmp_path / "lab", out, engine=PocketEngine())
    with open_book(out / "gradebook.sqlite") as book:
        results = read_results_of(book, lab)
    roster = with_book(Roster.read(abgaben), results)
    exported = fill_in(read, results.grades, roster, totals=results.totals, open_too=True)
    points = {g.row.id: g.points for g in exported.given}
    assert points["1000001"] == points["1000002"] == results.totals["Gruppe 1_11"].points
    assert points["1000003"] == points["1000004"] == results.totals["Gruppe 2_12"].points
    assert points["1000001"] > points["1000003"]  # type: ignore[operator]
    assert results.people["Gruppe 1_11"] == ("Änne Übermut", "Max Müller")
    parcels, lacking = parcels_for(exported.given, out)
    assert lacking == []
    (feedback,) = write_feedback(parcels, tmp_path / "feedback.zip")
    with zipfile.ZipFile(feedback) as archive:
        assert archive.testzip() is None
        inside = {re.sub(r"^.*_(\d+)_.*/", r"\1 ", n) for n in archive.namelist()}
        pdf = archive.read(next(n for n in archive.namelist() if n.endswith(".pdf")))
    assert inside == {f"100000{n} {f}" for n in "1234" for f in ("feedback.html", "protokoll.pdf")}
    assert pdf.startswith(b"%PDF")


def test_a_pseudonymised_cohort_gets_the_same_points(tmp_path: Path) -> None:
    shutil.copytree(MINILAB, tmp_path / "lab")
    named = f"name = 'Änne Übermut'  # von Änne\n{SETUP}"
    for number, total in enumerate(("sum(werte)", "1 / 0")):
        folder = tmp_path / "abgaben" / f"Person{number}_{number}"
        folder.mkdir(parents=True)
        text = notebook(u_setup=named, a_mean="mittelwert = sum(werte) / len(werte)", b_sum=total)
        (folder / "uebung.ipynb").write_text(text, "utf-8")
        (folder / "protokoll.toml").write_text(
            '[protokoll]\nteilnehmer = ["Änne Übermut"]\n', "utf-8"
        )
    pseudonymise(tmp_path / "abgaben", tmp_path / "geteilt", tmp_path / "key.csv")
    points = []
    for name in ("abgaben", "geteilt"):
        found = pipeline.grade_cohort(
            tmp_path / name,
            tmp_path / "lab",
            tmp_path / f"aus-{name}",
            engine=PocketEngine(),
            protocol=False,
        )
        points.append(sorted(g.points for g in found.grades.values()))
    assert points[0] == points[1]
    assert "Änne" not in (tmp_path / "aus-geteilt" / "cohort.html").read_text("utf-8")
