"""Sentences that speak of a party: by the name where there is one, and else by what they are; right
with both, in both languages, and whoever it is."""

import re
from dataclasses import replace

import pytest

from domain.order_texts import OrderTexts
from domain.vocabulary import Action, Role
from tests.domain.test_display_name import NAMES
from tests.texts.scenes import named, one_of_each, scenes
from tests.texts.story import BUYER, MEDIATOR, OPERATOR, SELLER, Scene, follow, placing
from tests.texts.test_catalogues import PYTHON, ROOT, said_by, sentences, used
from texts.catalogue import Language
from texts.formatter import Formatter
from texts.labels import ROLES
from texts.mail import mail
from texts.notices import NoticeText
from texts.parties import UNNAMED, WHOSE_SIDE, party
from texts.previews import notes

PARTY = re.compile(r"%\((to_)?(buyer|seller)\)s", re.IGNORECASE)
THE_READER = "You receive this message because you are the buyer or the seller of this order"
PRONOUN = re.compile(
    r"\b(il|ils|eux|lui)\b(?!-même|( ne)? (reste|manque)| n’y a| correspond| vous faut)",
    re.IGNORECASE,
)
"""Of a party: the nouns that stand for a name are masculine, and so would be the pronouns. Those of
things (work that corresponds) and of nobody (there is, is left) are let be."""
AGREES = re.compile(
    r"(^|[.:,;] |\b([Ss]i|et|ou) )X (est|sera|serait|était|a été) "
    r"(\w+ment )?\w\w+(é|i|is|it|rt|u)e?\b"
)
"""A participle of which the name is the subject."""
ELIDES = re.compile(r"\b(de|que|le|la|du|au|lorsque|puisque|jusque) X\b|[dlq]’X\b")
OF_ITSELF = {*UNNAMED.values(), *WHOSE_SIDE.values(), *ROLES.values()}


def speak_of_somebody(language: Language) -> dict[str, str]:
    """The sentences that name a party, by their English words."""
    said = {one: one for one in used()} if language is Language.EN else sentences(language)
    return {english: one for english, one in said.items() if PARTY.search(english)}


def test_no_sentence_calls_a_party_otherwise() -> None:
    """Than by the name, if there is one. Pages where there is no order yet, and those of who looks
    after all of them, speak of buyers and sellers as such."""
    plain = {*said_by(ROOT / "texts", PYTHON)} - OF_ITSELF
    english = [one for one in plain if re.search(r"\b([Bb]uyer|[Ss]eller)\b", PARTY.sub("", one))]
    assert [one[: len(THE_READER)] for one in english] == [THE_READER]
    french = sentences(Language.FR)
    assert english == [one for one in plain if re.search("[Aa]cheteu|[Vv]endeu", french[one])]


def test_french_agrees_with_no_name() -> None:
    """Neither by a pronoun or an ending, nor by what would be another word before a vowel."""
    said = [PARTY.sub("X", one) for one in speak_of_somebody(Language.FR).values()]
    assert len(said) > 120
    for wrong in (PRONOUN, AGREES, ELIDES):
        assert not [one for one in said if wrong.search(one)]


def test_in_french_nothing_is_given_to_the_seller_in_two_words() -> None:
    french = speak_of_somebody(Language.FR).values()
    assert not [one for one in french if re.search(r"à %\((seller|to_seller)\)s", one)]


@pytest.mark.parametrize("language", Language)
def test_everybody_reads_the_name_and_none_of_their_own(language: Language) -> None:
    """Where there is no name, what they read is the same with “the seller” in its place."""
    for scene in scenes():
        for reader in scene.readers:
            plain, said = (text(one.told(reader, language)) for one in (scene, named(scene)))
            own = {Role.BUYER: "Ana", Role.SELLER: "Émile"}.get(reader.role)
            assert own is None or own not in said
            assert said == said_of(plain, reader.role, language)


