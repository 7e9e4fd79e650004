"""Everybody whom a step concerns is told what happened, what they can do, and what follows."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from domain.command import Command
from domain.notices import DISPUTE_OPENED, EVENTS
from domain.policy import Policy
from domain.vocabulary import Action, CancellationStatus, Role, State, TimerEffect
from tests.texts.scenes import scenes, tellings
from tests.texts.story import (
    BUYER,
    DELIVERY,
    OPEN_DISPUTE,
    REFUSAL,
    SELLER,
    TERMS,
    Deed,
    Scene,
    Story,
    follow,
    placing,
)
from texts.catalogue import Language

PARIS = ZoneInfo("Europe/Paris")
SIDES = (Role.BUYER, Role.SELLER)

MAKE: Deed = (SELLER, Action.MAKE_OFFER)
ASK: Deed = (BUYER, Action.REQUEST_CANCELLATION)
REFUSE: Deed = (SELLER, Action.REFUSE_CANCELLATION)
ACCEPT: Deed = (SELLER, Action.ACCEPT)
PARTS = "€9.52 (€11.89 less a commission of €2.37)"

FOLLOWS = {
    TimerEffect.COMPLETE: ("the order completes by itself", "la commande se termine d’elle-même"),
    TimerEffect.CANCEL: ("the order is cancelled by itself", "la commande est annulée d’elle-même"),
    TimerEffect.OPEN_DISPUTE: ("a dispute opens by itself", "un litige s’ouvre de lui-même"),
    TimerEffect.LATE: ("can cancel on", "peut annuler sans|pouvez annuler sans"),
    TimerEffect.DISPUTE_ALLOWED: ("can open a dispute", "ouvrir un litige"),
    TimerEffect.ESCALATE: ("a dispute never decides itself", "ne se tranche jamais tout seul"),
}
"""What the texts must say of each consequence; `|` stands between two ways of saying it."""


def says(text: str, ways: str) -> bool:
    """Whether one of the ways of saying it is in the text."""
    return any(way in text for way in ways.split("|"))


def in_paris(at: datetime) -> str:
    """An instant in English, formatted without our code or its libraries."""
    local, universal = at.astimezone(PARIS), at.astimezone(UTC)
    moments = [f"{one.day} {one:%B} {one.year} at {clock(one)}" for one in (local, universal)]
    in_utc = clock(universal) if local.date() == universal.date() else moments[1]
    return f"{moments[0]} (Europe/Paris), {in_utc} UTC"


def clock(at: datetime) -> str:
    """The time of day, with seconds where there are some."""
    return f"{at:%H:%M:%S}".removesuffix(":00")


def test_every_event_is_told_to_everybody_whom_it_concerns() -> None:
    assert {scene.event for scene in scenes()} == set(EVENTS)
    for scene, role, english, french in tellings():
        for text in (english, french):
            assert text.title.strip(), (scene.event, role)
            assert len(text.paragraphs) > 1, (scene.event, role)
            assert all(part == part.strip() != "" for part in text.paragraphs), text
            assert not any("%(" in part for part in (text.title, *text.paragraphs)), text


def test_the_languages_tell_the_same() -> None:
    for scene, role, english, french in tellings():
        assert len(english.paragraphs) == len(french.paragraphs), (scene.event, role)


def test_the_two_sides_are_spoken_to_each_on_their_own() -> None:
    said: dict[int, list[tuple[str, ...]]] = {}
    for scene, role, english, _ in tellings():
        if role in SIDES:
            said.setdefault(id(scene), []).append(english.paragraphs)
    for both in said.values():
        assert len({*both}) == len(both), both


def test_the_deadline_is_told_with_its_exact_instant_and_its_consequence() -> None:
    for scene, role, english, french in tellings():
        deadline = scene.after.deadline
        if deadline is None or role is Role.OPERATOR:  # who is told until when, and no more
            continue
        in_english, in_french = FOLLOWS[deadline.on_expiry]
        until = [part for part in english.paragraphs if in_paris(deadline.at) in part]
        assert any(says(part, in_english) for part in until), (scene.event, role, english)
        universal = f"{clock(deadline.at)} UTC"
        jusqu_a = [part for part in french.paragraphs if universal in part]
        assert any(says(part, in_french) for part in jusqu_a), (scene.event, role, french)


def test_offers_and_wishes_to_cancel_are_told_until_when() -> None:
    for scene, role, english, _ in tellings():
        if role not in SIDES or scene.after.payment_hold is not None:  # then they have no end
            continue
        offer, asked = scene.after.offer, scene.after.cancellation_request
        if offer is not None:
            assert in_paris(offer.lapses_at) in " ".join(english.paragraphs), (scene.event, role)
        if asked is not None and asked.status is CancellationStatus.ASKED:
            assert in_paris(asked.answer_by) in " ".join(english.paragraphs), (scene.event, role)


def test_nobody_is_told_to_wait_for_what_is_over() -> None:
    ended = [(scene, said) for scene, _, said, _ in tellings() if scene.after.outcome is not None]
    assert ended
    for scene, said in ended:
        assert said.paragraphs[-1] == "The order is closed for good: there is nothing more to do."
        assert "escrow" not in " ".join(said.paragraphs), scene.event


def test_an_offer_that_cannot_be_accepted_now_is_not_said_to_be() -> None:
    blocked = [
        (role, " ".join(said.paragraphs))
        for scene, role, said, _ in tellings()
        if scene.after.offer is not None and scene.after.state is State.REVISION_REQUESTED
    ]
    assert {role for role, _ in blocked} == set(SIDES)
    for _, said in blocked:
        assert "cannot accept it while" in said
        assert "You can accept the offer" not in said
        assert "The buyer can accept your offer" not in said


def test_what_people_wrote_is_quoted_for_the_others_alone() -> None:
    quoted = 0
    for scene, role, english, french in tellings():
        if scene.did is None:
            continue
        for words in written(scene):
            quoted += 1
            own = not _reads(role, scene.did)
            for text, quotation in ((english, f"“{words}”"), (french, f"«\u00a0{words}\u00a0»")):
                there = quotation in " ".join(text.paragraphs)
                assert there is not own, (scene.event, role, text)
    assert quoted > 100


def _reads(role: Role, did: Command) -> bool:
    """Whether somebody in this role is quoted what was written: why a case was given back is for
    the next mediator, who has the same role as the one who gave it back."""
    if did.action is Action.RELEASE:
        return role is Role.MEDIATOR
    return role is not did.actor.role or did.action is Action.ADD_STATEMENT


def written(scene: Scene) -> list[str]:
    """The personal texts of an act."""
    said = scene.did.fields.model_dump() if scene.did is not None else {}
    names = ("message", "reason", "reasons", "description", "statement")
    return [said[name] for name in names if said.get(name)]


def test_a_refused_wish_to_cancel_that_opens_a_dispute_quotes_both_sides() -> None:
    played = follow(placing().after, ACCEPT, ASK, REFUSE, ASK, REFUSE)
    first = played[2].told(Role.BUYER, Language.EN).paragraphs
    second = played[4].told(Role.MEDIATOR, Language.EN).paragraphs
    assert first[-1].endswith("A second refusal before any delivery opens the dispute by itself.")
    assert second[:3] == (
        "The buyer and the seller do not agree on cancelling: a dispute over €20.00 is open.",
        "The buyer writes: “No longer needed.”",
        "The seller writes: “Almost done.”",
    )


def test_a_dispute_that_the_buyer_opens_is_not_told_as_a_refusal_to_cancel() -> None:
    opened = follow(placing().after, ACCEPT, ASK, REFUSE, (BUYER, Action.OPEN_DISPUTE))[-1]
    assert opened.told(Role.SELLER, Language.EN).paragraphs[:2] == (
        "The buyer opened a dispute: a mediator will decide. If an offer was open, it is closed:"
        " nothing was paid for it.",
        "The buyer writes: “Not as in the brief.”",
    )


def with_another_request(scene: Scene) -> Scene:
    """The scene, had a request that was sent by hand the buyer's id, which the order names too."""
    said = {"bea": {"message": "Not this.", "reason": "Nor this."}}
    return replace(scene, words=replace(scene.words, requests={**scene.words.requests, **said}))


