"""A self-check's report as a page, and one task's as a card for a notebook."""

from __future__ import annotations

import re
from typing import Literal

from markupsafe import Markup, escape

from grader.selfcheck.looks import Finding, State
from grader.selfcheck.report import Report, TaskReport
from grader.templating import render

__all__ = ["MARKS", "WORDS", "card_html", "card_text", "page_html"]

MARKS: dict[State, str] = {"passed": "✓", "failed": "✗", "warning": "!", "later": "·"}
WORDS: dict[State, str] = {
    "passed": "in Ordnung",
    "failed": "noch offen",
    "warning": "bitte ansehen",
    "later": "wird später geprüft",
}
_CODE = re.compile(r"`([^`\n]{1,300})`")


def page_html(report: Report) -> str:
    """Render the report: one self-contained file without scripts."""
    return render(
        "selfcheck/page.html",
        report=report,
        marks=MARKS,
        words=WORDS,
        marked=_marked,
        counts={state: _count(report, state) for state in MARKS},
    )


def card_html(task: TaskReport, footer: str = "") -> str:
    """Render one task for a notebook's output: inline styles only, follows the host's theme."""
    return render(
        "selfcheck/card.html",
        task=task,
        marks=MARKS,
        words=WORDS,
        marked=_marked,
        footer=footer,
    )


def card_text(task: TaskReport, footer: str = "") -> str:
    """The same as plain text, for hosts that show no HTML."""
    lines = [task.heading]
    lines += [f"  {MARKS[f.state]} {_plain(f)}" for f in task.findings]
    return "\n".join([*lines, *([f"  {footer}"] if footer else [])])


def _plain(finding: Finding) -> str:
    again = f" Nachlesen: {finding.read}." if finding.read else ""
    return finding.text.replace("`", "") + again


def _marked(text: str) -> Markup:
    """Escape a sentence and set what stands in backticks as code."""
    parts = _CODE.split(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(p) if i % 2 else escape(p) for i, p in enumerate(parts)
    )


def _count(report: Report, state: Literal["passed", "failed", "warning", "later"]) -> int:
    every = [*report.findings, *(f for task in report.tasks for f in task.findings)]
    return sum(f.state == state for f in every)
