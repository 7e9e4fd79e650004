"""How long money can be held, as it is set: part of the policy of orders to come."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from infra.settings import Settings


def settings(**values: Any) -> Settings:
    """The settings of a process, with these."""
    return Settings(_env_file=None, database_url="postgresql://nowhere", **values)


@pytest.mark.parametrize("values", [{}, {"holding_limit": None}])
def test_without_it_orders_have_no_limit(values: dict[str, Any]) -> None:
    assert settings(**values).policy.holding_limit is None


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQUESTRE_HOLDING_LIMIT", "")
    assert settings().policy.holding_limit is None


def test_it_is_frozen_into_orders_with_the_rest_of_the_policy() -> None:
    assert settings(holding_limit="P90D").policy.holding_limit == timedelta(days=90)


def test_one_that_leaves_no_time_for_work_is_refused() -> None:
    assert settings(holding_limit="P27DT1S").policy.holding_limit is not None
    with pytest.raises(ValidationError, match="leaves no time for work"):
        settings(holding_limit="P27D")


def test_so_is_one_that_the_windows_leave_none_of() -> None:
    assert settings(holding_limit="P27D", review_window="P6D").policy.holding_limit is not None
    with pytest.raises(ValidationError, match="take P35D"):
        settings(holding_limit="P30D", ruling_window="P15D")