def test_a_step_quotes_its_own_request_whatever_else_was_asked() -> None:
    delivered = follow(placing().after, *DELIVERY)[-1]
    told = with_another_request(delivered).told(Role.BUYER, Language.EN)
    assert told == delivered.told(Role.BUYER, Language.EN)
    assert any("The seller writes" in part for part in told.paragraphs)


def test_a_dispute_that_silence_opens_quotes_nobody() -> None:
    story = Story(follow(placing(policy=OPEN_DISPUTE).after, *REFUSAL)[-1].after)
    while (waited := story.wait()) is not None and waited[1].event != DISPUTE_OPENED:
        story, _ = waited
    assert waited is not None
    opened = waited[1]
    told = with_another_request(opened).told(Role.BUYER, Language.EN)
    assert told == opened.told(Role.BUYER, Language.EN)


def test_amounts_follow_the_currency_and_the_commission() -> None:
    yen = TERMS.model_copy(update={"currency": "JPY", "price": 2000, "extras": ()})
    free = Policy(commission_bps=0)
    order = placing(yen, free).after
    delivered = follow(order, *DELIVERY)[-1]
    assert "you are paid ¥2,000." in delivered.told(Role.SELLER, Language.EN).paragraphs[-1]
    french = delivered.told(Role.SELLER, Language.FR).paragraphs[-1]
    assert "vous recevez 2\u202f000\u00a0JPY." in french


