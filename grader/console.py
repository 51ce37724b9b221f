"""What the commands show: progress, tables, sentences. German."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress import (
    Progress as Bar,
)
from rich.table import Table

from grader.doctor import Finding
from grader.engine.base import Progress
from grader.model import CheckResult, Grade

if TYPE_CHECKING:
    from grader.pipeline import CohortResult, SelfCheck

__all__ = [
    "CohortProgress",
    "fail",
    "plain",
    "say",
    "show_cohort",
    "show_findings",
    "show_self_check",
]

_OUT = Console(highlight=False)
_ERR = Console(stderr=True, highlight=False)
_STATUS = {
    "graded": "[green]bewertet[/green]",
    "needs_review": "[yellow]durchsehen[/yellow]",
    "not_gradable": "[red]nicht bewertbar[/red]",
}
_MARK = {
    "passed": "[green]✓[/green]",
    "partial": "[yellow]◐[/yellow]",
    "failed": "[red]✗[/red]",
    "not_judged": "[dim]–[/dim]",
    "needs_review": "[cyan]…[/cyan]",
}


def say(text: str) -> None:
    """Print a line (rich markup)."""
    _OUT.print(text)


def fail(text: str) -> None:
    """Print an error sentence to standard error."""
    _ERR.print(f"[bold red]Fehler:[/bold red] {escape(text)}", soft_wrap=True)


def plain(value: object) -> str:
    """Escape rich markup in what is not ours."""
    return escape(str(value))


def number(value: float) -> str:
    """German decimal comma, no superfluous zero: 7, 7,5."""
    return f"{value:g}".replace(".", ",")


class CohortProgress:
    """A progress bar over notebooks, with a line for each that runs; plain lines without a
    terminal."""

    def __init__(self, title: str = "Notebooks") -> None:
        self._title = title
        self._lock = threading.Lock()
        self._lines: dict[tuple[str, str], TaskID] = {}
        self._total: TaskID | None = None
        self._bar = Bar(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=_ERR,
            transient=True,
        )

    def __enter__(self) -> CohortProgress:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def planned(self, runs: int, cached: int) -> None:
        """A batch of notebooks is about to run."""
        with self._lock:
            if self._total is not None:
                self._bar.remove_task(self._total)
            self._total = self._bar.add_task(self._title, total=runs + cached, completed=cached)
        if not _ERR.is_terminal and runs:
            _ERR.print(f"{self._title}: {runs} laufen, {cached} liegen schon vor.")

    def cell(self, progress: Progress) -> None:
        """A cell starts."""
        text = f"  {plain(progress.label)} · {progress.notebook} · [dim]{plain(progress.line[:50])}"
        key = (progress.label, progress.notebook)
        with self._lock:
            if key not in self._lines:
                self._lines[key] = self._bar.add_task(text, total=progress.total)
            line = self._lines[key]
            self._bar.update(line, description=text, completed=progress.position - 1)

    def ran(self, label: str, notebook: str) -> None:
        """A notebook has been run."""
        with self._lock:
            line = self._lines.pop((label, notebook), None)
            if line is not None:
                self._bar.remove_task(line)
            if self._total is not None:
                self._bar.advance(self._total)
        if not _ERR.is_terminal:
            _ERR.print(f"  {plain(label)} {notebook} ausgeführt")

    def graded(self, grade: Grade) -> None:
        """A submission has its result."""
        if not _ERR.is_terminal:
            points = f"{number(grade.points)} von {number(grade.max_points)}"
            _ERR.print(f"  {plain(grade.submission)}: {points} Punkte")


def show_cohort(result: CohortResult, out: Path) -> None:
    """Print the summary table of a graded cohort and where everything lies."""
    table = Table(title="Ergebnisse", title_justify="left", header_style="bold")
    table.add_column("Abgabe", no_wrap=True)
    table.add_column("Punkte", justify="right")
    table.add_column("Status")
    table.add_column("offen", justify="right")
    table.add_column("Hinweise")
    for grade in result.grades.values():
        checks = [c for t in grade.tasks for c in t.checks]
        waiting = sum(c.status == "needs_review" for c in checks)
        kinds = sorted({p.kind for p in grade.problems})
        table.add_row(
            plain(grade.submission),
            f"{number(grade.points)} / {number(grade.max_points)}",
            _STATUS[grade.status],
            str(waiting) if waiting else "",
            plain(", ".join(kinds)),
        )
    _OUT.print(table)
    for name, reason in result.failures.items():
        _ERR.print(f"[red]{plain(name)} konnte nicht bewertet werden:[/red] {plain(reason)}")
    _OUT.print(
        f"Rückmeldungen und Protokolle: [bold]{plain(out)}/…[/bold]   "
        f"Auswertung: [bold]{plain(out / 'cohort.html')}[/bold]   "
        f"Tabelle: [bold]{plain(out / 'grades.csv')}[/bold]"
    )


def show_self_check(found: SelfCheck) -> None:
    """Print what a student may know before handing in: no points, no expected values."""
    lab, side = found.side.lab, found.side
    for entry in found.grade.problems:
        where = f"{entry.notebook}, " if entry.notebook and entry.cell is not None else ""
        _OUT.print(f"[yellow]![/yellow] {plain(where + entry.message)}", soft_wrap=True)
    for task in found.grade.tasks:
        spec = lab.task(task.id)
        title = f"Aufgabe {task.id}" if spec.notebook else spec.title
        if spec.notebook and spec.notebook not in side.submission.notebooks:
            continue
        if not spec.notebook and not side.submission.answers:
            continue
        _OUT.print(f"\n[bold]{title}[/bold]" + (f"  {spec.title}" if spec.notebook else ""))
        if spec.notebook:
            _OUT.print(_presence(found, task.id), soft_wrap=True)
        for result in task.checks:
            _OUT.print(_hint(found, result), soft_wrap=True)
    _OUT.print(
        "\n[dim]Der Selbsttest zeigt keine Lösungen. Was er nicht prüft, wird bei der "
        "Bewertung geprüft.[/dim]",
        soft_wrap=True,
    )


def _presence(found: SelfCheck, task: str) -> str:
    cells = found.side.cells(task)
    if not cells:
        return "  [red]✗[/red] Zu dieser Aufgabe wurde kein Code gefunden."
    bad = [c for c in cells if c.status != "ok"]
    if not bad:
        return "  [green]✓[/green] Der Code ist da und läuft ohne Fehler."
    training = {s.id for s in found.side.lab.slots if s.training}
    notes = []
    for cell in bad:
        name = found.side.notebook_of(task)
        alignment = found.side.alignment(name)
        slots = set(alignment.placements[cell.index].slots) if alignment else set()
        if cell.status == "timeout" and slots & training:
            notes.append(
                f"  [cyan]…[/cyan] Zelle {cell.index + 1}: Das Training wurde im Selbsttest nach "
                f"{cell.seconds:.0f} Sekunden angehalten; bei der Bewertung läuft es ganz."
            )
        else:
            notes.append(f"  [red]✗[/red] Zelle {cell.index + 1} läuft nicht fehlerfrei durch.")
    return "\n".join(notes)


def _hint(found: SelfCheck, result: CheckResult) -> str:
    spec = found.side.lab.checks[result.id]
    title = plain(spec.title)
    if spec.kind == "text" and spec.task and not found.side.lab.task(spec.task).notebook:
        number_of = int(result.id.lstrip("q")) if result.id.lstrip("q").isdigit() else 0
        words = len(found.side.submission.answers.get(number_of, "").split())
        if not words:
            return f"  [red]✗[/red] {title} ist leer."
        return f"  [green]✓[/green] {title}: {words} Wörter; wird bei der Bewertung geprüft."
    if not spec.public:
        return f"  [dim]·[/dim] {title}: wird bei der Bewertung geprüft."
    return f"  {_MARK[result.status]} {title}: {plain(result.message)}"


def show_findings(findings: Iterable[Finding]) -> None:
    """Print the doctor's table."""
    table = Table(title="grader doctor", title_justify="left", header_style="bold")
    table.add_column("")
    table.add_column("Was", no_wrap=True)
    table.add_column("Befund")
    table.add_column("Abhilfe")
    marks = {"ok": "[green]✓[/green]", "missing": "[red]✗[/red]", "note": "[yellow]![/yellow]"}
    for finding in findings:
        table.add_row(marks[finding.state], finding.name, plain(finding.text), plain(finding.help))
    _OUT.print(table)
