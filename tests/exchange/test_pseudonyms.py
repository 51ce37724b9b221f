"""A shared cohort tells nobody's name, in no spelling, and still is the same cohort."""

from __future__ import annotations

import json
import stat
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.errors import UsageError
from grader.exchange.key import Key
from grader.exchange.names import Identities, Person, look_for, spellings
from grader.exchange.pseudonyms import Pseudonymised, pseudonymise
from grader.exchange.roster import Entry, Member, Roster
from grader.exchange.scrub import Scrubber
from grader.intake.files import find_sources
from grader.lab import Lab
from tests.exchange.moodle import packed

ROOT = Path(__file__).parents[2]


def scrubber(*names: str, vocabulary: tuple[str, ...] = (), **more: set[str]) -> Scrubber:
    found = Identities(**more)
    for name in names:
        found.add_name(name)
    key = Key(1)
    key.add("Nachname", found.families())
    key.add("Vorname", found.given())
    key.add("E-Mail", found.emails)
    key.add("Matrikelnummer", found.numbers)
    key.add("Nutzername", found.users)
    key.add("Gruppenname", found.groups)
    return Scrubber(found, key, vocabulary)


@pytest.mark.parametrize(
    ("name", "given_names", "family"),
    [
        ("Jörg Öttinger", ("Jörg",), "Öttinger"),
        ("Dr.-Ing. Petra von der Heide", ("Petra",), "Heide"),
        ("Lüdenscheid-Maß, Änne Maria", ("Änne", "Maria"), "Lüdenscheid-Maß"),
        ("Cher", (), "Cher"),
    ],
)
def test_names_are_taken_apart(name: str, given_names: tuple[str, ...], family: str) -> None:
    assert Person.parse(name) == Person(given_names, family)


def test_no_name_in_nothing() -> None:
    assert Person.parse("Dr. 123 !") is None


@pytest.mark.parametrize(
    "text",
    [
        "Jörg Öttinger",
        unicodedata.normalize("NFD", "Jörg Öttinger"),
        "JÖRG ÖTTINGER",
        "Joerg Oettinger",
        "Jorg Ottinger",
        "Öttinger, Jörg",
        "J. Öttinger und Jörg",
        "J&ouml;rg &Ouml;ttinger",
        "J&#246;rg &#214;ttinger",
        "J\\u00f6rg \\u00d6ttinger",
        "J%C3%B6rg%20%C3%96ttinger",
        "JÃ¶rg",
        "joerg.oettinger",
        "joerg_oettinger_loesung",
        "JoergOettinger",
        "Lösung von Öttinger (Jörg)",
        "/home/joetti42/labor",
        "C:\\Users\\joetti42\\labor",
        "C:\\\\Users\\\\joetti42\\\\labor",
        "/Users/joetti42/x, joetti42",
        "joerg.oettinger@tu-ilmenau.example",
        "Matrikelnummer: 6123456",
        "Team Rakete",
    ],
)
def test_no_spelling_is_left(text: str) -> None:
    made = scrubber(
        "Jörg Öttinger",
        emails={"joerg.oettinger@tu-ilmenau.example"},
        numbers={"6123456"},
        users={"joetti42"},
        groups={"Team Rakete"},
    )
    changed = made.prose(text).casefold().replace("@example.org", "")
    for hint in ("rg", "ttinger", "joetti", "6123456", "rakete", "ilmenau"):
        assert hint not in changed, changed
    assert made.prose("Jörg Öttinger") == made.prose("Jörg") + " " + made.prose("Öttinger")


def test_code_goes_on_working() -> None:
    made = scrubber("Max Kern", "Erika Muster")
    source = "Kern = max(x)  # Kern von Max\nprint('Max Kern', Kern)\nerika_muster = r'C:\\Max'\n"
    changed = made.code(source)
    assert changed.startswith("Kern = max(x)  # Nachname")
    assert ", Kern)" in changed and "erika" not in changed and "Max" not in changed
    compile(changed, "x", "exec")


def test_words_of_the_lab_are_no_names_but_counted() -> None:
    made = scrubber("Nora Neuron", vocabulary=("Neuron",))
    assert made.prose("Das Neuron rechnet. Nora Neuron auch.").startswith("Das Neuron rechnet.")
    assert "Nora" not in made.prose("Nora Neuron")
    assert made.doubtful["Neuron"] == 1


