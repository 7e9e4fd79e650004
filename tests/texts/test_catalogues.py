"""A catalogue says everything that the code says, nothing else, and in its own language."""

import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import texts
from domain.vocabulary import Role
from tests.texts.scenes import named, scenes, tellings
from tests.texts.test_messages import messages, written
from texts import formatter, wallets
from texts.catalogue import LOCALES, Language, catalogue_path, translated
from texts.confirmations import Link, LinkPage, confirmation_mail, link_page
from texts.demo_people import PEOPLE
from texts.findings import findings_mail, unchecked_mail
from texts.letterhead import Letterhead
from texts.mail import gathered_mail, mail
from texts.previews import completion_note, notes

TRANSLATIONS = [language for language in Language if language is not Language.EN]
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
ENGLISH = re.compile(r"\b(the|you|your|and|is|order|seller|buyer|they|with|until)\b", re.IGNORECASE)

FOR_ONLOOKERS = {
    "There is news about this order.",
    "The next step is due by %(at)s.",
}
"""Who has nothing to do with a step is not told of it today."""


@cache
def used() -> set[str]:
    """Every sentence that the code marks."""
    package = Path(texts.__file__).parent
    found = extract_from_dir(package, [("**.py", "python")], keywords={"msg": None})
    return {str(message) for _, _, message, _, _ in found}


@cache
def catalogue(language: Language) -> Catalog:
    """A catalogue as people edit it."""
    with catalogue_path(language).open("rb") as source:
        return read_po(source, locale=language.value, abort_invalid=True)


def sentences(language: Language) -> dict[str, str]:
    """A catalogue's translations by their English words; those marked as doubtful do not count."""
    return {
        str(entry.id): str(entry.string)
        for entry in catalogue(language)
        if entry.id and not entry.fuzzy
    }


def test_every_language_but_english_has_a_catalogue() -> None:
    assert {catalogue_path(language) for language in TRANSLATIONS} == {*LOCALES.rglob("*.po")}


def values_in(sentence: str) -> list[str]:
    """What a sentence names; a party in any form."""
    found = (name.removeprefix("to_").lower() for name in PLACEHOLDER.findall(sentence))
    return sorted(found)


def test_english_is_the_source() -> None:
    for sentence in used():
        assert sentence == translated(Language.EN, sentence)
        assert "%" not in PLACEHOLDER.sub("", sentence), sentence


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_every_sentence_is_translated_and_no_other(language: Language) -> None:
    assert len(used()) > 250
    assert set(sentences(language)) == used()
    assert not [said for said in sentences(language).values() if not said.strip()]


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_translations_name_the_same_values(language: Language) -> None:
    for english, said in sentences(language).items():
        assert values_in(said) == values_in(english), english
        assert "%" not in PLACEHOLDER.sub("", said), said


def test_no_english_is_left_in_french() -> None:
    for english, said in sentences(Language.FR).items():
        assert said != english
        assert not ENGLISH.search(PLACEHOLDER.sub("", said)), said


def test_french_is_set_as_french() -> None:
    for said in sentences(Language.FR).values():
        assert not re.search(r"(?<!\u00a0)[:;!?»]", said), f"a breaking space: {said}"
        assert not re.search(r"«(?!\u00a0)", said), f"a breaking space: {said}"
        assert "'" not in said, f"a typewriter's apostrophe: {said}"


def of_messages() -> None:
    """Says all that is said of messages."""
    for scene, _ in messages():
        for one in (scene, written(scene, scene.readers[0], "https://files.example/x")):
            one.told(one.readers[0], Language.EN)


def of_wallets() -> None:
    """Says all that is said of wallets."""
    for kind in wallets.ENTRIES:
        wallets.wallet_entry(kind, 1, None, Language.EN)
    for amount in (1, -1):
        wallets.reversal_notice(amount, "EUR", 0, "By mistake.", Language.EN)


def of_demo_people() -> None:
    """Says what each of the demonstration's people is good for."""
    for person in PEOPLE:
        formatter.Formatter(Language.EN, person.time_zone).say(person.good_for)


def test_everything_is_said_in_some_scene(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where a sentence is put together in a way that the extraction cannot see; and no
    sentence is there for nothing."""
    said: set[str] = set()

    def listening(language: Language, sentence: str) -> str:
        said.add(sentence)
        return translated(language, sentence)

    monkeypatch.setattr(formatter, "translated", listening)
    for scene in scenes():
        told = [scene.told(reader, Language.EN) for reader in scene.readers]
        for reader in scene.readers:
            named(scene).told(reader, Language.EN)
        if scene.before is None or scene.after.state is not scene.before.state:
            mail(told[0], scene.after, scene.words, Language.EN)
        if scene.before is not None and (did := scene.did) is not None:
            changed = (scene.before, scene.after)
            notes(did.action, did.actor, *changed, scene.words, Language.EN, "UTC")
    of_messages()
    for before, after in ((None, None), (None, 0.8), (0.8, 0.9), (0.9, 0.8), (0.9, 0.9)):
        completion_note(before, after, scene.words, Role.BUYER, Language.EN)
    for books, differing in ((1, 0), (0, 1)):
        findings_mail(1, books, differing, ("order 1: is lost",), Language.EN)
    findings_mail(1, 0, 0, ("check a-check: was not proved",), Language.EN, unproved=1)
    shop = Letterhead(order_url="https://shop.example/orders/{order_id}")
    gathered_mail((told[0], told[0]), scene.after, scene.words, Language.EN, shop)
    unchecked_mail("the database did not answer", Language.EN)
    asking = LinkPage("orders.example.org", "https://orders.example.org/x", datetime.now(UTC))
    confirmation_mail(asking, Language.EN, "UTC")
    for link in Link:
        link_page(link, Language.EN)
    of_wallets()
    of_demo_people()
    assert used() - said == FOR_ONLOOKERS
    assert said <= used()


def test_what_is_said_in_french_is_said_nowhere_in_english() -> None:
    english = {part for _, _, said, _ in tellings() for part in (said.title, *said.paragraphs)}
    french = {part for _, _, _, said in tellings() for part in (said.title, *said.paragraphs)}
    assert not english & french
