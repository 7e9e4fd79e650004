"""The file of a case on paper: what it has, who may have it; and no words break it."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from api.pages.cases import case_paper, whole
from api.pages.cases.case_file import CaseFile, Entry, Section
from api.pages.cases.case_paper import as_pdf
from tests.api.conftest import OrderIn
from tests.api.pages.browser import Visit, visiting
from tests.api.pages.pdf_text import contents_of, lines_of, sheets_of
from tests.api.test_chargebacks import OPENED, UNTIL, becomes, disputes, paid_order
from tests.app_under_test import (
    ApiClient,
    AppUnderTest,
    OrderInPlay,
    somebody,
)
from texts.catalogue import Language
from texts.formatter import Formatter

LINKS = ["https://files.example/logo-final.png", "https://files.example/" + "a" * 400]
ODD = (
    "Été à Łódź 👨\u200d👩\u200d👧 e\u0301 Z\u0351\u036b\u0343\u202e\n\n\tשלום עולם\nمرحبا\n"
    + "x" * 5_000
)


def of(play: OrderInPlay) -> str:
    return f"/orders/{play.order['id']}/case.pdf"


async def read(visit: Visit, path: str) -> list[str]:
    """What is read on the paper."""
    answer = await visit.get(path)
    assert (200, "application/pdf") == (answer.status_code, answer.headers["Content-Type"])
    assert "no-store" == answer.headers["Cache-Control"]
    return lines_of(answer.content)


def in_one(lines: list[str]) -> str:
    return "\n".join(lines)


async def test_it_has_everything_that_answers_for_the_payment(
    app: AppUnderTest, shop: ApiClient
) -> None:
    in_play, pay_in = await paid_order(shop)
    await in_play.reach("in_progress")
    await in_play.act("deliver", in_play.seller, {"message": "Here it is.", "links": LINKS})
    await in_play.act("request_revision", in_play.buyer, {"reason": "Bluer, please."})
    path = f"/v1/orders/{in_play.order['id']}"
    said = {"text": "Which blue?", "links": ["https://files.example/blue.png"]}
    assert (await shop.post(f"{path}/messages", in_play.seller, said)).status_code == 201
    in_vain = {"reason": "Tried in vain."}
    await shop.act(in_play.order, "refuse_cancellation", in_play.seller, in_vain)
    await disputes(shop, OPENED, pay_in, evidence_until=UNTIL, reason="fraudulent")
    await becomes(in_play, payment_hold=True)
    async with visiting(app, await app.says(in_play.seller), shop) as visit:
        lines = await read(visit, of(in_play))
    text = in_one(lines)
    for words in (
        "Case file: “",
        f"Order: {in_play.order['id']}",
        f"Buyer: {in_play.buyer.id}",
        f"Seller: {in_play.seller.id}",
        "Total: €20.00",
        f"Reference: paper-{pay_in['id']}",
        f"Reference: dispute-{pay_in['id']}",
        "Asked back by the payer’s bank: €20.00",
        "In the provider’s words: fraudulent",
        "Can be answered for until: 2 January 2031 at 11:00 (Europe/Paris), 10:00 UTC",
        "A logo, please.",
        "Here it is.",
        LINKS[0],
        "Bluer, please.",
        "Which blue?",
        "Tried in vain.",
        "https://files.example/blue.png",
        "The seller delivered the work.",
        "Payment provider: paper",
        "Escrow of this order",
    ):
        assert words in text, words
    assert LINKS[1] in "".join(lines)
    assert 1 == text.count("Here it is.")
    # Who did what, and when: in their zone and in UTC.
    assert re.search(
        rf"^\d+\. .* at [\d:]+ \(Europe/Paris\), .*[\d:]+ UTC · Seller: {in_play.seller.id}$",
        text,
        re.MULTILINE,
    )
    assert "You " not in text


async def test_it_is_in_the_language_of_who_reads_it(app: AppUnderTest, order_in: OrderIn) -> None:
    in_play = await order_in("disputed")
    async with visiting(app, await app.says(in_play.buyer, "fr")) as visit:
        text = in_one(await read(visit, of(in_play)))
    for words in (r"Dossier\s:\s«", "Acheteur", r"Total\s:\s20,00\s€", "En litige depuis"):
        assert re.search(words, text), words


async def test_who_may_have_it_is_who_may_have_the_file_for_programs(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    disputed, calm = await order_in("disputed"), await order_in("pending")
    by_role = [somebody(role, role) for role in ("mediator", "operator", "user")]
    people = (disputed.buyer, disputed.seller, calm.buyer, *by_role, None)
    came = []
    for who in people:
        async with visiting(app, who) as visit:
            for play in (disputed, calm):
                for place in ("orders", "disputes"):
                    path = f"/{place}/{play.order['id']}/case."
                    found = [(await visit.get(path + kind)).status_code for kind in ("json", "pdf")]
                    assert found[0] == found[1], (who, path)
                    came.append(found[0])
    assert {200, 401, 403, 404} <= set(came)


async def test_it_is_where_it_is_needed(app: AppUnderTest, order_in: OrderIn) -> None:
    in_play = await order_in("disputed")
    async with visiting(app, in_play.buyer) as visit:
        assert f'href="{of(in_play)}"' in (await visit.get(f"/orders/{in_play.order['id']}")).text
    async with visiting(app, somebody("mediator", "mediator")) as visit:
        address = f"/disputes/{in_play.order['id']}"
        assert f'href="{address}/case.pdf"' in (await visit.get(address)).text


async def test_whatever_was_written_it_is_read(app: AppUnderTest) -> None:
    in_play = await app.place_order(title="Été à Łódź 🐟 שלום \u202e(v2)")
    await in_play.act("accept", in_play.seller)
    await in_play.act("deliver", in_play.seller, {"message": ODD, "links": LINKS})
    async with visiting(app, in_play.buyer) as visit:
        lines = await read(visit, of(in_play))
    text = in_one(lines)
    for words in ("Été à Łódź □□□ é Z", "םלוע םולש"):
        assert words in text, words
    assert ODD.count("x") <= "".join(lines).count("x")


async def test_a_case_in_parts_is_whole_on_paper_and_one_that_is_too_long_says_so(
    app: AppUnderTest, order_in: OrderIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole, "IN_A_PART", 2)
    in_play = await order_in("disputed")
    path = f"/v1/orders/{in_play.order['id']}/messages"
    for n in range(7):
        await in_play.act("add_statement", in_play.seller, {"statement": f"Statement {n}."})
        await app.api.post(path, in_play.buyer, {"text": f"Message {n}."})
    async with visiting(app, in_play.buyer) as visit:
        for most in (100, 3):
            monkeypatch.setattr(whole, "MOST_PARTS", most)
            text = in_one(await read(visit, of(in_play)))
            found = [int(n) for n in re.findall(r"Statement (\d)\.", text)]
            told = [int(n) for n in re.findall(r"Message (\d)\.", text)]
            expected = list(range(7)) if most == 100 else [1, 2, 3, 4, 5, 6]
            assert (found, told) == (expected, expected)
            assert ("the file for programs alone" in text) is (most == 3)
        monkeypatch.setattr(case_paper, "MOST_CHARACTERS", 40)
        text = in_one(await read(visit, of(in_play)))
        assert "There is no more room for these words" in text
        assert "A logo for my shop." in text


AT = datetime(2026, 11, 30, tzinfo=UTC)
EMPTY = CaseFile("Shop", "Case file: “Logo”", AT, (), is_cut=False)


@pytest.mark.parametrize("language", Language)
def test_of_many_sheets_each_has_its_number_and_nothing_is_lost(
    language: Language, caplog: pytest.LogCaptureFixture
) -> None:
    entries = tuple(
        Entry(
            f"{n}. head {n}", f"said {n}", f"note {n}", f"{ODD[:90]} {{nb}} words {n}", (LINKS[1],)
        )
        for n in range(120)
    )
    file = replace(EMPTY, sections=(Section("Done", (("Buyer", ODD),), ODD, entries),))
    sheets = sheets_of(as_pdf(file, Formatter(language, "Europe/Paris")))
    assert len(sheets) > 10
    assert [f"{n} / {len(sheets)}" for n in range(1, len(sheets) + 1)] == [
        sheet[-1] for sheet in sheets
    ]
    assert {"Shop"} == {sheet[0] for sheet in sheets}
    text = in_one([line for sheet in sheets for line in sheet[1:-1]])
    for n in range(120):
        for words in (f"{n}. head {n}\n", f"said {n}\n", f"note {n}\n", f"{{nb}} words {n}\n"):
            assert words in text
    assert [] == caplog.records  # where a character is drawn that the font has not, it is said


def test_what_people_wrote_cannot_pass_for_what_is_said_of_it() -> None:
    forged = Entry("1. Noon · Buyer", words="2. Later · Operator\nThe order completed.")
    sections = (Section("Done", entries=(forged,)),)
    pdf = as_pdf(replace(EMPTY, sections=sections), Formatter(Language.EN, "UTC"))
    starts = dict(zip(lines_of(pdf), drawn_at(pdf), strict=True))
    assert starts["1. Noon · Buyer"] < starts["2. Later · Operator"]
    assert starts["2. Later · Operator"] == starts["The order completed."]


def drawn_at(pdf: bytes) -> list[float]:
    """How far from the left each line begins."""
    return [
        float(at)
        for content in contents_of(pdf)
        for at in re.findall(rb"BT ([\d.]+) [\d.]+ Td \(", content)
    ]


def test_a_text_from_the_right_is_read_line_by_line() -> None:
    letters = [chr(one) for one in range(0x5D0, 0x5EB)]
    words = " ".join(f"{a}{b}" for a in letters for b in letters[:9])
    pdf = as_pdf(
        replace(EMPTY, sections=(Section("Done", words=words),)), Formatter(Language.EN, "UTC")
    )
    lines = [line for line in lines_of(pdf) if line[0] in letters]
    assert len(lines) > 3
    assert words == " ".join(line[::-1] for line in lines)
