"""The wallet: what is there and what is not yet, what came in and left, as page and on paper."""

import re
from collections import Counter
from datetime import UTC, datetime

import pytest

from api.pages.months import Month, latest
from api.pages.routes import wallet
from api.pages.statement import Statement, as_pdf
from db.pool import connection
from db.wallet_entries import WalletEntry, balances_at
from tests.api.pages.browser import visiting
from tests.app_under_test import OPERATOR, AppUnderTest, OrderInPlay, Person, somebody
from texts.catalogue import Language
from texts.formatter import Formatter

SCRIPT = "<script>alert(1)</script>"
AWKWARD = "Été à Łódź, Þór, ỡ; مرحبا 🐟" + "x" * 120


async def test_who_has_no_money_is_told_how_it_comes_in(app: AppUnderTest) -> None:
    async with visiting(app, somebody("new")) as visit:
        page = (await visit.get("/wallet")).text
        assert "Your money will stand here" in page
        assert "statement.pdf" not in page
        pdf = await visit.get("/wallet/statement.pdf")
        assert pdf.content.startswith(b"%PDF-")


async def ended(app: AppUnderTest, title: str) -> OrderInPlay:
    """An order of 20 EUR that was completed, and one beside it that runs."""
    placed = await app.place_order(title=title)
    for action, who in (("accept", placed.seller), ("deliver", placed.seller)):
        await placed.act(action, who, {"message": "Here."} if action == "deliver" else None)
    await placed.act("complete", placed.buyer)
    body = {"service_id": placed.service["id"], "brief": "Again."}
    answer = await app.api.post("/v1/orders", placed.buyer, body, key=f"w-{placed.buyer.id}")
    assert 201 == answer.status_code
    return placed


async def test_what_is_in_escrow_stands_beside_what_is_there(app: AppUnderTest) -> None:
    placed = await ended(app, SCRIPT)
    async with visiting(app, await app.says(placed.buyer, "fr")) as visit:
        page = (await visit.get("/wallet")).text
        assert "60,00\u00a0€" in page
        assert "En séquestre pour vos achats" in page
        assert "20,00\u00a0€" in page
        assert "-20,00\u00a0€" in page
        assert "+100,00\u00a0€" in page
        assert SCRIPT not in page
        assert "&lt;script&gt;" in page
    async with visiting(app, placed.seller) as visit:
        page = (await visit.get("/wallet")).text
        assert "+€16.00" in page
        assert re.search(r"what you sell</dt><dd>€16\.00<", page)


async def test_entries_are_those_of_a_month(app: AppUnderTest) -> None:
    who = somebody("saver")
    await app.api.top_up(who, 1_234)
    async with visiting(app, who) as visit:
        (now,) = await months_of(app, who)
        assert "+€12.34" in (await visit.get(f"/wallet?month={now}")).text
        past = (await visit.get("/wallet?month=2020-02")).text
        assert "+€12.34" not in past
        assert "Nothing came in or left in this month." in past
        assert '<option value="2020-02" selected>' in past
        for nonsense in ("2020-13", "../x", "0000-01", "9999-12", "x" * 500):
            assert "+€12.34" in (await visit.get(f"/wallet?month={nonsense}")).text


async def months_of(app: AppUnderTest, who: Person) -> Counter[str]:
    """The months of somebody's entries, such as 2026-11, and how many are of each."""
    entries = (await app.api.get("/v1/wallet/entries", who)).json()["items"]
    return Counter(one["at"][:7] for one in entries)


async def test_older_entries_are_on_further_pages(app: AppUnderTest) -> None:
    who = somebody("busy")
    for _ in range(wallet.PART + 1):
        await app.api.top_up(who, 100)
    async with visiting(app, who) as visit:
        first = (await visit.get("/wallet")).text
        assert wallet.PART == first.count('<b class="keep">+€1.00</b>')
        onward = re.search(r'href="(/wallet\?cursor=[^"]*)" rel="next"', first)
        assert onward is not None
        rest = (await visit.get(onward[1])).text
        assert 1 == rest.count('<b class="keep">+€1.00</b>')
        assert 422 == (await visit.get("/wallet?cursor=nonsense")).status_code


