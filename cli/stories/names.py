"""Whom and what a story speaks of without having said who or what that is."""

from collections.abc import Collection, Iterator

from cli.stories.story import PLACE, PLACES, Scene, Step, Story
from domain.actions import FIELDS
from domain.vocabulary import Action

Place = tuple[str | int, ...]
Unknown = tuple[Place, str]

SHORT = {"extra_id": "extra", "mediator_id": "mediator"}
"""What a story names by what people call it, and not by an id."""

FOUND = ("offer_id", "settlement_id")
"""What a story need not name: it is what is open on the order."""


def unknown_names(story: Story) -> Iterator[Unknown]:
    """Yield where a story names what it has not introduced, and what there is."""
    people = list(story.people)
    for name in story.wallets:
        yield from _among(("wallets", name), name, people)
    for name, service in story.services.items():
        yield from _among(("services", name, "seller"), service.seller, people)
    orders: list[str] = []
    for number, scene in enumerate(story.scenes):
        yield from _of_scene(story, scene, ("scenes", number, "steps"), orders)


def _of_scene(story: Story, scene: Scene, place: Place, orders: list[str]) -> Iterator[Unknown]:
    placed = False
    for number, step in enumerate(scene.steps):
        here = (*place, number)
        if step.does == PLACE:
            placed = True
            if step.named is not None:
                orders.append(step.named)
        elif step.who is not None and step.order is None and not placed:
            yield here, f"no order has been placed in this scene; `order` names one of {orders}"
        yield from _of_step(story, step, here, orders)


def _of_step(story: Story, step: Step, here: Place, orders: list[str]) -> Iterator[Unknown]:
    people = list(story.people)
    if step.service is not None:
        yield from _among((*here, "service"), step.service, list(story.services))
    if step.order is not None:
        yield from _among((*here, "order"), step.order, orders)
    for name in step.expect.orders:
        yield from _among((*here, "expect", "orders", name), name, orders)
    for name in step.expect.money:
        yield from _among((*here, "expect", "money", name), name, [*people, *PLACES])
    for name in step.expect.told:
        yield from _among((*here, "expect", "told", name), name, people)
    if step.does is not None:
        for name in step.fields:
            yield from _among((*here, name), name, sorted(fields_of(step.does)))


def fields_of(deed: str) -> set[str]:
    """Return what can be said with a deed."""
    if deed == PLACE:
        return {"brief"}
    fields = set(FIELDS[Action(deed)].model_fields)
    return {SHORT.get(one, one) for one in fields if one not in FOUND}


def _among(place: Place, name: str, known: Collection[str]) -> Iterator[Unknown]:
    if name not in known:
        yield place, f"`{name}` is unknown here; there is {', '.join(known) or 'nothing yet'}"
