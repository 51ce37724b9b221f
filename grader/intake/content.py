"""How much two cells have in common: tokens weighted by how telling they are within the lab.

The weight is an inverse document frequency over the released cells, so that ``weight_list`` counts
and ``=`` does not.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from grader.model import Notebook, ReleasedCell

__all__ = ["SURE", "Index", "Target", "index_of", "resemblance", "tokens_of"]

# From this similarity on a cell is what it resembles, wherever it stands.
SURE = 0.70
_TOKEN = re.compile(r"[A-Za-zÄÖÜäöüß_]\w*|\d+(?:\.\d+)?|[^\s\w]")


@dataclass(frozen=True)
class Target:
    """A released cell prepared for comparison: its slot, place and weighted token sets."""

    cell: ReleasedCell
    order: int
    versions: tuple[frozenset[str], ...]


@dataclass(frozen=True)
class Index:
    """All released cells of one notebook and the weight of each token."""

    targets: tuple[Target, ...]
    weights: dict[str, float]

    def weight(self, tokens: frozenset[str]) -> float:
        """Return the sum of the tokens' weights; an unknown token weighs most."""
        top = math.log(1 + len(self.targets))
        # Exactly rounded: a set's order differs from process to process, its sum must not.
        return math.fsum(self.weights.get(t, top) for t in tokens)

    def similarity(self, tokens: frozenset[str], target: Target) -> tuple[float, float]:
        """Return (similarity, share of the target's tokens found), both in [0, 1]."""
        best = (0.0, 0.0)
        for version in target.versions:
            common = self.weight(tokens & version)
            whole, own = self.weight(version), self.weight(tokens)
            if not common or not whole or not own:
                continue
            cover, precise = common / whole, common / own
            f_measure = 2 * cover * precise / (cover + precise)
            best = max(best, (max(f_measure, 0.8 * min(cover, 2 * precise)), cover))
        return best


@lru_cache(maxsize=64)
def index_of(released: tuple[ReleasedCell, ...]) -> Index:
    """Return the index of a released notebook; computed once for each."""
    targets = []
    for order, cell in enumerate(released):
        versions = [tokens_of(cell.source_student), tokens_of(cell.source_solution)]
        if cell.kind == "markdown" and cell.slot:
            # What stands in an answer is the student's; only the released frame identifies it.
            versions = versions[:1]
        # The released version first: not a set, whose order differs from process to process.
        distinct = dict.fromkeys(v for v in versions if v)
        targets.append(Target(cell, order, tuple(distinct)))
    counts = Counter(t for target in targets for t in frozenset().union(*target.versions))
    weights = {t: math.log((1 + len(targets)) / n) for t, n in counts.items()}
    return Index(tuple(targets), weights)


@lru_cache(maxsize=4096)
def tokens_of(source: str) -> frozenset[str]:
    """Return the names, numbers and words of a cell, in lower case."""
    return frozenset(t.casefold() for t in _TOKEN.findall(source[:20_000]) if len(t) > 1)


def resemblance(notebook: Notebook, released: Sequence[ReleasedCell]) -> float:
    """Share of a released notebook's telling content that a notebook holds, in [0, 1]."""
    index = index_of(tuple(released))
    tokens = frozenset(t for cell in notebook.cells for t in tokens_of(cell.source))
    everything = frozenset(t for target in index.targets for v in target.versions[:1] for t in v)
    whole = index.weight(everything)
    if not whole or not tokens:
        return 0.0
    common = index.weight(tokens & everything)
    # A short foreign notebook shares only everyday tokens: they weigh little on either side.
    return common / whole * min(1.0, 2 * common / index.weight(tokens) if tokens else 0.0)
