"""Whatever the rules refuse is said to people in their language, and without a code in it."""

import re
from collections.abc import Iterator
from functools import cache

import pytest

from domain.actions import (
    FIELDS,
    AboutOffer,
    AboutSettlement,
    Assign,
    BuyExtra,
    Fields,
    MakeOffer,
    PositiveMoney,
    ProposeSettlement,
)
from domain.command import Refusal, command
from domain.holding import Paths
from domain.order import Actor, Extra, Order
from domain.reasons import Reason, recognised
from domain.rules import RULES, decide
from domain.rules import WAYS as WAYS_ON
from domain.vocabulary import Action, Code, Role
from tests.texts.scenes import scenes
from tests.texts.story import (
    BUYER,
    DAY,
    MEDIATOR,
    OTHER_MEDIATOR,
    PEOPLE,
    SELLER,
    TERMS,
    TODAY,
    WAYS,
    euros,
    follow,
    placing,
    tries,
)
from texts.catalogue import Language
from texts.formatter import Formatter
from texts.reader_context import ReaderContext
from texts.refusals import BY_CODE, WORDS, missing, problem_said, refusal_said

PARTY_AS_MEDIATOR = Actor(id=BUYER.id, role=Role.MEDIATOR)
STRANGER = Actor(id="zoe", role=Role.BUYER)
DOLLARS = PositiveMoney(amount=500, currency="USD")
WRONG: dict[Action, list[Fields]] = {
    Action.BUY_EXTRA: [BuyExtra(extra_id="none"), BuyExtra(extra_id="sources")],
    Action.ASSIGN: [Assign(), Assign(mediator_id="bea"), Assign(mediator_id="milo")],
    Action.MAKE_OFFER: [MakeOffer(title="A letterhead", price=DOLLARS, delivery_time=DAY)],
    Action.PROPOSE_SETTLEMENT: [
        ProposeSettlement(refund=euros(10**6)),
        ProposeSettlement(refund=DOLLARS),
    ],
}
NOT_BY_DECIDE: dict[Reason, dict[str, object]] = {
    Reason.OWN_SERVICE: {},
    Reason.UNKNOWN_EXTRA: {"extra": "a.b (c)"},
    Reason.EXTRA_TWICE: {},
    Reason.WALLET_SHORT: {"price": "5.00 EUR"},
    Reason.WALLET_SHORT_OF: {"price": "5.00 EUR", "held": "4.99 EUR"},
    Reason.ORDER_TOO_DEAR: {"price": "2000 JPY"},
    Reason.TOO_LONG_TO_HOLD: {"takes": "P64D", "longest": "P62DT12H", "hold": "P90D"},
    Reason.READ_ONLY: {},
    Reason.HELD_ALREADY: {},
    Reason.NOT_HELD: {},
    Reason.NOT_IN_DISPUTE: {},
    Reason.WRITING_OVER: {"days": 30, "until": "2026-12-30 10:00"},
}
"""What is refused when an order is placed or written about, or by the wallet."""


@cache
def refusals() -> dict[str, Refusal]:
    """Every refusal that `decide` makes: rules by states by actors by fields, right and wrong."""
    found = (one for order in orders() for one in refused(order))
    return {one.detail: one for one in found}


def orders() -> Iterator[Order]:
    """Orders in every shape, one that takes no more lines, and one with an extra left of two."""
    yield from (scene.after for scene in scenes())
    full = placing(policy=TODAY.model_copy(update={"most_lines": 1})).after
    yield from (scene.after for scene in follow(full, (SELLER, Action.ACCEPT)))
    just = TODAY.model_copy(update={"holding_limit": Paths(WAYS_ON, TODAY).around_work + 3 * DAY})
    yield placing(policy=just).after
    two = (*TERMS.extras, Extra(id="letterhead", price=500, delivery_time=DAY))
    rich = placing(TERMS.model_copy(update={"extras": two})).after
    yield from (scene.after for scene in follow(rich, (BUYER, Action.BUY_EXTRA)))


def refused(order: Order) -> Iterator[Refusal]:
    """What becomes of everything that anybody can try on an order."""
    now = order.updated_at
    for actor in (*PEOPLE, OTHER_MEDIATOR, PARTY_AS_MEDIATOR, STRANGER):
        for action in Action:
            for fields in attempts(action, order, actor):
                for request_id in ("request", "logo", "é" * 100):
                    verdict = decide(order, command(action, actor, now, fields, request_id), now)
                    if isinstance(verdict, Refusal):
                        yield verdict
    late = command(Action.CANCEL, BUYER, now, if_version=order.version - 1)
    verdict = decide(order, late, now)
    assert isinstance(verdict, Refusal)
    yield verdict


