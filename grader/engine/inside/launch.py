"""Starts one kernel in a process of its own behind the outer wall: ``python -m inside.launch``.

The way for hosts on which a warm process cannot give each kernel namespaces of its own. What to do
stands in ``verbindung/plan.json`` in the kernel's folder, removed before the kernel starts.
"""

from __future__ import annotations

import json
import os

from .confine import WRITABLE, Confinement
from .kernel import start_ipykernel, wall_in
from .places import HOME

__all__ = ["main"]


def main() -> None:
    """Read the plan, wall in, become the kernel."""
    path = f"{HOME}/verbindung/plan.json"
    with open(path, encoding="utf-8") as file:
        options = json.load(file)
    if options.get("uid") is not None:
        from .drop import become

        become(int(options["uid"]), options)
    os.unlink(path)
    wall_in(Confinement.from_message(options), WRITABLE)
    os.environ.pop("PYTHONPATH", None)
    start_ipykernel(f"{HOME}/verbindung/kernel.json", hide=tuple(options.get("hide", ())))


if __name__ == "__main__":
    main()