@pytest.mark.parametrize(
    ("deeds", "role", "expected"),
    [
        (
            ((BUYER, Action.BUY_EXTRA),),
            Role.SELLER,
            "The buyer added “Source files” for €7.55. The total of €27.55 is in escrow.",
        ),
        (
            (ACCEPT, MAKE, (BUYER, Action.ACCEPT_OFFER)),
            Role.BUYER,
            "You accepted “A letterhead” for €5.45. The total of €25.45 is in escrow. If"
            " there was an open proposal to share the money, it is closed: it spoke of another"
            " total.",
        ),
        (
            (ACCEPT, (BUYER, Action.PROPOSE_SETTLEMENT)),
            Role.SELLER,
            f"The buyer’s proposal is open: you receive {PARTS}, and €8.11 goes back to the"
            " buyer. If you accept it, the order ends so, and that is final. If you do nothing, it"
            " changes nothing.",
        ),
        (
            (ACCEPT, MAKE, (SELLER, Action.WITHDRAW_OFFER)),
            Role.SELLER,
            "You withdrew your custom offer. You can make another one.",
        ),
        (
            (*DELIVERY, MAKE, (BUYER, Action.REQUEST_REVISION), (BUYER, Action.DECLINE_OFFER)),
            Role.SELLER,
            "The buyer declined your custom offer.",
        ),
        (
            (*REFUSAL[:3], (SELLER, Action.ACCEPT_REVISION), ASK, REFUSE),
            Role.BUYER,
            "You can ask again, or open a dispute: then a mediator decides.",
        ),
        (
            (*DELIVERY, (BUYER, Action.COMPLETE)),
            Role.SELLER,
            "You received €16.00 (€20.00 less a commission of €4.00) in your wallet. The"
            " order counts as completed in your completion rate.",
        ),
        (
            (ACCEPT, (SELLER, Action.CANCEL)),
            Role.SELLER,
            "The buyer got back €20.00, all that they had paid. You are not paid. The order"
            " counts as cancelled in your completion rate, which decides how high your services are"
            " listed.",
        ),
        (
            (*DELIVERY, (BUYER, Action.COMPLETE)),
            Role.BUYER,
            "Of your €20.00, the seller received €16.00 (€20.00 less a commission of €4.00).",
        ),
    ],
)
def test_what_a_step_means_to_somebody(deeds: tuple[Deed, ...], role: Role, expected: str) -> None:
    assert expected in follow(placing().after, *deeds)[-1].told(role, Language.EN).paragraphs


def test_who_has_asked_to_cancel_is_not_told_that_they_can() -> None:
    wrong = (
        "If something is wrong, you can ask the seller to cancel, or propose to share the money."
    )
    accepted, asked = follow(placing().after, ACCEPT, ASK)
    assert wrong in accepted.told(Role.BUYER, Language.EN).paragraphs
    assert wrong not in accepted.told(Role.SELLER, Language.EN).paragraphs
    assert wrong not in asked.told(Role.BUYER, Language.EN).paragraphs


def test_nobody_reads_the_same_twice_in_one_notice() -> None:
    twice = [
        (scene.event, role, paragraph)
        for scene, role, *notices in tellings()
        for said in notices
        for paragraph in set(said.paragraphs)
        if said.paragraphs.count(paragraph) > 1
    ]
    assert twice == []
