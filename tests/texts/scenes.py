"""Every kind of step that an order can take, and what everybody is told of it."""

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from domain.actions import PROVIDER_FIELDS, Assign
from domain.notices import ESCALATED
from domain.order import Actor, Extra, Order
from domain.policy import Policy
from domain.rules import allowed, expire
from domain.timers import next_timer
from domain.vocabulary import Action, ProviderAct, Role
from tests.texts.story import (
    BUYER,
    DAY,
    DELIVERY,
    HOUR,
    LIMITED,
    MEDIATOR,
    OPEN_DISPUTE,
    OPERATOR,
    PEOPLE,
    REFUSAL,
    SELLER,
    TERMS,
    Deed,
    Scene,
    Story,
    follow,
    placing,
    refused,
    tries,
)
from texts.catalogue import Language
from texts.notices import NoticeText


@cache
def scenes() -> tuple[Scene, ...]:
    """A scene for each event in each shape that the order can have, however it comes there."""
    new = placing()
    plain = follow(placing(TERMS.model_copy(update={"extras": ()})).after, *REFUSAL)
    return (
        new,
        *explored(new.after),
        *undecided(),
        *without_target(),
        *held(),
        *payment_disputed(),
        *revised_once(TERMS.extras),
        *revised_once(()),
        *plain,
        *bought_late(HOUR),
        *bought_late(10 * DAY),
    )


def undecided() -> list[Scene]:
    """The buyer's silence after a refused revision opens a dispute, which nobody takes."""
    last = refused(policy=OPEN_DISPUTE)
    story, found = Story(last.after), [last]
    while found[-1].event != ESCALATED and (waited := story.wait()) is not None:
        story, scene = waited
        found.append(scene)
    return found


def revised_once(extras: tuple[Extra, ...]) -> list[Scene]:
    """The one revision that the service includes is asked for, accepted and delivered."""
    terms = TERMS.model_copy(update={"revisions_included": 1, "extras": extras})
    asked = (*DELIVERY, (BUYER, Action.REQUEST_REVISION))
    again = (*asked, (SELLER, Action.ACCEPT_REVISION), (SELLER, Action.DELIVER))
    new = placing(terms).after
    return [*follow(new, *again), *follow(new, *asked, (SELLER, Action.REFUSE_REVISION))]


def payment_disputed() -> list[Scene]:
    """The payment of an order is disputed, and the dispute is won or lost, with a case too, and
    with everything open that can be beside it."""
    delivered = Story(follow(placing().after, *DELIVERY)[-1].after)
    case = Story(follow(refused().after, (BUYER, Action.OPEN_DISPUTE))[-1].after)
    stories = (delivered, case, everything_open())
    return [scene for story in stories for scene in _won_and_lost(story)]


def everything_open() -> Story:
    """An offer, a wish to cancel and a proposal of each side on an order in progress."""
    story = Story(placing().after)
    for who, action in (
        (SELLER, Action.ACCEPT),
        (SELLER, Action.MAKE_OFFER),
        (BUYER, Action.REQUEST_CANCELLATION),
        (BUYER, Action.PROPOSE_SETTLEMENT),
        (SELLER, Action.PROPOSE_SETTLEMENT),
    ):
        story, _ = story.act((who, action), story.order.updated_at + HOUR)
    return story


def _won_and_lost(story: Story) -> Iterator[Scene]:
    now = story.order.updated_at + HOUR
    frozen, disputed = story.act(_said(ProviderAct.PAYMENT_DISPUTED, now + DAY), now)
    yield disputed
    for act in (ProviderAct.PAYMENT_DISPUTE_WON, ProviderAct.PAYMENT_DISPUTE_LOST):
        yield frozen.act(_said(act), now + DAY)[1]


def _said(act: ProviderAct, until: datetime | None = None) -> Deed:
    said = {"chargeback_id": "dispute-1", "amount": {"amount": 500, "currency": "EUR"}}
    model = PROVIDER_FIELDS[act]
    words = {name: said[name] for name in said if name in model.model_fields}
    fields = model.model_validate(words | ({"evidence_until": until} if until else {}))
    return (Actor(id="stripe", role=Role.PROVIDER), act, fields)


