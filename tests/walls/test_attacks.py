"""Every attack, in every configuration of layers that must stop it.

The attacks are data in ``attacks_*.py``. They run once per configuration, beside a notebook of
another group that must not notice; here what came of them is looked at.
"""

from __future__ import annotations

import pytest

from grader.evidence.codec import encode_evidence
from tests.walls.attack import ALL, INNER, OUTER, Notebook, Probe
from tests.walls.conftest import NOTEBOOKS, PROBES, Siege, by_configuration, siege_of
from tests.walls.scene import Scene

pytestmark = [pytest.mark.walls, pytest.mark.kernel, pytest.mark.timeout(300)]

CONFIGURATIONS = [ALL, OUTER, INNER]


@pytest.mark.parametrize(("configuration", "attack"), by_configuration(PROBES))
def test_nothing_is_got(
    configuration: str, attack: Probe, victims: Scene, sieges: dict[str, Siege | Exception]
) -> None:
    seen = siege_of(configuration, victims, sieges).seen[attack.name]
    # "refused: …" by the system, or it worked and there was nothing to be found.
    assert seen == "nothing" or seen.startswith("refused: ")


@pytest.mark.parametrize(("configuration", "attack"), by_configuration(NOTEBOOKS))
def test_it_ends_as_evidence(
    configuration: str, attack: Notebook, victims: Scene, sieges: dict[str, Siege | Exception]
) -> None:
    run = siege_of(configuration, victims, sieges).runs[attack.name]
    assert not isinstance(run, str), run
    first, before, *cells, after = run.cells
    found = [(c.status, c.error, c.error_message[:80]) for c in cells]
    assert first.status == before.status == "ok"
    assert before.variables["before"].scalar == 41
    assert "GotThrough" not in {c.error for c in cells}, found
    for cell, ending in zip(cells, attack.cells, strict=True):
        assert cell.status in ending.statuses, found
    kinds = {p.kind for p in run.problems}
    assert set(attack.problems) <= kinds, found
    last = after.variables.get("after")
    assert last is None or last.scalar == 42
    if attack.works_after:
        assert last is not None, (after.status, found, kinds)
    assert victims.secret.encode() not in encode_evidence(run)


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_siblings_notice_nothing(
    configuration: str, victims: Scene, sieges: dict[str, Siege | Exception]
) -> None:
    siblings = siege_of(configuration, victims, sieges).siblings
    assert siblings and set(siblings) == {""}


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_victims_are_untouched(
    configuration: str, victims: Scene, sieges: dict[str, Siege | Exception]
) -> None:
    siege = siege_of(configuration, victims, sieges)
    assert siege.closing == ""
    assert siege.left == []
    assert siege.changed == []
    assert siege.planted == []
    assert siege.contacts == []
    assert siege.unharmed