def attempts(action: Action, order: Order, actor: Actor) -> list[Fields]:
    """Ways of trying it, in good faith and not."""
    if issubclass(FIELDS[action], AboutOffer):
        return [AboutOffer(offer_id=one) for one in ("gone", order.lapsed_offer) if one]
    if issubclass(FIELDS[action], AboutSettlement):
        return [AboutSettlement(settlement_id="gone")]
    usual = WAYS[action][:1] if action in WAYS else tries(action, order, actor)[:1]
    return [*usual, *WRONG.get(action, [])]


def reader(role: Role, language: Language) -> ReaderContext:
    """Somebody who reads of a new order."""
    scene = scenes()[0]
    who = {Role.BUYER: BUYER, Role.SELLER: SELLER, Role.MEDIATOR: MEDIATOR}[role]
    return ReaderContext(scene.after, scene.words, who, Formatter(language, "Europe/Paris"))


READERS = (Role.BUYER, Role.SELLER, Role.MEDIATOR)


def test_every_refusal_of_the_rules_gives_a_reason_that_has_words() -> None:
    reached = {detail: recognised(detail) for detail in refusals()}
    assert [detail for detail, found in reached.items() if found is None] == []
    assert {found[0] for found in reached.values() if found} == set(Reason) - set(NOT_BY_DECIDE)
    assert set(WORDS) == set(Reason)
    assert set(BY_CODE) == set(Code)
    assert {rule.only.otherwise for rule in RULES if rule.only} < set(WORDS)


@pytest.mark.parametrize("role", READERS)
def test_it_is_said_without_a_code_and_in_two_languages(role: Role) -> None:
    for detail, refusal in refusals().items():
        english, french = (
            refusal_said(refusal.code, detail, reader(role, language)) for language in Language
        )
        for said in (english, french):
            assert not re.search(r"[a-z]_[a-z]|%\(|\bEUR\b.*\d|\{", said), said
            assert said[0].isupper(), said
        assert english != french
        assert refusal.code is Code.INVALID_REQUEST or english != BY_CODE[refusal.code]


@pytest.mark.parametrize("reason", NOT_BY_DECIDE)
def test_so_is_what_others_than_the_rules_refuse(reason: Reason) -> None:
    words = reason.says(**NOT_BY_DECIDE[reason])
    detail = words if words.endswith(".") else f"extra_ids: {words}."
    found = recognised(detail)
    assert found is not None
    assert found[0] is reason
    for language in Language:
        said = refusal_said(Code.FORBIDDEN, detail, reader(Role.BUYER, language))
        assert said != problem_said(Code.FORBIDDEN, Formatter(language, "UTC"))


def test_amounts_and_instants_of_a_refusal_are_said_to_people() -> None:
    short = Reason.WALLET_SHORT_OF.says(price="5.00 EUR", held="1.99 EUR")
    said = refusal_said(Code.INSUFFICIENT_FUNDS, short, reader(Role.BUYER, Language.FR))
    assert said == "Le prix est de 5,00\u00a0€, et le portefeuille contient 1,99\u00a0€."
    over = Reason.TIME_RAN_OUT.says(at="2026-11-30 10:00:00", state="completed")
    said = refusal_said(Code.DEADLINE_PASSED, over, reader(Role.BUYER, Language.EN))
    assert said == (
        "The time for this ran out on 30 November 2026 at 11:00 (Europe/Paris), 10:00 UTC."
    )


@pytest.mark.parametrize(
    "detail",
    [
        "",
        "Words of an earlier release.",
        "The order is asleep; cancel is possible in: pending.",
        "The wallet holds less than the lot this costs.",
        "The time for this ran out at noon UTC; the order is completed now.",
    ],
)
@pytest.mark.parametrize("language", Language)
def test_what_is_not_recognised_is_said_by_its_code(detail: str, language: Language) -> None:
    said = refusal_said(Code.ACTION_NOT_ALLOWED, detail, reader(Role.SELLER, language))
    assert said == Formatter(language, "UTC").say("The order does not allow this now.")


def test_what_a_rule_waits_for_is_said_to_who_expects_the_action() -> None:
    assert missing(Reason.NOT_LATE, reader(Role.BUYER, Language.EN)) == (
        "The order is not late: the time that the seller has to deliver still runs."
    )