def held() -> list[Scene]:
    """More work on orders whose money can be held for a time, and the limit, with a case and
    without."""
    new = placing(policy=LIMITED).after
    offering = (SELLER, Action.MAKE_OFFER)
    more = follow(new, (BUYER, Action.BUY_EXTRA), (SELLER, Action.ACCEPT), offering)
    accepted = follow(more[-1].after, (BUYER, Action.ACCEPT_OFFER))
    case = follow(refused(policy=LIMITED).after, (BUYER, Action.OPEN_DISPUTE))
    asked = follow(new, *DELIVERY, (BUYER, Action.REQUEST_REVISION))
    silent = [one for way in (more, asked, case) for one in until_the_limit(way[-1].after)]
    return [*more, *accepted, *asked, *case, *silent]


def until_the_limit(order: Order) -> list[Scene]:
    """What silence does until the order's money can be held no longer."""
    story, found = Story(order), []
    while not (story.order.holding and story.order.holding.reached):
        waited = story.wait()
        assert waited is not None
        story, scene = waited
        found.append(scene)
    return found


def without_target() -> list[Scene]:
    """A case of an order from before there was a target for rulings is taken and handed over."""
    last = refused(policy=Policy())
    to_milo = (OPERATOR, Action.ASSIGN, Assign(mediator_id="milo"))
    return follow(last.after, (BUYER, Action.OPEN_DISPUTE), (MEDIATOR, Action.ASSIGN), to_milo)


@cache
def tellings() -> tuple[tuple[Scene, Role, NoticeText, NoticeText], ...]:
    """Every scene to everybody who is told of it, in English and in French, in Paris."""
    return tuple(
        (scene, reader.role, scene.told(reader, Language.EN), scene.told(reader, Language.FR))
        for scene in scenes()
        for reader in scene.readers
    )


def named(scene: Scene) -> Scene:
    """The same between people who have names, of which the first letters elide in French."""
    return replace(scene, words=replace(scene.words, buyer_name="Ana", seller_name="Émile"))


def one_of_each() -> list[Scene]:
    """A scene for each event."""
    return list({scene.event: scene for scene in reversed(scenes())}.values())


def bought_late(by: timedelta) -> list[Scene]:
    """An extra is bought so long after the due date: the new one may have passed as well."""
    order = follow(placing().after, (SELLER, Action.ACCEPT))[-1].after
    while not order.is_late and (timer := next_timer(order)) is not None:
        order = expire(order, timer, timer.at + timedelta(seconds=1)).order
    return follow(order, (BUYER, Action.BUY_EXTRA), every=by)


def explored(order: Order) -> Iterator[Scene]:
    """What can become of an order, looking further wherever it takes a new shape."""
    waiting, known, seen = deque([Story(order)]), {_shape(order)}, set()
    while waiting:
        for story, scene in _next(waiting.popleft()):
            key = (scene.event, _ground(scene), _left(scene), _shape(story.order))
            if key not in seen:
                seen.add(key)
                yield scene
            if _shape(story.order) not in known:
                known.add(_shape(story.order))
                waiting.append(story)


def _next(story: Story) -> Iterator[tuple[Story, Scene]]:
    now = story.order.updated_at + HOUR
    for actor in PEOPLE:
        for action in allowed(story.order, actor):
            for fields in tries(action, story.order, actor):
                yield story.act((actor, action, fields), now)
    while (waited := story.wait()) is not None:
        story, scene = waited
        yield waited
        if not scene.event.endswith("_reminder"):
            return


def _shape(order: Order) -> tuple[Any, ...]:
    """What the texts of an order depend on; of proposals, the last one."""
    asked, dispute = order.cancellation_request, order.dispute
    return (
        (order.state, order.overdue, order.offer is not None),
        (order.deadline is not None, order.outcome and (order.outcome.by, order.outcome.cause)),
        order.settlements[-1].proposed_by.role if order.settlements else None,
        asked and (asked.status, order.cancellation_refusals > 0, order.delivered_before),
        dispute and (dispute.opened_by.role, dispute.mediator_id),
    )


def _ground(scene: Scene) -> str | None:
    """By whom, and on what ground."""
    if scene.did is None:
        return None
    fields = scene.did.fields if scene.did.action in GROUNDS else ""
    return f"{scene.did.actor.role} {fields}"


def _left(scene: Scene) -> tuple[Any, ...]:
    """What was open before."""
    if scene.before is None:
        return ()
    before, asked = scene.before, scene.before.cancellation_request
    closing = asked and asked.status if scene.after.cancellation_request is None else None
    return (before.state, before.offer is not None, len(before.settlements), closing)


GROUNDS = (Action.REFUSE_REVISION, Action.RESOLVE)
