"""Moodle's downloads become folders of submissions; nothing is lost, nothing gets out."""

from __future__ import annotations

import datetime as dt
import os
import unicodedata
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.exchange.importing import EARLIER, Import, import_downloads
from grader.exchange.roster import ROSTER, Roster
from grader.exchange.unpack import BOMB, DAMAGED, DEEP, LINK, OUTSIDE, TOO_LARGE
from grader.exchange.worksheet import Worksheet, read_worksheet
from grader.intake.files import find_sources
from grader.intake.moodle import moodle_name
from tests.exchange.moodle import (
    download,
    link,
    packed,
    task,
    with_raw_names,
    worksheet,
)

FILE = "_assignsubmission_file_"


def sheet(tmp_path: Path, **options: object) -> Worksheet:
    path = tmp_path / "bewertungen.csv"
    path.write_text(worksheet(**options), "utf-8")  # type: ignore[arg-type]
    return read_worksheet(path)


def files(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def states(found: Import) -> dict[str, str]:
    return {t.name: t.state for t in found.taken}


def reasons(found: Import) -> dict[str, str]:
    notes = [*found.left_out, *(n for t in found.taken for n in t.left_out)]
    return {n.path: n.reason for n in notes}


@pytest.mark.parametrize(
    ("part", "who", "number", "plugin", "rest"),
    [
        ("Änne Übermut_1234567_assignsubmission_file_", "Änne Übermut", "1234567", "file", ""),
        ("Änne Übermut_1234567_assignsubmission_file", "Änne Übermut", "1234567", "file", ""),
        ("Gruppe 7_45_assignsubmission_onlinetext_", "Gruppe 7", "45", "onlinetext", ""),
        ("Standard-Gruppe_assignsubmission_file_", "Standard-Gruppe", "", "file", ""),
        ("A B_12_assignsubmission_file_note_book1.ipynb", "A B", "12", "file", "note_book1.ipynb"),
        ("A_1_assignsubmission_file_B_2_assignsubmission_file_", "A", "1", "file", None),
    ],
)
def test_names_of_a_download(part: str, who: str, number: str, plugin: str, rest: str) -> None:
    found = moodle_name(part)
    assert found is not None
    assert (found.who, found.id, found.plugin) == (who, number, plugin)
    assert rest is None or found.rest == rest


@pytest.mark.parametrize("part", ["notebook1.ipynb", "_assignsubmission_file_", "Gruppe 1", ""])
def test_other_names_are_not_taken_apart(part: str) -> None:
    assert moodle_name(part) is None


def test_a_folder_per_participant(tmp_path: Path) -> None:
    name = unicodedata.normalize("NFD", "Änne Übermut")
    path = download(
        tmp_path / "kurs.zip",
        {
            f"{name}_1000001{FILE}/notebook1.ipynb": task(),
            f"{name}_1000001{FILE}/unter/bild.png": b"png",
            f"Max Müller_1000002{FILE}/notebook1.ipynb": task("x = 2"),
            f"Max Müller_1000003{FILE}/notebook1.ipynb": task("x = 3"),
        },
    )
    out = tmp_path / "abgaben"
    found = import_downloads([path], out)
    names = ["Max Müller_1000002", "Max Müller_1000003", "Änne Übermut_1000001"]
    assert states(found) == dict.fromkeys(names, "new")
    assert [s.id for s in find_sources(out)] == names
    assert files(out / "Änne Übermut_1000001") == {"notebook1.ipynb", "unter/bild.png"}
    assert (out / "Max Müller_1000003" / "notebook1.ipynb").read_bytes() == task("x = 3")


def test_flat_downloads_and_unpacked_folders_give_the_same(tmp_path: Path) -> None:
    flat = {f"Max Müller_2{FILE}notebook1.ipynb": task(), f"Max Müller_2{FILE}a_b.md": b"# 1"}
    import_downloads([download(tmp_path / "flach.zip", flat)], tmp_path / "a")
    folder = tmp_path / "kurs" / f"Max Müller_2{FILE}"
    folder.mkdir(parents=True)
    (folder / "notebook1.ipynb").write_bytes(task())
    (folder / "a_b.md").write_bytes(b"# 1")
    import_downloads([tmp_path / "kurs"], tmp_path / "b")
    for out in (tmp_path / "a", tmp_path / "b"):
        assert files(out / "Max Müller_2") == {"notebook1.ipynb", "a_b.md"}


def test_groups_and_members_from_the_worksheet(tmp_path: Path) -> None:
    path = download(
        tmp_path / "kurs.zip",
        {
            f"Gruppe 1_11{FILE}/notebook1.ipynb": task(),
            f"Gruppe 2_1000001{FILE}/notebook1.ipynb": task("x = 2"),
        },
    )
    out = tmp_path / "abgaben"
    found = import_downloads([path], out, worksheet=sheet(tmp_path))
    roster = Roster.read(out).submissions
    assert [m.name for m in roster["Gruppe 1_11"].members] == ["Änne Übermut", "Max Müller"]
    # The group's number is no participant's, even if there is one with that number.
    assert [m.id for m in roster["Gruppe 2_1000001"].members] == ["1000003", "1000004"]
    assert roster["Gruppe 1_11"].handed_in == dt.datetime(2026, 5, 13, 10, 15)
    assert [r.name for r in found.missing] == ["Nora Nichts"]
    assert "Änne Übermut" in (out / "Gruppe 1_11" / "protokoll.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("status", "note"),
    [
        ("Zur Bewertung abgegeben - 3 Tage 10 Stunden zu spät -  - ", "zu spät: 3 Tage 10 Stunden"),
        ("Submitted for grading - 1 day 2 hours late", "zu spät: 1 day 2 hours"),
        ("Entwurf (nicht abgegeben)", "in Moodle nur ein Entwurf"),
    ],
)
def test_what_moodle_says_of_a_hand_in(tmp_path: Path, status: str, note: str) -> None:
    path = download(tmp_path / "kurs.zip", {f"Gruppe 1_11{FILE}/notebook1.ipynb": task()})
    (taken,) = import_downloads(
        [path], tmp_path / "abgaben", worksheet=sheet(tmp_path, status=status)
    ).taken
    assert note in taken.notes


def test_older_moodle_has_a_folder_per_member_of_a_group(tmp_path: Path) -> None:
    path = download(
        tmp_path / "kurs.zip",
        {
            f"Gruppe 1-Änne Übermut_1000001{FILE}/notebook1.ipynb": task(),
            f"Gruppe 1-Max Müller_1000002{FILE}/notebook1.ipynb": task(),
            f"Gruppe 2-Max Müller_1000003{FILE}/notebook1.ipynb": task("y = 1"),
        },
    )
    found = import_downloads([path], tmp_path / "abgaben", worksheet=sheet(tmp_path))
    assert states(found) == {"Gruppe 1": "new", "Gruppe 2": "new"}
    assert reasons(found) == {}


def test_a_title_page_of_the_group_s_own_stays(tmp_path: Path) -> None:
    own = b'[protokoll]\nteilnehmer = ["Wir"]\n'
    entries = {
        f"Gruppe 1_11{FILE}/notebook1.ipynb": task(),
        f"Gruppe 1_11{FILE}/protokoll.toml": own,
    }
    path = download(tmp_path / "kurs.zip", entries)
    import_downloads([path], tmp_path / "abgaben", worksheet=sheet(tmp_path))
    assert (tmp_path / "abgaben" / "Gruppe 1_11" / "protokoll.toml").read_bytes() == own


def test_online_text_becomes_the_answers(tmp_path: Path) -> None:
    html = "<h3>1. Schritte</h3><p>Summe &amp; <b>Aktivierung</b><script>x()</script></p>"
    numbered = "<p>1. Schritte: Summe</p><p>2) ReLU</p><ol><li>nein</li></ol>"
    path = download(
        tmp_path / "kurs.zip",
        {
            f"A_1{FILE}/notebook1.ipynb": task(),
            "A_1_assignsubmission_onlinetext_/onlinetext.html": html,
            "B_2_assignsubmission_onlinetext_/onlinetext.html": numbered,
            "C_3_assignsubmission_onlinetext_/onlinetext.html": "<p>Guten Tag</p>",
            "D_4_assignsubmission_onlinetext_/onlinetext.html": "<p> </p>",
        },
    )
    out = tmp_path / "abgaben"
    found = import_downloads([path], out, questions=11)
    answers = (out / "A_1" / "kontrollfragen.md").read_text("utf-8")
    assert "Summe & **Aktivierung**" in answers and "x()" not in answers
    assert (out / "B_2" / "kontrollfragen.md").read_text("utf-8").startswith("## 1.\n\nSchritte")
    assert files(out / "C_3") == {"onlinetext.md"}
    assert states(found)["D_4"] == "empty" and not (out / "D_4").exists()


def test_archives_in_a_hand_in_are_opened(tmp_path: Path) -> None:
    inner = packed({"ordner/notebook1.ipynb": task(), "__MACOSX/._notebook1.ipynb": b"x"})
    path = download(
        tmp_path / "kurs.zip",
        {
            f"A_1{FILE}/abgabe.zip": packed({"noch.zip": inner, "notebook2.ipynb": task("z = 1")}),
            f"A_1{FILE}/notebook3.ipynb": task("w = 1"),
        },
    )
    import_downloads([path], tmp_path / "abgaben")
    assert files(tmp_path / "abgaben" / "A_1") == {
        "abgabe/noch/ordner/notebook1.ipynb",
        "abgabe/notebook2.ipynb",
        "notebook3.ipynb",
    }


@pytest.mark.parametrize("encoding", ["utf-8", "cp437", "cp850", "cp1252"])
def test_umlauts_of_old_archives(tmp_path: Path, encoding: str) -> None:
    raw = with_raw_names({"Übung größer/notebook1.ipynb".encode(encoding): task()})
    path = download(tmp_path / "kurs.zip", {f"A_1{FILE}/a.zip": raw})
    import_downloads([path], tmp_path / "abgaben")
    assert files(tmp_path / "abgaben" / "A_1") == {"a/Übung größer/notebook1.ipynb"}


def test_several_downloads_and_a_late_version(tmp_path: Path) -> None:
    first = download(
        tmp_path / "mai.zip",
        {f"A_1{FILE}/notebook1.ipynb": task(), f"B_2{FILE}/notebook1.ipynb": task()},
    )
    second = download(tmp_path / "juni.zip", {f"B_2{FILE}/notebook1.ipynb": task("spät = 1")})
    out = tmp_path / "abgaben"
    found = import_downloads([first, second], out)
    assert states(found) == {"A_1": "new", "B_2": "new"}
    assert (out / "B_2" / "notebook1.ipynb").read_bytes() == task("spät = 1")
    assert "mai.zip" in found.taken[1].notes[0]
    # Twice the same is no change, and leaves no versions behind.
    assert set(states(import_downloads([first, second], out)).values()) == {"same"}
    assert not (out / EARLIER).exists()


def test_what_was_there_is_never_lost(tmp_path: Path) -> None:
    out = tmp_path / "abgaben"
    first = download(tmp_path / "1.zip", {f"A_1{FILE}/notebook1.ipynb": task()})
    import_downloads([first], out)
    mended = out / "A_1" / "notebook1.ipynb"
    mended.write_bytes(task("repariert = 1"))
    assert states(import_downloads([first], out)) == {"A_1": "same"}
    assert mended.read_bytes() == task("repariert = 1")
    second = download(tmp_path / "2.zip", {f"A_1{FILE}/notebook1.ipynb": task("neu = 1")})
    found = import_downloads([second], out)
    assert states(found) == {"A_1": "changed"}
    earlier = found.taken[0].earlier
    assert earlier is not None
    assert (earlier / "notebook1.ipynb").read_bytes() == task("repariert = 1")
    assert [s.id for s in find_sources(out)] == ["A_1"]


def test_members_stay_known_without_a_worksheet(tmp_path: Path) -> None:
    out = tmp_path / "abgaben"
    path = download(tmp_path / "1.zip", {f"Gruppe 1_11{FILE}/notebook1.ipynb": task()})
    import_downloads([path], out, worksheet=sheet(tmp_path))
    import_downloads([path], out)
    assert len(Roster.read(out).submissions["Gruppe 1_11"].members) == 2


def test_plain_folders_and_archives(tmp_path: Path) -> None:
    plain = tmp_path / "alle"
    (plain / "gruppe01").mkdir(parents=True)
    (plain / "gruppe01" / "notebook1.ipynb").write_bytes(task())
    (plain / "gruppe02.zip").write_bytes(packed({"notebook1.ipynb": task()}))
    (plain / "liste.txt").write_text("egal", "utf-8")
    found = import_downloads([plain], tmp_path / "abgaben")
    assert states(found) == {"gruppe01": "new", "gruppe02": "new"}
    assert reasons(found) == {"liste.txt": "gehört zu keiner Abgabe"}
    single = download(tmp_path / "gruppe03.zip", {"x/y.md": b"", "notebook1.ipynb": task()})
    assert states(import_downloads([single], tmp_path / "abgaben")) == {"gruppe03": "new"}


# ------------------------------------------------------------------ hostile downloads


def test_nothing_gets_out_of_its_folder(tmp_path: Path) -> None:
    evil = {
        f"A_1{FILE}/../../../heraus.py": b"1",
        f"A_1{FILE}/C:/heraus.py": b"2",
        f"/A_1{FILE}/heraus.py": b"3",
        f"..\\A_1{FILE}\\heraus.py": b"4",
        f"A_1{FILE}/notebook1.ipynb": task(),
        f"A_1{FILE}/b.zip": link("verweis.ipynb", "/etc/passwd"),
        f"A_1{FILE}/c.zip": packed({"/etc/passwd": b"x", "..": b"y", "a/..\\..\\z.py": b"z"}),
    }
    out = tmp_path / "tief" / "abgaben"
    found = import_downloads([download(tmp_path / "kurs.zip", evil)], out)
    assert files(out / "A_1") == {"notebook1.ipynb", "C_/heraus.py"}
    assert set(reasons(found).values()) == {OUTSIDE, LINK}
    left = {p.name for p in tmp_path.rglob("*") if p.is_file()}
    assert left == {"kurs.zip", "notebook1.ipynb", "heraus.py", ROSTER}


def test_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "kurs" / f"A_1{FILE}"
    folder.mkdir(parents=True)
    (folder / "notebook1.ipynb").write_bytes(task())
    (folder / "heimlich.ipynb").symlink_to("/etc/passwd")
    (folder / "ordner").symlink_to("/etc")
    os.mkfifo(folder / "rohr.ipynb")
    found = import_downloads([tmp_path / "kurs"], tmp_path / "abgaben")
    assert files(tmp_path / "abgaben" / "A_1") == {"notebook1.ipynb"}
    assert set(reasons(found).values()) == {LINK}


def test_bombs_are_not_unpacked(tmp_path: Path) -> None:
    path = download(
        tmp_path / "kurs.zip",
        {
            f"A_1{FILE}/notebook1.ipynb": task(),
            f"A_1{FILE}/bombe.zip": packed({"null.md": b"0" * 9_000_000}),
            f"A_1{FILE}/gross.zip": packed({"gross.md": b"0" * 61_000_000}),
            f"A_1{FILE}/tief.zip": packed({"a.zip": packed({"b.zip": packed({"c.md": b"c"})})}),
        },
    )
    found = import_downloads([path], tmp_path / "abgaben")
    assert files(tmp_path / "abgaben" / "A_1") == {"notebook1.ipynb"}
    assert set(reasons(found).values()) == {BOMB, TOO_LARGE, DEEP}


def test_an_archive_that_lies_about_sizes(tmp_path: Path) -> None:
    raw = bytearray(packed({"n.md": b"0" * 400_000, "notebook1.ipynb": task()}))
    # The size in the archive's directory: a tenth of what comes out.
    at = raw.index(b"PK\x01\x02") + 24
    raw[at : at + 4] = (40_000).to_bytes(4, "little")
    path = download(tmp_path / "kurs.zip", {f"A_1{FILE}/x.zip": bytes(raw)})
    found = import_downloads([path], tmp_path / "abgaben")
    kept = files(tmp_path / "abgaben" / "A_1")
    assert "x/notebook1.ipynb" in kept
    assert reasons(found) == {"x/n.md": DAMAGED} or "x/n.md" in kept


def test_damaged_archives_are_kept_and_named(tmp_path: Path) -> None:
    cut = packed({"notebook1.ipynb": task()})[:-30]
    path = download(tmp_path / "kurs.zip", {f"A_1{FILE}/abgabe.zip": cut, f"B_2{FILE}/n.md": b""})
    found = import_downloads([path], tmp_path / "abgaben")
    assert reasons(found) == {"abgabe.zip": DAMAGED}
    assert files(tmp_path / "abgaben" / "A_1") == {"abgabe.zip"}
    (tmp_path / "kaputt.zip").write_bytes(path.read_bytes()[:-40])
    with pytest.raises(UsageError, match="noch einmal herunterladen"):
        import_downloads([tmp_path / "kaputt.zip"], tmp_path / "abgaben")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_entries_of_one_name_are_kept_apart(tmp_path: Path) -> None:
    import io
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("notebook1.ipynb", task())
        archive.writestr("notebook1.ipynb", task("x = 2"))
        archive.writestr("NOTEBOOK1.ipynb", task("x = 3"))
    path = download(tmp_path / "kurs.zip", {f"A_1{FILE}/a.zip": buffer.getvalue()})
    import_downloads([path], tmp_path / "abgaben")
    assert len(files(tmp_path / "abgaben" / "A_1")) == 3


@pytest.mark.parametrize("name", ["gibt-es-nicht.zip", "text.txt", "leer"])
def test_what_is_no_download_is_said(tmp_path: Path, name: str) -> None:
    (tmp_path / "text.txt").write_text("x", "utf-8")
    (tmp_path / "leer").mkdir()
    with pytest.raises(UsageError):
        import_downloads([tmp_path / name], tmp_path / "abgaben")
    assert not (tmp_path / "abgaben").exists()


def test_files_that_meet_in_one_place_are_all_kept(tmp_path: Path) -> None:
    path = download(
        tmp_path / "kurs.zip",
        {
            f"A_1{FILE}/abgabe/n.ipynb": task("x = 1"),
            f"A_1{FILE}/abgabe.zip": packed({"n.ipynb": task("x = 2"), "N.ipynb/tief.md": b"x"}),
            f"A_1{FILE}/Abgabe": b"eine Datei, so heisst ein Ordner",
        },
    )
    found = import_downloads([path], tmp_path / "abgaben")
    kept = {p.read_bytes() for p in (tmp_path / "abgaben" / "A_1").rglob("*") if p.is_file()}
    assert {task("x = 1"), task("x = 2")} <= kept and len(kept) == 4 - len(reasons(found))


@pytest.mark.parametrize("who", ["..", ".frueher", "moodle.json", "~", "CON", "a/b", " x. "])
def test_any_name_of_a_group_is_a_folder_of_its_own(tmp_path: Path, who: str) -> None:
    out = tmp_path / "abgaben"
    path = download(
        tmp_path / "kurs.zip", {f"{who}_assignsubmission_file_/notebook1.ipynb": task()}
    )
    found = import_downloads([path], out)
    if found.taken:
        (source,) = find_sources(out)
        assert (source.path / "notebook1.ipynb").is_file() and source.path.parent == out
        assert Roster.read(out).submissions.keys() == {source.id}


def test_names_that_become_one_are_kept_apart(tmp_path: Path) -> None:
    names = ("Team", "team", "Team.", "Team?")
    path = download(
        tmp_path / "kurs.zip",
        {f"{n}_assignsubmission_file_/n{i}.ipynb": task() for i, n in enumerate(names)},
    )
    found = import_downloads([path], tmp_path / "abgaben")
    assert len({t.name.casefold() for t in found.taken}) == len(found.taken)
    assert len(list((tmp_path / "abgaben").rglob("*.ipynb"))) == 4
    assert not (tmp_path / "abgaben" / EARLIER).exists()


def test_a_file_in_the_place_of_the_folder_is_said(tmp_path: Path) -> None:
    path = download(tmp_path / "kurs.zip", {f"A_1{FILE}/notebook1.ipynb": task()})
    with pytest.raises(UsageError, match="kein Ordner"):
        import_downloads([path], path)


def test_a_damaged_roster_is_said(tmp_path: Path) -> None:
    path = download(tmp_path / "kurs.zip", {f"A_1{FILE}/notebook1.ipynb": task()})
    (tmp_path / ROSTER).write_text("{kein json", "utf-8")
    with pytest.raises(UsageError, match=ROSTER):
        import_downloads([path], tmp_path)
