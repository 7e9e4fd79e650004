"""What is offered to be taken back can be; of everything else the page says why not, and what is
possible instead."""

from uuid import uuid4

from domain.ledger import TRANSFERS
from tests.api.answers import Json
from tests.api.assertions import code
from tests.api.pages.browser import hidden, visiting
from tests.api.pages.test_console import operator
from tests.api.pages.test_order_page import words
from tests.api.test_chargebacks import LOST, disputes, paid_order, receivable
from tests.api.test_pay_ins import PAID, ended, started, tell
from tests.api.test_payouts import asked, earner, handed_over, paid
from tests.api.test_reversals import NOT_REVERSIBLE, WHY
from tests.app_under_test import OPERATOR, ApiClient, AppUnderTest, eventually, somebody
from tests.contract import eur
from tests.providers.paper import said
from tests.providers.paper_payouts import PaperPayouts


async def made(shop: ApiClient, path: str, amount: int) -> Json:
    """A transfer that an operator writes down."""
    answer = await shop.post(path, OPERATOR, eur(amount), key=str(uuid4()))
    assert answer.status_code == 201, answer.text
    document: Json = answer.json()
    return document


async def by_hand(shop: ApiClient) -> list[Json]:
    """One of each kind that operators write down, and one that was taken back before."""
    wallet = f"/v1/wallets/{somebody('ana').id}"
    top_up, mistake = [await made(shop, f"{wallet}/top-ups", 1_000) for _ in range(2)]
    await shop.post(f"/v1/transfers/{mistake['id']}/reverse", OPERATOR, WHY)
    payout = await made(shop, f"{wallet}/payouts", 300)
    listed = (await shop.get(f"/v1/transfers?user_id={top_up['user_id']}", OPERATOR)).json()
    return [payout, top_up, *(one for one in listed["items"] if one["kind"] == "reversal"), mistake]


async def paid_out(shop: ApiClient, payer: PaperPayouts) -> list[Json]:
    """The ways of a payout that was paid, and of one that was taken back."""
    who = await earner(shop, payer)
    await paid(shop, payer, who, 500)
    payout = (await asked(shop, who, 500)).json()
    await handed_over(shop, who, payout)
    taken = await shop.post(f"/v1/payouts/{payout['id']}/cancel", who, key=str(uuid4()))
    assert taken.status_code == 200, taken.text
    return await of(shop, who.id, "payout_hold", "payout_done", "payout_return")


async def paid_in(shop: ApiClient) -> list[Json]:
    """A payment through the provider that is in its payer's wallet."""
    who = somebody("payer")
    pay_in = (await started(shop, who)).json()
    await tell(shop, said(PAID, pay_in))
    await ended(shop, who, pay_in, "paid")
    return await of(shop, who.id, "top_up")


async def taken_by_a_bank(shop: ApiClient) -> list[Json]:
    """What a seller owes, what their wallet paid of it, and a payout of the commission."""
    in_play, pay_in = await paid_order(shop)
    await in_play.reach("delivered")
    await in_play.act("complete", in_play.buyer)
    await disputes(shop, LOST, pay_in)
    await eventually(lambda: receivable(shop, in_play.seller), bool)
    commission = await made(shop, "/v1/accounts/commission/payouts", 1)
    return [*await of(shop, in_play.seller.id, "chargeback", "recovery"), commission]


async def of(shop: ApiClient, user_id: str, *kinds: str) -> list[Json]:
    """Somebody's transfers of these kinds."""
    listed = (await shop.get(f"/v1/transfers?user_id={user_id}", OPERATOR)).json()["items"]
    found = [one for one in listed if one["kind"] in kinds]
    assert {one["kind"] for one in found} == set(kinds)
    return found


async def test_a_transfer_is_offered_to_be_taken_back_where_it_can_be_and_nowhere_else(
    app: AppUnderTest, payout_shop: ApiClient, payer: PaperPayouts
) -> None:
    shop = payout_shop
    ours, out = await by_hand(shop), await paid_out(shop, payer)
    tried = [*ours, *out, *await paid_in(shop), *await taken_by_a_bank(shop)]
    assert {one["kind"] for one in tried} == set(TRANSFERS)
    async with visiting(app, operator(), shop) as visit:
        for one in tried:
            where = f"/console/transfers/{one['id']}"
            page = (await visit.get(where)).text
            answer = await shop.post(f"/v1/transfers/{one['id']}/reverse", OPERATOR, WHY)
            is_offered = f'action="{where}/reverse"' in page
            assert is_offered is (answer.status_code == 201), (one, answer.text)
            is_never = not is_offered and answer.json().get("reversed_by") is None
            assert ("It cannot be taken back" in page) is is_never
            if not is_offered:
                assert code(answer) == NOT_REVERSIBLE
                why = answer.json()["detail"].removesuffix(" Nothing changed.")
                assert (why in words(page)) is is_never


async def test_what_can_never_be_taken_back_says_so_to_whoever_sends_the_form_all_the_same(
    app: AppUnderTest, payout_shop: ApiClient
) -> None:
    (top_up,) = await paid_in(payout_shop)
    where, other = f"/console/transfers/{top_up['id']}", (await by_hand(payout_shop))[1]
    async with visiting(app, operator(), payout_shop) as visit:
        page = (await visit.get(f"/console/transfers/{other['id']}")).text
        for step in ("preview", "confirm"):
            fields = {"made_for": hidden(page, "made_for"), "key": str(uuid4()), **WHY}
            sent = await visit.client.post(f"{where}/reverse", data={**fields, "step": step})
            assert sent.status_code == (200 if step == "preview" else 409)
            assert "what the bank of its payer takes back" in sent.text
            assert f'action="{where}/reverse"' not in sent.text
