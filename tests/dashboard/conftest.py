"""A dashboard over a few results made by hand, asked without a browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from grader.dashboard import Settings, create_app
from grader.dashboard.office import Office
from grader.dashboard.sessions import Role
from grader.gradebook import Gradebook, HandIn
from grader.lab import Lab
from grader.messages import problem
from grader.model import CheckResult, Grade, Problem, TaskGrade
from tests.pocket import MINILAB

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"
BASE = "http://127.0.0.1:8765"


@dataclass
class Desk:
    """The application, and clients that have come in."""

    app: FastAPI
    out: Path

    @property
    def office(self) -> Office:
        office: Office = self.app.state.office
        return office

    def client(self, role: Role = "instructor") -> TestClient:
        """A browser of its own that has shown its role's token."""
        client = TestClient(self.app, base_url=BASE, follow_redirects=False)
        answer = client.get("/anmelden", params={"token": self.office.sessions.tokens[role]})
        assert answer.status_code == 200
        return client

    def csrf(self, client: TestClient) -> str:
        """The secret in this client's pages."""
        session = self.office.sessions.find(client.cookies["grader-8765"])
        assert session is not None
        return session.csrf

    def group(self, name: str) -> int:
        """A group's id."""
        return next(r.group.id for r in self.office.overview().rows if r.group.name == name)


def result(
    name: str,
    answer: str = "Die Summe durch die Anzahl.",
    *,
    points: float = 1.0,
    confidence: float = 0.5,
    mean: bool = True,
    problems: tuple[Problem, ...] = (),
    message: str = "Wird durchgesehen.",
) -> Grade:
    """A result of the tiny lab."""
    quote = "Summe" if "Summe" in answer else ""
    details = {
        "answer": answer,
        "concepts": [
            {
                "id": "s",
                "label": "Summe",
                "share": float(bool(quote)),
                "quotes": [quote] * bool(quote),
            },
            {"id": "n", "label": "Anzahl", "share": 0.0, "quotes": []},
        ],
        "misconceptions": [],
        "flags": [],
        "unread": [],
    }
    question = CheckResult("q1", "needs_review", points, 2.0, confidence, message, details)
    status = "passed" if mean else "failed"
    value = CheckResult("1a.mean", status, 3.0 if mean else 0.0, 3.0, 1.0, "Der Mittelwert.")
    total = CheckResult("1b.sum", "passed", 5.0, 5.0, 1.0, "Die Summe.", {"expected": 4.5})
    tasks = [
        TaskGrade("kontrollfragen", points, 2.0, (question,)),
        TaskGrade("1a", value.points, 3.0, (value,)),
        TaskGrade("1b", 5.0, 5.0, (total,)),
    ]
    return Grade(
        name,
        "mini",
        sum(t.points for t in tasks),
        10.0,
        "needs_review",
        tuple(tasks),
        problems,
        {"seconds": 2.0, "profile": "plain", "task_seconds": {"1a": 0.5, "1b": 0.25}},
    )


GRADES = (
    result("gruppe01", confidence=0.9),
    result("gruppe02", "die Summe durch die  anzahl!", confidence=0.2),
    result("gruppe10", "Nicht die Summe durch die Anzahl.", confidence=0.3, mean=False),
    result(
        f"übung {HOSTILE}",
        f"Die Summe {HOSTILE} $x^2$",
        points=0.0,
        confidence=0.4,
        problems=(problem("missing_notebook", "uebung"), Problem("timeout", HOSTILE, "uebung", 1)),
        message=HOSTILE,
    ),
)
PARTICIPANTS = {"gruppe01": ("Mara Muster",), f"übung {HOSTILE}": (f"Eve {HOSTILE}",)}


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gradebook with four groups of the tiny lab, one of them hostile; to be copied."""
    path = tmp_path_factory.mktemp("book") / "gradebook.sqlite"
    with Gradebook(path) as book:
        handed_in = {
            g.submission: HandIn(digest=f"d{i}", participants=PARTICIPANTS.get(g.submission, ()))
            for i, g in enumerate(GRADES)
        }
        book.record(Lab.load(MINILAB), GRADES, handed_in=handed_in)
    return path


@pytest.fixture
def desk(recorded: Path, tmp_path: Path) -> Iterator[Desk]:
    """A dashboard of its own over a copy of the recorded gradebook."""
    out = tmp_path / "results"
    out.mkdir()
    shutil.copy(recorded, out / recorded.name)
    # Not the lab in the checkout: somebody may have run its reference.
    lab = Path(
        shutil.copytree(MINILAB, tmp_path / "lab", ignore=shutil.ignore_patterns(".evidence"))
    )
    settings = Settings(lab=lab, out=out, port=8765, form_bytes=100_000, upload_bytes=300_000)
    made = Desk(create_app(settings), out)
    yield made
    made.office.close()
