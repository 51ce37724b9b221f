"""Schema upgrades: from nothing, and from a stored file of every earlier version."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from grader import gradebook
from grader.errors import StoreError
from grader.gradebook import Gradebook, HandIn
from grader.gradebook.schema import VERSION, Base
from tests.cases.gradebook import make_v0001
from tests.gradebook.build import LAB, grade

CASES = Path(__file__).parents[1] / "cases" / "gradebook"
MIGRATIONS = Path(str(gradebook.__file__)).parent / "migrations"


def config() -> Config:
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.set_main_option("path_separator", "os")
    return made


def stored(version: str, url: str) -> str:
    """A database of an earlier version behind the URL: the stored file, or its rows on a server."""
    source = CASES / f"gradebook-{version}.sqlite"
    if url.startswith("sqlite"):
        shutil.copy(source, url.removeprefix("sqlite:///"))
        return url
    engine, old = create_engine(url), sqlite3.connect(source)
    old.row_factory = sqlite3.Row
    with engine.begin() as connection:
        settings = config()
        settings.attributes["connection"] = connection
        command.upgrade(settings, version)
        for table in ("submission", "grading", "check_result", "problem", "mark"):
            for row in old.execute(f"SELECT * FROM {table}"):  # noqa: S608 - our own names
                names = ", ".join(row.keys())
                places = ", ".join(f":{name}" for name in row.keys())
                insert = f"INSERT INTO {table} ({names}) VALUES ({places})"  # noqa: S608
                connection.execute(text(insert), dict(row))
            number = f"pg_get_serial_sequence('{table}', 'id')"
            last = f"SELECT setval({number}, max(id)) FROM {table}"  # noqa: S608
            connection.execute(text(last))
    old.close()
    engine.dispose()
    return url


def differences(url: str) -> list[object]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = list(compare_metadata(MigrationContext.configure(connection), Base.metadata))
        for table in inspect(connection).get_table_names():
            # What Alembic does not compare: what goes with a row that is removed.
            for key in inspect(connection).get_foreign_keys(table):
                if key["options"] != {"ondelete": "CASCADE"}:
                    found.append((table, key))
    engine.dispose()
    return found


def test_the_newest_migration_is_the_schema_s_version() -> None:
    assert ScriptDirectory.from_config(config()).get_current_head() == VERSION


def test_every_earlier_version_is_stored() -> None:
    scripts = ScriptDirectory.from_config(config()).walk_revisions()
    earlier = {script.revision for script in scripts} - {VERSION}
    assert {path.stem.split("-")[1] for path in CASES.glob("*.sqlite")} == earlier


def test_an_empty_database_gets_exactly_the_schema(url: str) -> None:
    Gradebook(url).close()
    assert differences(url) == []


def test_migrations_make_exactly_the_schema(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        settings = config()
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")
    engine.dispose()
    assert differences(url) == []


def test_the_first_version_is_upgraded(url: str) -> None:
    with Gradebook(stored("0001", url)) as book:
        (cohort,) = book.cohorts()
        assert (cohort.lab, cohort.term, cohort.groups) == ("dl-bmt", "", 2)
        one, two = book.overview(cohort.id, LAB).rows
        assert (one.group.name, two.group.name) == ("gruppe01", "grüppe 02")
        view = book.submission(one.group.id, LAB)
        # A comment without points stood beside the earlier points.
        marks = [(m.check, m.version, m.points, m.comment) for m in view.history]
        assert marks == [
            ("q1", 1, 2.0, "gut"),
            ("q1", 2, 2.0, "nur ein Wort dazu"),
            ("q2", 1, 0.5, ""),
        ]
        assert (one.points, one.automatic, one.status) == (2.5, 1.5, "graded")
        # The first mark was made against 1 point, which a second grading made 1.5.
        assert one.changed == ("q1",)
        assert [m.automatic_points for m in view.history] == [1.0, 1.0, 0.0]
        assert [g.points for g in view.gradings] == [1.0, 1.5]
        assert (one.profile, one.seconds, one.problems) == ("keras3", 1.5, ("timeout",))
        assert view.results["q1"].details["concepts"][0]["quotes"] == ["ä"]
        assert [row[:4] for row in book.suggestions(cohort.id, "misconception")] == [
            ("q1", "linear", "bleibt linear", 2)
        ]
        (submission,) = view.submissions
        assert submission.received_at == view.gradings[0].graded_at
        # It goes on as any other.
        book.record(LAB, [grade("gruppe03"), grade("gruppe01")])
        assert book.mark(one.group.id, "1a.hand", author="B", points=1.0).version == 1
    assert differences(url) == []


def test_an_upgraded_result_is_recognised(url: str) -> None:
    """The digests that the migration makes are those of the program."""
    with Gradebook(stored("0001", url)) as book:
        (cohort,) = book.cohorts()
        same = make_v0001.grade("gruppe01", 1.5)
        assert book.record(LAB, [same]) == 0
        # A version of its own, with the same result.
        for digest in ("a" * 64, "b" * 64):
            book.record(LAB, [same], handed_in={"gruppe01": HandIn(digest=digest)})
        group = book.groups(cohort.id)[0].id
        view = book.submission(group, LAB)
        assert (len(view.gradings), len(view.submissions)) == (4, 2)
        assert view.row.changed == ("q1",) and view.marks["q2"].points == 0.5


def test_an_upgrade_is_preceded_by_a_backup(tmp_path: Path) -> None:
    path = tmp_path / "gradebook.sqlite"
    stored("0001", f"sqlite:///{path}")
    with Gradebook(path) as book:
        (backup,) = book.backups()
    assert backup.name.endswith("-vor-0002.sqlite")
    with sqlite3.connect(backup) as connection:
        (version,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        (marks,) = connection.execute("SELECT count(*) FROM mark").fetchone()
    connection.close()
    assert (version, marks) == ("0001", 3)
    # Nothing to upgrade, nothing to back up.
    with Gradebook(path) as book:
        assert len(book.backups()) == 1


def test_an_upgrade_that_fails_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "gradebook.sqlite"
    stored("0001", f"sqlite:///{path}")
    with sqlite3.connect(path) as connection:
        # A state that no version of the program makes: the last step stumbles over it.
        connection.execute("CREATE TABLE event (id INTEGER)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="lässt sich nicht öffnen"):
        Gradebook(path)
    assert path.read_bytes() == before


def test_a_newer_version_is_refused(url: str) -> None:
    Gradebook(url).close()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StoreError, match="Bitte den Grader aktualisieren"):
        Gradebook(url)
