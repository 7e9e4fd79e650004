"""Every action has a face, every field a name, and every page of an action can be drawn: for each
role, in each state, in both languages."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from api.pages.acting import face_of, offered, way
from api.pages.actions import FACES, HANDED_OVER, RULED, Group
from api.pages.field_errors import said_of
from api.pages.field_words import FIELD_WORDS, OPTIONS
from api.pages.fields import MISSING, Kind, Unreadable, Wrong, read, shapes
from api.pages.forms import Form
from api.pages.panel import Sheet, foreseen, panel, unreadable
from api.pages.wanted import WANTED
from api.schemas.previews import MoneyChange, PreviewView
from domain.actions import FIELDS, AboutSettlement, WithdrawSettlement
from domain.command import Refusal
from domain.money import Money
from domain.order import Actor, Order
from domain.preview import money
from domain.rules import RULES, allowed
from domain.vocabulary import Action, Ground, Role, Ruling
from tests.api.pages.drawing import NOTHING_WRITTEN, found, page, sheet, with_everything_open
from tests.domain.acts import valid
from tests.domain.examples import (
    BUYER,
    MEDIATOR,
    OPERATOR,
    OTHER_MEDIATOR,
    SELLER,
    SITUATIONS,
    delivered,
    disputed,
    in_progress,
    revision_refused,
)
from texts.catalogue import Language
from texts.formatter import Formatter

PEOPLE = (BUYER, SELLER, MEDIATOR, OTHER_MEDIATOR, OPERATOR)
ROLES = [role for role in Role if role is not Role.DEADLINE]
LEFT_OVER = re.compile(r"%\(|\{\{|\}\}|Undefined|None\b|buy_extra|request_offer")
"""What nobody who reads a page should see."""

ENGLISH = re.compile(r"\b(the|you|your|and|with|until|please)\b", re.IGNORECASE)


def text_of(html: str) -> str:
    """What a page shows, without its markup and what scripts read."""
    return re.sub(r"<[^>]*>", " ", re.sub(r"<script.*?</script>", " ", html, flags=re.DOTALL))


def situations() -> Iterator[tuple[str, Order]]:
    """Every situation, with as little and with as much open as there can be."""
    for name, order in SITUATIONS.items():
        yield name, order
        yield f"{name}, everything open", with_everything_open(order)


def test_each_action_has_a_face() -> None:
    assert set(FACES) == set(Action)
    assert set(RULED) == set(Ruling)
    assert face_of(Action.ASSIGN, Role.OPERATOR) is HANDED_OVER


def test_each_field_has_a_name_and_each_way_of_a_choice_a_line() -> None:
    fields = {(action, name) for action, model in FIELDS.items() for name in model.model_fields}
    assert set(FIELD_WORDS) == fields
    assert set(OPTIONS) == {*Ground, *Ruling}
    assert all(words.hint for words in OPTIONS.values())


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("role", ROLES)
def test_each_field_can_be_asked_for(action: Action, role: Role) -> None:
    asked = {shape.name for shape in shapes(action, role)}
    left_out = {"mediator_id"} if role is not Role.OPERATOR else set()
    assert asked == set(FIELDS[action].model_fields) - left_out


def test_a_choice_that_decides_about_another_field_is_the_models_own() -> None:
    goes_with = {(shape.name, shape.only) for shape in shapes(Action.RESOLVE, Role.MEDIATOR)}
    assert ("refund", ("outcome", Ruling.SPLIT)) in goes_with
    assert ("delivery_time", ("outcome", Ruling.RESTART)) in goes_with


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("who", PEOPLE, ids=lambda who: who.id)
def test_what_one_can_do_is_shown_in_every_state(who: Actor, language: Language) -> None:
    for name, order in situations():
        standing = found(order, who, language)
        shown = offered(standing)
        html = page(standing, "order/_actions.html", offered=shown)
        assert not LEFT_OVER.search(text_of(html)), name
        ways = [*(shown.choices.ways if shown.choices else ())]
        ways += [one for block in shown.blocks for one in block.ways]
        ways += [one for answers in shown.answers.values() for one in answers]
        done = {one.action for one in ways if one.action is not None}
        assert done == set(allowed(order, who)), name
        assert all(
            one.href in html
            for one in ways
            if one.action not in (None, Action.CANCEL)
            and FACES[one.action].group is not Group.ANSWER
        ), name


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("action", Action)
def test_there_is_a_page_for_each_action_role_and_state(action: Action, language: Language) -> None:
    """Its form where it is possible, and the reason where it is not."""
    for name, order in situations():
        for who in PEOPLE:
            standing = found(order, who, language)
            html = page(
                standing, "action/page.html", panel=panel(Sheet(standing, action, NOTHING_WRITTEN))
            )
            assert not LEFT_OVER.search(text_of(html)), (name, who)
            assert html.count("<h1") == 1
            if language is Language.FR:
                words = text_of(html).split("</header>")[-1]
                assert not ENGLISH.search(words.replace("English", "")), (name, who)


def possible() -> Iterator[tuple[Order, Actor, Action]]:
    """Everything that somebody can do in some situation."""
    for _, order in situations():
        for who in PEOPLE:
            yield from ((order, who, action) for action in allowed(order, who))


def said(action: Action, role: Role) -> Any:
    """What somebody says with an action: operators say why they cancel, which programs need not."""
    why = {"reason": "Fraud."} if (action, role) == (Action.CANCEL, Role.OPERATOR) else {}
    return valid(action, role).model_copy(update=why)


def about(fields: Any, order: Order, who: Actor) -> Any:
    """The same fields, about a proposal that is there."""
    if not isinstance(fields, AboutSettlement):
        return fields
    own = isinstance(fields, WithdrawSettlement)
    mine = [one.id for one in order.settlements if (one.proposed_by == who) is own]
    return fields.model_copy(update={"settlement_id": mine[0]})


def view_of(step: Any) -> PreviewView:
    """A preview of a step, without its notes."""
    changes = [
        MoneyChange(account=account, amount=Money(amount=n, currency="EUR"))
        for account, n in money(step).items()
    ]
    return PreviewView(
        state=step.order.state,
        deadline=None,
        money=changes,
        completion_rate=None,
        notes=["A note."],
    )


@pytest.mark.parametrize("language", Language)
def test_what_is_possible_can_be_looked_at_and_confirmed(language: Language) -> None:
    seen = set()
    for order, who, action in possible():
        standing = found(order, who, language)
        fields = about(said(action, who.role), order, who)
        step = standing.verdict(action, fields)
        assert not isinstance(step, Refusal), step
        form = Sheet(standing, action, Form(tuple(_written(fields)))).with_its_thing()
        shown = panel(form, foreseen=foreseen(form, fields, view_of(step)))
        assert shown.is_possible, (action, who)
        html = page(standing, "action/page.html", panel=shown)
        assert not LEFT_OVER.search(text_of(html)), (action, who)
        assert shown.foreseen is not None
        assert shown.foreseen.confirm in text_of(html).replace("&#39;", "’")
        seen.add((action, who.role))
    assert seen == {(rule.action, rule.by) for rule in RULES}


def _written(fields: Any) -> Iterator[tuple[str, str]]:
    for name, value in fields:
        if isinstance(value, Money):
            yield name, f"{value.amount / 100:.2f}"
        elif name == "delivery_time" and value is not None:
            yield from ((name, str(value.days)), (f"{name}_unit", "days"))
        elif isinstance(value, tuple):
            yield from ((name, one) for one in value)
        elif value is not None:
            yield name, str(value)


def test_what_is_written_is_what_is_sent() -> None:
    for order, who, action in possible():
        fields = said(action, who.role)
        form = Form(tuple(_written(fields)))
        assert fields == read(action, who.role, form, order.currency)


def test_the_last_button_says_the_sum() -> None:
    assert "Cancel, and refund €20.00" == _confirmed(in_progress(), SELLER, Action.CANCEL)
    assert "Buy for €5.00" == _confirmed(in_progress(), BUYER, Action.BUY_EXTRA, extra_id="express")
    assert "Complete, and pay €16.00 to Sam" == _confirmed(delivered(), BUYER, Action.COMPLETE)
    for refund in ("12,50", "12.50"):
        said = _confirmed(delivered(), BUYER, Action.PROPOSE_SETTLEMENT, refund=refund)
        assert "Propose that €12.50 comes back to you" == said
    ruling = {"outcome": "split", "refund": "5", "reasons": "Half of it."}
    said = _confirmed(disputed(), MEDIATOR, Action.RESOLVE, **ruling)
    assert "Decide so: €5.00 goes back, €12.00 is paid" == said


def _confirmed(order: Order, who: Actor, action: Action, **written: str) -> str:
    form = sheet(order, who, action, **written)
    fields = read(action, who.role, form.form, order.currency)
    step = form.found.verdict(action, fields)
    assert not isinstance(step, Refusal), step
    return foreseen(form, fields, view_of(step)).confirm


def test_only_what_is_asked_for_alone_is_solid() -> None:
    html = page(
        found(in_progress(), SELLER),
        "order/_actions.html",
        offered=offered(found(in_progress(), SELLER)),
    )
    assert "choice only" in html
    both = found(revision_refused(), BUYER)
    html = page(both, "order/_actions.html", offered=offered(both))
    assert 2 == html.count('class="card choice"')
    assert "choice only" not in html


def test_equal_ways_say_who_gets_what() -> None:
    shown = offered(found(revision_refused(), BUYER)).choices
    assert shown is not None
    parts = {one.action: [(p.whose, p.amount) for p in one.parts] for one in shown.ways}
    assert parts == {
        Action.COMPLETE: [("buyer", "€0.00"), ("seller", "€16.00"), ("fee", "€4.00")],
        Action.OPEN_DISPUTE: [("escrow", "€20.00")],
    }


def test_each_extra_has_its_row_and_its_price() -> None:
    shown = offered(found(in_progress(), BUYER))
    extras = [w for b in shown.blocks for w in b.ways if w.action is Action.BUY_EXTRA]
    assert ["Buy “Express”", "Buy “Source files”"] == [one.verb for one in extras]
    assert ["€25.00", "€30.00"] == [one.parts[0].amount for one in extras]
    assert extras[0].href.endswith("/actions/buy_extra?extra_id=express")


def test_answers_stand_on_what_they_answer() -> None:
    order = with_everything_open(in_progress())
    answers = offered(found(order, SELLER)).answers
    assert {one: [w.action for w in ways] for one, ways in answers.items()} == {
        "offer-1": [Action.WITHDRAW_OFFER],
        "by-seller": [Action.WITHDRAW_SETTLEMENT],
        "by-buyer": [Action.ACCEPT_SETTLEMENT],
        "wish-1": [Action.CANCEL, Action.REFUSE_CANCELLATION],
    }


def test_what_one_looks_for_and_cannot_do_says_why() -> None:
    for (role, state), wanted in WANTED.items():
        assert wanted, (role, state)
        rules = {(rule.action, rule.by) for rule in RULES}
        assert {(action, role) for action, _ in wanted} <= rules
    why = {one.what: one.why for one in offered(found(in_progress(), BUYER)).missing}
    assert "The order is not late." in why["Cancel, and get everything back"]
    assert "ask Sam to cancel" in why["Open a dispute"]
    taken = offered(found(disputed("milo"), MEDIATOR)).missing
    assert ["Another mediator has this case."] == [one.why for one in taken]
    assert () == offered(found(SITUATIONS["completed"], BUYER)).missing


def test_what_stands_on_nothing_any_more_is_not_offered() -> None:
    gone = sheet(delivered(), BUYER, Action.ACCEPT_OFFER, offer_id="offer-1")
    assert not gone.is_possible
    other = sheet(with_everything_open(delivered()), BUYER, Action.ACCEPT_OFFER, offer_id="x")
    assert not other.is_possible
    only = sheet(with_everything_open(delivered()), BUYER, Action.ACCEPT_OFFER)
    assert ("offer_id", "offer-1") in only.with_its_thing().form.pairs


LONG, NUL, NOTHING_SEEN = "x" * 10_001, "a\x00b", "\u200b"
WRONG: dict[Kind, tuple[str, ...]] = {
    Kind.TEXTAREA: ("", LONG, NUL, NOTHING_SEEN),
    Kind.LINE: ("", "x" * 201, NUL, NOTHING_SEEN),
    Kind.PERSON: ("", "x" * 101, NUL, "a/b", "..", "a\u200bb", "a\tb"),
    Kind.MONEY: ("", "x", "-5", "0", "12,505", "1 00", "99999999999999", "1e3", "9" * 50, "٣"),
    Kind.DURATION: ("", "x", "0", "-1", "1,234", "400", "9" * 39, "1e9"),
    Kind.CHOICE: ("", "nothing of these"),
    Kind.LINKS: (
        "ftp://a.example",
        "x",
        "https://a\x01.example",
        "https://" + "a" * 1000,
        NUL,
        NOTHING_SEEN,
    ),
    Kind.HIDDEN: ("", "a\x00b", "x" * 101),
}
"""What can be wrong with a field, by how it is asked for."""


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("action", [action for action in Action if FIELDS[action].model_fields])
def test_each_wrong_field_is_told_in_the_readers_language(
    action: Action, language: Language
) -> None:
    role = next(rule.by for rule in reversed(RULES) if rule.action is action)
    for shape in shapes(action, Role.OPERATOR if action is Action.ASSIGN else role):
        for text in WRONG[shape.kind]:
            if text == "" and shape.is_optional:
                continue
            said = _complaint(action, role, shape.name, text, language)
            assert said, (shape, text)
            assert not LEFT_OVER.search(said)
            assert (language is Language.EN) == bool(_is_english(said)), said


def _complaint(action: Action, role: Role, name: str, text: str, language: Language) -> str:
    if action is Action.ASSIGN:
        role = Role.OPERATOR
    who = {r.role: r for r in PEOPLE}[role]
    right = dict(_written(valid(action, role)))
    if action is Action.RESOLVE and name in ("refund", "delivery_time"):
        right["outcome"] = "split" if name == "refund" else "restart"
        right["delivery_time_unit"] = "days"
    form = Form(tuple({**right, name: text}.items()))
    order = with_everything_open(disputed("mona"))
    with pytest.raises(Unreadable) as error:
        read(action, role, form, "EUR")
    trouble = unreadable(Sheet(found(order, who, language), action, form), error.value)
    assert {one.name for one in trouble.complaints} == {name}
    return trouble.of(name)


def _is_english(text: str) -> bool:
    return bool(re.search(r"\b(Please|The|There|This|It|Each|A)\b", text))


def test_too_many_links_are_told() -> None:
    form = Form((("message", "m"), *[("links", f"https://a.example/{n}") for n in range(21)]))
    with pytest.raises(Unreadable) as error:
        read(Action.DELIVER, Role.SELLER, form, "EUR")
    told = unreadable(Sheet(found(in_progress(), SELLER), Action.DELIVER, form), error.value)
    assert "There can be 20 links at most." == told.of("links")


def test_every_wrong_field_is_told_at_once_in_their_order() -> None:
    with pytest.raises(Unreadable) as error:
        read(Action.MAKE_OFFER, Role.SELLER, Form((("price", "x"),)), "EUR")
    assert ["title", "price", "delivery_time"] == [one.field for one in error.value.wrong]


def test_a_ruling_says_what_its_outcome_needs_and_forgets_what_it_does_not() -> None:
    written = {"outcome": "split", "refund": "", "reasons": "So."}
    with pytest.raises(Unreadable) as error:
        read(Action.RESOLVE, Role.MEDIATOR, Form(tuple(written.items())), "EUR")
    assert [Wrong("refund", MISSING)] == error.value.wrong
    written = {"outcome": "refund", "refund": "5", "delivery_time": "x", "reasons": "So."}
    fields = read(Action.RESOLVE, Role.MEDIATOR, Form(tuple(written.items())), "EUR")
    assert {"outcome": Ruling.REFUND, "reasons": "So."} == fields.model_dump(exclude_none=True)


def test_what_was_written_stays_in_the_form() -> None:
    written = {"title": "<b>A letterhead</b>", "price": "x", "delivery_time": "2"}
    form = sheet(delivered(), SELLER, Action.MAKE_OFFER, **written, delivery_time_unit="hours")
    with pytest.raises(Unreadable) as error:
        read(Action.MAKE_OFFER, Role.SELLER, form.form, "EUR")
    shown = panel(form, unreadable(form, error.value))
    html = page(form.found, "action/page.html", panel=shown)
    assert "&lt;b&gt;A letterhead&lt;/b&gt;" in html
    assert 'href="#field-make_offer-price"' in html
    assert re.search(r'id="field-make_offer-price"[^>]*value="x"[^>]*aria-invalid="true"', html)
    assert re.search(r'value="hours"\s+selected', html)


def test_what_is_not_possible_any_more_keeps_what_was_written() -> None:
    form = sheet(SITUATIONS["completed"], BUYER, Action.REQUEST_REVISION, reason="<i>Bluer</i>")
    html = page(form.found, "action/page.html", panel=panel(form))
    assert "&lt;i&gt;Bluer&lt;/i&gt;" in html
    assert "It was not sent" in html
    assert "<textarea" not in html


def test_a_hidden_field_that_is_wrong_leads_back_to_the_order() -> None:
    shape = next(one for one in shapes(Action.BUY_EXTRA, Role.BUYER))
    said = said_of(shape, Wrong("extra_id", "whatever"), Formatter(Language.EN, "UTC"), "EUR")
    assert "start again from the order" in said


def test_a_way_leads_to_the_place_of_its_reader() -> None:
    assert way(found(disputed(), MEDIATOR), Action.ASSIGN).href == "/disputes/o1/actions/assign"
    console = way(found(disputed(), OPERATOR), Action.ASSIGN)
    assert ("/console/orders/o1/actions/assign", "Hand the case over") == (
        console.href,
        console.verb,
    )
