"""What came in and went out: found again by whoever has to account for it."""

import hashlib

import httpx
import pytest

from tests.api.assertions import code
from tests.app_under_test import OPERATOR, AppUnderTest, Json, Person, somebody
from tests.contract import eur

NOT_FOUND = (404, "not-found")
INVALID = (422, "invalid-request")


async def moved(
    app: AppUnderTest, what: str, who: Person, amount: int, reference: str | None = None
) -> httpx.Response:
    """The payment provider's word, under a key of its own."""
    body = eur(amount) | ({} if reference is None else {"reference": reference})
    key = f"{what} {who.id} {amount} {reference}"
    return await app.api.post(f"/v1/wallets/{who.id}/{what}", OPERATOR, body, key=key)


async def transfer(app: AppUnderTest, what: str, who: Person, amount: int, *more: str) -> Json:
    answer = await moved(app, what, who, amount, *more)
    assert 201 == answer.status_code, answer.text
    document: Json = answer.json()
    return document


async def listed(app: AppUnderTest, query: str) -> list[Json]:
    answer = await app.api.get(f"/v1/transfers?{query}", OPERATOR)
    assert 200 == answer.status_code, answer.text
    items: list[Json] = answer.json()["items"]
    return items


async def test_a_transfer_is_read_back_as_it_was_answered(app: AppUnderTest) -> None:
    who = somebody("ana")
    made = await transfer(app, "top-ups", who, 700, f"pi/{who.id}")
    read = await app.api.get(f"/v1/transfers/{made['id']}", OPERATOR)
    assert (200, made) == (read.status_code, read.json())
    expected = {
        "kind": "top_up",
        "user_id": who.id,
        "amount": eur(700),
        "balance": eur(700),
        "reference": f"pi/{who.id}",
        "reverses": None,
        "reversed_by": None,
        "reason": None,
        "made_by": OPERATOR.id,
    }
    assert expected == {name: value for name, value in made.items() if name not in ("id", "at")}


async def test_they_are_found_by_person_kind_and_reference(app: AppUnderTest) -> None:
    ana, ben = somebody("ana"), somebody("ben")
    shared, other = f"ref-{ana.id}", f"other-{ana.id}"
    first = await transfer(app, "top-ups", ana, 700, shared)
    second = await transfer(app, "payouts", ana, 200, other)
    third = await transfer(app, "top-ups", ben, 100, shared)
    bare = await transfer(app, "top-ups", ana, 50)
    assert [bare, second, first] == await listed(app, f"user_id={ana.id}")
    assert [third, first] == await listed(app, f"reference={shared}")
    assert [bare, first] == await listed(app, f"user_id={ana.id}&kind=top_up")
    assert [first] == await listed(app, f"user_id={ana.id}&kind=top_up&reference={shared}")
    assert [second] == await listed(app, f"reference={other}&kind=payout")
    assert [] == await listed(app, f"reference={other}&kind=top_up")
    assert [] == await listed(app, "user_id=nobody-knows-them")


async def test_the_list_goes_on_where_it_was_left(app: AppUnderTest) -> None:
    who = somebody("ana")
    made = [await transfer(app, "top-ups", who, amount) for amount in (1, 2, 3)]
    answer = await app.api.get(f"/v1/transfers?user_id={who.id}&limit=2", OPERATOR)
    cursor = answer.json()["next_cursor"]
    rest = await app.api.get(f"/v1/transfers?user_id={who.id}&limit=2&cursor={cursor}", OPERATOR)
    assert made[::-1] == answer.json()["items"] + rest.json()["items"]
    assert rest.json()["next_cursor"] is None


