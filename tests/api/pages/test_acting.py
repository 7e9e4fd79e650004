"""Actions done by forms, on the running product: looked at first, done once, and what goes wrong is
told where it was written."""

import asyncio
import re
from typing import Any

import httpx
import pytest

from api.pages.routes import acting
from db.errors import Unavailable
from tests.api.pages.browser import Visit, hidden, visiting
from tests.app_under_test import (
    OPERATOR,
    AppUnderTest,
    OrderInPlay,
    eventually,
    somebody,
)

Json = dict[str, Any]


def text_of(html: str) -> str:
    """What a page says, without its markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


class Panel:
    """The page of one action in somebody's browser."""

    def __init__(self, visit: Visit, order: Json, action: str, base: str = "/orders") -> None:
        self.visit = visit
        self.address = f"{base}/{order['id']}/actions/{action}"
        self.page: httpx.Response | None = None

    async def open(self, query: str = "") -> httpx.Response:
        """Looks at it."""
        self.page = await self.visit.get(self.address + query)
        return self.page

    def ours(self) -> dict[str, str]:
        """The hidden fields of the page as it was last shown."""
        assert self.page is not None
        found = {name: hidden(self.page.text, name) for name in ("made_for", "key", "seen")}
        return {name: value for name, value in found.items() if value}

    async def send(self, step: str, **fields: Any) -> httpx.Response:
        """Presses a button, with what the page has and what is written."""
        sent = {**self.ours(), "step": step, **fields}
        answer = await self.visit.client.post(self.address, data=sent)
        if answer.status_code != 303:
            self.page = answer
        return answer

    async def confirm(self, **fields: Any) -> httpx.Response:
        """Looks at what it does, and does it."""
        shown = await self.send("preview", **fields)
        assert 200 == shown.status_code, text_of(shown.text)
        return await self.send("confirm", **fields)


async def test_what_there_is_nothing_to_say_of_is_previewed_at_once(app: AppUnderTest) -> None:
    play = await (await app.place_order()).reach("delivered")
    async with visiting(app, play.buyer) as visit:
        panel = Panel(visit, play.order, "complete")
        page = await panel.open()
        assert 200 == page.status_code
        assert "Complete, and pay €16.00" in page.text
        assert "no-store" in page.headers["Cache-Control"]
        done = await panel.send("confirm")
        assert (303, f"/orders/{play.order['id']}") == (
            done.status_code,
            done.headers["Location"],
        )
        again = await panel.open()
        assert 409 == again.status_code
        assert "Completed" in text_of(again.text)
        assert 'name="step"' not in again.text
    assert "completed" == (await play.now())["state"]


async def test_a_double_click_pays_once(app: AppUnderTest) -> None:
    play = await (await app.place_order()).reach("delivered")
    async with visiting(app, play.buyer) as visit:
        panel = Panel(visit, play.order, "complete")
        await panel.open()
        both = await asyncio.gather(panel.send("confirm"), panel.send("confirm"))
        assert [303, 303] == [one.status_code for one in both]
        late = await panel.send("confirm")
        assert 303 == late.status_code
    assert 1600 == await app.api.balance(play.seller)
    tried = [e for e in await app.api.events(play.order, play.buyer) if e["action"] == "complete"]
    assert 1 == len(tried)


async def test_a_form_goes_over_what_it_does_to_the_order(app: AppUnderTest) -> None:
    play = await (await app.place_order()).reach("in_progress")
    async with visiting(app, play.seller) as visit:
        panel = Panel(visit, play.order, "deliver")
        assert 'id="field-deliver-message"' in (await panel.open()).text
        links = ["https://files.example/a", "https://files.example/b", "https://files.example/c"]
        said = {"message": "Here <b>it</b> is.\nIn three sizes.", "links": links}
        more = await panel.send("preview", more="links", **said)
        assert 4 == len(re.findall(r'name="links"', more.text))
        assert "Here &lt;b&gt;it&lt;/b&gt; is." in more.text
        shown = await panel.send("preview", **said)
        assert 200 == shown.status_code
        assert 3 == len(re.findall(r'type="hidden" name="links"', shown.text))
        back = await panel.send("form", **said)
        assert "Here &lt;b&gt;it&lt;/b&gt; is." in back.text
        assert "<textarea" in back.text
        await panel.send("preview", **said)
        assert 303 == (await panel.send("confirm", **said)).status_code
    order = await play.now()
    assert "delivered" == order["state"]
    events = await app.api.events(order, play.buyer)
    assert events[-1]["fields"] == {"message": said["message"], "links": links}


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Please write something here."), ("fr", "Écrivez quelque chose ici.")],
)
async def test_what_is_missing_is_said_where_it_is(
    app: AppUnderTest, language: str, words: str
) -> None:
    play = await (await app.place_order()).reach("delivered")
    async with visiting(app, play.buyer) as visit:
        visit.client.cookies.set("sequestre_language", language)
        panel = Panel(visit, play.order, "request_revision")
        await panel.open()
        for step in ("preview", "confirm"):
            answer = await panel.send(step, reason=" ", key="k")
            assert 422 == answer.status_code
            assert words in answer.text
            assert 'role="alert"' in answer.text
    assert "delivered" == (await play.now())["state"]


