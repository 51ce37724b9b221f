"""Commands of the instructor's desk."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader import console
from grader.commands.options import (
    JOBS,
    REFERENCE,
    RESULTS,
    GradebookOption,
    JobsOption,
    KnownTermOption,
    LabOption,
    OutOption,
)
from grader.errors import UsageError

if TYPE_CHECKING:
    from grader.dashboard.sessions import Role

__all__ = ["serve_command"]

_PORT = 8765
_PACKAGES = ("fastapi", "uvicorn", "python_multipart")
_MISSING = (
    "Für das Dashboard fehlt ein Paket ({name}). Bitte nachinstallieren: "
    'pip install "grader[dashboard]"'
)


def serve_command(
    out: OutOption = RESULTS,
    lab: LabOption = REFERENCE,
    gradebook: GradebookOption = None,
    term: KnownTermOption = None,
    submissions: Annotated[
        Path | None,
        typer.Option(
            "--submissions",
            help="Ordner der Abgaben, die gezeigt und bewertet werden; Hochgeladenes kommt dazu.",
            metavar="ORDNER",
        ),
    ] = None,
    port: Annotated[
        int,
        typer.Option("--port", min=0, max=65535, help="Port; 0 nimmt einen freien."),
    ] = _PORT,
    jobs: JobsOption = JOBS,
    assistant: Annotated[
        bool,
        typer.Option(
            "--assistant", help="Auch eine Adresse für die Assistenz: bewerten, nicht freigeben."
        ),
    ] = False,
    unsafe: Annotated[
        bool,
        typer.Option("--unsafe", help="Von der Seite auch ohne Schutzwand bewerten."),
    ] = False,
) -> None:
    """Das Dashboard im Browser: durchsehen, bewerten, auswerten. Nur auf diesem Rechner."""
    for name in _PACKAGES:
        if importlib.util.find_spec(name) is None:
            raise UsageError(_MISSING.format(name=name.replace("_", "-")))
    # Not at the top: no other command needs a web server.
    from grader.dashboard import Settings, serve

    if submissions is not None and not submissions.exists():
        raise UsageError(f"{submissions} gibt es nicht.")

    def announce(addresses: dict[Role, str]) -> None:
        _show_addresses(addresses["instructor"], addresses["assistant"] if assistant else "")

    serve(
        Settings(
            lab=lab,
            out=out,
            gradebook=gradebook or "",
            term=term,
            submissions=submissions,
            port=port,
            jobs=jobs,
            unsafe=unsafe,
        ),
        announce,
    )


def _show_addresses(instructor: str, assistant: str = "") -> None:
    """Print where the dashboard is; an address is a key, and each role has its own."""
    console.say(f"Dashboard: [bold]{console.plain(instructor)}[/bold]", wrap=False)
    if assistant:
        console.say(f"Assistenz: [bold]{console.plain(assistant)}[/bold]", wrap=False)
    console.say("Die Adresse ist der Schlüssel; bitte nicht weitergeben. Ende mit Strg+C.")