@pytest.mark.parametrize(
    "query",
    [
        *("kind=hold", "kind=gift", "kind=", "user_id=", "user_id=%20ana", "user_id=a%2Fb"),
        *("reference=", "reference=%00", f"reference={'x' * 101}", "reference=%20x", "ref=x"),
        *("cursor=x", "limit=0", "kind=top_up&kind=payout"),
    ],
)
async def test_what_cannot_be_looked_for_is_refused(app: AppUnderTest, query: str) -> None:
    assert INVALID == code(await app.api.get(f"/v1/transfers?{query}", OPERATOR))


@pytest.mark.parametrize("name", ["00000000-0000-0000-0000-000000000000", "1-1", "x", "A" * 36])
async def test_there_is_no_other_transfer(app: AppUnderTest, name: str) -> None:
    assert NOT_FOUND == code(await app.api.get(f"/v1/transfers/{name}", OPERATOR))


@pytest.mark.parametrize("reference", ["", " x", "x ", "\u200b", "a\x00b", "x" * 101, 7])
async def test_a_reference_is_a_name(app: AppUnderTest, reference: object) -> None:
    who = somebody("ana")
    body = {**eur(5), "reference": reference}
    answer = await app.api.post(f"/v1/wallets/{who.id}/top-ups", OPERATOR, body, key=who.id)
    assert INVALID == code(answer)
    assert 0 == await app.api.balance(who)


async def test_another_reference_under_the_same_key_is_another_request(app: AppUnderTest) -> None:
    who, path = somebody("ana"), "/v1/wallets/{}/top-ups"
    bodies: list[Json] = [{**eur(5), "reference": "one"}, {**eur(5), "reference": "two"}, eur(5)]
    answers = [
        await app.api.post(path.format(who.id), OPERATOR, body, key=f"one key {who.id}")
        for body in bodies
    ]
    assert [201, 422, 422] == [one.status_code for one in answers]
    assert 5 == await app.api.balance(who)


@pytest.mark.parametrize("reference", [None, {"reference": None}])
async def test_no_reference_is_what_a_body_was_before_there_were_any(
    app: AppUnderTest, reference: Json | None
) -> None:
    """A release may come between a request and its repetition."""
    who = somebody("ana")
    path = f"/v1/wallets/{who.id}/top-ups"
    first = await app.api.post(path, OPERATOR, eur(5), key=who.id)
    async with app.pool.acquire() as connection:
        kept = await connection.fetchval(
            "SELECT fingerprint FROM idempotency_keys WHERE key = $1", who.id
        )
    again = await app.api.post(path, OPERATOR, eur(5) | (reference or {}), key=who.id)
    assert (201, first.text) == (again.status_code, again.text)
    assert _as_before(path) == kept


def _as_before(path: str) -> bytes:
    return hashlib.sha256(f'POST {path}\n{{"amount":5,"currency":"EUR"}}'.encode()).digest()


async def test_anybodys_wallet_is_read_by_operators(app: AppUnderTest) -> None:
    who = somebody("ana")
    await transfer(app, "top-ups", who, 700, "pi_1")
    own = await app.api.get("/v1/wallet", who)
    entries = await app.api.get("/v1/wallet/entries", who)
    assert own.json() == (await app.api.get(f"/v1/wallets/{who.id}", OPERATOR)).json()
    assert [eur(700)] == own.json()["balances"]
    theirs = await app.api.get(f"/v1/wallets/{who.id}/entries?limit=5", OPERATOR)
    assert entries.json() == theirs.json()
    assert ("pi_1", "Paid in") == (
        theirs.json()["items"][0]["reference"],
        theirs.json()["items"][0]["text"],
    )


async def test_somebody_whom_nobody_knows_has_an_empty_wallet(app: AppUnderTest) -> None:
    answer = await app.api.get("/v1/wallets/never-seen", OPERATOR)
    parts = ("balances", "available", "clearing", "disputed", "receivable")
    nothing: Json = {part: [] for part in parts}
    assert (200, nothing) == (answer.status_code, answer.json())
    entries = await app.api.get("/v1/wallets/never-seen/entries", OPERATOR)
    assert (200, []) == (entries.status_code, entries.json()["items"])
