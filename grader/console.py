"""What the commands show: progress, tables, sentences. German."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from grader.engine.base import Progress
from grader.engine.schedule import Outlook
from grader.model import CheckResult, Grade, VariantLook

if TYPE_CHECKING:
    from grader.checks.rubricfaults import RubricReport
    from grader.checks.trial import Trial
    from grader.doctor import Finding
    from grader.gradebook import Overview
    from grader.pipeline import CohortResult, SelfCheck

__all__ = [
    "CohortProgress",
    "fail",
    "plain",
    "say",
    "show",
    "show_addresses",
    "show_cohort",
    "show_findings",
    "show_overview",
    "show_rubrics",
    "show_self_check",
    "show_trial",
    "show_variant",
]

_OUT = Console(highlight=False)
_ERR = Console(stderr=True, highlight=False)
_MOST_LINES = 12
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


def show(table: Table) -> None:
    """Print a table."""
    _OUT.print(table)


def fail(text: str) -> None:
    """Print an error sentence to standard error."""
    _ERR.print(f"[bold red]Fehler:[/bold red] {escape(text)}", soft_wrap=True)


def plain(value: object) -> str:
    """Escape rich markup in what is not ours."""
    return escape(str(value))


def show_addresses(instructor: str, assistant: str = "") -> None:
    """Print where the dashboard is; an address is a key, and each role has its own."""
    _OUT.print(f"Dashboard: [bold]{plain(instructor)}[/bold]", soft_wrap=True)
    if assistant:
        _OUT.print(f"Assistenz: [bold]{plain(assistant)}[/bold]", soft_wrap=True)
    _OUT.print("Die Adresse ist der Schlüssel; bitte nicht weitergeben. Ende mit Strg+C.")


def number(value: float) -> str:
    """German decimal comma, no superfluous zero: 7, 7,5."""
    return f"{value:g}".replace(".", ",")


class CohortProgress:
    """What runs, what waits and how long it will take; plain lines without a terminal."""

    def __init__(self, title: str = "Notebooks") -> None:
        self._title = title
        self._lock = threading.Lock()
        self._cells: dict[tuple[str, str], Progress] = {}
        self._since: dict[tuple[str, str], float] = {}
        self._outlook = Outlook((), 0, 0, 0.0)
        self._seen = time.monotonic()
        self._total = self._done = 0
        self._judging: set[str] = set()
        self._graded = 0
        self._live = Live(self, console=_ERR, transient=True, refresh_per_second=4)

    def __enter__(self) -> CohortProgress:
        if _ERR.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    # ------------------------------------------------------------------ what is told

    def planned(self, runs: int, cached: int) -> None:
        """Further notebooks are about to run."""
        with self._lock:
            self._total += runs + cached
            self._done += cached
        if not _ERR.is_terminal and runs:
            _ERR.print(f"{self._title}: {runs} laufen, {cached} liegen schon vor.")

    def short_of_memory(self, kernels: int, jobs: int, memory_mb: int) -> None:
        """Fewer run at once than asked for."""
        notebooks = "ein Notebook" if kernels == 1 else f"{kernels} Notebooks zugleich"
        _ERR.print(
            f"Der freie Arbeitsspeicher reicht für {notebooks} (je bis "
            f"{number(round(memory_mb / 1024, 1))} GB), nicht für {jobs}."
        )

    def outlook(self, outlook: Outlook) -> None:
        """A notebook has started or ended."""
        now = time.monotonic()
        with self._lock:
            self._outlook, self._seen = outlook, now
            running = {(job.label, job.notebook) for job in outlook.running}
            self._since = {key: self._since.get(key, now) for key in running}
            self._cells = {k: c for k, c in self._cells.items() if k in running}

    def cell(self, progress: Progress) -> None:
        """A cell starts."""
        with self._lock:
            self._cells[progress.label, progress.notebook] = progress

    def ran(self, label: str, notebook: str) -> None:
        """A notebook has been run."""
        with self._lock:
            self._done += 1
            count, left = f"{self._done}/{self._total}", self._left()
        if not _ERR.is_terminal:
            _ERR.print(f"  {count}  {plain(label)} {notebook} ausgeführt{left}")

    def kept(self, submissions: int) -> None:
        """Unchanged submissions keep what they have."""
        one = "Eine Abgabe ist unverändert; ihr Ergebnis bleibt."
        many = f"{submissions} Abgaben sind unverändert; ihre Ergebnisse bleiben."
        _ERR.print(one if submissions == 1 else many)

    def judging(self, submission: str) -> None:
        """A submission will be judged."""
        with self._lock:
            self._judging.add(submission)

    def graded(self, grade: Grade) -> None:
        """A submission has its result."""
        with self._lock:
            self._judging.discard(grade.submission)
            self._graded += 1
        if not _ERR.is_terminal:
            points = f"{number(grade.points)} von {number(grade.max_points)}"
            _ERR.print(f"  {plain(grade.submission)}: {points} Punkte")

    # ------------------------------------------------------------------ what is shown

    def __rich__(self) -> RenderableType:
        """The picture of this moment."""
        with self._lock:
            if not self._total:
                return Text("")
            head = Table.grid(padding=(0, 2))
            bar = ProgressBar(total=self._total, completed=self._done, width=28)
            head.add_row(self._title, bar, f"{self._done}/{self._total}{self._left()}")
            lines = Table.grid(padding=(0, 2), expand=True)
            lines.add_column(no_wrap=True, overflow="ellipsis", max_width=34)
            lines.add_column(no_wrap=True)
            lines.add_column(no_wrap=True, overflow="ellipsis", style="dim", ratio=1)
            lines.add_column(no_wrap=True, justify="right")
            for key in list(self._since)[:_MOST_LINES]:
                lines.add_row(*self._line(key))
            return Group(head, lines, Text(self._rest(), style="dim"))

    def _line(self, key: tuple[str, str]) -> tuple[Text, str, Text, str]:
        cell = self._cells.get(key)
        seconds = int(time.monotonic() - self._since[key])
        name = Text(f"  {key[0]} · {key[1]}")
        time_ = f"{seconds // 60}:{seconds % 60:02d}"
        if cell is None:
            return name, "Kernel startet", Text(""), time_
        return name, f"Zelle {cell.position}/{cell.total}", Text(cell.line), time_

    def _rest(self) -> str:
        more = len(self._since) - _MOST_LINES
        parts = [
            f"{more} weitere laufen" if more > 0 else "",
            f"{self._outlook.waiting} warten" if self._outlook.waiting else "",
            f"{len(self._judging)} in Bewertung" if self._judging else "",
            f"{self._graded} bewertet" if self._graded else "",
        ]
        return "  " + " · ".join(p for p in parts if p)

    def _left(self) -> str:
        """What is left to do, as time; ``""`` where nothing runs or it is nearly over."""
        seconds = self._outlook.seconds - (time.monotonic() - self._seen)
        if seconds < 5 or not (self._outlook.running or self._outlook.waiting):
            return ""
        # The longer, the less sure.
        step = 5 if seconds < 60 else 10 if seconds < 300 else 60
        rounded = max(step, step * round(seconds / step))
        minutes, rest = divmod(rounded, 60)
        text = [f"{minutes} min" if minutes else "", f"{rest} s" if rest else ""]
        return f", noch etwa {' '.join(t for t in text if t)}"


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


def show_overview(overview: Overview) -> None:
    """Print a cohort as its gradebook has it."""
    cohort = overview.cohort
    title = f"Notenbuch {cohort.lab}" + (f", {cohort.term}" if cohort.term else "")
    table = Table(title=title, title_justify="left", header_style="bold")
    table.add_column("Gruppe", no_wrap=True)
    for name in ("Punkte", "automatisch", "Zusatz", "Abzug", "Gesamt"):
        table.add_column(name, justify="right")
    table.add_column("Status")
    table.add_column("offen", justify="right")
    table.add_column("Automatik geändert unter Punkten von Hand", overflow="fold")
    for row in overview.rows:
        status = _STATUS[row.status] if row.status else "[dim]nicht bewertet[/dim]"
        numbers = (row.extra, row.deduction)
        table.add_row(
            plain(row.group.title),
            number(row.points),
            number(row.automatic),
            *(number(n) if n else "" for n in numbers),
            number(row.total),
            status,
            str(row.waiting or ""),
            plain(", ".join(row.changed)),
        )
    _OUT.print(table)
    if cohort.due_at is not None:
        _OUT.print(f"Abzugeben bis {cohort.due_at.astimezone():%d.%m.%Y, %H:%M} Uhr.")
    if cohort.released_at is not None:
        _OUT.print(f"Freigegeben am {cohort.released_at.astimezone():%d.%m.%Y, %H:%M} Uhr.")


def show_variant(looks: Iterable[VariantLook], out: Path) -> None:
    """Print what became of results with other data, and where the report lies."""
    # Not at the top: the report's template.
    from grader.reports.variant import CONSPICUOUS

    table = Table(title="Mit anderen Daten", title_justify="left", header_style="bold")
    table.add_column("Abgabe", no_wrap=True)
    for name in ("folgt", "eingetippt", "nicht vergleichbar", "auffällig"):
        table.add_column(name, justify="right")
    table.add_column("Auffällig ist", overflow="fold", ratio=1)
    for look in looks:
        states = [f.state for f in look.findings]
        seen = [f"{f.task} {f.title}" for f in look.findings if f.state in CONSPICUOUS]
        counts = [states.count(s) for s in ("follows", "typed", "incomparable")]
        counts.append(len(seen))
        text = look.problem or "\n".join(seen)
        table.add_row(plain(look.submission), *(str(n or "") for n in counts), plain(text))
    _OUT.print(table)
    _OUT.print(
        "Beobachtungen, keine Urteile; Punkte ändern sich nicht.   "
        f"Bericht: [bold]{plain(out / 'variant.html')}[/bold]"
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


def show_trial(trial: Trial) -> None:
    """Print what a text would get, and on which words that rests."""
    found = trial.suggestion
    details = found.details()
    _OUT.print(f"[bold]{trial.check.id}[/bold]  {plain(trial.question or trial.check.title)}")
    table = Table(header_style="bold", expand=False)
    table.add_column("")
    table.add_column("Gedanke")
    table.add_column("Anteil", justify="right")
    table.add_column("Worte, die ihn zeigen")
    for finding in found.findings:
        mark = "passed" if finding.share >= 1 else "partial" if finding.share > 0 else "failed"
        how = "" if finding.how in (None, "exact") else f" [dim]({_HOW[finding.how]})[/dim]"
        words = plain("; ".join(f"„{q}“" for q in finding.quotes)) + how
        if not finding.quotes:
            words = "[dim]nur verneint[/dim]" if finding.negated else "[dim]fehlt[/dim]"
        share = f"{finding.share:.0%}".replace("%", " %")
        table.add_row(_MARK[mark], plain(finding.concept.label), share, words)
    _OUT.print(table)
    for error, quote in found.misconceptions:
        _OUT.print(
            f"[red]Denkfehler:[/red] {plain(error.label)} („{plain(quote)}“)", soft_wrap=True
        )
    for flag in details["flags"]:
        _OUT.print(f"[yellow]Hinweis:[/yellow] {plain(flag['label'])}", soft_wrap=True)
    for name, texts in (("Nicht erkannt", found.unread), ("Zählt nicht", found.aside)):
        for text in texts:
            _OUT.print(f"[dim]{name}: „{plain(text)}“[/dim]", soft_wrap=True)
    points = f"{number(trial.points)} von {number(trial.check.points)}"
    trust = number(round(found.confidence, 2))
    _OUT.print(
        f"[bold]Vorschlag: {points} Punkten[/bold] (Anteil {number(round(found.fraction, 2))}), "
        f"Vertrauen {trust}"
    )
    if trial.said:
        _OUT.print(f"Die Gruppe liest: {plain(trial.said)}", soft_wrap=True)
    if not trial.question:
        _OUT.print(
            "[dim]In einer Abgabe kann die Prüfung dazu Belege des Notebooks heranziehen.[/dim]",
            soft_wrap=True,
        )


_HOW = {"compound": "als Teil eines Wortes", "fuzzy": "über Schreibfehler hinweg"}


def show_rubrics(reports: Iterable[RubricReport]) -> None:
    """Print which rubrics are sound and what is wrong with the others."""
    reports = list(reports)
    for report in reports:
        mark = _MARK["failed" if report.faults else "passed"]
        size = f"{report.concepts} Gedanken, {report.phrases} Wendungen" if report.phrases else ""
        _OUT.print(f"{mark} {plain(report.name)}  [dim]{size}[/dim]")
        for fault in report.faults:
            _OUT.print(f"    [red]Fehler:[/red] {plain(fault)}", soft_wrap=True)
        for remark in report.remarks:
            _OUT.print(f"    [dim]Hinweis: {plain(remark)}[/dim]", soft_wrap=True)
    faulty = sum(bool(report.faults) for report in reports)
    one = "Ein Bewertungsraster hat Fehler." if faulty == 1 else ""
    many = f"{faulty} Bewertungsraster haben Fehler." if faulty else ""
    _OUT.print(one or many or f"{len(reports)} Bewertungsraster geprüft, alle in Ordnung.")
