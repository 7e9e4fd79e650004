"""Mails say what the notice says, twice, and cannot be turned against their reader."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from activities.mail_message import text_header
from domain.order_texts import OrderTexts
from domain.vocabulary import Role, State
from tests.texts.scenes import one_of_each
from tests.texts.story import ORDER_ID, PLACED_AT, TITLE, Scene, refused
from texts.catalogue import Language
from texts.formatter import Formatter
from texts.mail import MAX_SUBJECT, MailBodies, gathered_mail, mail
from texts.notices import NoticedStep, NoticeText, gathered_notices

EMOJI = "🐟" * 10_000
HOSTILE = (
    "Logo\r\nBcc: all@example.com\r\n\r\n<h1>Free</h1>",
    "<script>alert('1')</script><img src=x onerror=alert(2)> & \" '",
    "%(x)s %s %d %% %(total)s {0} {total}",
    "{{ 7*7 }} {% for a in b %} {# no #} ${7*7}",
    "a\x0b\x0c\x1c\x85\u2028\u2029\u202e\u2066b\ud800\x7f",
    "The order is yours.” The seller writes: “I agree. » Le vendeur écrit : «",
    "a =?utf-8?q?x=0ABcc:_all@example.com=0A=0A<h1>Free</h1>?= b",
    EMOJI,
    "",
)

BELOW = 3
"""The paragraphs below the notice's: details, footer, signature."""

BELOW_IN_PARTS = 5
"""The same in parts of a page: three details, footer, signature."""

TAGS = {"html", "head", "meta", "title", "body", "p", "hr", "br"}


