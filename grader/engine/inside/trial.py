"""Tries which layers of the inner wall can stand here: ``python -m inside.trial OPTIONS``.

Each layer is tried in a process of its own, behind the outer wall if that stands; the answer is
JSON on standard output: layer by name, with the reason why it cannot stand or an empty string.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable

from . import system
from .confine import Confinement, filter_of_calls, furnish_root, limit, restrict_files
from .places import FOLDERS

__all__ = ["main", "tried"]


def tried(attempt: Callable[[], object]) -> str:
    """Make an attempt in a child process; return what went wrong, or an empty string."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        text = ""
        try:
            attempt()
        except BaseException as error:
            text = f"{type(error).__name__}: {error}"
        os.write(writing, text.encode()[:500])
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        found = answer.read().decode("utf-8", "replace")
    _, status = os.waitpid(child, 0)
    return found or ("" if status == 0 else f"status {status}")


def main() -> None:
    """Try all layers."""
    options = json.loads(sys.argv[1])
    if options.get("uid") is not None:
        from .drop import become

        become(int(options["uid"]), options)
    plan = Confinement(("namespaces",), tuple(options["readable"]), 2**31, 2**24, 256)

    def in_namespaces() -> None:
        with tempfile.TemporaryDirectory() as box:
            for name in FOLDERS:
                os.mkdir(f"{box}/{name}")
            system.set_dumpable(True)
            system.enter_namespaces(os.getuid(), os.getgid())
            problem = tried(lambda: furnish_root(box, plan))
        if problem:
            raise OSError(problem)

    def filtered() -> None:
        rules = filter_of_calls()
        system.drop_capabilities()
        rules.load()

    found = {
        "namespaces": tried(in_namespaces),
        "capabilities": tried(system.drop_capabilities),
        "limits": tried(lambda: limit(plan)),
        "landlock": tried(lambda: restrict_files(plan.readable, ())),
        "seccomp": tried(filtered),
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
