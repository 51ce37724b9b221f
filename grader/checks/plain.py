"""Makes a check's details plain, finite, small JSON, whatever a check put into them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = ["plain_details"]

_DEPTH = 6
_ITEMS = 200
_TEXT = 2000
_BUDGET = 2000
"""Most values altogether: details are read by people."""


def plain_details(details: Mapping[Any, Any]) -> dict[str, Any]:
    """Return ``details`` as JSON values.

    numpy numbers become Python numbers, NaN and infinities None, sets and arrays lists; what is
    too deep, too long or no data becomes a short text.
    """
    budget = [_BUDGET]
    plain = _plain(dict(details), 0, budget)
    return plain if isinstance(plain, dict) else {}


def _plain(value: Any, depth: int, budget: list[int]) -> Any:
    budget[0] -= 1
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**53 else str(value)[:_TEXT]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        return _text(value)
    if depth >= _DEPTH or budget[0] <= 0:
        return "…"
    if isinstance(value, np.ndarray):
        value = value.tolist() if value.size <= _ITEMS else f"array {value.shape} {value.dtype}"
        return _plain(value, depth, budget)
    if isinstance(value, Mapping):
        pairs = list(value.items())[:_ITEMS]
        return {_text(str(k)): _plain(v, depth + 1, budget) for k, v in pairs if budget[0] > 0}
    if isinstance(value, list | tuple | set | frozenset | range):
        held = sorted(value, key=repr) if isinstance(value, set | frozenset) else list(value)
        kept = [_plain(v, depth + 1, budget) for v in held[:_ITEMS] if budget[0] > 0]
        return [*kept, "…"] if len(held) > len(kept) else kept
    return _text(repr(value))


def _text(value: str) -> str:
    """Cut a text and drop lone surrogates, which are no valid JSON in UTF-8."""
    clean = value.encode("utf-8", "replace").decode("utf-8")
    return clean if len(clean) <= _TEXT else clean[:_TEXT] + "…"
