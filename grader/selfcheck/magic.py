"""``%load_ext grader`` and ``%check 1a``: the self-check under a notebook's cell.

Loading it costs nothing; what it needs is imported when it is first used.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grader.checks.context import Side
    from grader.lab import Lab
    from grader.selfcheck.description import Description
    from grader.selfcheck.report import TaskReport
    from grader.selfcheck.seen import Seen

__all__ = ["Card", "CheckMagic"]

_SAVED = "Antworten liest der Selbsttest aus dem gespeicherten Notebook."
_HELP = (
    "%check 1a prüft eine Aufgabe, %check fragen die Kontrollfragen. Alles zusammen prüft im "
    "Terminal: grader check"
)
_QUESTIONS = ("fragen", "kontrollfragen")


class Card:
    """One task's report, as a host likes it: HTML or plain text."""

    def __init__(self, task: TaskReport, footer: str = "") -> None:
        self.task = task
        self.footer = footer

    def _repr_html_(self) -> str:
        from grader.selfcheck.page import card_html

        return card_html(self.task, self.footer)

    def __repr__(self) -> str:
        from grader.selfcheck.page import card_text

        return card_text(self.task, self.footer)


class CheckMagic:
    """The magic of one shell, and what it remembers of cells that the lab knows by their id."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self._description: Description | None = None
        self._after: dict[str, dict[str, Seen]] = {}
        self._failed: set[str] = set()

    def register(self) -> None:
        """Offer ``%check``, and listen to cells that end."""
        self.shell.register_magic_function(self.check, "line", "check")
        self.shell.events.register("post_run_cell", self.cell_ended)

    def unregister(self) -> None:
        """Listen no more."""
        with contextlib.suppress(ValueError):
            self.shell.events.unregister("post_run_cell", self.cell_ended)

    def check(self, line: str) -> Card | None:
        """Answer ``%check TASK``; a wrong call gets a sentence."""
        from grader.errors import GraderError

        try:
            return self._card(line.strip().strip("'\""))
        except GraderError as error:
            print(error)  # noqa: T201 - a notebook's output
            return None

    def cell_ended(self, result: Any) -> None:
        """Remember what the variables of a slot are now, before later cells use the names again."""
        # A self-check must never disturb the work that it looks at.
        with contextlib.suppress(Exception):
            slot = str(getattr(result.info, "cell_id", "") or "")
            if not slot:
                return
            description = self._open()
            names = {n for look in description.looks if look.slot == slot for n in look.names}
            if slot not in description.by_slot:
                return
            if not result.success:
                self._failed.add(slot)
                return
            self._failed.discard(slot)
            if names:
                from grader.selfcheck.live import seen_object

                held = self.shell.user_ns
                self._after[slot] = {n: seen_object(held[n]) for n in names if n in held}

    # ------------------------------------------------------------------ inside

    def _open(self) -> Description:
        if self._description is None:
            from grader.errors import UsageError
            from grader.selfcheck.description import (
                DESCRIPTION,
                find_description,
                read_description,
            )

            found = find_description([Path.cwd()])
            if found is None:
                raise UsageError(
                    f"Die Datei {DESCRIPTION} fehlt; sie gehört in den Arbeitsordner des "
                    f"Praktikums ({Path.cwd()})."
                )
            self._description = read_description(found)
        return self._description

    def _card(self, name: str) -> Card | None:
        description = self._open()
        if not name:
            tasks = ", ".join(t.id for t in description.tasks if t.notebook)
            print(f"{_HELP}\nAufgaben: {tasks}")  # noqa: T201 - a notebook's output
            return None
        if name.casefold() in _QUESTIONS:
            return self._questions(description)
        from grader.selfcheck.live import judge_live

        entry = description.task(name)
        if not entry.notebook:
            return self._questions(description)
        saved = self._saved(description, entry.notebook)
        report = judge_live(
            description, entry.id, self.shell.user_ns, self._after, self._failed, saved
        )
        answers = [s for s in description.slots if (s.task, s.kind) == (entry.id, "answer")]
        return Card(report, _SAVED if saved is not None and answers else "")

    def _questions(self, description: Description) -> Card:
        from grader.errors import UsageError
        from grader.intake.files import File
        from grader.intake.reader import read_files
        from grader.selfcheck.report import judge_questions

        paths = [p for p in sorted(Path.cwd().iterdir()) if "kontrollfrage" in p.name.casefold()]
        files = [File(p.name, p.read_bytes) for p in paths if p.suffix in (".md", ".ipynb")]
        if not files:
            raise UsageError(f"In {Path.cwd()} liegt keine Datei kontrollfragen.md.")
        read = read_files("", files, self._lab(description), description.released)
        names = ", ".join(f.name for f in files)
        return Card(
            judge_questions(description, read.answers), f"Gelesen: {names}, wie gespeichert."
        )

    def _saved(self, description: Description, notebook: str) -> Side | None:
        """The notebook's file, where the host says which it is."""
        from grader.checks.context import Side
        from grader.intake.align import align
        from grader.intake.reader import parse_notebook
        from grader.model import Evidence, Submission

        named = self.shell.user_ns.get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME")
        with contextlib.suppress(OSError, ValueError):
            if named and str(named).endswith(".ipynb"):
                lab = self._lab(description)
                read = parse_notebook(Path(str(named)).read_bytes(), notebook, str(named))
                placed = align(
                    read, lab, description.released[notebook], lab.notebook_slots(notebook)
                )
                found = Evidence(alignments={notebook: placed})
                return Side(lab, Submission("", {notebook: read}), found, description.given)
        return None

    def _lab(self, description: Description) -> Lab:
        return description.open_lab(Path.cwd(), Path.cwd().parent / "data")
