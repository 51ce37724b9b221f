"""Which walls stand around a kernel: one flag per layer, each can be left out by itself."""

from __future__ import annotations

from dataclasses import dataclass, fields

__all__ = ["Walls"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Walls:
    """Layers around a student's code; by default all.

    Attributes
    ----------
    outer : bool
        bubblewrap: no network, of this machine only the system, the interpreter and the data.
    namespaces : bool
        User, mount, process, IPC and network namespaces of a kernel's own inside the outer wall:
        siblings do not exist, and everything that a notebook started dies with it.
    capabilities : bool
        No capability left, none to be gained.
    limits : bool
        Resource limits: memory, processes, file size, no core dumps.
    landlock : bool
        The kernel reads system and data, writes only its own folders.
    seccomp : bool
        System calls that no notebook needs fail.
    """

    outer: bool = True
    namespaces: bool = True
    capabilities: bool = True
    limits: bool = True
    landlock: bool = True
    seccomp: bool = True

    @classmethod
    def only(cls, *names: str) -> Walls:
        """Only the named layers.

        Raises
        ------
        TypeError
            If there is no such layer.
        """
        known = {f.name: False for f in fields(cls)}
        return cls(**{**known, **dict.fromkeys(names, True)})

    @property
    def names(self) -> tuple[str, ...]:
        """The layers that stand, from outside to inside."""
        return tuple(f.name for f in fields(self) if getattr(self, f.name))
