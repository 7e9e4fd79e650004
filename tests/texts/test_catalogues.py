"""A catalogue says everything that the code says, nothing else, and in its own language."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from jinja2 import Environment, nodes

import texts
import texts.catalogue
from domain.ledger import PostingKind
from domain.payments import ChargebackState
from domain.vocabulary import Action, Code, ProviderAct, Role, State
from tests.texts.scenes import named, scenes, tellings
from tests.texts.story import PEOPLE
from tests.texts.test_messages import messages, written
from tests.texts.test_telling import TABLES, deed_of, read
from texts import formatter, labels, refusals, telling, transfers, wallets
from texts.advice import advice
from texts.catalogue import (
    LOCALES,
    Language,
    catalogue_paths,
    read_catalogue,
    translated,
    translated_plural,
)
from texts.check_advice import OF_CHECKS
from texts.confirmations import Link, LinkPage, confirmation_mail, link_page
from texts.demo_people import PEOPLE as DEMO_PEOPLE
from texts.findings import findings_mail, unchecked_mail
from texts.headline import expiry, headline
from texts.letterhead import Letterhead
from texts.mail import gathered_mail, mail
from texts.previews import completion_note, notes
from texts.wallet_disputes import DisputeNotice, dispute_notice

ROOT = Path(texts.__file__).parents[1]
PYTHON = [("**.py", "python")]
PAGES = [*PYTHON, ("**.html", "jinja2")]
KEYWORDS = {"msg": None, "t": None, "tn": (1, 2), "counted": (1, 2)}
TRANSLATIONS = [language for language in Language if language is not Language.EN]
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
ENGLISH = re.compile(r"\b(the|you|your|and|is|order|seller|buyer|they|with|until)\b", re.IGNORECASE)

THE_SAME_IN_FRENCH = {
    "Commission",
    "Commission (%(rate)s)",
    "Conversation",
    "Date",
    "Journal",
    "Service",
    "Services",
    "Total",
    "message",
    "workflow",
}
"""Words that both languages have."""

BY = (*Role, None)
NAMED = (
    *("most", "currency", "total_then", "cost", "has", "instant", "stands"),
    *("limit", "latest", "would_be_due", "takes", "longest", "held_for"),
)
"""What sentences about refusals name beside the parties."""

FOR_ONLOOKERS = {
    "There is news about this order.",
}
"""Who has nothing to do with a step is not told of it today."""


@cache
def marked() -> dict[str, str]:
    """Every sentence that the code marks, by its English words; of one that counts, that of one
    thing, with that of several."""
    return {**said_by(ROOT / "texts", PYTHON), **said_by(ROOT / "api" / "pages", PAGES)}


def used() -> set[str]:
    """Every form of every sentence that the code marks."""
    return {form for both in marked().items() for form in both if form}


def said_by(package: Path, methods: list[tuple[str, str]]) -> dict[str, str]:
    """What a package says, where there is one."""
    found = extract_from_dir(package, methods, keywords=KEYWORDS)
    marks = (forms(message) for _, _, message, _, _ in found)
    return {one: "".join(many) for one, *many in marks}


def catalogue(language: Language) -> list[Message]:
    """A catalogue as people edit it."""
    files = (read_catalogue(path, language) for path in catalogue_paths(language))
    return [entry for file in files for entry in file if entry.id]


@cache
def entries(language: Language) -> dict[str, Message]:
    """A catalogue's entries by their English words; those marked as doubtful do not count."""
    return {forms(entry.id)[0]: entry for entry in catalogue(language) if not entry.fuzzy}


def forms(said: Any) -> tuple[str, ...]:
    """The forms of a sentence, of one or of several things."""
    return tuple(map(str, said)) if isinstance(said, tuple | list) else (str(said),)


def pairs(language: Language) -> Iterator[tuple[str, str]]:
    """Every form of every sentence in English, and in a language."""
    for entry in entries(language).values():
        english, said = forms(entry.id), forms(entry.string)
        yield from ((english[min(at, len(english) - 1)], form) for at, form in enumerate(said))


