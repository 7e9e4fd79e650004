"""No French sentence takes an amount for several: 1,00 € est, 2,00 € sont, and which of the two is
not known where it is written."""

import re

import pytest

from tests.texts.test_catalogues import sentences
from texts.catalogue import Language
from texts.facts import FACTS

NAMED_BESIDE = {
    *("above", "amount", "available", "back", "cost", "earned", "fee", "gross", "has", "held"),
    *("kept", "missing", "net", "offers", "others", "owed", "refund", "rest", "spent", "sum"),
    *("total_then", "wants", "price_named"),
}
"""What sentences call amounts of money, beside the facts of an order."""

OF_ORDERS = {
    *("asked_back", "charged_back", "offer_price", "paid", "pay", "price", "refunded", "total"),
}
MONEY = "|".join(sorted(NAMED_BESIDE | OF_ORDERS))
BETWEEN = r"(?:de votre portefeuille |qui |vous |le |ne |n’|y |en )*"
AS_SEVERAL = (
    rf"%\((?:{MONEY})\)s {BETWEEN}(?!dont\b)\w*(?:ent|ont|[ée]s|ées)\b",
    rf"\b(?:les|des|ces|quelques) %\((?:{MONEY})\)s",
    rf"\b(?:sont|ont|\w+és) %\((?:{MONEY})\)s",
)


def takes_it_for_several(sentence: str) -> bool:
    """Whether an amount has a verb, a participle or an article of several."""
    return any(re.search(one, sentence, re.IGNORECASE) for one in AS_SEVERAL)


def test_every_sentence_is_right_for_every_amount() -> None:
    french = sentences(Language.FR)
    amounts = [said for said in french.values() if re.search(rf"%\((?:{MONEY})\)s", said)]
    assert len(amounts) > 100
    assert [said for said in amounts if takes_it_for_several(said)] == []


def test_the_facts_that_are_amounts_are_there() -> None:
    assert set(FACTS) >= OF_ORDERS


@pytest.mark.parametrize(
    "sentence",
    [
        "%(amount)s sont arrivés, votre commande est passée",
        "%(amount)s de votre portefeuille ne sont plus retenus pour cela.",
        "%(amount)s qui avaient été versés ont de nouveau quitté votre portefeuille.",
        "Sinon la commande s’annule d’elle-même et %(total)s vous reviennent.",
        "Trancher ainsi : %(back)s remboursés",
        "Où sont allés les %(total)s",
    ],
)
def test_what_is_wrong_for_one_euro_is_seen(sentence: str) -> None:
    assert takes_it_for_several(sentence)


@pytest.mark.parametrize(
    "sentence",
    ["Vous avez reçu %(paid)s, et %(buyer)s a récupéré %(back)s.", "Il y reste %(rest)s."],
)
def test_what_is_right_for_every_amount_is_not(sentence: str) -> None:
    assert not takes_it_for_several(sentence)
