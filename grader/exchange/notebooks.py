"""Notebooks without whose they are: sources, outputs and metadata, read leniently."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from grader.exchange.names import Identities, look_for
from grader.exchange.scrub import Scrubber

__all__ = ["identities_of", "scrub_notebook"]

# All else in metadata is of editors and services: authors, accounts, times.
_KEPT = {"kernelspec", "language_info", "grader", "tags"}
_NAMED = {"name", "displayname", "author", "authors"}
_IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")


def identities_of(raw: bytes, found: Identities) -> None:
    """Note what a notebook says about people: in its texts, and in metadata of its editors."""
    tree = _tree(raw)
    if tree is None:
        look_for(raw.decode("utf-8", "replace"), found)
        return
    for text in _strings(tree):
        look_for(text, found)
    holders = [tree.get("metadata"), *(c.get("metadata") for c in _cells(tree))]
    for metadata in holders:
        _authors(metadata, found)


def scrub_notebook(raw: bytes, scrubber: Scrubber) -> tuple[str, int]:
    """Return a notebook's new text, and how many images it holds that nobody can read.

    A file that is no notebook is taken for text.
    """
    tree = _tree(raw)
    if tree is None:
        return scrubber.prose(raw.decode("utf-8", "replace")), 0
    images = 0
    tree["metadata"] = _metadata(tree.get("metadata"), scrubber)
    for cell in _cells(tree):
        is_code = cell.get("cell_type") == "code"
        cell["source"] = _changed(
            cell.get("source", ""), scrubber.code if is_code else scrubber.prose
        )
        cell["metadata"] = _metadata(cell.get("metadata"), scrubber)
        attachments = cell.get("attachments")
        images += len(attachments) if isinstance(attachments, dict) else 0
        images += str(cell["source"]).count("data:image/")
        if is_code:
            outputs = [o for o in cell.get("outputs") or () if isinstance(o, dict)]
            cell["outputs"] = [_output(output, scrubber) for output in outputs]
            images += sum(_pictures(output) for output in outputs)
    return json.dumps(tree, ensure_ascii=False, indent=1) + "\n", images


def _tree(raw: bytes) -> dict[str, Any] | None:
    try:
        tree = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    return tree if isinstance(tree, dict) and isinstance(tree.get("cells"), list) else None


def _cells(tree: dict[str, Any]) -> list[dict[str, Any]]:
    return [c for c in tree["cells"] if isinstance(c, dict)]


def _strings(value: Any) -> list[str]:
    """All texts in a tree; lists of lines are one text."""
    if isinstance(value, str):
        return [value] if len(value) < 2_000_000 else []
    if isinstance(value, list):
        if all(isinstance(v, str) for v in value):
            return ["".join(value)]
        return [s for v in value for s in _strings(v)]
    if isinstance(value, dict):
        return [s for k, v in value.items() if k not in _IMAGES for s in _strings(v)]
    return []


def _authors(value: Any, found: Identities, depth: int = 0) -> None:
    """Names in editors' metadata: ``authors``, Colab's ``executionInfo.user.displayName``."""
    if depth > 6:
        return
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in ("kernelspec", "language_info", "grader", "colab"):
                continue
            if str(name).casefold() in _NAMED and isinstance(inner, str) and " " in inner.strip():
                found.add_name(inner)
            _authors(inner, found, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _authors(inner, found, depth + 1)


def _metadata(value: Any, scrubber: Scrubber) -> dict[str, Any]:
    if not isinstance(value, dict):
        return {}
    return {k: _deep(v, scrubber.prose) for k, v in value.items() if k in _KEPT}


def _output(output: dict[str, Any], scrubber: Scrubber) -> dict[str, Any]:
    """An output with its texts changed; pictures stay, for they may be figures."""
    changed = {k: v for k, v in output.items() if k != "metadata"}
    if isinstance(changed.get("data"), dict):
        changed["data"] = {
            kind: content if kind in _IMAGES else _deep(content, scrubber.prose)
            for kind, content in changed["data"].items()
        }
        changed["metadata"] = {}
    elif output.get("output_type") in ("display_data", "execute_result"):
        changed["metadata"] = {}
    for field in ("text", "evalue", "traceback", "ename"):
        if field in changed:
            changed[field] = _deep(changed[field], scrubber.prose)
    return changed


def _pictures(output: dict[str, Any]) -> int:
    data = output.get("data")
    if not isinstance(data, dict):
        return 0
    inline = "".join(_strings(data.get("text/html", ""))).count("data:image/")
    return sum(kind in data for kind in _IMAGES) + inline


def _changed(source: Any, change: Callable[[str], str]) -> Any:
    """A source, one text or a list of lines, in its own form."""
    if isinstance(source, list):
        text = "".join(s for s in source if isinstance(s, str))
        return change(text).splitlines(keepends=True)
    return change(source) if isinstance(source, str) else ""


def _deep(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        if value and all(isinstance(v, str) for v in value):
            return change("".join(value)).splitlines(keepends=True)
        return [_deep(v, change) for v in value]
    if isinstance(value, dict):
        return {k: _deep(v, change) for k, v in value.items()}
    return value
