"""What a reader can do to an order now, as its page offers it: each way with what it would do to
the money, and what one would expect and cannot do, with the reason."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any
from urllib.parse import urlencode

from api.pages.actions import FACES, HANDED_OVER, HEADINGS, NOT_NOW, WAIT, Face, Group, Tone
from api.pages.fields import Kind, Shape, shapes
from api.pages.standing import Standing
from api.pages.wanted import CALLED, wanted
from api.pages.who_gets import Part, parts
from domain.actions import FIELDS
from domain.command import Refusal
from domain.order import Actor, Order
from domain.preview import money
from domain.vocabulary import Action, Role
from texts.refusals import refusal_said


@dataclass(frozen=True)
class Thing:
    """What an action stands on: the field that names it, and its id."""

    field: str
    id: str


@dataclass(frozen=True)
class Way:
    """Something that the reader can do: a link to its own page. `button` is what that says, and
    `action` None where there is nothing to be done to the order."""

    action: Action | None
    verb: str
    line: str
    href: str
    is_stop: bool
    parts: tuple[Part, ...]
    button: str


@dataclass(frozen=True)
class Missing:
    """What one would expect and cannot do now."""

    what: str
    why: str


@dataclass(frozen=True)
class Block:
    """Ways that stand together."""

    group: Group
    heading: str
    ways: tuple[Way, ...]


@dataclass(frozen=True)
class Offered:
    """All that the reader can do. `answers` stand on what they answer, by its id; `choices` are
    equal, and the only one of them is what is asked for."""

    choices: Block | None
    blocks: tuple[Block, ...]
    answers: Mapping[str, tuple[Way, ...]]
    missing: tuple[Missing, ...]
    not_now: str

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to show."""
        return not (self.choices or self.blocks or self.missing)


def offered(found: Standing) -> Offered:
    """Return what the reader can do to an order as it stands.

    Raises:
        Spoiled: what is kept of it cannot be read.
    """
    can = [action for action in Action if found.able(action)]
    groups = {group: _block(found, group, can) for group in Group if group is not Group.ANSWER}
    choices = groups.pop(Group.DECIDE)
    return Offered(
        choices=choices if choices.ways else None,
        blocks=tuple(block for block in groups.values() if block.ways),
        answers=_answers(found, can),
        missing=tuple(_missing(found)),
        not_now=found.reader.formatter.say(NOT_NOW),
    )


def face_of(action: Action, role: Role) -> Face:
    """Return how an action shows itself to somebody in a capacity."""
    if (action, role) == (Action.ASSIGN, Role.OPERATOR):
        return HANDED_OVER
    return FACES[action]


def things(action: Action, order: Order, actor: Actor) -> tuple[Thing, ...]:
    """Return what an action can stand on; nothing where it names nothing."""
    return tuple(
        Thing(shape.name, one)
        for shape in shapes(action, actor.role)
        if shape.kind is Kind.HIDDEN
        for one in _ids(shape, action, order, actor)
    )


def _ids(shape: Shape, action: Action, order: Order, actor: Actor) -> list[str]:
    match shape.name:
        case "extra_id":
            return [extra.id for extra in order.extras]
        case "offer_id":
            return [] if order.offer is None else [order.offer.id]
        case "settlement_id":
            own = action is Action.WITHDRAW_SETTLEMENT
            return [one.id for one in order.settlements if (one.proposed_by == actor) is own]
        case name:
            raise LookupError(f"nobody knows what {name} names")


def called(found: Standing, action: Action, thing: Thing | None) -> tuple[str, str]:
    """Return what an action is called, and a line of what it does, on the thing that it stands on;
    without one, as people call it who look for it."""
    role = found.role_for(action)
    told, face = found.told(role), face_of(action, role)
    if thing is None and action in CALLED:
        return told.say(CALLED[action].label), told.say(CALLED[action].says)
    values = _of_thing(found, action, thing)
    return told.say(face.label, **values), told.say(face.says, **values)


def _of_thing(found: Standing, action: Action, thing: Thing | None) -> dict[str, str]:
    told = found.told(found.role_for(action))
    extra = next((one for one in found.order.extras if thing and one.id == thing.id), None)
    if extra is None:
        return {}
    return {
        "extra": found.row.words.titles.get(extra.id, ""),
        "extra_price": told.money(extra.price),
        "extra_time": told.formatter.duration(extra.delivery_time),
    }


