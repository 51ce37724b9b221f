"""Times of the dashboard's pages with 500 groups of generated results, on SQLite and PostgreSQL.

    python -m benchmarks.dashboard [--groups 500] [--rounds 5] [--postgres URL]

Each page is asked for by a client on the same machine, warm and after points were entered. Beside
the clock stands what this process worked itself: on a busy machine the clock says little. Without
``--postgres`` a server of Debian's package is started for it.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from httpx2 import Response
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
    client = TestClient(app, base_url="http://127.0.0.1:1", follow_redirects=False)
    client.get(f"/anmelden?token={office.sessions.tokens['instructor']}")
    session = office.sessions.find(client.cookies["grader-1"])
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
    head = ("warm ms", "of it CPU", "changed ms", "of it CPU")
    print(f"{'page (medians)':32}" + "".join(f"{word:>12}" for word in head))
    slow: list[str] = []
    marks: list[tuple[float, float]] = []
    for name, path in pages.items():
        warm = [_time(lambda p=path: client.get(p)) for _ in range(rounds + 1)][1:]
        cold = []
        for turn in range(rounds):
            sent = {"csrf": session.csrf, "points": f"{0.5 * (turn % 3)}"}
            path_of_mark = f"/abgabe/{groups[turn]}/pruefung/q6"
            # Somebody else's marks in between are not seen: nothing is compared here.
            seen = office.submission(groups[turn]).row.checks["q6"].version
            made_mark = _time(
                lambda p=path_of_mark, s={**sent, "seen": str(seen)}: client.post(p, data=s)
            )
            marks.append(made_mark)
            cold.append(_time(lambda p=path: client.get(p)))
        figures = []
        for times in (warm, cold):
            figures += [
                statistics.median(t[0] for t in times),
                statistics.median(t[1] for t in times),
            ]
        print(f"{name:32}" + "".join(f"{figure:12.0f}" for figure in figures))
        if max(figures[0], figures[2]) > _TARGET_MS:
            slow.append(name)
    wall, own = (statistics.median(m[i] for m in marks) for i in (0, 1))
    print(f"{'entering points':32}{wall:12.0f}{own:12.0f}")
    print(f"over {_TARGET_MS} ms: {', '.join(slow) or 'none'}\n")
    office.close()


def _time(ask: Callable[[], Response]) -> tuple[float, float]:
    """Milliseconds on the clock and of this process's own work."""
    start, began = time.perf_counter(), time.process_time()
    answer = ask()
    took = 1000 * (time.perf_counter() - start), 1000 * (time.process_time() - began)
    if answer.status_code not in (200, 303):
        raise SystemExit(f"{answer.request.url}: {answer.status_code}")
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
