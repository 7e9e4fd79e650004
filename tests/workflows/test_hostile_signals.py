"""Signals that nobody should send. None harms an order, each that can be read is refused in its
journal, and a proper signal is carried out afterwards."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.common import RawValue
from temporalio.testing import WorkflowEnvironment

from domain.vocabulary import Action, Code, State
from tests.domain.examples import BUYER, OPERATOR, SELLER, disputed
from tests.workflows.recording import Event, Json
from tests.workflows.stage import Case, Stage, made_id

SAM: Json = {"id": "sam", "role": "seller"}
BEA: Json = {"id": "bea", "role": "buyer"}
MONA: Json = {"id": "mona", "role": "mediator"}
EUR: Json = {"amount": 1, "currency": "EUR"}
LONG = "x" * 100_000
NESTED = b'{"a":' * 90 + b"1" + b"}" * 90


def raw(data: bytes, encoding: str | None = "json/plain", **metadata: bytes) -> RawValue:
    """A payload made by hand."""
    said = {} if encoding is None else {"encoding": encoding.encode()}
    return RawValue(Payload(metadata={**said, **metadata}, data=data))


@pytest.fixture(scope="module")
async def stage(temporal_server: WorkflowEnvironment) -> AsyncIterator[Stage]:
    """One stage for all of them: what one order is sent must not harm the others either."""
    stage = Stage(temporal_server)
    async with stage.working():
        yield stage


async def answers(stage: Stage, case: Case, number: int = 1) -> list[Event]:
    """The journal, once it has so many entries."""
    await stage.database.until(lambda: len(case.journal) >= number or bool(stage.database.broken))
    assert [] == stage.database.broken
    return case.journal


async def each(stage: Stage, case: Case, names: Iterable[str]) -> dict[str, Event]:
    """What became of each of the signals that were sent under these names, one after the other."""
    asked = list(names)
    return dict(zip(asked, await answers(stage, case, len(asked)), strict=True))


async def lives(case: Case) -> None:
    """Asserts that the order takes a proper signal, as the last one in its journal."""
    accepted = await case.does(Action.ACCEPT, SELLER)
    assert (True, State.IN_PROGRESS) == (accepted.accepted, case.order.state)
    assert accepted is case.journal[-1]
    await case.is_well()


NOBODY: dict[str, list[Any]] = {
    "no argument": [],
    "null": [None],
    "a string": ["accept"],
    "a number": [17],
    "a fraction": [1.5],
    "a truth": [True],
    "a list": [[SAM]],
    "an empty object": [{}],
    "several arguments": ["junk", {"actor": SAM}, 3],
    "a string of 100 kB": [LONG],
    "a list of lists": [raw(b"[" * 90 + b"]" * 90)],
    "a deep object": [raw(NESTED)],
    "a deep actor": [raw(b'{"actor":' + NESTED + b"}")],
    "bytes": [b"\xff\x00\xfe"],
    "no payload": [raw(b"", "binary/null")],
    "an actor that is a number": [{"actor": 7}],
    "an actor that is a name": [{"actor": "sam"}],
    "an actor that is a list": [{"actor": [SAM]}],
    "an actor that is null": [{"actor": None}],
    "an actor without a role": [{"actor": {"id": "sam"}}],
    "an actor without an id": [{"actor": {"role": "seller"}}],
    "an id that is null": [{"actor": {"id": None, "role": "seller"}}],
    "an id that is a number": [{"actor": {"id": 1, "role": "seller"}}],
    "an id that is an object": [{"actor": {"id": SAM, "role": "seller"}}],
    "an id of spaces": [{"actor": {"id": "  ", "role": "seller"}}],
    "an id with a space after it": [{"actor": {"id": "sam ", "role": "seller"}}],
    "an id after a line feed": [{"actor": {"id": "\nsam", "role": "seller"}}],
    "an id with a wide space": [{"actor": {"id": "sam\u2003", "role": "seller"}}],
    "an id with NUL": [{"actor": {"id": "sam\x00", "role": "seller"}}],
    "an id of 100 kB": [{"actor": {"id": LONG, "role": "seller"}}],
    "an unknown role": [{"actor": {"id": "sam", "role": "king"}}],
    "a role that is a list": [{"actor": {"id": "sam", "role": ["seller"]}}],
    "the deadline as a role": [{"actor": {"id": None, "role": "deadline"}}],
    "the deadline with an id": [{"actor": {"id": "sam", "role": "deadline"}}],
}


async def test_a_signal_that_does_not_say_who_acts_is_refused(stage: Stage) -> None:
    case = await stage.order()
    for arguments in NOBODY.values():
        await case.handle.signal("accept", args=arguments)
    events = await each(stage, case, NOBODY)
    assert dict.fromkeys(NOBODY, ("accept", None, Code.INVALID_REQUEST)) == {
        name: (event.action, event.actor, event.code) for name, event in events.items()
    }
    await lives(case)


WRONG_FIELDS: dict[str, tuple[str, Json]] = {
    "no field at all": ("deliver", {"actor": SAM}),
    "a message that is a number": ("deliver", {"actor": SAM, "message": 5}),
    "a message that is too long": ("deliver", {"actor": SAM, "message": LONG}),
    "a message with NUL": ("deliver", {"actor": SAM, "message": "a\x00"}),
    "links that are a number": ("deliver", {"actor": SAM, "message": "m", "links": 5}),
    "a link that is a script": (
        "deliver",
        {"actor": SAM, "message": "m", "links": ["javascript:alert(1)"]},
    ),
    "an extra with a space after it": ("buy_extra", {"actor": BEA, "extra_id": "express "}),
    "an offer with a space after it": ("accept_offer", {"actor": BEA, "offer_id": "a "}),
    "an extra that is an object": ("buy_extra", {"actor": SAM, "extra_id": {}}),
    "a ruling that is an object": ("resolve", {"actor": MONA, "outcome": {}, "reasons": "r"}),
    "a refund that is a number": (
        "resolve",
        {"actor": MONA, "outcome": "split", "refund": 5, "reasons": "r"},
    ),
    "a refund of a fraction": (
        "resolve",
        {"actor": MONA, "outcome": "split", "refund": {**EUR, "amount": 0.5}, "reasons": "r"},
    ),
    "a refund of everything there is": (
        "resolve",
        {"actor": MONA, "outcome": "split", "refund": {**EUR, "amount": 10**30}, "reasons": "r"},
    ),
    "a refund with something more": (
        "resolve",
        {"actor": MONA, "outcome": "split", "refund": {**EUR, "evil": 1}, "reasons": "r"},
    ),
    "a time to deliver of for ever": (
        "resolve",
        {"actor": MONA, "outcome": "restart", "delivery_time": "P999999999D", "reasons": "r"},
    ),
    "a time to deliver that is a number": (
        "resolve",
        {"actor": MONA, "outcome": "restart", "delivery_time": 1e308, "reasons": "r"},
    ),
    "a version that is a name": ("accept", {"actor": SAM, "if_version": "latest"}),
    "a version that is an object": ("accept", {"actor": SAM, "if_version": {}}),
    "a version that is a fraction": ("accept", {"actor": SAM, "if_version": 1.5}),
}


async def test_a_signal_with_wrong_fields_is_refused(stage: Stage) -> None:
    case = await stage.order()
    for action, message in WRONG_FIELDS.values():
        await case.handle.signal(action, message)
    events = await each(stage, case, WRONG_FIELDS)
    assert {
        name: (action, message["actor"], Code.INVALID_REQUEST)
        for name, (action, message) in WRONG_FIELDS.items()
    } == {
        name: (event.action, event.actor and event.actor.model_dump(mode="json"), event.code)
        for name, event in events.items()
    }
    await lives(case)


STRANGERS: dict[str, Json] = {
    "a stranger as seller": {"id": "eve", "role": "seller"},
    "the buyer as seller": {"id": "bea", "role": "seller"},
    "the seller as operator": {"id": "sam", "role": "operator"},
    "a mediator": MONA,
    "nearly the seller": {"id": "Sam", "role": "seller"},
}


async def test_a_signal_in_somebody_elses_name_is_refused(stage: Stage) -> None:
    case = await stage.order()
    for actor in STRANGERS.values():
        await case.handle.signal("accept", {"actor": actor})
    events = await each(stage, case, STRANGERS)
    assert dict.fromkeys(STRANGERS, ("accept", Code.FORBIDDEN)) == {
        name: (event.action, event.code) for name, event in events.items()
    }
    await lives(case)


NAMES = ["explode", "Accept", "accept ", "run", "receive", "unknown", "__init__", "é" * 400]
NAMES += ["\U0001f3a8" * 200, "`" * 400, "a`\n\n**paid**"]


async def test_a_signal_that_is_no_action_is_refused(stage: Stage) -> None:
    case = await stage.order()
    for name in NAMES:
        await case.handle.signal(name, {"actor": SAM})
    events = await answers(stage, case, len(NAMES))
    assert [(name[:100], Code.INVALID_REQUEST) for name in NAMES] == [
        (event.action, event.code) for event in events
    ]
    await lives(case)


async def test_an_unknown_signal_may_hold_anything(stage: Stage) -> None:
    case = await stage.order()
    await case.handle.signal("explode", args=[])
    await case.handle.signal("explode", args=[raw(b"{"), raw(b"\xff", "binary/unheard-of"), LONG])
    assert ["!explode"] * 2 == [f"!{event.action}" for event in await answers(stage, case, 2)]
    await lives(case)


STAMPS: dict[str, Any] = {
    "year 9999": "9999-12-31T23:59:59Z",
    "year 9999 in the far west": "9999-12-31T23:59:59-14:00",
    "year 1 in the far east": "0001-01-01T00:00:00+14:00",
    "a number": 253402300799,
    "a huge number": 1e308,
    "a negative number": -1,
    "yesterday": "yesterday",
    "a date": "2026-11-24",
    "no time zone": "2026-11-24T10:00:00",
    "an object": {},
    "a list": ["2026-11-24T10:00:00Z"],
    "nothing": "",
    "null": None,
    "100 kB": LONG,
}


async def test_a_stamp_that_nobody_can_believe_is_taken_for_now(stage: Stage) -> None:
    case = await stage.order(disputed())
    before = datetime.now(UTC)
    for name, stamp in STAMPS.items():
        said = {"actor": SAM, "statement": "m", "request_id": name, "received_at": stamp}
        await case.handle.signal("add_statement", said)
    events = await each(stage, case, STAMPS)  # in the order in which they came, none earlier
    assert [*STAMPS] == [event.request_id for event in events.values()]
    assert ["add_statement"] * len(STAMPS) == case.told
    stamps = {name: event.received_at for name, event in events.items()}
    minute, after = timedelta(minutes=1), datetime.now(UTC)
    assert [] == [
        name
        for name, at in stamps.items()
        if at is None or not before - minute < at < after + minute
    ]
    await case.is_well()


IDS: dict[str, Any] = {
    "a number": 5,
    "an object": {"request_id": "r"},
    "a list": ["r"],
    "nothing": "",
    "spaces": "   ",
    "NUL": "r\x00",
    "a space after it": "r ",
    "a line feed before it": "\nr",
    "100 kB": LONG,
    "null": None,
}


async def test_a_request_id_that_is_none_is_replaced(stage: Stage) -> None:
    case = await stage.order(disputed())
    twice = [(name, request_id) for name, request_id in IDS.items() for _ in range(2)]
    for _, request_id in twice:
        said = {"actor": SAM, "statement": "m", "request_id": request_id}
        await case.handle.signal("add_statement", said)
    events = await answers(stage, case, len(twice))
    assert [(name, made_id(case, number)) for number, (name, _) in enumerate(twice, 1)] == [
        (name, event.request_id) for (name, _), event in zip(twice, events, strict=True)
    ]
    assert ["add_statement"] * len(twice) == case.told
    await case.is_well()


UNREADABLE: dict[str, RawValue] = {
    "not JSON": raw(b'{"actor":'),
    "no data": raw(b""),
    "not UTF-8": raw(b'{"a":"\xff"}'),
    "half a surrogate": raw(b'{"a":"\\ud800"}'),
    "too deep": raw(b"[" * 100_000),
    "a number of 5000 digits": raw(b"1" * 5000),
    "no encoding": raw(b"{}", None),
    "an unheard-of encoding": raw(b"{}", "json/extraordinary"),
    "encrypted": raw(b"\x00" * 64, "binary/encrypted"),
    "a message of no known type": raw(b"\xff", "binary/protobuf", messageType=b"a.B"),
    "JSON of no known type": raw(b"{}", "json/protobuf", messageType=b"a.B"),
}


@pytest.mark.parametrize("times", [1, 2], ids=["once", "twice"])
async def test_a_payload_that_nobody_can_read_is_refused_in_the_journal(
    times: int, stage: Stage
) -> None:
    case = await stage.order()
    for payload in UNREADABLE.values():
        await case.handle.signal("accept", args=[payload] * times)
    events = await each(stage, case, UNREADABLE)
    assert dict.fromkeys(UNREADABLE, ("accept", Code.INVALID_REQUEST)) == {
        name: (event.action, event.code) for name, event in events.items()
    }
    await lives(case)


async def test_what_follows_the_first_argument_is_ignored(stage: Stage) -> None:
    case = await stage.order()
    await case.handle.signal("accept", args=[{"actor": SAM}, {"actor": MONA}, LONG, None])
    (event,) = await answers(stage, case)
    assert (True, "accept") == (event.accepted, event.action)
    await case.is_well()


async def test_fields_that_an_action_does_not_know_are_ignored(stage: Stage) -> None:
    case = await stage.order()
    more = {"state": "completed", "order": {}, "__class__": "Order", "fields": {"refund": 1}}
    await case.handle.signal("accept", {"actor": SAM, **more})
    (event,) = await answers(stage, case)
    assert (True, "accept") == (event.accepted, event.action)
    await case.is_well()


async def test_hostile_signals_that_come_in_a_crowd_are_each_answered(stage: Stage) -> None:
    case = await stage.order()
    hostile: list[tuple[str, Any]] = [("accept", number) for number in range(10)]
    hostile += [(f"explode-{number}", LONG) for number in range(10)]
    await asyncio.gather(*(case.handle.signal(*one) for one in hostile))
    assert len(hostile) == len(await answers(stage, case, len(hostile)))
    assert {Code.INVALID_REQUEST} == {event.code for event in case.journal}
    await lives(case)


async def test_signals_sent_before_the_first_workflow_task_count(unmanned: Stage) -> None:
    case = await unmanned.order()
    await case.handle.signal("accept", "junk")
    await case.by_hand("accept", SELLER)
    await case.by_hand("deliver", SELLER, message="m")
    async with unmanned.working():
        await answers(unmanned, case, 3)
        assert ["!accept", "accept", "deliver"] == case.told
        await case.is_well()


@pytest.mark.parametrize("single_batch", [False, True], ids=["signals first", "single batch"])
async def test_a_whole_life_sent_before_the_first_workflow_task(
    single_batch: bool, unmanned: Stage
) -> None:
    case = await unmanned.order()
    await case.by_hand("accept", SELLER)
    await case.by_hand("deliver", SELLER, message="m")
    await case.by_hand("complete", BUYER)
    await case.by_hand("cancel", OPERATOR)
    async with unmanned.working(single_batch=single_batch):
        assert State.COMPLETED == (await case.handle.result()).kind
    assert ["accept", "deliver", "complete", "!cancel"] == case.told
    assert 1600 == case.seller_got


async def test_a_name_with_nul_does_not_block_the_order(unmanned: Stage) -> None:
    async with unmanned.working():
        case = await unmanned.order()
        await case.handle.signal("ex\x00plode", {"actor": SAM})
        await answers(unmanned, case)
        await lives(case)


async def test_an_unknown_field_with_nul_in_its_name_does_not_block_the_order(
    unmanned: Stage,
) -> None:
    async with unmanned.working():
        case = await unmanned.order()
        refund = {**EUR, "e\x00vil": 1}
        message = {"actor": MONA, "outcome": "split", "refund": refund, "reasons": "r"}
        await case.handle.signal("resolve", message)
        await answers(unmanned, case)
        await lives(case)
