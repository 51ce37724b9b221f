"""Plain nbclient, several notebooks at a time; runs in the peers' environment, knows no grader.

``python plain.py JOBS NOTEBOOK...`` executes the notebooks where they are and writes them back.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

__all__ = ["execute"]


def execute(path: str) -> None:
    """Run one notebook in a kernel of its own."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(Path(path).parent)}}
    NotebookClient(notebook, timeout=None, allow_errors=True, resources=resources).execute()
    nbformat.write(notebook, path)


if __name__ == "__main__":
    with ProcessPoolExecutor(int(sys.argv[1])) as pool:
        list(pool.map(execute, sys.argv[2:]))
