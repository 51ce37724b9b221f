"""Grade notebook-based lab courses: run, compare with the reference, explain, print.

Public names: the functions of :mod:`grader.pipeline` and the data of :mod:`grader.model`. In a
notebook ``%load_ext grader`` offers the self-check ``%check``.
"""

from __future__ import annotations

from typing import Any

__all__ = ["__version__", "load_ipython_extension", "unload_ipython_extension"]

__version__ = "0.1.0"

_MAGICS: dict[int, object] = {}


def load_ipython_extension(shell: Any) -> None:
    """``%load_ext grader``: offer ``%check`` in a notebook."""
    # Nothing else is imported before it is used: the cell shall end at once.
    from grader.selfcheck.magic import CheckMagic

    magic = CheckMagic(shell)
    magic.register()
    _MAGICS[id(shell)] = magic


def unload_ipython_extension(shell: Any) -> None:
    """``%unload_ext grader``."""
    from grader.selfcheck.magic import CheckMagic

    magic = _MAGICS.pop(id(shell), None)
    if isinstance(magic, CheckMagic):
        magic.unregister()