def sentences(language: Language) -> dict[str, str]:
    """Every form of every sentence in a language, by its English words."""
    return dict(pairs(language))


def test_every_language_but_english_has_a_catalogue() -> None:
    found = {path for language in TRANSLATIONS for path in catalogue_paths(language)}
    assert found == {*LOCALES.rglob("*.po")}
    assert all(catalogue_paths(language) for language in TRANSLATIONS)


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_a_sentence_stands_in_one_file(language: Language) -> None:
    standing = Counter(forms(entry.id)[0] for entry in catalogue(language))
    assert [sentence for sentence, times in standing.items() if times > 1] == []


def values_in(sentence: str) -> list[str]:
    """What a sentence names; a party in any form."""
    found = (name.removeprefix("to_").lower() for name in PLACEHOLDER.findall(sentence))
    return sorted(found)


def test_english_is_the_source() -> None:
    for one, many in marked().items():
        assert one == translated(Language.EN, one)
        for sentence in (one, many):
            assert "%" not in PLACEHOLDER.sub("", sentence), sentence


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_every_sentence_is_translated_and_no_other(language: Language) -> None:
    assert len(marked()) > 250
    kept = {one: forms(entry.id)[1:] for one, entry in entries(language).items()}
    assert kept == {one: (many,) if many else () for one, many in marked().items()}
    assert not [english for english, said in pairs(language) if not said.strip()]


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_what_counts_has_every_form_of_its_language(language: Language) -> None:
    needed = Catalog(locale=language.value).num_plurals
    for one, entry in entries(language).items():
        assert len(forms(entry.string)) == (needed if marked()[one] else 1), one


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_translations_name_the_same_values(language: Language) -> None:
    for english, said in pairs(language):
        assert values_in(said) == values_in(english), english
        assert "%" not in PLACEHOLDER.sub("", said), said


def test_no_english_is_left_in_french() -> None:
    for english, said in pairs(Language.FR):
        assert said != english or english in THE_SAME_IN_FRENCH
        assert not ENGLISH.search(PLACEHOLDER.sub("", said)), said


def test_french_is_set_as_french() -> None:
    for _, said in pairs(Language.FR):
        assert not re.search(r"(?<!\u00a0)[:;!?»]", said), f"a breaking space: {said}"
        assert not re.search(r"«(?!\u00a0)", said), f"a breaking space: {said}"
        assert "'" not in said, f"a typewriter's apostrophe: {said}"


def test_sentences_of_pages_are_found(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    page = '<p>{{ t("Here") }} {{ tn("%(n)s day", "%(n)s days", left) }}</p>'
    (tmp_path / "templates" / "page.html").write_text(page)
    (tmp_path / "routes.py").write_text('HEAD = msg("There")\n')
    assert said_by(tmp_path, PAGES) == {"Here": "", "%(n)s day": "%(n)s days", "There": ""}


def test_what_counts_is_written_where_it_is_said() -> None:
    """A form that is marked apart would be found under no pair, and be said in English."""
    assert [*uncounted(ROOT / "texts"), *uncounted(ROOT / "api" / "pages")] == []


def uncounted(package: Path) -> Iterator[str]:
    """The calls that count with something else than two sentences as they are."""
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or getattr(node.func, "attr", "") != "counted":
                continue
            if not all(isinstance(one, ast.Constant) for one in node.args[:2]):
                yield f"{path.name}:{node.lineno}"
    for path in package.rglob("*.html"):
        for call in Environment(autoescape=True).parse(path.read_text()).find_all(nodes.Call):
            counts = getattr(call.node, "name", "") == "tn"
            if counts and not all(isinstance(one, nodes.Const) for one in call.args[:2]):
                yield f"{path.name}:{call.lineno}"


def test_a_catalogue_of_several_files_is_read_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "fr" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "a.po").write_text('msgid "Here"\nmsgstr "Ici"\n')
    (folder / "b.po").write_text(
        'msgid "%(n)s day"\nmsgid_plural "%(n)s days"\n'
        'msgstr[0] "%(n)s jour"\nmsgstr[1] "%(n)s jours"\n'
    )
    monkeypatch.setattr(texts.catalogue, "LOCALES", tmp_path)
    texts.catalogue._catalogue.cache_clear()
    try:
        assert translated(Language.FR, "Here") == "Ici"
        for n, said in ((0, "%(n)s jour"), (1, "%(n)s jour"), (2, "%(n)s jours")):
            assert translated_plural(Language.FR, "%(n)s day", "%(n)s days", n) == said
        assert translated_plural(Language.EN, "%(n)s day", "%(n)s days", 0) == "%(n)s days"
    finally:
        monkeypatch.undo()
        texts.catalogue._catalogue.cache_clear()


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
    wallets.wallet_notice(PostingKind.RECOVERY, -1, "EUR", 0, None, Language.EN)
    wallets.wallet_notice(PostingKind.PAYOUT_RETURN, 1, "EUR", 0, "No.", Language.EN)
    for state in ChargebackState:
        for paid in range(3):
            told = DisputeNotice(state, 2, "EUR", "A logo", paid, balance=0)
            dispute_notice(told, Language.EN)
    for why in transfers.NEVER_TAKEN_BACK.values():
        formatter.Formatter(Language.EN, "UTC").say(why)


