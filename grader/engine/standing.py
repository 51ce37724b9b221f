"""Which walls can stand on this machine: each layer is really put up once, on trial."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from dataclasses import fields
from typing import Any

from grader.engine.provision import base_environment, run_in_wall
from grader.engine.wall import (
    ROOT_KEEPS,
    grader_folder,
    inside_uid,
    outer_wall_missing,
    readable_paths,
    wall_arguments,
)
from grader.engine.walls import Walls

__all__ = ["missing_layers", "standing"]


@functools.cache
def missing_layers() -> dict[str, str]:
    """Every layer of :class:`~grader.engine.walls.Walls` with the reason why it cannot stand.

    The reason is a German sentence or a system's message; ``""`` where the layer stands.
    """
    outer = outer_wall_missing()
    inner = _tried(not outer)
    return {"outer": outer, **{f.name: inner.get(f.name, "") for f in fields(Walls)[1:]}}


def standing() -> Walls:
    """The layers that can stand here."""
    missing = missing_layers()
    return Walls(**{name: not reason for name, reason in missing.items()})


def _tried(outer: bool) -> dict[str, str]:
    if sys.platform != "linux":
        reason = "gibt es nur unter Linux"
        return {f.name: reason for f in fields(Walls)[1:]}
    readable = [*readable_paths(), *([] if outer else [str(grader_folder())])]
    options = {"readable": readable, "uid": inside_uid(), "proc": outer}
    command = [sys.executable, "-m", "inside.trial", json.dumps(options)]
    environment = base_environment()
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    errors = b""
    try:
        if outer:
            arguments = wall_arguments({}, "/", root_keeps=ROOT_KEEPS)
            process = run_in_wall(arguments, command, environment, **pipes)
        else:
            environment["PYTHONPATH"] = str(grader_folder() / "engine")
            process = subprocess.Popen(command, env=environment, cwd="/", **pipes)  # noqa: S603
        answer, errors = process.communicate(timeout=60)
        found: dict[str, str] = json.loads(answer)
    except (OSError, subprocess.SubprocessError, ValueError):
        lines = errors.decode("utf-8", "replace").strip().splitlines()
        reason = f"der Versuch scheiterte: {lines[-1] if lines else 'ohne Meldung'}"
        return {f.name: reason for f in fields(Walls)[1:]}
    return {name: str(reason) for name, reason in found.items()}