async def test_the_table_is_the_apis_own_without_formulas(app: AppUnderTest) -> None:
    who = somebody("formula")
    body = {"amount": 500, "currency": "EUR", "reference": "=1+1"}
    path = f"/v1/wallets/{who.id}/top-ups"
    assert 201 == (await app.api.post(path, OPERATOR, body, key=f"f-{who.id}")).status_code
    async with visiting(app, who) as visit:
        answer = await visit.get("/wallet/entries.csv")
    own = await app.api.get("/v1/wallet/entries", who, Accept="text/csv")
    assert own.text == answer.text
    assert "'=1+1" in answer.text
    assert "text/csv; charset=utf-8" == answer.headers["Content-Type"]
    assert "no-store" == answer.headers["Cache-Control"]


async def test_a_long_table_is_whole(app: AppUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wallet, "CSV_PART", 2)
    who = somebody("long")
    for _ in range(5):
        await app.api.top_up(who, 100)
    async with visiting(app, who) as visit:
        months = await months_of(app, who)
        within = {f"?month={month}": rows for month, rows in months.items()}
        for query, rows in {"": 5, **within, "?month=2020-02": 0}.items():
            lines = (await visit.get(f"/wallet/entries.csv{query}")).text.splitlines()
            assert rows + 1 == len(lines)


async def test_a_statement_is_a_pdf_whatever_was_ordered(app: AppUnderTest) -> None:
    placed = await ended(app, AWKWARD)
    for language in ("en", "fr"):
        async with visiting(app, placed.buyer if language == "en" else placed.seller) as visit:
            answer = await visit.get("/wallet/statement.pdf", Accept_Language=language)
            assert 200 == answer.status_code
            assert "application/pdf" == answer.headers["Content-Type"]
            assert answer.content.startswith(b"%PDF-")
            assert answer.content.rstrip().endswith(b"%%EOF")


async def test_a_month_with_too_much_says_so(
    app: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wallet, "MOST_ENTRIES", 1)
    who = somebody("mover")
    for _ in range(2):
        await app.api.top_up(who, 100)
    async with visiting(app, who) as visit:
        answer = await visit.get("/wallet/statement.pdf")
        assert 413 == answer.status_code
        assert "text/html" in answer.headers["Content-Type"]


async def test_what_a_month_began_with_is_what_was_there(app: AppUnderTest) -> None:
    who = somebody("earlier")
    await app.api.top_up(who, 700)
    async with connection(app.pool) as acquired:
        now = datetime.now(UTC)
        assert [] == await balances_at(acquired, who.id, now.replace(year=2020))
        (held,) = await balances_at(acquired, who.id, now.replace(year=now.year + 1))
    assert (700, "EUR") == (held.amount, held.currency)


async def test_nobody_reads_anothers_wallet(app: AppUnderTest) -> None:
    async with visiting(app) as visit:
        for path in ("/wallet", "/wallet/entries.csv", "/wallet/statement.pdf"):
            assert 401 == (await visit.get(path)).status_code
    async with visiting(app, somebody("mediator", "mediator")) as visit:
        for path in ("/wallet", "/wallet/entries.csv", "/wallet/statement.pdf"):
            assert 403 == (await visit.get(path)).status_code


def test_a_month_begins_where_its_reader_is() -> None:
    first, end = Month(2026, 12).within("Europe/Paris")
    assert datetime(2026, 11, 30, 23, tzinfo=UTC) == first
    assert datetime(2026, 12, 31, 23, tzinfo=UTC) == end
    assert Month(2027, 1) == Month.of(end, "Europe/Paris")
    assert ["2027-01", "2026-12"] == [str(one) for one in latest(end, "Europe/Paris", 2)]
    assert "décembre 2026" == Month(2026, 12).said(Language.FR)


def test_a_statement_of_many_sheets_in_several_currencies(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def entry(number: int) -> WalletEntry:
        currency = ("EUR", "JPY")[number % 2]
        kind = ("top_up", "reversal")[number % 2]
        at = datetime(2026, 11, 2, tzinfo=UTC)
        title = None if number % 3 else AWKWARD
        return WalletEntry(number, 1, at, kind, None, 5, currency, 10, "pi_1", "Why", title)

    for count in (0, 1, 200):
        entries = [entry(number) for number in range(count)]
        month, made_at = Month(2026, 11), datetime(2026, 12, 1, tzinfo=UTC)
        paper = Statement("Shop", "Ana " + AWKWARD, month, made_at, {"KWD": 1_500}, entries)
        for language in Language:
            content = as_pdf(paper, Formatter(language, "Europe/Paris"))
            assert content.startswith(b"%PDF-")
            sheets = content.count(b"/Type /Page\n")
            assert (sheets > 1) == (count > 100), sheets
    assert [] == caplog.records  # where a character is drawn that the font has not, it is said
