"""Ports that are free."""

import pytest

from embedded import ports
from embedded.ports import FREE_PORTS, Port, claim_ports, listener_on


def test_free_ports_are_all_different() -> None:
    found = claim_ports(*(Port(0, "API", "--port") for _ in range(20)))
    assert len(set(found)) == 20
    assert set(found) <= set(FREE_PORTS)


def test_where_those_are_all_taken_the_system_gives_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with listener_on(Port(0, "API", "--port")) as taken:
        number = taken.getsockname()[1]
        monkeypatch.setattr(ports, "FREE_PORTS", range(number, number + 1))
        assert claim_ports(Port(0, "API", "--port")) != [number]