class Page(HTMLParser):
    """What a mail program makes of the HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.parts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.parts.append(data.strip())


def sent(scene: Scene, role: Role, language: Language) -> MailBodies:
    """The mail to somebody about a scene."""
    return mail(scene.told(role, language), scene.after, scene.words, language)


def with_words(scene: Scene, text: str) -> Scene:
    """The scene, had everybody written this everywhere."""

    def written(said: dict[str, Any]) -> dict[str, Any]:
        keep = ("ground", "outcome")
        return {name: value if name in keep else text for name, value in said.items()}

    requests = {name: written(said) for name, said in scene.words.requests.items()}
    titles = dict.fromkeys(scene.words.titles, text)
    words = OrderTexts(text, text, titles, requests, scene.words.step_request)
    return replace(scene, words=words)


@pytest.mark.parametrize("language", Language)
def test_text_and_html_say_the_same_sentences(language: Language) -> None:
    footer = {Language.EN: "You receive this message", Language.FR: "Vous recevez ce message"}
    for scene in one_of_each():
        for role in scene.roles:
            notice, made = scene.told(role, language), sent(scene, role, language)
            lines = [line for line in made.text.splitlines() if line and line != "* * *"]
            assert lines[: len(notice.paragraphs)] == list(notice.paragraphs)
            assert Page(made.html).parts == [made.subject, *lines], (scene.event, role)
            assert any(footer[language] in line for line in lines)


def test_a_mail_is_known_by_its_order() -> None:
    made = sent(refused(), Role.BUYER, Language.FR)
    assert made.subject == f"Retouche refusée, à vous de choisir\u00a0: «\u00a0{TITLE}\u00a0»"
    assert "\nÉtat\u00a0: retouche refusée\n" in made.text
    for body in (made.text, made.html):
        assert ORDER_ID in body
        assert TITLE in body
    assert '<html lang="fr">' in made.html


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_words_can_neither_inject_headers_nor_break_out(text: str) -> None:
    for number, scene in enumerate(one_of_each()):
        language = Language.FR if number % 2 else Language.EN
        hostile = with_words(scene, text)
        for role in scene.roles:
            notice, made = hostile.told(role, language), sent(hostile, role, language)
            demand_one_header(made.subject)
            demand_own_page(Page(made.html), len(notice.paragraphs))
            for said in (notice.title, *notice.paragraphs):
                demand_own_sentence(said)


def demand_one_header(subject: str) -> None:
    """The subject stays one header of the mail."""
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", subject), subject
    assert len(subject) <= MAX_SUBJECT
    header = text_header(subject)
    assert header.isascii()
    assert all(line.isprintable() and line.strip() for line in header.split("\r\n "))


def demand_own_page(page: Page, paragraphs: int) -> None:
    """The page has the elements of our template and no other."""
    assert set(page.tags) == TAGS
    assert page.tags.count("p") == paragraphs + BELOW
    assert set(page.attributes) == {"lang", "charset", "name", "content", "style"}


def demand_own_sentence(said: str) -> None:
    """One line of characters that can be seen and sent, in which every quotation ends once."""
    assert len(said.splitlines()) == 1
    assert said.count("“") == said.count("”") == len(re.findall("“[^“”]*”", said))
    assert said.count("«") == said.count("»") == len(re.findall("«[^«»]*»", said))
    assert said.encode()


def test_a_mail_keeps_to_its_lines_whoever_writes_the_notice() -> None:
    scene = with_words(refused(), HOSTILE[0])
    made = mail(NoticeText(HOSTILE[0], ("One.", "Two.")), scene.after, scene.words, Language.EN)
    flat = "Logo Bcc: all@example.com <h1>Free</h1>"
    assert made.subject == flat
    assert made.text.split("\n\n")[3].splitlines() == [
        f"Order: {flat}",
        "Status: revision refused",
        f"Number: {ORDER_ID}",
    ]


def gathered(language: Language, text: str | None = None) -> MailBodies:
    """The mail that tells the buyer of everything that can happen, as if it had on one order."""
    scenes = [one for one in one_of_each() if Role.BUYER in one.roles]
    told = scenes if text is None else [with_words(one, text) for one in scenes]
    steps = [NoticedStep(one.event, PLACED_AT, Role.BUYER, one.after, one.words) for one in told]
    notices = gathered_notices(steps, language, "Europe/Paris")
    return gathered_mail(notices, steps[-1].order, steps[-1].words, language)


@pytest.mark.parametrize("language", Language)
def test_what_has_gathered_is_said_in_both_bodies(language: Language) -> None:
    made = gathered(language)
    lines = [line for line in made.text.splitlines() if line and line != "* * *"]
    assert Page(made.html).parts == [made.subject, *lines]
    called = Formatter(language, "Europe/Paris").instant(PLACED_AT)
    assert sum(line.startswith(called) for line in lines) == len(
        [one for one in one_of_each() if Role.BUYER in one.roles]
    )


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_what_has_gathered_breaks_out_of_nothing(text: str) -> None:
    for language in Language:
        made = gathered(language, text)
        demand_one_header(made.subject)
        page = Page(made.html)
        assert set(page.tags) == {*TAGS, "strong"}
        assert set(page.attributes) == {"lang", "charset", "name", "content", "style"}
        for said in page.parts[:-BELOW_IN_PARTS]:
            demand_own_sentence(said)


def test_advice_holds_while_the_order_stands_where_it_was_given() -> None:
    scene = refused()
    step = NoticedStep(scene.event, PLACED_AT, Role.SELLER, scene.after, scene.words)
    on = replace(step, event="order.settlement_withdrawn")
    (first, _) = gathered_notices((step, on), Language.EN, "UTC")
    assert any("Stay patient, calm and clear" in one for one in first.paragraphs)
    moved = scene.after.model_copy(update={"state": State.IN_PROGRESS})
    (first, _) = gathered_notices((step, replace(on, order=moved)), Language.EN, "UTC")
    assert not any("Stay patient, calm and clear" in one for one in first.paragraphs)


def test_words_are_said_as_they_are_written() -> None:
    for text in (HOSTILE[1], HOSTILE[2], HOSTILE[3]):
        made = sent(with_words(refused(), text), Role.BUYER, Language.EN)
        assert f"The seller writes: “{text}”" in made.text
        assert f"The seller writes: “{text}”" in Page(made.html).parts
        assert text[:100] in made.subject
