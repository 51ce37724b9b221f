"""Reports: feedback for a group, statistics of a cohort, the table of grades."""

from grader.reports.behind import keep_behind, read_behind
from grader.reports.cohort import write_cohort
from grader.reports.feedback import write_feedback
from grader.reports.table import write_table
from grader.reports.variant import write_variant

__all__ = [
    "keep_behind",
    "read_behind",
    "write_cohort",
    "write_feedback",
    "write_table",
    "write_variant",
]
