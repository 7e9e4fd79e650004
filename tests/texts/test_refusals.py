"""After a refused revision: what the seller is advised, and which ways the buyer is shown."""

import pytest

from domain.vocabulary import OnExpiry, Role, TimerEffect
from tests.texts.scenes import scenes
from tests.texts.story import OPEN_DISPUTE, TERMS, refused
from texts.catalogue import Language

WITHOUT_EXTRAS = TERMS.model_copy(update={"extras": ()})

UNTIL = {
    Language.EN: "30 November 2026 at 11:00 (Europe/Paris), 10:00 UTC",
    Language.FR: "30 novembre 2026 à 11:00 (Europe/Paris), 10:00 UTC",
}

TO_SELLER = {
    Language.EN: (
        "please wait: the buyer decides",
        "make sure that the buyer has understood why you refused",
        "patient, calm and clear",
        "the buyer gets back all of the €20.00",
        "you earn nothing",
        "it counts against your completion rate",
        "you are paid €16.00 (€20.00 less a commission of €4.00)",
    ),
    Language.FR: (
        "attendez\u00a0: c’est à l’acheteur de choisir",
        "assurez-vous que les raisons de votre refus sont claires",
        "patience, calme et clarté",
        "l’acheteur récupère la totalité, soit 20,00\u00a0€",
        "vous ne touchez rien",
        "votre taux de complétion en souffre",
        "vous recevez 16,00\u00a0€ (20,00\u00a0€ moins une commission de 4,00\u00a0€)",
    ),
}

TO_BUYER = {
    Language.EN: (
        "Complete the order: the seller is paid €16.00",
        "Open a dispute",
        "Buy an extra of the service",
        "ask the seller for a custom offer",
        "propose a settlement",
    ),
    Language.FR: (
        "Terminer la commande\u00a0: le vendeur reçoit 16,00\u00a0€",
        "Ouvrir un litige",
        "Achetez une option du service",
        "demandez une offre personnalisée au vendeur",
        "proposer un arrangement",
    ),
}

SILENCE = {
    (
        Language.EN,
        TimerEffect.COMPLETE,
    ): "the order completes by itself and the seller is paid €16.00",
    (
        Language.FR,
        TimerEffect.COMPLETE,
    ): "la commande se termine d’elle-même et le vendeur reçoit 16",
    (Language.EN, TimerEffect.OPEN_DISPUTE): "a dispute opens by itself and a mediator decides",
    (
        Language.FR,
        TimerEffect.OPEN_DISPUTE,
    ): "un litige s’ouvre de lui-même et un médiateur tranche",
}


@pytest.mark.parametrize("language", Language)
def test_the_seller_is_told_to_wait_to_be_understood_and_what_cancelling_costs(
    language: Language,
) -> None:
    said = refused().told(Role.SELLER, language)
    for advice in (*TO_SELLER[language], UNTIL[language]):
        assert any(advice in part for part in said.paragraphs), advice


@pytest.mark.parametrize("language", Language)
def test_the_buyer_is_told_why_and_all_their_ways(language: Language) -> None:
    said = refused().told(Role.BUYER, language)
    ground = {Language.EN: "not precise enough", Language.FR: "pas assez précise"}
    for way in (*TO_BUYER[language], ground[language], "Which blue?"):
        assert any(way in part for part in said.paragraphs), way


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("expiry", [TimerEffect.COMPLETE, TimerEffect.OPEN_DISPUTE])
def test_the_buyer_is_told_until_when_and_what_follows(
    language: Language, expiry: OnExpiry
) -> None:
    policy = OPEN_DISPUTE if expiry is TimerEffect.OPEN_DISPUTE else None
    last = refused(policy=policy).told(Role.BUYER, language).paragraphs[-1]
    assert UNTIL[language] in last
    assert SILENCE[language, expiry] in last


@pytest.mark.parametrize("role", [Role.BUYER, Role.SELLER])
def test_an_extra_is_spoken_of_only_while_there_is_one(role: Role) -> None:
    with_extras = " ".join(refused().told(role, Language.EN).paragraphs)
    without = " ".join(refused(terms=WITHOUT_EXTRAS).told(role, Language.EN).paragraphs)
    assert "an extra" in with_extras
    assert "an extra" not in without
    assert "custom offer" in without


def test_the_buyer_is_reminded_of_the_same_ways() -> None:
    reminders = [scene for scene in scenes() if scene.event == "order.decision_reminder"]
    assert reminders
    for scene in reminders:
        said = " ".join(scene.told(Role.BUYER, Language.EN).paragraphs)
        for way in ("Complete the order:", "Open a dispute, if", "custom offer", "settlement"):
            assert way in said
