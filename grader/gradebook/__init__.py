"""The gradebook: cohorts, groups, every grading, and what humans decided beside it.

:class:`Gradebook` is its whole face; :mod:`grader.gradebook.views` is what it answers.
docs/notenbuch.md explains tables and rules.
"""

from grader.counting import counted
from grader.gradebook.store import Gradebook
from grader.gradebook.views import Group, Mark, Member, Overview, OverviewRow
from grader.model import Decided, HandIn

__all__ = [
    "Decided",
    "Gradebook",
    "Group",
    "HandIn",
    "Mark",
    "Member",
    "Overview",
    "OverviewRow",
    "counted",
]
