"""The gauges of the product: every value that a label can have is there from the first answer on,
and what is too old is not shown."""

import math
from dataclasses import replace
from datetime import timedelta

from prometheus_client import CollectorRegistry

from db.accounts import Sum
from db.figures import (
    CHANNELS,
    NEAR_LIMIT,
    PAYOUTS_WAIT_FOR,
    CheckFigures,
    Figures,
    Waiting,
)
from domain.vocabulary import State
from infra.metrics.figures import ABOUT, BELIEVED_SECONDS, CHECKS, FiguresCollector

NONE = Waiting(0, 0.0)
NOTHING = Figures(
    states={},
    sums=[],
    undecided=NONE,
    not_started=NONE,
    overdue=NONE,
    near_limit=dict.fromkeys(NEAR_LIMIT, 0),
    events=NONE,
    payouts=dict.fromkeys(PAYOUTS_WAIT_FOR, NONE),
    messages=dict.fromkeys(CHANNELS, NONE),
    workers=0,
    heartbeat_seconds=None,
    checks=[],
)


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.shows = 100.0

    def __call__(self) -> float:
        return self.shows


def shown(figures: Figures) -> CollectorRegistry:
    """What is shown of these."""
    registry, collector = CollectorRegistry(), FiguresCollector()
    registry.register(collector)
    collector.note(figures)
    return registry


def test_of_money_all_is_there_with_nothing() -> None:
    registry = shown(NOTHING)
    for days in ("14", "7", "2", "0"):
        of = {"days": days}
        assert registry.get_sample_value("sequestre_orders_near_holding_limit", of) == 0
    for waits_for in ("approval", "provider", "person"):
        of = {"waits_for": waits_for}
        assert registry.get_sample_value("sequestre_payouts_waiting", of) == 0
        assert registry.get_sample_value("sequestre_payouts_waiting_oldest_seconds", of) == 0
    events = "sequestre_provider_events_not_applied"
    assert registry.get_sample_value(events) == 0
    assert registry.get_sample_value(f"{events}_oldest_seconds") == 0


def test_every_state_channel_and_check_is_there_with_nothing() -> None:
    registry = shown(NOTHING)
    for state in State:
        assert registry.get_sample_value("sequestre_orders", {"state": state.value}) == 0
    for channel in CHANNELS:
        of = {"channel": channel}
        assert registry.get_sample_value("sequestre_messages_waiting", of) == 0
        assert registry.get_sample_value("sequestre_messages_waiting_oldest_seconds", of) == 0
    for check in CHECKS:
        assert registry.get_sample_value("sequestre_check_timestamp_seconds", {"check": check}) == 0
        for about in ABOUT:
            of = {"check": check, "about": about}
            assert registry.get_sample_value("sequestre_findings", of) == 0


def test_without_a_worker_the_silence_has_no_end() -> None:
    registry = shown(NOTHING)
    assert registry.get_sample_value("sequestre_workers") == 0
    assert registry.get_sample_value("sequestre_worker_silence_seconds") == math.inf


def test_what_was_read_is_shown() -> None:
    registry = shown(
        replace(
            NOTHING,
            states={"disputed": 3},
            sums=[Sum("escrow", "JPY", 700)],
            overdue=Waiting(2, 75.5),
            near_limit={**NOTHING.near_limit, timedelta(days=2): 5},
            events=Waiting(1, 901.0),
            payouts={**NOTHING.payouts, "person": Waiting(1, 60.0)},
            checks=[CheckFigures("full", 1_700_000_000.0, 4, 1, 0)],
        )
    )
    of_escrow = {"account": "escrow", "currency": "JPY"}
    books = {"check": "full", "about": "books"}
    assert registry.get_sample_value("sequestre_orders", {"state": "disputed"}) == 3
    assert registry.get_sample_value("sequestre_held_minor_units", of_escrow) == 700
    assert registry.get_sample_value("sequestre_deadlines_overdue") == 2
    assert registry.get_sample_value("sequestre_deadlines_overdue_oldest_seconds") == 75.5
    assert registry.get_sample_value("sequestre_findings", books) == 4
    in_two_days = {"days": "2"}
    assert registry.get_sample_value("sequestre_orders_near_holding_limit", in_two_days) == 5
    event_waits = "sequestre_provider_events_not_applied_oldest_seconds"
    assert registry.get_sample_value(event_waits) == 901
    stuck = {"waits_for": "person"}
    assert registry.get_sample_value("sequestre_payouts_waiting", stuck) == 1
    ended = registry.get_sample_value("sequestre_check_timestamp_seconds", {"check": "full"})
    assert ended == 1_700_000_000.0


def test_what_could_not_be_read_again_for_long_is_not_shown_any_more() -> None:
    clock = Clock()
    registry, collector = CollectorRegistry(), FiguresCollector(clock)
    registry.register(collector)
    collector.note(NOTHING)
    clock.shows += BELIEVED_SECONDS
    assert registry.get_sample_value("sequestre_workers") == 0
    clock.shows += 0.1
    assert registry.get_sample_value("sequestre_workers") is None
    assert (registry.get_sample_value("sequestre_figures_timestamp_seconds") or 0) > 0


def test_before_anything_was_read_it_was_read_never() -> None:
    registry = CollectorRegistry()
    registry.register(FiguresCollector())
    assert registry.get_sample_value("sequestre_figures_timestamp_seconds") == 0
    assert registry.get_sample_value("sequestre_workers") is None
