"""What somebody reads who makes good a payment that was lost: by how much of it their wallet
paid."""

import pytest

from domain.payments import ChargebackState
from texts.catalogue import Language
from texts.wallet_disputes import DisputeNotice, dispute_notice


def said(paid: int, language: Language = Language.EN) -> tuple[str, tuple[str, ...]]:
    """Title and paragraphs, where the wallet has paid so much and held 1.00 EUR after that."""
    one = DisputeNotice(ChargebackState.LOST, 2_000, "EUR", "A logo", paid, balance=100)
    notice = dispute_notice(one, language)
    return notice.title, tuple(notice.paragraphs)


@pytest.mark.parametrize(
    ("paid", "sentence", "is_owed"),
    [
        (0, "Your wallet held nothing that could be taken for it: you owe all of it.", True),
        (500, "€5.00 was taken from your wallet, which held no more: you still owe €15.00.", True),
        (2_000, "All of it was taken from your wallet: you owe nothing for it.", False),
    ],
)
def test_it_says_what_is_paid_what_is_owed_and_what_follows_for_money_to_come(
    paid: int, sentence: str, is_owed: bool
) -> None:
    title, (told, order, *means) = said(paid)
    assert title == "You make a payment good that a bank has taken back: €20.00"
    assert told.endswith("you make €20.00 of it good.")
    assert order == "The order that was paid with it: “A logo”"
    assert means[0] == sentence
    assert ("The wallet held €1.00 after that." in means) is (paid > 0)
    assert any("Part of what you earn from now on" in one for one in means) is is_owed


@pytest.mark.parametrize("paid", [0, 500, 2_000])
def test_a_french_reader_reads_french(paid: int) -> None:
    for english, french in zip(said(paid)[1], said(paid, Language.FR)[1], strict=True):
        assert english != french


@pytest.mark.parametrize("state", ChargebackState)
def test_a_payment_of_no_order_names_none(state: ChargebackState) -> None:
    without = dispute_notice(DisputeNotice(state, 1, "EUR"), Language.EN)
    named = dispute_notice(DisputeNotice(state, 1, "EUR", "A logo"), Language.EN)
    assert len(named.paragraphs) == len(without.paragraphs) + 1
