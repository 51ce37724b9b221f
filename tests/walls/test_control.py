"""Without any wall the same attacks succeed: they are no blanks."""

from __future__ import annotations

import pytest

from tests.walls.attack import UNWALLED, Probe
from tests.walls.conftest import PROBES, Siege, siege_of
from tests.walls.scene import Scene

pytestmark = [pytest.mark.walls, pytest.mark.kernel, pytest.mark.timeout(300)]

HARMLESS = [pytest.param(p, id=p.name) for p in PROBES if p.control]


@pytest.mark.parametrize("attack", HARMLESS)
def test_it_gets_through_where_no_wall_stands(
    attack: Probe, victims: Scene, sieges: dict[str, Siege | Exception]
) -> None:
    assert siege_of(UNWALLED, victims, sieges).seen[attack.name].startswith("got: ")


def test_listeners_and_siblings_notice(
    victims: Scene, sieges: dict[str, Siege | Exception]
) -> None:
    siege = siege_of(UNWALLED, victims, sieges)
    assert {"tcp", "udp", "abstract", "path", "home"} <= set(siege.contacts)
    assert any("contacts" in noticed for noticed in siege.siblings)
