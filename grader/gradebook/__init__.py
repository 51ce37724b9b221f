"""The gradebook: every grading of a cohort, automatic and human points side by side."""

from grader.gradebook.store import Gradebook

__all__ = ["Gradebook"]