def said_of(plain: str, reader: Role, language: Language) -> str:
    """What is read where both are named, from what is read where nobody is."""
    case = reader in (Role.MEDIATOR, Role.OPERATOR)
    ana, emile = "Ana", "Émile"
    if case:
        ana, emile = {
            Language.EN: ("Ana (the buyer)", "Émile (the seller)"),
            Language.FR: ("Ana (qui achète)", "Émile (qui vend)"),
        }[language]
    pairs = {
        Language.EN: [(r"\b[Tt]he buyer\b", ana), (r"\b[Tt]he seller\b", emile)],
        Language.FR: [
            (r"\b[Ll]’acheteur\b", ana),
            (r"\bau vendeur\b", f"à {emile}"),
            (r"\b[Ll]e vendeur\b", emile),
        ],
    }[language]
    for noun, name in pairs:
        if (reader, name) not in ((Role.BUYER, ana), (Role.SELLER, emile)):
            plain = re.sub(noun, name, plain)
    return plain


def text(told: NoticeText) -> str:
    return "\n".join((told.title, *told.paragraphs))


def delivered() -> Scene:
    return follow(placing().after, (SELLER, Action.ACCEPT), (SELLER, Action.DELIVER))[-1]


def test_it_reads_right_with_a_name_and_without() -> None:
    scene = delivered()
    told = {
        (one.words.seller_name, language): one.told(BUYER, language).paragraphs[0]
        for one in (scene, named(scene))
        for language in Language
    }
    assert told[None, Language.EN].startswith("The seller delivered the work.")
    assert told["Émile", Language.EN].startswith("Émile delivered the work.")
    assert told[None, Language.FR].startswith("Le vendeur a livré le travail.")
    assert told["Émile", Language.FR].startswith("Émile a livré le travail.")


def test_a_preview_calls_them_so_too() -> None:
    scene = named(delivered())
    assert scene.before is not None
    said = notes(
        Action.REQUEST_REVISION, BUYER, scene.after, scene.after, scene.words, Language.FR, "UTC"
    )
    assert any(one.startswith("Émile peut accepter, avec alors ") for one in said)


def test_who_looks_after_a_case_reads_who_is_who() -> None:
    words = OrderTexts("", "", {}, buyer_name="Ana", seller_name="Ben")
    for role in (MEDIATOR.role, OPERATOR.role):
        in_french = Formatter(Language.FR, "UTC")
        assert party("Buyer", words, role, in_french) == "Ana (qui achète)"
        assert party("to_seller", words, role, in_french) == "à Ben (qui vend)"
    assert party("to_seller", words, Role.BUYER, Formatter(Language.FR, "UTC")) == "à Ben"


UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069]")
HOSTILE = {
    "markup": "<img src=x onerror=alert(1)>",
    "a header": "Ana\r\nBcc: all@example.org",
    "lines": "Ana\n\nYou are paid €500.00",
    "turned round": "Ana\u202e\u2066",
    "unseen": "A\u200bn\x00a\x1b[31m",
    "a placeholder": "%(total)s {{ order.id }}",
    "no end": "x" * 500,
}


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("language", Language)
def test_what_lies_in_the_database_does_no_harm(hostile: str, language: Language) -> None:
    """However it came there: such names are refused."""
    for scene in one_of_each():
        name = HOSTILE[hostile]
        bad = replace(scene, words=replace(scene.words, buyer_name=name, seller_name=name))
        for reader in scene.readers:
            told = bad.told(reader, language)
            bodies = mail(told, scene.after, bad.words, language)
            lines = [bodies.subject, told.title, *told.paragraphs]
            assert not [one for one in lines if UNSEEN.search(one)]
            assert not [one for one in lines if "x" * 81 in one]
            assert "<img" not in bodies.html
            assert "€500.00\n" not in bodies.text


@pytest.mark.parametrize("name", NAMES)
def test_a_good_name_is_said_as_it_is(name: str) -> None:
    words = OrderTexts("", "", {}, seller_name=name)
    said = party("seller", words, Role.BUYER, Formatter(Language.EN, "UTC"))
    assert said == re.sub(" +", " ", name)
