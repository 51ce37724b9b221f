"""Both databases: an SQLite file, and a real PostgreSQL server that ends with the session."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

_NUMBERS = itertools.count(1)


class Server:
    """A PostgreSQL server of our own, reachable by a socket in its folder only."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self.binaries = binaries
        self.folder = folder
        # The server refuses to run as root.
        self._as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        self._user = "postgres"

    def start(self) -> None:
        if self._as_user:
            entry = pwd.getpwnam("postgres")
            os.chown(self.folder, entry.pw_uid, entry.pw_gid)
        data = str(self.folder / "data")
        self._run("initdb", "-D", data, "-U", self._user, "-A", "trust", "-E", "UTF8", "--no-sync")
        # What a crash of the machine would lose does not matter here.
        options = f"-c listen_addresses='' -c fsync=off -k {self.folder}"
        self._run(
            "pg_ctl", "-D", data, "-w", "-l", str(self.folder / "log"), "-o", options, "start"
        )

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "stop")

    def database(self) -> str:
        """Make an empty place for tables; return its URL.

        A schema of its own is as good as a database, and costs nothing.
        """
        name = f"book{next(_NUMBERS)}"
        url = f"postgresql+psycopg://{self._user}@/postgres?host={self.folder}"
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE SCHEMA {name}"))
        engine.dispose()
        return f"{url}&options=-csearch_path%3D{name}"

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as_user, str(self.binaries / program), *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd="/", timeout=60)


def binaries() -> Path | None:
    """The folder of a PostgreSQL server's programs: Debian's, or on the path."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = str(debian[-1]) if debian else shutil.which("initdb")
    return Path(found).parent if found else None


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    found = binaries()
    if found is None:
        pytest.skip("no PostgreSQL server: initdb is neither in /usr/lib/postgresql nor on PATH")
    # Not below pytest's folder, which no other user may enter; in memory where that can be.
    shared = Path("/dev/shm")  # noqa: S108 - the folder made in it is ours
    memory = shared if os.access(shared, os.W_OK) else None
    with tempfile.TemporaryDirectory(
        prefix="grader-pg-", dir=memory, ignore_cleanup_errors=True
    ) as name:
        made = Server(found, Path(name))
        made.start()
        try:
            yield made
        finally:
            made.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database, on both kinds."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'gradebook.sqlite'}"
    made: Server = request.getfixturevalue("server")
    return made.database()
