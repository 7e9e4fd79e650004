"""What people are told of a message: who wrote what, and until when they can answer."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.conversation import ConversationMessage, message_notices
from domain.notices import MESSAGE
from domain.order import Actor
from domain.vocabulary import Role, State
from tests.texts.scenes import scenes
from tests.texts.story import BUYER, MEDIATOR, SELLER, Scene
from tests.texts.test_notices import in_paris
from texts.catalogue import Language
from texts.mail import gathered_mail, mail
from texts.notices import NoticedStep, gathered_notices

TEXT, LINK = "Is a “light” blue fine?", "https://files.example/blue.png"
AUTHORS = (BUYER, SELLER, MEDIATOR)
WRITES = {
    Language.EN: {
        Role.BUYER: "The buyer writes: “Is a ‘light’ blue fine?”",
        Role.SELLER: "The seller writes: “Is a ‘light’ blue fine?”",
        Role.MEDIATOR: "The mediator writes: “Is a ‘light’ blue fine?”",
    },
    Language.FR: {
        Role.BUYER: "L’acheteur écrit\u00a0: «\u00a0Is a ‘light’ blue fine?\u00a0»",
        Role.SELLER: "Le vendeur écrit\u00a0: «\u00a0Is a ‘light’ blue fine?\u00a0»",
        Role.MEDIATOR: "Le médiateur écrit\u00a0: «\u00a0Is a ‘light’ blue fine?\u00a0»",
    },
}


def written(scene: Scene, author: Actor, *links: str) -> Scene:
    """A message on the order as it is after a scene."""
    at = scene.after.updated_at + timedelta(hours=1)
    message = ConversationMessage(1, at, author, TEXT, links, 1)
    readers = tuple(
        Actor(id=one.user_id, role=one.role) for one in message_notices(scene.after, author)
    )
    return replace(
        scene,
        event=MESSAGE,
        words=replace(scene.words, message=message, step_request=None),
        readers=readers,
        did=None,
    )


def messages() -> Iterator[tuple[Scene, Actor]]:
    """Messages of everybody who may write on each kind of order."""
    for scene in scenes():
        for author in AUTHORS:
            if author.role is not Role.MEDIATOR or scene.after.state is State.DISPUTED:
                yield written(scene, author), author


def test_it_is_quoted_to_everybody_but_its_author() -> None:
    for scene, author in messages():
        assert author not in scene.readers
        assert len(scene.readers) >= 1
        for reader in scene.readers:
            for language, writes in WRITES.items():
                told = scene.told(reader, language)
                assert writes[author.role] in told.paragraphs, (reader, told)


def test_it_says_until_when_one_can_answer() -> None:
    for scene, _ in messages():
        for reader in scene.readers:
            text = " ".join(scene.told(reader, Language.EN).paragraphs)
            until = in_paris(scene.after.updated_at + timedelta(days=30))
            assert ("until " + until in text) is scene.after.state.is_final, text
            assert "You can answer with a message on the order" in text


def test_of_links_it_says_that_they_are_there() -> None:
    (scene, *_) = scenes()
    told = written(scene, BUYER, LINK).told(Role.SELLER, Language.EN)
    assert "There are links with the message; they stand with it on the order." in told.paragraphs
    assert LINK not in " ".join(told.paragraphs)
    assert "links" not in " ".join(written(scene, BUYER).told(Role.SELLER, Language.EN).paragraphs)


@pytest.mark.parametrize("language", Language)
def test_it_is_mailed_alone_and_among_others(language: Language) -> None:
    for scene, author in messages():
        reader = scene.readers[0]
        writes = WRITES[language][author.role]
        alone = mail(scene.told(reader, language), scene.after, scene.words, language)
        assert writes in alone.text
        said = NoticedStep(MESSAGE, scene.after.updated_at, reader, scene.after, scene.words)
        several = gathered_notices([said, said], language, "UTC")
        together = gathered_mail(several, scene.after, scene.words, language)
        assert together.text.count(writes) == 2
