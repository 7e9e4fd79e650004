"""The programs of this package, cut short, as part of every run of the tests."""

import os
from contextlib import suppress
from datetime import timedelta

import pytest

from tests.endurance.deadlines import deadlines
from tests.endurance.ground import Findings, Ground
from tests.endurance.requests import requests
from tests.endurance.rounds import rounds
from tests.house import Door, House

LEADS = [timedelta(seconds=seconds) for seconds in (5, 15, 45)]
"""Time to place the orders in; a machine on which one is too short gets the next."""


@pytest.fixture
def ground(own_house: House) -> Ground:
    return on(own_house, own_house.door)


def on(house: House, door: Door) -> Ground:
    return Ground(door, os.getpid(), house.database_url, house.temporal)


def said(findings: Findings) -> str:
    return "\n".join([*findings.wrong, str(findings.figures)])


async def test_many_deadlines_at_one_instant(ground: Ground) -> None:
    for lead in LEADS:
        with suppress(TimeoutError):
            findings = await deadlines(ground, orders=20, lead=lead)
            break
    else:
        pytest.fail("this machine is too slow to place the orders before their deadline")
    assert findings.wrong == [], said(findings)


async def test_many_rounds_of_one_order(ground: Ground) -> None:
    findings = await rounds(ground, count=10)
    assert findings.wrong == [], said(findings)


async def test_many_requests_of_one_caller(own_house: House) -> None:
    async with own_house.with_settings(rate_limit=600, rate_burst=5) as door:
        findings = await requests(on(own_house, door), count=50)
    assert findings.wrong == [], said(findings)