async def test_a_share_of_all_is_refused_at_its_field(app: AppUnderTest) -> None:
    play = await (await app.place_order()).reach("delivered")
    async with visiting(app, play.buyer) as visit:
        panel = Panel(visit, play.order, "propose_settlement")
        await panel.open()
        answer = await panel.send("preview", refund="20,00", reason="<i>All</i> of it.")
        assert 422 == answer.status_code
        assert 'href="#field-propose_settlement-refund"' in answer.text
        assert "€20.00" in text_of(answer.text)
        assert "&lt;i&gt;All&lt;/i&gt; of it." in answer.text
        assert 303 == (await panel.confirm(refund="1 2,5".replace(" ", ""))).status_code
    assert 1250 == (await play.now())["settlements"][0]["refund"]["amount"]


async def test_a_share_is_looked_at_while_it_is_typed(app: AppUnderTest) -> None:
    play = await (await app.place_order()).reach("delivered")
    async with visiting(app, play.buyer) as visit:
        panel = Panel(visit, play.order, "propose_settlement")
        await panel.open()
        answer = await panel.send("split", refund="12,50")
        assert "€12.50" in answer.text
        assert "€6.00" in answer.text
        assert "<html" not in answer.text
        wrong = await panel.send(
            "split", refund="x", made_for=hidden(answer.text, "made_for") or "x"
        )
        assert 403 == wrong.status_code  # of another session
        await panel.open()
        wrong = await panel.send("split", refund="x")
        assert 422 == wrong.status_code
        assert "in digits" in wrong.text
    assert [] == (await play.now())["settlements"]


async def test_what_moved_on_while_one_read_is_said_with_how_it_stands(app: AppUnderTest) -> None:
    play = await (await app.place_order()).reach("revision_requested")
    async with visiting(app, play.buyer) as visit:
        panel = Panel(visit, play.order, "complete")
        await panel.open()
        await play.reach("revision_refused")
        stale = await panel.send("confirm")
        assert 412 == stale.status_code
        assert 'role="alert"' in stale.text
        assert "moved on" in text_of(stale.text)
        assert "What happened last: The seller refused the revision." in text_of(stale.text)
        assert "revision_refused" == (await play.now())["state"]
        await panel.send("preview")
        assert 303 == (await panel.send("confirm")).status_code
    assert "completed" == (await play.now())["state"]


async def test_what_became_impossible_keeps_what_was_written(app: AppUnderTest) -> None:
    play = await (await app.place_order()).reach("delivered")
    async with visiting(app, play.buyer) as visit:
        panel = Panel(visit, play.order, "request_revision")
        await panel.open()
        await play.act("cancel", play.seller)
        for step in ("preview", "confirm"):
            answer = await panel.send(step, reason="Bluer & <brighter>", key="a-key-of-mine")
            assert answer.status_code in (409, 412)
            assert "Bluer &amp; &lt;brighter&gt;" in answer.text
            assert "Cancelled" in text_of(answer.text)
            assert "What happened last: The seller cancelled the order." in text_of(answer.text)
            assert 'name="step"' not in answer.text


async def test_what_the_wallet_does_not_hold_is_told(app: AppUnderTest) -> None:
    play = await (await app.place_order(money=2100)).reach("in_progress")
    extra = play.order["extras"][0]["id"]
    async with visiting(app, play.buyer) as visit:
        panel = Panel(visit, play.order, "buy_extra")
        answer = await panel.open(f"?extra_id={extra}")
        assert 402 == answer.status_code
        assert 'href="/wallet"' in answer.text
        assert "€5.00" in text_of(answer.text)
        assert "€1.00" in text_of(answer.text)
        await app.api.top_up(play.buyer, 1000)
        shown = await panel.open(f"?extra_id={extra}")
        assert "Buy for €5.00" in shown.text
        assert 303 == (await panel.send("confirm", extra_id=extra)).status_code
    assert 2500 == (await play.now())["total"]["amount"]


