"""The order of the steps: intake, run, evidence, checks, grade, gradebook, documents.

The only room that knows it. Commands, tests and notebooks call these functions:

- :func:`grade_cohort` grades a folder of submissions,
- :func:`build_reference` runs the reference solutions,
- :func:`second_look` runs graded submissions with other data,
- :func:`self_check` looks at one's own notebooks, :func:`submit` packs them,
- :func:`make_protocol` and :func:`make_report` write documents.
"""

from __future__ import annotations

from grader.pipeline.cohort import CohortResult, grade_cohort
from grader.pipeline.own import self_check, submit
from grader.pipeline.papers import make_protocol, make_report, read_results
from grader.pipeline.reference import build_reference
from grader.pipeline.second import require_variant, second_look
from grader.resuming import interrupted
from grader.running import Listener

__all__ = [
    "CohortResult",
    "Listener",
    "build_reference",
    "grade_cohort",
    "interrupted",
    "make_protocol",
    "make_report",
    "read_results",
    "require_variant",
    "second_look",
    "self_check",
    "submit",
]
