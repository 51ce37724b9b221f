"""What there is to see of a value: its kind, shape and plain facts, never compared with anything.

The same facts come from recorded evidence (:func:`seen_value`) and from a running kernel
(:mod:`grader.selfcheck.live`), so that both are judged alike.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np

from grader.model import Array, ArrayInfo, ModelInfo, Table, Value

__all__ = ["Seen", "seen_array", "seen_value"]

Kind: TypeAlias = Literal["numbers", "table", "network", "other"]
Read: TypeAlias = Callable[[ArrayInfo | None], Array | None]
_SUM_TOLERANCE = 1e-2
_MOST = 4_000_000


@dataclass(frozen=True, slots=True)
class Seen:
    """Facts of one value.

    Attributes
    ----------
    type : str
        Its Python type, for people.
    shape : tuple of int
        Of numbers, or (rows, columns) of a table.
    finite : bool
        No NaN, no infinity.
    low, high : float or None
        Smallest and largest finite number.
    sums : bool or None
        Whether rows (of a network: its outputs) add up to 1; None if unknown.
    digest : str
        Equal for equal numbers.
    columns : mapping of str to tuple of str
        Of a table: the types of a column's cells, from the top.
    layers : tuple of str
        Of a network, without passive ones.
    units, activations : tuple
        Of its dense layers.
    inputs, outputs : int or None
        Numbers per sample.
    """

    kind: Kind
    type: str = ""
    shape: tuple[int, ...] = ()
    finite: bool = True
    low: float | None = None
    high: float | None = None
    sums: bool | None = None
    digest: str = ""
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    layers: tuple[str, ...] = ()
    units: tuple[int, ...] = ()
    activations: tuple[str, ...] = ()
    inputs: int | None = None
    outputs: int | None = None


def seen_array(data: Array, kind: str = "ndarray", digest: str = "") -> Seen:
    """Facts of an array; one that holds no numbers is ``other``."""
    if data.dtype.kind not in "biuf" or data.size > _MOST:
        return Seen("other", kind, tuple(data.shape))
    numbers = data.astype(np.float64)
    finite = np.isfinite(numbers)
    kept = numbers[finite]
    sums: bool | None = None
    if numbers.ndim == 2 and numbers.size and finite.all():
        sums = bool((np.abs(numbers.sum(axis=1) - 1) < _SUM_TOLERANCE).all())
    return Seen(
        "numbers",
        kind,
        tuple(data.shape),
        bool(finite.all()),
        float(kept.min()) if kept.size else None,
        float(kept.max()) if kept.size else None,
        sums,
        digest,
    )


def seen_value(value: Value, read: Read) -> Seen:
    """Facts of a captured value.

    Parameters
    ----------
    value : Value
    read : callable
        Returns an array's content, None if it was not kept.
    """
    if value.kind == "array" and value.array is not None:
        return _captured(value.array, value.type, read)
    if value.kind == "table" and value.table is not None:
        return _table(value.table, value.type)
    if value.kind == "model" and value.model is not None:
        return _network(value.model, value.type, read)
    if value.kind in ("sequence", "scalar"):
        return _sequence(value, read)
    return Seen("other", value.type)


def _captured(info: ArrayInfo, kind: str, read: Read) -> Seen:
    data = read(info)
    if data is not None:
        return seen_array(data, kind, info.digest)
    if not info.dtype.lstrip("<>|=").startswith(("bool", "b", "i", "u", "f")):
        return Seen("other", kind, info.shape)
    # Too large to be kept: what the probe noted of it.
    return Seen(
        "numbers", kind, info.shape, low=info.minimum, high=info.maximum, digest=info.digest
    )


def _table(table: Table, kind: str) -> Seen:
    columns = {
        name: tuple(row[i][0] for row in table.cells if i < len(row))
        for i, name in enumerate(table.columns)
    }
    return Seen("table", kind, (len(table.cells), len(table.columns)), columns=columns)


def _network(model: ModelInfo, kind: str, read: Read) -> Seen:
    dense = [layer for layer in model.layers if layer.kind == "Dense"]
    outputs = read(model.probe_outputs)
    return Seen(
        "network",
        kind,
        sums=None if outputs is None else seen_array(outputs).sums,
        layers=tuple(layer.kind for layer in model.layers),
        units=tuple(_whole(layer.config.get("units")) for layer in dense),
        activations=tuple(_activation(layer.config.get("activation")) for layer in dense),
        inputs=_per_sample(model.input_shape),
        outputs=_per_sample(model.output_shape),
    )


def _sequence(value: Value, read: Read) -> Seen:
    try:
        nested = np.asarray(_plain(value, read))
    except ValueError:
        # Rows of different lengths.
        return Seen("other", value.type)
    return seen_array(nested, value.type, value.digest)


def _plain(value: Value, read: Read) -> Any:
    if value.kind == "sequence":
        return [_plain(item, read) for item in value.items]
    if value.kind == "array":
        return read(value.array)
    return value.scalar


def _per_sample(shape: Sequence[int | None]) -> int | None:
    sizes = shape[1:]
    return math.prod(n for n in sizes if n) if sizes and all(sizes) else None


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _activation(value: object) -> str:
    return str(value).casefold() if value else "linear"