async def test_money_that_went_before_the_button_was_pressed_is_told(app: AppUnderTest) -> None:
    play = await (await app.place_order(money=2500)).reach("in_progress")
    extra = play.order["extras"][0]["id"]
    async with visiting(app, play.buyer) as visit:
        panel = Panel(visit, play.order, "buy_extra")
        assert 200 == (await panel.open(f"?extra_id={extra}")).status_code
        body = {"amount": 400, "currency": "EUR"}
        paid = await app.api.post(
            f"/v1/wallets/{play.buyer.id}/payouts", OPERATOR, body, key=f"out-{play.buyer.id}"
        )
        assert 201 == paid.status_code
        answer = await panel.send("confirm", extra_id=extra)
        assert 402 == answer.status_code
        assert "This costs €5.00" in text_of(answer.text)
        first = panel.ours()
        await panel.send("preview", extra_id=extra)
        assert first == {**first, "seen": panel.ours()["seen"]}


async def test_while_nobody_carries_it_out_it_is_written_down(app: AppUnderTest) -> None:
    play = await (await app.place_order()).reach("delivered")
    async with app.with_settings(action_wait=0.1) as api, app.worker_away():  # noqa: SIM117
        async with visiting(app, play.buyer, api) as visit:
            panel = Panel(visit, play.order, "complete")
            await panel.open()
            sent = panel.ours()
            answer = await panel.send("confirm")
            assert 202 == answer.status_code
            assert "under way" in text_of(answer.text)
            assert "error" not in text_of(answer.text).lower()
            # Until it is decided, whatever one of these looks meets.
            assert 'hx-trigger="every 2s"' in answer.text
            where = re.search(r'hx-get="([^"]+)"', answer.text)
            assert where is not None
            twice = await visit.client.post(panel.address, data={**sent, "step": "confirm"})
            assert (202, told(answer)) == (twice.status_code, told(twice))
            waiting = await visit.get(where[1])
            assert 200 == waiting.status_code
            part = await visit.get(where[1], HX_Request="true")
            assert "<html" not in part.text
            app.start_worker()

            async def led_on() -> httpx.Response:
                return await visit.get(where[1])

            done = await eventually(led_on, lambda one: one.status_code == 303)
            assert f"/orders/{play.order['id']}" == done.headers["Location"]
            part = await visit.get(where[1], HX_Request="true")
            assert f"/orders/{play.order['id']}" == part.headers["HX-Redirect"]
            await app.stop_worker()
    assert "completed" == (await play.now())["state"]
    assert 1600 == await app.api.balance(play.seller)
    tried = [e for e in await app.api.events(play.order, play.buyer) if e["action"] == "complete"]
    assert 1 == len(tried)


def told(answer: httpx.Response) -> str:
    """What a page says in its main part, which has no token of its own."""
    return text_of(answer.text.partition("<main")[2].partition("</main>")[0])


WORDS = "Deux fois <i>plus</i> petit.\nMerci."


async def test_what_is_refused_later_is_told_with_what_was_written(app: AppUnderTest) -> None:
    play = await (await app.place_order()).reach("delivered")
    said = {"refund": "12,50", "reason": WORDS}
    async with app.with_settings(action_wait=0.1) as api, app.worker_away():  # noqa: SIM117
        async with (
            visiting(app, play.buyer, api) as visit,
            visiting(app, play.seller, api) as other,
        ):
            cancel = Panel(other, play.order, "cancel")
            await cancel.open()
            panel = Panel(visit, play.order, "propose_settlement")
            await panel.open()
            await panel.send("preview", **said)
            assert 202 == (await cancel.confirm()).status_code
            answer = await panel.send("confirm", **said)
            assert 202 == answer.status_code
            where = re.search(r'hx-get="([^"]+)"', answer.text)
            assert where is not None
            theirs = await other.get(where[1])
            assert (404, False) == (theirs.status_code, "petit" in theirs.text)
            app.start_worker()

            async def looked() -> httpx.Response:
                return await visit.get(where[1])

            done = await eventually(looked, lambda one: one.status_code != 200)
            assert done.status_code in (409, 412)
            assert "Deux fois &lt;i&gt;plus&lt;/i&gt; petit.\nMerci." in done.text
            # In a sentence, or in the form once more where the order had moved on before.
            assert re.search(r"12[.,]50", done.text)
            assert "cancelled" in told(done).lower()
            theirs = await other.get(where[1])
            assert (404, False) == (theirs.status_code, "petit" in theirs.text)
            await app.stop_worker()


