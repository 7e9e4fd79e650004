"""A marketplace of the first day: every page says what will stand there, and where one goes on."""

from collections.abc import AsyncIterator

import pytest

from embedded.postgres import Postgres
from tests.api.pages.browser import visiting
from tests.api.pages.test_order_page import MISSING, words
from tests.app_under_test import ApiClient, AppUnderTest, Person, somebody
from tests.conftest import copy_of_template
from tests.serving import serving

USER, MEDIATOR, OPERATOR = ("user",), ("mediator",), ("operator",)
PAGES: dict[tuple[tuple[str, ...], str], tuple[str, str]] = {
    (USER, "/orders"): ("What you order will stand here", "Vos achats apparaîtront ici"),
    (USER, "/orders?as=sales"): (
        "What others order from you",
        "Ce que l’on vous commande",
    ),
    (USER, "/wallet"): ("Your money will stand here", "Votre argent apparaîtra ici"),
    (USER, "/wallet/pay-ins"): ("What you pay in at the", "Ce que vous versez chez le"),
    (USER, "/wallet/payouts"): ("What you have paid out will", "Vos retraits figureront ici"),
    (USER, "/services"): ("Nothing is on offer here yet.", "Rien n’est encore proposé ici."),
    (USER, "/services?all=1"): ("Nothing is on offer here yet.", "Rien n’est encore proposé ici."),
    (USER, "/reputation"): ("5 more orders", "Encore 5 commandes"),
    (USER, "/inbox"): ("will be told here", "sera dit ici"),
    (USER, "/settings"): ("Your name", "Votre nom"),
    (MEDIATOR, "/disputes"): ("No dispute waits.", "Aucun litige n’attend."),
    (MEDIATOR, "/disputes?show=mine"): ("No dispute waits.", "Aucun litige n’attend."),
    (OPERATOR, "/console"): ("Nothing needs a person", "Rien n’attend quelqu’un"),
    (OPERATOR, "/console/orders"): ("Orders will stand here", "Les commandes figureront ici"),
    (OPERATOR, "/console/people"): ("Whoever has ordered", "Quiconque a commandé"),
    (OPERATOR, "/console/transfers"): ("will stand here", "figurera ici"),
    (OPERATOR, "/console/pay-ins"): ("pay in at the payment provider will", "versent chez le"),
    (OPERATOR, "/console/payouts"): ("What people have paid out will", "Les retraits des gens"),
    (OPERATOR, "/console/chargebacks"): ("banks ask back will stand", "réclament figurera ici"),
    (OPERATOR, "/console/provider-events"): ("provider says will stand", "paiement figurera ici"),
    (OPERATOR, "/console/deliveries"): ("No endpoint is there.", "Aucune adresse de réception."),
    (OPERATOR, "/console/findings"): ("Nothing was checked yet.", "Rien n’a encore été vérifié."),
    (OPERATOR, "/console/charts/escrow/table"): ("Nothing is in escrow.", "Rien n’est en"),
    (OPERATOR, "/console/charts/orders/table"): ("Open orders by state", "ouvertes par état"),
    (OPERATOR, "/inbox"): ("will be told here", "sera dit ici"),
}


@pytest.fixture(scope="module")
async def empty(postgres: Postgres) -> AsyncIterator[ApiClient]:
    """The product where nobody has done anything yet."""
    async with serving(await copy_of_template(postgres)) as api:
        yield api


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("roles", [USER, MEDIATOR, OPERATOR], ids=lambda roles: str(roles[0]))
async def test_a_page_without_anything_says_what_will_stand_there(
    app: AppUnderTest, empty: ApiClient, roles: tuple[str, ...], language: str
) -> None:
    said = {path: both for (whose, path), both in PAGES.items() if whose == roles}
    async with visiting(app, Person(somebody("first").id, roles), empty) as visit:
        for path, (english, french) in said.items():
            answer = await visit.get(path, Accept_Language=language)
            assert 200 == answer.status_code, path
            shown = words(answer.text)
            assert (english if language == "en" else french) in shown, path
            assert [] == MISSING.findall(shown), path
            assert 1 == answer.text.count("<h1"), path
