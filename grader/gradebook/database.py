"""Connections to a gradebook's database, and its way to the newest schema."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from grader.errors import StoreError
from grader.gradebook.backup import back_up
from grader.gradebook.schema import VERSION, Base

__all__ = ["Database", "database_url"]

# Long enough for another process to record a whole cohort.
_PATIENCE_SECONDS = 30.0
_LOCK = 5_461_001
"""Any number that is ours: two processes that upgrade a server's gradebook take turns."""


def database_url(gradebook: str | Path) -> str:
    """Return the SQLAlchemy URL of a gradebook that is named by URL or by its SQLite file."""
    name = str(gradebook)
    return name if "://" in name else f"sqlite:///{Path(name).absolute()}"


class Database:
    """A gradebook's database behind a URL, brought to the newest schema on opening.

    Raises
    ------
    StoreError
        If it cannot be opened, is no gradebook, or was written by a newer program.
    """

    def __init__(self, gradebook: str | Path) -> None:
        url = database_url(gradebook)
        try:
            self._engine = _engine(url)
        except (SQLAlchemyError, ImportError, OSError) as error:
            raise StoreError(_unopened(url, error)) from error
        self.shown = self._engine.url.render_as_string(hide_password=True)
        reading: dict[str, Any] = {"writes": False}
        if self._engine.dialect.name == "postgresql":
            # All of an answer from one moment; SQLite does it by itself.
            reading["isolation_level"] = "REPEATABLE READ"
        self._reading = self._engine.execution_options(**reading)
        self._writing = self._engine.execution_options(writes=True)
        try:
            self._upgrade()
        except (SQLAlchemyError, OSError, sqlite3.Error) as error:
            self.close()
            raise StoreError(_unopened(self.shown, error)) from error
        except BaseException:
            self.close()
            raise

    @property
    def file(self) -> Path | None:
        """The SQLite file; None if the gradebook lies on a server or in memory."""
        return _file(self._engine)

    def close(self) -> None:
        """Release the connections."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only reads, all of it from one moment."""
        with self._session(self._reading) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session whose changes are all there afterwards, or none of them."""
        with self._session(self._writing) as session:
            yield session

    @contextmanager
    def _session(self, engine: Engine) -> Iterator[Session]:
        try:
            with Session(engine) as session, session.begin():
                yield session
        except SQLAlchemyError as error:
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> StoreError:
        said = f"Das Notenbuch {self.shown} lässt sich nicht lesen oder schreiben"
        return StoreError(f"{said}: {_cause(error)}")

    def compact(self) -> None:
        """Write an SQLite file anew, so that nothing deleted can be read in it any more."""
        if self._engine.dialect.name != "sqlite":
            return
        try:
            # Past SQLAlchemy, which would begin a transaction: in one it is not possible.
            with contextlib.closing(self._engine.raw_connection()) as connection:
                connection.cursor().execute("VACUUM")
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise self._failure(error) from error

    def _upgrade(self) -> None:
        with self._engine.connect() as connection:
            found = _version(connection)
        if found == VERSION:
            return
        file = self.file
        if found and file is not None:
            back_up(file, f"vor-{VERSION}")
        # Rebuilding a table would take along what refers to it: no foreign keys meanwhile.
        engine = _engine(str(self._engine.url.render_as_string(False)), foreign_keys=False)
        try:
            with engine.execution_options(writes=True).begin() as connection:
                if engine.dialect.name == "postgresql":
                    connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
                # Another process may have been quicker.
                found = _version(connection)
                if not found:
                    _create(connection)
                elif found != VERSION:
                    _migrate(connection)
        finally:
            engine.dispose()


def _engine(url: str, *, foreign_keys: bool = True) -> Engine:
    """An engine; on SQLite its transactions are real ones, changes of the schema included."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True)
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": _PATIENCE_SECONDS})

    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _: object) -> None:
        # Python would begin transactions late and never around a change of the schema.
        connection.isolation_level = None
        connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
        connection.execute("PRAGMA secure_delete = ON")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        # Who will write waits for his turn now: later it would be refused.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _file(engine: Engine) -> Path | None:
    name = engine.url.database
    if engine.dialect.name != "sqlite" or not name or name == ":memory:":
        return None
    return Path(name)


def _version(connection: Connection) -> str:
    """Version of the schema; ``""`` for an empty database."""
    tables = inspect(connection).get_table_names()
    if "alembic_version" not in tables:
        if tables:
            raise StoreError(
                "Die Datenbank lässt sich nicht öffnen: Sie ist kein Notenbuch, denn sie enthält "
                f"andere Tabellen ({', '.join(sorted(tables)[:3])})."
            )
        return ""
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if found is not None and found > VERSION:
        raise StoreError(
            f"Das Notenbuch hat die Fassung {found}; diese Installation kennt nur Fassungen bis "
            f"{VERSION}. Bitte den Grader aktualisieren."
        )
    return str(found or "")


def _create(connection: Connection) -> None:
    """Make the tables as they are after all migrations, which a test compares with them."""
    Base.metadata.create_all(connection)
    # Alembic's own table, as Alembic makes it.
    key = "version_num VARCHAR(32) NOT NULL CONSTRAINT alembic_version_pkc PRIMARY KEY"
    connection.execute(text(f"CREATE TABLE alembic_version ({key})"))
    connection.execute(text("INSERT INTO alembic_version VALUES (:v)"), {"v": VERSION})


def _migrate(connection: Connection) -> None:
    # Not at the top: most openings find the newest schema.
    from alembic import command
    from alembic.config import Config

    config = Config()
    folder = Path(__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _unopened(url: str, error: Exception) -> str:
    if isinstance(error, ImportError):
        return (
            f"Für das Notenbuch fehlt ein Datenbanktreiber ({error}). PostgreSQL: "
            'pip install "grader[postgres]".'
        )
    return f"Das Notenbuch {url} lässt sich nicht öffnen: {_cause(error)}"


def _cause(error: Exception) -> str:
    """First line of what the database said, in German where it is frequent."""
    said = str(getattr(error, "orig", None) or error).strip().split("\n")[0]
    for english, german in (
        ("disk is full", "Der Datenträger ist voll"),
        ("disk I/O error", "Der Datenträger ist voll oder gestört"),
        ("database is locked", "Ein anderer Vorgang schreibt seit langem daran"),
        ("readonly", "Die Datei ist schreibgeschützt"),
        ("not a database", "Die Datei ist keine Datenbank"),
        ("malformed", "Die Datei ist beschädigt; eine Sicherung liegt im Ordner backups daneben"),
    ):
        if english in said:
            return f"{german} ({said})."
    return said
