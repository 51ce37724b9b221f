"""What a grading shows at its end: results, and what became of them with other data. German."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from grader import console
from grader.messages import kind_word
from grader.model import VariantLook
from grader.pipeline import CohortResult

__all__ = ["STATUS", "show_cohort", "show_variant"]

STATUS = {
    "graded": "[green]bewertet[/green]",
    "needs_review": "[yellow]durchsehen[/yellow]",
    "not_gradable": "[red]nicht bewertbar[/red]",
}


def show_cohort(result: CohortResult, out: Path) -> None:
    """Print the summary table of a graded cohort and where everything lies."""
    table = console.titled("Ergebnisse")
    table.add_column("Abgabe", no_wrap=True)
    table.add_column("Punkte", justify="right")
    table.add_column("Status")
    table.add_column("offen", justify="right")
    table.add_column("Hinweise")
    for grade in result.grades.values():
        checks = [c for t in grade.tasks for c in t.checks]
        waiting = sum(c.status == "needs_review" for c in checks)
        kinds = sorted({kind_word(p.kind) for p in grade.problems})
        table.add_row(
            console.plain(grade.submission),
            f"{console.number(grade.points)} / {console.number(grade.max_points)}",
            STATUS[grade.status],
            str(waiting) if waiting else "",
            console.plain(", ".join(kinds)),
        )
    console.show(table)
    for name, reason in result.failures.items():
        console.aside().print(
            f"[red]{console.plain(name)} konnte nicht bewertet werden:[/red] "
            f"{console.plain(reason)}"
        )
    console.say(
        f"Rückmeldungen und Protokolle: [bold]{console.plain(out)}/…[/bold]   "
        f"Auswertung: [bold]{console.plain(out / 'cohort.html')}[/bold]   "
        f"Tabelle: [bold]{console.plain(out / 'grades.csv')}[/bold]"
    )


def show_variant(looks: Iterable[VariantLook], out: Path) -> None:
    """Print what became of results with other data, and where the report lies."""
    # Not at the top: the report's template.
    from grader.reports.variant import CONSPICUOUS

    table = console.titled("Mit anderen Daten")
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
        table.add_row(
            console.plain(look.submission), *(str(n or "") for n in counts), console.plain(text)
        )
    console.show(table)
    console.say(
        "Beobachtungen, keine Urteile; Punkte ändern sich nicht.   "
        f"Bericht: [bold]{console.plain(out / 'variant.html')}[/bold]"
    )
