"""No order stands still whatever other effect a rule is given; see `test_changed_rules`."""

import pytest
from temporalio.client import WorkflowHistory

from domain.rules import RULES, Rule
from tests.workflows.test_changed_rules import exchanged, of_today, stopped_by


@pytest.fixture(scope="module")
def histories() -> dict[str, WorkflowHistory]:
    """Those of today."""
    return of_today()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.by}-{rule.action}")
async def test_no_order_stops_when_an_effect_is_exchanged(
    rule: Rule, histories: dict[str, WorkflowHistory], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert {} == await stopped_by(exchanged(rule), rule, histories, monkeypatch)
