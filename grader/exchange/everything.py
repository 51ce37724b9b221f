"""A gradebook as one JSON file, and back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from grader.errors import UsageError
from grader.files import write_atomically
from grader.gradebook import Gradebook

__all__ = ["export_json", "read_export"]

_MOST_BYTES = 2_000_000_000


def export_json(book: Gradebook, path: Path) -> dict[str, int]:
    """Write everything; return the number of rows by table."""
    dumped = book.dump()
    write_atomically(path, lambda file: file.write(_encoded(dumped)))
    return {name: len(rows) for name, rows in dumped["tables"].items()}


def read_export(path: Path) -> dict[str, Any]:
    """Read such a file, to be given to :meth:`grader.gradebook.Gradebook.load`.

    Raises
    ------
    UsageError
        If the file is none.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise UsageError(f"{path} ist zu groß für ein Notenbuch.")
        dumped = json.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path} gibt es nicht oder ist nicht lesbar.") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} ist kein gültiges JSON; die Datei ist unvollständig.") from error
    return dumped if isinstance(dumped, dict) else {}


def _encoded(dumped: dict[str, Any]) -> bytes:
    try:
        return json.dumps(dumped, ensure_ascii=False, indent=1).encode()
    except UnicodeEncodeError:
        # Lone surrogates, which hostile notebooks hold, exist in ASCII only.
        return json.dumps(dumped, indent=1).encode()