async def test_what_is_written_down_is_not_denied_when_the_database_goes(
    app: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(*_given: object) -> None:
        raise Unavailable

    play = await (await app.place_order()).reach("delivered")
    async with app.with_settings(action_wait=0.1) as api, app.worker_away():  # noqa: SIM117
        async with visiting(app, play.buyer, api) as visit:
            panel = Panel(visit, play.order, "complete")
            await panel.open()
            with monkeypatch.context() as patch:
                patch.setattr(acting, "get_request", gone)
                answer = await panel.send("confirm")
            assert 303 == answer.status_code
            page = await visit.get(answer.headers["Location"])
            assert (200, True) == (page.status_code, "under way" in told(page))


async def test_strangers_and_those_of_other_pages(app: AppUnderTest) -> None:
    play = await (await app.place_order()).reach("disputed")
    order = play.order
    async with visiting(app, somebody("stranger")) as visit:
        assert 404 == (await Panel(visit, order, "cancel").open()).status_code
        assert 404 == (await Panel(visit, order, "fly").open()).status_code
        assert 403 == (await Panel(visit, order, "assign", "/disputes").open()).status_code
        assert 403 == (await Panel(visit, order, "cancel", "/console/orders").open()).status_code
    async with visiting(app, somebody("operator", "operator")) as visit:
        sent = await Panel(visit, order, "cancel").open()
        assert f"/console/orders/{order['id']}/actions/cancel" == sent.headers["Location"]
    async with visiting(app, somebody("mediator", "mediator")) as visit:
        sent = await Panel(visit, order, "resolve").open()
        assert f"/disputes/{order['id']}/actions/resolve" == sent.headers["Location"]
    async with visiting(app) as visit:
        assert 401 == (await Panel(visit, order, "cancel").open()).status_code


async def test_a_mediator_takes_and_decides_a_case(app: AppUnderTest) -> None:
    play = await (await app.place_order()).reach("disputed")
    async with visiting(app, somebody("mediator", "mediator")) as visit:
        take = Panel(visit, play.order, "assign", "/disputes")
        assert "Take the case" in (await take.open()).text
        done = await take.send("confirm")
        assert f"/disputes/{play.order['id']}" == done.headers["Location"]
        rule = Panel(visit, play.order, "resolve", "/disputes")
        asked = (await rule.open()).text
        assert "(optional)" not in asked
        assert ('class="with-split"' in asked, 'class="with-restart"' in asked) == (True, True)
        said = {"outcome": "split", "refund": "5,00", "reasons": "Half of it is <as> asked."}
        shown = await rule.send("preview", **said)
        assert "Your decision, as both sides will read it" in shown.text
        assert "Half of it is &lt;as&gt; asked." in shown.text
        assert "Decide so: €5.00 goes back, €12.00 is paid" in shown.text
        assert 303 == (await rule.send("confirm", **said)).status_code
    order = await play.now()
    assert ("settled", 500) == (order["state"], order["outcome"]["refunded"]["amount"])


async def test_an_operator_hands_over_and_cancels(app: AppUnderTest) -> None:
    play = await (await app.place_order()).reach("disputed")
    async with visiting(app, somebody("operator", "operator")) as visit:
        hand = Panel(visit, play.order, "assign", "/console/orders")
        await hand.open()
        missing = await hand.send("preview", mediator_id="")
        assert 422 == missing.status_code
        party = await hand.send("preview", mediator_id=play.buyer.id)
        assert 422 == party.status_code
        assert 'href="#field-assign-mediator_id"' in party.text
        assert 303 == (await hand.confirm(mediator_id="mia")).status_code
        cancel = Panel(visit, play.order, "cancel", "/console/orders")
        await cancel.open()
        assert 422 == (await cancel.send("preview", reason=" ")).status_code
        assert 303 == (await cancel.confirm(reason="Both are gone.")).status_code
    order = await play.now()
    assert ("cancelled", "mia") == (order["state"], order["dispute"]["mediator_id"])


async def test_a_form_without_its_key_does_nothing(app: AppUnderTest) -> None:
    play: OrderInPlay = await (await app.place_order()).reach("delivered")
    async with visiting(app, play.buyer) as visit:
        panel = Panel(visit, play.order, "complete")
        await panel.open()
        assert 400 == (await panel.send("confirm", key="")).status_code
    assert "delivered" == (await play.now())["state"]
