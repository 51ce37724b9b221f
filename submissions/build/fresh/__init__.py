"""Five sets of submissions written blind: labels first, nobody had seen the checks.

Each file below ``a/`` to ``f/`` is one submission: a TOML head (labels and what happened to the
notebooks) and, after lines ``%% slot``, what stands in the cells.
"""

from submissions.build.fresh.read import FRESH

__all__ = ["FRESH"]