@given(st.text(max_size=80))
@settings(max_examples=80, deadline=None)
def test_texts_without_names_stay(text: str) -> None:
    made = scrubber("Jörg Öttinger-Überschwang")
    plain = unicodedata.normalize("NFC", text)
    if "rg" not in plain.casefold() and "tt" not in plain.casefold():
        assert made.prose(text) == plain


def test_many_people_take_no_longer_than_reading() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    names = [f"Vor{a}{b} Nach{a}{b}" for a in letters for b in letters[:12]]
    made = scrubber(*names)
    text = "Das Netz hat 3 Schichten, sagt Vorac Nachac. " * 8000
    start = time.process_time()
    changed = made.prose(text)
    # A pattern for each person would take minutes.
    assert time.process_time() - start < 20
    assert "Nachac" not in changed


def test_texts_say_who_wrote_them() -> None:
    found = Identities()
    look_for("**Namen:** Änne Übermut, Max Muster und Zoë Ærø\nMatr.-Nr. 6123456\n", found)
    home = "/" + "home"
    paths = f"File {home}/aeue42/x.py; C:\\Users\\Max M\\y; {home}/jovyan/z"
    look_for(f"{paths}; a.b@c.example", found)
    assert found.families() == {"Übermut", "Muster", "Ærø"}
    assert found.numbers == {"6123456"} and "a.b@c.example" in found.emails
    assert "aeue42" in found.users and "jovyan" not in found.users
    look_for("Name: das ist kein Name, sondern ein Satz\nAutor: 42", found)
    assert len(found.people) == 3


def test_spellings_are_many() -> None:
    found = spellings("Müßig")
    assert {"Müßig", "Muessig", "Mussig", "M&uuml;&szlig;ig", "M\\u00fc\\u00dfig"} <= set(found)


# ------------------------------------------------------------------ a whole cohort


def notebook() -> str:
    png = {"image/png": "iVBORw0KGgo=", "text/plain": ["<Figure by Jörg Öttinger>"]}
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Jörg\n", "Öttinger: 1a\n"]},
        {
            "cell_type": "code",
            "id": "n1-setup",
            "metadata": {
                "grader": {"slot": "n1-setup"},
                "executionInfo": {"user": {"displayName": "Gast Professor", "userId": "1"}},
            },
            "source": "pfad = r'C:\\Users\\joetti42\\x'  # Öttinger",
            "outputs": [
                {"output_type": "display_data", "data": png, "metadata": {"by": "Jörg"}},
                {"output_type": "stream", "name": "stdout", "text": ["/home/joetti42\n"]},
                {"output_type": "error", "ename": "E", "evalue": "Jörg", "traceback": ["Öttinger"]},
            ],
        },
        {"cell_type": "markdown", "metadata": {}, "source": "Gast Professor half"},
    ]
    metadata = {"authors": [{"name": "Jörg Öttinger"}], "kernelspec": {"name": "python3"}}
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture
def cohort(tmp_path: Path) -> Path:
    folder = tmp_path / "abgaben"
    first = folder / "Gruppe 1_11"
    first.mkdir(parents=True)
    (first / "notebook1.ipynb").write_text(notebook(), "utf-8")
    (first / "Öttinger_notebook2.ipynb").write_text('{"cells": [ "Jörg Öttinger', "utf-8")
    (first / "foto.jpg").write_bytes(b"jpg")
    (first / "protokoll.toml").write_text(
        '[protokoll]\nteilnehmer = ["Jörg Öttinger"]\ngruppe = "Team Rakete"\n', "utf-8"
    )
    answers = "## 1.\nJoerg (6123456) und oettinger@x.example, Team Rakete\n"
    other = {"notebook1.ipynb": notebook(), "kontrollfragen.md": answers}
    (folder / "Max Muster_22.zip").write_bytes(packed(other))
    member = Member(id="1000001", name="Jörg Öttinger", email="jo@x.example", number="6123456")
    roster = Roster(
        submissions={
            "Gruppe 1_11": Entry(who="Gruppe 1", group="Gruppe 1", members=(member,)),
            "Max Muster_22": Entry(who="Max Muster", id="22"),
        }
    )
    roster.write(folder)
    return folder


