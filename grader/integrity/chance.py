"""Which cells of a notebook depend on chance: their outputs may differ from run to run.

Chance enters where random numbers are drawn, where a network is made (its first weights are
random) and where one is trained, and flows on through names. A network whose weights are set or
loaded is certain again. Where a cell cannot be read, it counts as chance.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from grader.model import CellRun

__all__ = ["cells_of_chance"]

_DRAWS = re.compile(
    r"\b(?:random|randn?|randint|shuffle|permutation|default_rng|add_noise|Dropout|time|perf_counter"
    r"|now|today|urandom|uuid\d?|sample)\b"
)
_TRAINS = re.compile(r"\.(?:fit|train_on_batch|fit_generator|apply_gradients|minimize)\s*\(")
_BUILDS = re.compile(r"\b(?:Sequential|Dense|Conv2D|Conv1D|Model)\s*\(")
_SETS = ("set_weights", "load_weights")


def cells_of_chance(cells: Iterable[CellRun]) -> set[int]:
    """Return the indices of cells whose outputs may be others at every run."""
    tainted: set[str] = set()
    found: set[int] = set()
    for cell in cells:
        names = _Names(cell.source)
        trains = bool(_TRAINS.search(cell.source)) or any(c.name == "fit" for c in cell.calls)
        chance = (
            trains
            or not names.readable
            or bool(_DRAWS.search(cell.source))
            or bool(names.loaded & tainted)
        )
        if chance:
            found.add(cell.index)
            tainted |= names.stored | (names.owners if trains else set())
        elif _BUILDS.search(cell.source):
            tainted |= names.stored
        else:
            tainted -= names.stored
        if not trains:
            certain = names.settled
            tainted -= certain
            # A cell that only sets the weights of a network depends on no chance any more.
            if certain and not names.loaded & tainted and not _DRAWS.search(cell.source):
                found.discard(cell.index)
                tainted -= names.stored
    return found


class _Names:
    """Names that a cell reads and sets, and those of objects whose methods it calls."""

    def __init__(self, source: str) -> None:
        self.loaded: set[str] = set()
        self.stored: set[str] = set()
        self.owners: set[str] = set()
        self.settled: set[str] = set()
        self.readable = True
        plain = "\n".join("" if line.lstrip()[:1] in "%!" else line for line in source.split("\n"))
        try:
            tree = ast.parse(plain)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            self.readable = False
            return
        for node in ast.walk(tree):
            self._see(node)

    def _see(self, node: ast.AST) -> None:
        if isinstance(node, ast.Name):
            (self.loaded if isinstance(node.ctx, ast.Load) else self.stored).add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            self.stored.add(node.name)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            if isinstance(owner, ast.Name):
                self.owners.add(owner.id)
                if node.func.attr in _SETS:
                    self.settled.add(owner.id)
