"""Every attempt gets what it deserves, and honest work in unusual ways all that it deserves."""

from __future__ import annotations

import pytest

from tests.gaming.attack import Attempt
from tests.gaming.conftest import KERNEL
from tests.gaming.scene import Judged

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(300)]

OBSERVED = {
    "typed_result", "unexplained_result", "contradicted_output", "own_code_in_network",
    "replaced_function", "late_variable", "running_on", "outside_files", "looks_inside",
    "hidden_text", "addresses_grader", "outputs_differ",
}  # fmt: skip


@pytest.mark.parametrize("attempt", KERNEL, ids=lambda a: a.name)
def test_an_attempt_gets_what_it_deserves(attempt: Attempt, played: dict[str, Judged]) -> None:
    grade = played[attempt.name].after
    told = {i: grade.check(i).message for i in (*attempt.nothing, *attempt.whole)}
    assert {i: grade.check(i).points for i in attempt.nothing} == dict.fromkeys(attempt.nothing, 0)
    full = {i: grade.check(i).max_points for i in attempt.whole}
    assert {i: grade.check(i).points for i in attempt.whole} == full, told
    kinds = {p.kind for p in grade.problems} & OBSERVED
    assert kinds == set(attempt.problems), [p.message for p in grade.problems]


def test_most_attempts_would_have_worked(played: dict[str, Judged]) -> None:
    """The attempts are real ones: without the second look they get points."""
    attacks = [a for a in KERNEL if a.nothing]
    worked = [a for a in attacks if any(played[a.name].before.check(i).points for i in a.nothing)]
    assert len(worked) >= 0.6 * len(attacks)