def run(cohort: Path, tmp_path: Path, name: str = "geteilt") -> list[Pseudonymised]:
    return pseudonymise(cohort, tmp_path / name, tmp_path / "key.csv", seed=1)


def test_a_cohort_without_names(cohort: Path, tmp_path: Path) -> None:
    found = run(cohort, tmp_path)
    out = tmp_path / "geteilt"
    assert sorted(s.id for s in find_sources(out)) == ["gruppe-01", "gruppe-02"]
    everything = "\n".join(
        f"{p.relative_to(out)}\n{p.read_text('utf-8')}" for p in out.rglob("*") if p.is_file()
    ).casefold()
    for hint in ("jörg", "joerg", "ttinger", "6123456", "joetti", "rakete", "gast prof", "x.exa"):
        assert hint not in everything, hint
    assert "muster" not in everything and not list(out.rglob("moodle.json"))
    assert [e for p in found for e in p.left] == []
    assert {p.name: sum(p.images.values()) for p in found} == {"gruppe-01": 1, "gruppe-02": 1}
    left_out = {n.path: n.reason for p in found for n in p.left_out}
    assert list(left_out) == ["foto.jpg"]
    assert stat.S_IMODE((tmp_path / "key.csv").stat().st_mode) == 0o600
    assert "Öttinger" in (tmp_path / "key.csv").read_text("utf-8-sig")


def test_notebooks_stay_what_they_are(cohort: Path, tmp_path: Path) -> None:
    run(cohort, tmp_path)
    for path in (tmp_path / "geteilt").rglob("notebook1.ipynb"):
        tree = json.loads(path.read_text("utf-8"))
        assert set(tree["metadata"]) == {"kernelspec"}
        code = tree["cells"][1]
        assert code["metadata"] == {"grader": {"slot": "n1-setup"}} and code["id"] == "n1-setup"
        assert code["outputs"][0]["data"]["image/png"] == "iVBORw0KGgo="
        compile(code["source"], "x", "exec")


def test_people_keep_their_pseudonyms(cohort: Path, tmp_path: Path) -> None:
    run(cohort, tmp_path)
    (cohort / "Gruppe 1_11" / "neu.md").write_text("Namen: Zora Zusatz\n", "utf-8")
    table = (tmp_path / "key.csv").read_text("utf-8-sig").splitlines()
    run(cohort, tmp_path, "noch einmal")
    later = (tmp_path / "key.csv").read_text("utf-8-sig").splitlines()
    assert set(table) < set(later) and any("Zora" in line for line in later)
    one, two = (
        (tmp_path / n / "gruppe-01" / "notebook1.ipynb").read_text("utf-8")
        for n in ("geteilt", "noch einmal")
    )
    assert one == two


def test_places_that_would_betray_or_destroy_are_refused(cohort: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Schlüsseltabelle"):
        pseudonymise(cohort, tmp_path / "neu", tmp_path / "neu" / "key.csv")
    with pytest.raises(UsageError, match="nicht leer"):
        pseudonymise(cohort, cohort, tmp_path / "key.csv")
    (tmp_path / "key.csv").write_text("Wichtige;andere;Tabelle\n", "utf-8")
    with pytest.raises(UsageError, match="keine Schlüsseltabelle"):
        run(cohort, tmp_path)
    assert (tmp_path / "key.csv").read_text("utf-8") == "Wichtige;andere;Tabelle\n"


def test_the_example_cohort_keeps_its_words(tmp_path: Path) -> None:
    lab = Lab.load(ROOT / "reference")
    (found,) = pseudonymise(
        ROOT / "submissions" / "gruppe01", tmp_path / "aus", tmp_path / "key.csv", lab=lab, seed=1
    )
    assert found.files == 5 and found.left == {}
    answers = (tmp_path / "aus" / "gruppe-01" / "kontrollfragen.md").read_text("utf-8")
    before = (ROOT / "submissions" / "gruppe01" / "kontrollfragen.md").read_text("utf-8")
    assert answers == before
    particulars = (tmp_path / "aus" / "gruppe-01" / "protokoll.toml").read_text("utf-8")
    assert "Tensor" not in particulars and "Nachname" in particulars
