"""The programs of this package, cut short, as part of every run of the tests."""

import os
from contextlib import suppress
from datetime import timedelta

import pytest

from tests.app_under_test import ApiClient, AppUnderTest
from tests.endurance.deadlines import deadlines
from tests.endurance.requests import requests
from tests.endurance.rounds import rounds
from tests.endurance.stack_under_test import Findings, StackUnderTest

LEADS = [timedelta(seconds=seconds) for seconds in (5, 15, 45)]
"""Time to place the orders in; a machine on which one is too short gets the next."""


@pytest.fixture
def stack(own_app: AppUnderTest) -> StackUnderTest:
    return on(own_app, own_app.api)


def on(app: AppUnderTest, api: ApiClient) -> StackUnderTest:
    return StackUnderTest(api, os.getpid(), app.database_url, app.temporal)


def said(findings: Findings) -> str:
    return "\n".join([*findings.wrong, str(findings.figures)])


async def test_many_deadlines_at_one_instant(stack: StackUnderTest) -> None:
    for lead in LEADS:
        with suppress(TimeoutError):
            findings = await deadlines(stack, orders=20, lead=lead)
            break
    else:
        pytest.fail("this machine is too slow to place the orders before their deadline")
    assert findings.wrong == [], said(findings)


async def test_many_rounds_of_one_order(stack: StackUnderTest) -> None:
    findings = await rounds(stack, count=10)
    assert findings.wrong == [], said(findings)


async def test_many_requests_of_one_caller(own_app: AppUnderTest) -> None:
    async with own_app.with_settings(rate_limit=600, rate_burst=5) as api:
        findings = await requests(on(own_app, api), count=50)
    assert findings.wrong == [], said(findings)