def of_pages() -> None:
    """Says all that stands on the pages of orders, whoever reads them."""
    for scene in scenes():
        for who in PEOPLE:
            reader = read(scene, who)
            headline(reader)
            expiry(reader)
            advice(reader)
            reader.say(labels.label_of(scene.after))
            telling.told(deed_of(scene), reader)
    for table in (labels.OVERDUE, *(table for table, _ in TABLES)):
        for label in (*table.values(), labels.YOU):
            reader.formatter.say(label)
    unknown = [
        telling.Deed(action, None, by, State.PENDING)
        for action in (*Action, *ProviderAct)
        for by in BY
    ]
    for deed in (*unknown, *(replace(deed, action="?", event="?") for deed in unknown[:1])):
        for who in PEOPLE:
            telling.told(deed, read(scene, who))
    telling.told(telling.Deed("?", None, None, State.PENDING), reader)
    for who in PEOPLE:
        for words in refusals.WORDS.values():
            read(scene, who).say(words, **dict.fromkeys(NAMED, "x"))
    for code in Code:
        refusals.problem_said(code, reader.formatter)


def of_formatting() -> None:
    """Says all that is said with amounts and instants on pages."""
    reader = formatter.Formatter(Language.EN, "UTC")
    for length in (timedelta(), timedelta(days=1)):
        reader.ago(length)


def of_demo_people() -> None:
    """Says what each of the demonstration's people is good for."""
    for person in DEMO_PEOPLE:
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
        did = scene.did
        if scene.before is not None and did is not None and isinstance(did.action, Action):
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
    of_checks()
    unchecked_mail("the database did not answer", Language.EN)
    asking = LinkPage("orders.example.org", "https://orders.example.org/x", datetime.now(UTC))
    confirmation_mail(asking, Language.EN, "UTC")
    for link in Link:
        link_page(link, Language.EN)
    of_wallets()
    of_formatting()
    of_demo_people()
    of_pages()
    assert set(said_by(ROOT / "texts", PYTHON)) - said == FOR_ONLOOKERS
    assert said <= used()


def of_checks() -> None:
    """Every check that is advised of has found something."""
    found = [(check, "workflows") for check in OF_CHECKS]
    findings_mail(1, 0, 1, ("order 1: is lost",), Language.EN, checks=found)


def test_what_is_said_in_french_is_said_nowhere_in_english() -> None:
    english = {part for _, _, said, _ in tellings() for part in (said.title, *said.paragraphs)}
    french = {part for _, _, _, said in tellings() for part in (said.title, *said.paragraphs)}
    assert not english & french


@pytest.mark.parametrize("language", list(Language))
def test_nothing_is_said_of_nothing(language: Language) -> None:
    assert translated(language, "") == ""
