"""How well the free-text suggestions agree with a person's scores.

``python -m benchmarks.answers [FOLDER]`` reads labelled answers (``tests/cases/answers`` explains
the format; ``score`` is the exact share of the points, otherwise the middle of ``fraction`` stands
for it), has each judged by the lab's checks, and prints per question and overall the quadratic
weighted kappa (scores and suggestions in quarter steps), the mean absolute and the signed error as
shares of the points, the share inside ``fraction``, and every confident miss.

``--cross`` judges every answer by the rubrics of the *other* questions: off-topic text, which
should get little.
"""

from __future__ import annotations

import argparse
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sklearn.metrics import cohen_kappa_score

from benchmarks.common import ROOT, report
from grader.checks.answers import judge
from grader.checks.rubric import load_rubric
from grader.checks.runner import half_points
from tests.reference.texts import LAB, answers_in, judge_text

__all__ = ["Judged", "kappa", "main"]

STEPS = 4
CONFIDENT = 0.6
"""From this confidence on a suggestion counts as confident."""
LONG = 20
"""Words from which an answer counts as long."""
FAR = 0.5
"""A miss of so large a share of the points is listed, however low the confidence."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One labelled answer and the suggestion for it, both as shares of the points."""

    check: str
    set: str
    score: float
    low: float
    high: float
    suggested: float
    confidence: float
    text: str

    @property
    def error(self) -> float:
        """Suggestion minus score."""
        return self.suggested - self.score

    @property
    def inside(self) -> bool:
        """Whether the suggestion lies in the labelled range."""
        return self.low <= self.suggested <= self.high

    @property
    def outside(self) -> float:
        """Distance from the labelled range."""
        return max(self.low - self.suggested, self.suggested - self.high, 0.0)


def read(folder: Path, only: str = "") -> list[Judged]:
    """Judge all labelled answers of a folder, or those of one set."""
    found = []
    for check, answer in answers_in(folder):
        if only and answer.get("set") != only:
            continue
        points = LAB.checks[check].points
        outcome = judge_text(check, answer["text"])
        score = answer.get("score")
        low, high = answer.get("fraction", (score, score))
        found.append(
            Judged(
                check=check,
                set=answer.get("set", ""),
                score=(low + high) / 2 if score is None else score,
                low=low,
                high=high,
                suggested=half_points(outcome.fraction, points) / points,
                confidence=outcome.confidence,
                text=answer["text"],
            )
        )
    return found


def kappa(answers: Sequence[Judged]) -> float:
    """Quadratic weighted kappa of scores and suggestions in quarter steps; NaN if undefined."""
    given = [_quarters(a.score) for a in answers]
    suggested = [_quarters(a.suggested) for a in answers]
    if len(set(given) | set(suggested)) < 2:
        return math.nan
    labels = list(range(STEPS + 1))
    return float(cohen_kappa_score(given, suggested, labels=labels, weights="quadratic"))


def _quarters(share: float) -> int:
    return math.floor(share * STEPS + 0.5)


def _mean(values: Iterable[float]) -> float:
    held = list(values)
    return sum(held) / len(held) if held else math.nan


def _row(name: str, answers: Sequence[Judged]) -> list[str]:
    return [
        name,
        str(len(answers)),
        f"{kappa(answers):.2f}",
        f"{_mean(abs(a.error) for a in answers):.3f}",
        f"{_mean(a.error for a in answers):+.3f}",
        f"{_mean(a.inside for a in answers):.0%}",
        str(sum(_confident_miss(a) for a in answers)),
    ]


def _confident_miss(answer: Judged) -> bool:
    return answer.outside > 0 and answer.confidence >= CONFIDENT


def _shown(answers: Sequence[Judged]) -> Table:
    table = Table(title=f"{len(answers)} answers", title_justify="left")
    for column in ("", "n", "kappa", "MAE", "signed", "inside", "confident misses"):
        table.add_column(column, justify="left" if not column else "right")
    for attribute in ("check", "set"):
        groups: dict[str, list[Judged]] = defaultdict(list)
        for answer in answers:
            groups[getattr(answer, attribute)].append(answer)
        for name in sorted(groups, key=lambda n: (len(n), n)):
            table.add_row(*_row(name, groups[name]))
        table.add_section()
    table.add_row(*_row("all", answers))
    return table


def _missed(answers: Sequence[Judged], everything: bool) -> list[Judged]:
    missed = [
        a for a in answers if _confident_miss(a) or a.outside >= (0.01 if everything else FAR)
    ]
    return sorted(missed, key=lambda a: (a.check, -abs(a.error)))


def _cross(folder: Path) -> Table:
    """Judge each answer by the rubrics of all other questions."""
    table = Table(title="answers to other questions", title_justify="left")
    for column in ("rubric", "n", "mean", "at least half", "confident", "worst source"):
        table.add_column(column, justify="right" if column != "rubric" else "left")
    written = [(check, a["text"]) for check, a in answers_in(folder)]
    for check in sorted(path.stem for path in (LAB.folder / "rubrics").glob("[q0-9]*.toml")):
        rubric = load_rubric(LAB.folder / "rubrics" / f"{check}.toml")
        judged = [(source, judge(rubric, text)) for source, text in written if source != check]
        half = [(source, s) for source, s in judged if s.fraction >= 0.5]
        sources = [source for source, _ in half]
        worst = max(set(sources), key=sources.count, default="")
        table.add_row(
            check,
            str(len(judged)),
            f"{_mean(s.fraction for _, s in judged):.3f}",
            str(len(half)),
            str(sum(s.confidence >= CONFIDENT for _, s in half)),
            f"{worst} ({sources.count(worst)})" if worst else "",
        )
    return table


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 1 if a long answer got a confident suggestion that is too low."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument(
        "folder", type=Path, nargs="?", default=ROOT / "tests" / "cases" / "answers"
    )
    parser.add_argument("--set", default="", help="only the answers of this set")
    parser.add_argument("--misses", action="store_true", help="list every miss, not only the worst")
    parser.add_argument(
        "--cross", action="store_true", help="judge by the other questions' rubrics"
    )
    parser.add_argument("--json", type=Path, help="also write the figures into this file")
    options = parser.parse_args(arguments)
    console = Console(highlight=False, width=150)
    if options.cross:
        console.print(_cross(options.folder))
        return 0
    answers = read(options.folder, options.set)
    if not answers:
        parser.error(f"no answers in {options.folder}")
    console.print(_shown(answers))
    for a in _missed(answers, options.misses):
        console.print(
            f"{a.check} {a.set}: suggested {a.suggested:.2f} (confidence {a.confidence:.2f}), "
            f"person {a.score:.2f} [{a.low:.2f}..{a.high:.2f}]\n    {' '.join(a.text.split())}",
            markup=False,
        )
    figures = {"kappa": kappa(answers), "answers": [asdict(a) for a in answers]}
    report(options.json, "answers", figures)
    return int(any(_buried(a) for a in answers))


def _buried(answer: Judged) -> bool:
    """Tell whether a long answer got a confident suggestion that is too low."""
    long = len(answer.text.split()) >= LONG
    return long and answer.suggested < answer.low and answer.confidence >= CONFIDENT


if __name__ == "__main__":
    raise SystemExit(main())