def _block(found: Standing, group: Group, can: list[Action]) -> Block:
    mine = (action for action in can if _group(found, action) is group)
    ways = chain.from_iterable(_ways(found, action) for action in mine)
    waits = group is Group.DECIDE and _is_late_for_buyer(found)
    whole = (*([_waiting(found)] if waits else []), *ways)
    return Block(group, found.reader.formatter.say(HEADINGS[group]), whole)


def _group(found: Standing, action: Action) -> Group:
    """Return beside what an action stands. Of a late order the buyer is asked whether it ends."""
    if action is Action.CANCEL and _is_late_for_buyer(found):
        return Group.DECIDE
    return FACES[action].group


def _is_late_for_buyer(found: Standing) -> bool:
    return found.order.is_late and Role.BUYER in found.roles.roles


def _waiting(found: Standing) -> Way:
    """Return the way that is open beside a late order's end, and takes nothing from anybody."""
    told = found.told(Role.BUYER)
    held = parts(told, found.order.state, {})
    verb, line, button = (told.say(words) for words in (WAIT.label, WAIT.says, WAIT.confirm))
    return Way(None, verb, line, f"{found.address}#conversation", False, held, button)


def _ways(found: Standing, action: Action) -> Iterator[Way]:
    role = found.role_for(action)
    names_something = any(shape.kind is Kind.HIDDEN for shape in shapes(action, role))
    stands_on: tuple[Thing | None, ...] = (None,)
    if names_something:
        stands_on = things(action, found.order, found.actor(role))
    for thing in stands_on:
        yield way(found, action, thing)


def way(found: Standing, action: Action, thing: Thing | None = None) -> Way:
    """Return how an action is offered, on the thing that it stands on."""
    verb, line = called(found, action, thing)
    query = f"?{urlencode({thing.field: thing.id})}" if thing else ""
    return Way(
        action=action,
        verb=verb,
        line=line,
        href=f"{found.address}/actions/{action}{query}",
        is_stop=face_of(action, found.role_for(action)).tone is Tone.STOP,
        parts=_parts(found, action, thing),
        button=f"{verb}…",
    )


def _parts(found: Standing, action: Action, thing: Thing | None) -> tuple[Part, ...]:
    """Return what an action would do to the money, where that does not hang on what is typed: texts
    decide nothing, nor does a choice that no sum and no time goes with."""
    role = found.role_for(action)
    asked = shapes(action, role)
    if not all(shape.is_text or shape.kind in (Kind.HIDDEN, Kind.CHOICE) for shape in asked):
        return ()
    named: dict[str, Any] = {one.name: one.options[0] for one in asked if one.options}
    named |= {thing.field: thing.id} if thing else {}
    step = found.verdict(action, FIELDS[action].model_construct(**named))
    if isinstance(step, Refusal):
        return ()
    return parts(found.told(role), step.order.state, money(step))


def _answers(found: Standing, can: list[Action]) -> dict[str, tuple[Way, ...]]:
    answers: dict[str, list[Way]] = {}
    wish = found.order.cancellation_request
    for action in can:
        role = found.role_for(action)
        if FACES[action].group is not Group.ANSWER:
            continue
        for thing in things(action, found.order, found.actor(role)):
            answers.setdefault(thing.id, []).append(way(found, action, thing))
        if action is Action.REFUSE_CANCELLATION and wish is not None:
            both = [one for one in (Action.CANCEL, action) if one in can]
            answers[wish.id] = [way(found, one) for one in both]
    return {thing: tuple(ways) for thing, ways in answers.items()}


def _missing(found: Standing) -> Iterator[Missing]:
    for role in found.roles.roles:
        told = found.told(role)
        for action, instead in wanted(found.order, role):
            if found.able(action):
                continue
            refusal = found.refusal(action)
            if refusal is not None:
                own = refusal_said(refusal.code, refusal.detail, told)
                what, _ = called(found, action, None)
                yield Missing(what, told.say(instead) if instead else own)
