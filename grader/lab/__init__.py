"""A lab: its notebooks, slots, tasks, checks, points and limits, read from ``lab.toml``."""

from grader.lab.lab import Lab
from grader.lab.parts import (
    CheckSpec,
    Kernel,
    Late,
    Limits,
    NotebookSpec,
    Profile,
    Sign,
    Slot,
    Task,
)
from grader.lab.uses import Individual, Look, Release, ResultSpec, Variant

__all__ = [
    "CheckSpec",
    "Individual",
    "Kernel",
    "Lab",
    "Late",
    "Limits",
    "Look",
    "NotebookSpec",
    "Profile",
    "Release",
    "ResultSpec",
    "Sign",
    "Slot",
    "Task",
    "Variant",
]
