"""How many revisions are left is said to both sides, in notices and before an action."""

import pytest

from domain.order import Extra
from domain.vocabulary import Action, Role
from tests.texts.story import BUYER, DELIVERY, SELLER, TERMS, Deed, Scene, follow, placing
from texts.catalogue import Language
from texts.previews import notes

ASK: Deed = (BUYER, Action.REQUEST_REVISION)
ACCEPT: Deed = (SELLER, Action.ACCEPT_REVISION)
REFUSE: Deed = (SELLER, Action.REFUSE_REVISION)
DELIVER: Deed = (SELLER, Action.DELIVER)
BOTH = (Role.BUYER, Role.SELLER)
LEFT = {
    Language.EN: "Revisions left: {left} of {included}.",
    Language.FR: "Retouches restantes\u00a0: {left} sur {included}.",
}


def after(included: int | None, *deeds: Deed, extras: tuple[Extra, ...] = TERMS.extras) -> Scene:
    """The last of these acts, after a delivery, on an order of a service that includes so many."""
    terms = TERMS.model_copy(update={"revisions_included": included, "extras": extras})
    return follow(placing(terms).after, *DELIVERY, *deeds)[-1]


def told(scene: Scene, role: Role, language: Language = Language.EN) -> str:
    """All that somebody is told of a scene."""
    return " ".join(scene.told(role, language).paragraphs)


def noted(scene: Scene, language: Language = Language.EN) -> str:
    """All that was said before the act."""
    assert scene.did is not None
    assert scene.before is not None
    did, after = scene.did, scene.after
    action = Action(did.action)
    return " ".join(notes(action, did.actor, scene.before, after, scene.words, language, "UTC"))


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(
    ("deeds", "left"),
    [((), 2), ((ASK, ACCEPT), 1), ((ASK, REFUSE), 2), ((ASK, ACCEPT, DELIVER), 1)],
)
def test_notices_say_how_many_are_left(
    deeds: tuple[Deed, ...], left: int, language: Language
) -> None:
    for role in BOTH:
        said = told(after(2, *deeds), role, language)
        assert said.count(LEFT[language].format(left=left, included=2)) == 1


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(
    ("deeds", "left"),
    [((), 2), ((ASK,), 2), ((ASK, ACCEPT), 1), ((ASK, REFUSE), 2), ((ASK, ACCEPT, DELIVER), 1)],
)
def test_previews_say_how_many_are_left(
    deeds: tuple[Deed, ...], left: int, language: Language
) -> None:
    said = noted(after(2, *deeds), language)
    assert said.count(LEFT[language].format(left=left, included=2)) == 1


def test_who_asks_reads_when_one_is_used_up() -> None:
    assert "One is used up if the seller accepts, and none if they refuse." in noted(after(2, ASK))
    assert "used up" not in noted(after(None, ASK))


@pytest.mark.parametrize("deeds", [(), (ASK,), (ASK, ACCEPT), (ASK, REFUSE)])
def test_without_a_limit_nothing_is_counted(deeds: tuple[Deed, ...]) -> None:
    scene = after(None, *deeds)
    for said in (told(scene, Role.BUYER), told(scene, Role.SELLER), noted(scene)):
        assert "evisions left" not in said
        assert "No revision is left" not in said


@pytest.mark.parametrize(
    ("included", "deeds"), [(0, ()), (1, (ASK, ACCEPT, DELIVER))], ids=["never", "no more"]
)
def test_nobody_is_told_to_ask_for_a_revision_that_they_cannot_get(
    included: int, deeds: tuple[Deed, ...]
) -> None:
    scene = after(included, *deeds)
    buyer, seller, delivering = told(scene, Role.BUYER), told(scene, Role.SELLER), noted(scene)
    for said in (buyer, seller, delivering):
        assert "ask for a revision" not in said
        assert "asks for a revision" not in said
        assert "No revision is left" in said
    assert "buy an extra of the service, or ask the seller for a custom offer" in buyer


def test_extras_that_are_gone_are_not_offered() -> None:
    said = told(after(0, extras=()), Role.BUYER)
    assert "ask the seller for a custom offer" in said
    assert "extra" not in said


@pytest.mark.parametrize("included", [1, None])
def test_while_one_is_left_the_buyer_is_told_of_it(included: int | None) -> None:
    assert "ask for a revision and say what" in told(after(included), Role.BUYER)
