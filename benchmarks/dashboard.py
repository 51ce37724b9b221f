"""Times of the dashboard's pages with 500 groups of generated results, on SQLite and PostgreSQL.

    python -m benchmarks.dashboard [--groups 500] [--rounds 5] [--postgres URL]

Each page is asked for by a client on the same machine, warm and after a change (a mark makes the
overview to be read anew). Without ``--postgres`` a server of Debian's package is started for it.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from starlette.testclient import TestClient

from benchmarks.common import LAB
from grader.dashboard import Settings, create_app
from grader.gradebook import Gradebook
from grader.lab import Lab
from tests.dashboard.generated import grades
from tests.gradebook.conftest import Server, binaries

__all__ = ["main"]

_TARGET_MS = 200


def main() -> None:
    """Print a table of times in milliseconds."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--groups", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--postgres", default="", help="URL of a database that may be filled")
    options = parser.parse_args()
    lab = Lab.load(LAB)
    made = grades(lab, options.groups)
    with tempfile.TemporaryDirectory() as name:
        _measure("SQLite", "", Path(name), lab, made, options.rounds)
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        url = options.postgres
        url = url or stack.enter_context(_server(Path(name) / "server"))
        _measure("PostgreSQL", url, Path(name), lab, made, options.rounds)


def _measure(title: str, url: str, out: Path, lab: Lab, made: list, rounds: int) -> None:
    settings = Settings(lab=LAB, out=out, gradebook=url, port=1)
    with Gradebook(settings.gradebook_url) as book:
        start = time.perf_counter()
        book.record(lab, made)
        print(f"{title}: {len(made)} groups recorded in {time.perf_counter() - start:.1f} s")
        groups = [g.id for g in book.groups(book.cohort(lab.id).id)]
    app = create_app(settings)
    office = app.state.office
    client = TestClient(app, base_url="http://127.0.0.1:1")
    client.get(f"/anmelden?token={office.sessions.tokens['instructor']}")
    middle = groups[len(groups) // 2]
    pages = {
        "cohort": "/",
        "cohort, sorted by a task": "/?nach=2a&ab=1",
        "cohort, searched": "/?suche=gruppe04",
        "submission": f"/abgabe/{middle}",
        "review, all questions": "/durchsicht",
        "review, one question": "/durchsicht/q6",
        "statistics": "/statistik",
        "similar": "/aehnlich",
        "grading": "/bewerten",
        "export": "/export",
    }
    print(f"{'page':32} {'warm ms':>8} {'max':>8} {'after a change':>16} {'max':>8}")
    slow = []
    for name, path in pages.items():
        warm = [_time(client, path) for _ in range(rounds + 1)][1:]
        cold = []
        for turn in range(rounds):
            office.book.mark(
                groups[turn], "q1", author="Messung", points=0.5 * (turn % 3), comment=""
            )
            cold.append(_time(client, path))
        figures = [statistics.median(warm), max(warm), statistics.median(cold), max(cold)]
        print(f"{name:32} {figures[0]:8.0f} {figures[1]:8.0f} {figures[2]:16.0f} {figures[3]:8.0f}")
        if max(figures[0], figures[2]) > _TARGET_MS:
            slow.append(name)
    print(f"over {_TARGET_MS} ms: {', '.join(slow) or 'none'}\n")
    office.close()


def _time(client: TestClient, path: str) -> float:
    start = time.perf_counter()
    answer = client.get(path)
    took = 1000 * (time.perf_counter() - start)
    if answer.status_code != 200:
        raise SystemExit(f"{path}: {answer.status_code}")
    return took


@contextlib.contextmanager
def _server(folder: Path) -> Iterator[str]:
    """A PostgreSQL server of our own, as the tests start it."""
    found = binaries()
    if found is None:
        raise SystemExit("PostgreSQL: no server's programs here; name a database with --postgres")
    folder.mkdir(parents=True)
    folder.parent.chmod(0o755)
    server = Server(found, folder)
    server.start()
    try:
        yield server.database()
    finally:
        server.stop()


if __name__ == "__main__":
    main()
