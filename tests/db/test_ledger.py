"""The books: what `ledger.post` writes, once, and what it refuses."""

import itertools
from typing import Any

import asyncpg
import pytest

from db.pool import Connection
from domain.ledger import COMMISSION, WORLD, escrow, wallet
from tests.db.market import PRICE, Json, Owner, ending_key, hold_key, leg, post
from tests.db.sample import Sample

MAX = 10**12
ENDS = ("release", "refund", "split")


async def books(connection: Connection) -> tuple[Any, ...]:
    """Everything that a posting changes."""
    found = await connection.fetchrow(
        "SELECT (SELECT count(*) FROM ledger.tx), (SELECT count(*) FROM ledger.transfer),"
        " (SELECT array_agg((account_id, balance, version, closed) ORDER BY account_id)"
        "  FROM ledger.balance)"
    )
    assert found is not None
    return tuple(found)


async def balance(connection: Connection, owner: str) -> int | None:
    """What the balance row of an owner's only account says; None where there is no row."""
    held: int | None = await connection.fetchval(
        "SELECT balance FROM ledger.balance JOIN ledger.account ON id = account_id"
        " WHERE owner = $1",
        owner,
    )
    return held


def money_in(owner: str, amount: int) -> list[Json]:
    """The legs of a top-up."""
    return [leg(WORLD, wallet(owner), amount)]


# --- what moves --------------------------------------------------------------------------------


async def test_a_posting_moves_its_amount(tampering: Owner) -> None:
    assert await post(tampering, "a-top-up", money_in("ann", 70)) is True
    assert await balance(tampering, "ann") == 70


async def test_legs_move_one_after_the_other(tampering: Owner) -> None:
    legs = [*money_in("ann", 70), leg(wallet("ann"), wallet("bob"), 30)]
    await post(tampering, "a-top-up", legs)
    assert [await balance(tampering, "ann"), await balance(tampering, "bob")] == [40, 30]


async def test_both_sides_of_a_leg_say_what_was_left_after_it(tampering: Owner) -> None:
    await post(tampering, "a-top-up", money_in("ann", 70))
    await post(tampering, "a-gift-of-money", [leg(wallet("ann"), wallet("bob"), 30)])
    rows = await tampering.fetch(
        "SELECT owner, amount, balance_after FROM ledger.entry"
        " JOIN ledger.account ON id = account_id WHERE owner IN ('ann', 'bob')"
        " ORDER BY tx_id, amount"
    )
    assert [tuple(row) for row in rows] == [("ann", 70, 70), ("ann", -30, 40), ("bob", 30, 30)]


async def test_the_largest_amount_moves(tampering: Owner) -> None:
    await post(tampering, "a-top-up", money_in("ann", MAX))
    assert await balance(tampering, "ann") == MAX


@pytest.mark.parametrize("account", [COMMISSION, WORLD], ids=["commission", "world"])
async def test_an_account_without_a_floor_keeps_no_balance(account: Any, tampering: Owner) -> None:
    await post(tampering, "some-posting", [leg(account, wallet("ann"), 70)])
    assert await balance(tampering, account.owner) is None


async def test_a_wallet_has_one_balance_a_currency(tampering: Owner) -> None:
    await post(tampering, "a-top-up", money_in("ann", 70))
    await post(tampering, "a-top-up-in-yen", money_in("ann", 30), currency="JPY")
    rows = await tampering.fetch(
        "SELECT balance FROM ledger.balance JOIN ledger.account ON id = account_id"
        " WHERE owner = 'ann' ORDER BY currency"
    )
    assert [row["balance"] for row in rows] == [70, 30]


# --- once --------------------------------------------------------------------------------------


async def test_the_same_again_is_a_replay_without_effect(tampering: Owner) -> None:
    await post(tampering, "a-top-up", money_in("ann", 70))
    before = await books(tampering)
    assert await post(tampering, "a-top-up", money_in("ann", 70)) is False
    assert await books(tampering) == before


CONTENTS: dict[str, dict[str, Any]] = {
    "amount": {"legs": money_in("ann", 71)},
    "credited account": {"legs": money_in("bob", 70)},
    "debited account": {"legs": [leg(COMMISSION, wallet("ann"), 70)]},
    "debited owner": {
        "legs": [leg(WORLD.model_copy(update={"owner": "elsewhere"}), wallet("ann"), 70)]
    },
    "kind of account": {"legs": [leg(WORLD, COMMISSION.model_copy(update={"owner": "ann"}), 70)]},
    "sides": {"legs": [leg(wallet("ann"), WORLD, 70)]},
    "one leg more": {"legs": [*money_in("ann", 70), *money_in("ann", 1)]},
    "kind": {"legs": money_in("ann", 70), "kind": "payout"},
    "currency": {"legs": money_in("ann", 70), "currency": "USD"},
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
async def test_the_same_key_with_other_content_is_refused(content: Json, tampering: Owner) -> None:
    await post(tampering, "a-top-up", money_in("ann", 70))
    with pytest.raises(asyncpg.PostgresError) as refused:
        await post(tampering, "a-top-up", **content)
    assert refused.value.sqlstate == "LG001"


async def test_another_orders_key_is_refused(tampering: Owner, sample: Sample) -> None:
    key = hold_key(sample.open, "another-line")
    legs = [leg(WORLD, escrow(sample.open.id), 1)]
    await post(tampering, key, legs, kind="hold", order=sample.open)
    broken = await refusal_of(tampering, key, legs, kind="hold", order=sample.disputed)
    assert broken == "key_of_hold"


async def test_a_fingerprint_names_the_order(tampering: Owner) -> None:
    prints = await tampering.fetch(
        "SELECT ledger.fingerprint('hold', id, 'EUR', '[]') AS print FROM orders"
    )
    assert len(prints) == len({row["print"] for row in prints})


async def test_the_same_key_with_the_legs_in_another_order_is_refused(tampering: Owner) -> None:
    legs = [*money_in("ann", 70), *money_in("bob", 30)]
    await post(tampering, "a-top-up", legs)
    with pytest.raises(asyncpg.PostgresError) as refused:
        await post(tampering, "a-top-up", legs[::-1])
    assert refused.value.sqlstate == "LG001"


async def test_names_with_spaces_do_not_hide_other_content(tampering: Owner) -> None:
    await post(tampering, "a-gift-of-money", [*money_in("a wallet b", 70)])
    await post(tampering, "another-gift", [leg(wallet("a wallet b"), wallet("c"), 70)])
    with pytest.raises(asyncpg.PostgresError) as refused:
        await post(tampering, "another-gift", [leg(wallet("a"), wallet("b wallet c"), 70)])
    assert refused.value.sqlstate == "LG001"


async def test_a_refused_posting_leaves_its_key_free(tampering: Owner) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        async with tampering.transaction():
            await post(tampering, "a-payout", [leg(wallet("ann"), WORLD, 70)], kind="payout")
    await post(tampering, "a-top-up", money_in("ann", 70))
    assert await post(tampering, "a-payout", [leg(wallet("ann"), WORLD, 70)], kind="payout") is True


# --- what is refused ---------------------------------------------------------------------------


async def refusal_of(connection: Owner, key: str, legs: list[Json], **more: Any) -> str | None:
    """The constraint that a posting breaks, once it is seen to have left nothing."""
    before = await books(connection)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        async with connection.transaction():
            await post(connection, key, legs, **more)
    assert await books(connection) == before
    return refused.value.constraint_name


async def test_a_wallet_does_not_go_below_zero(tampering: Owner) -> None:
    await post(tampering, "a-top-up", money_in("ann", 70))
    payout = [leg(wallet("ann"), WORLD, 71)]
    assert await refusal_of(tampering, "a-payout", payout, kind="payout") == "no_overdraft"


async def test_an_escrow_does_not_go_below_zero(tampering: Owner, sample: Sample) -> None:
    refund = [leg(escrow(sample.open.id), wallet(sample.open.buyer_id), PRICE + 1)]
    broken = await refusal_of(
        tampering, ending_key(sample.open), refund, kind="refund", order=sample.open
    )
    assert broken == "no_overdraft"


async def test_a_wallet_is_not_below_zero_between_two_legs(tampering: Owner) -> None:
    legs = [leg(wallet("ann"), WORLD, 70), *money_in("ann", 70)]
    assert await refusal_of(tampering, "back-and-forth", legs) == "no_overdraft"


async def test_nothing_is_held_in_a_closed_escrow(tampering: Owner, sample: Sample) -> None:
    legs = [leg(WORLD, escrow(sample.final.id), 1)]
    key = hold_key(sample.final, "another-line")
    broken = await refusal_of(tampering, key, legs, kind="hold", order=sample.final)
    assert broken == "closed_is_empty"


async def test_nothing_passes_through_a_closed_escrow(tampering: Owner, sample: Sample) -> None:
    held = escrow(sample.final.id)
    legs = [leg(WORLD, held, 1), leg(held, wallet("ann"), 1)]
    assert await refusal_of(tampering, "in-and-out-again", legs) == "closed_is_empty"


async def test_an_escrow_with_money_in_it_is_not_closed(tampering: Owner, sample: Sample) -> None:
    legs = [leg(escrow(sample.open.id), wallet(sample.open.seller_id), PRICE - 1)]
    broken = await refusal_of(
        tampering, ending_key(sample.open), legs, kind="release", order=sample.open, closes=True
    )
    assert broken == "closed_is_empty"


@pytest.mark.parametrize("second", ENDS)
@pytest.mark.parametrize("first", ENDS)
async def test_an_order_does_not_end_again_under_another_key(
    first: str, second: str, tampering: Owner, sample: Sample
) -> None:
    half = [leg(escrow(sample.open.id), wallet(sample.open.seller_id), PRICE // 2)]
    key = ending_key(sample.open)
    await post(tampering, key, half, kind=first, order=sample.open)
    broken = await refusal_of(tampering, f"{key}:again", half, kind=second, order=sample.open)
    assert broken == "key_of_end"


@pytest.mark.parametrize("second", ENDS)
@pytest.mark.parametrize("first", ENDS)
async def test_an_order_does_not_end_again_even_if_keys_were_free(
    first: str, second: str, tampering: Owner, sample: Sample
) -> None:
    await tampering.execute("ALTER TABLE ledger.tx DROP CONSTRAINT key_of_end")
    half = [leg(escrow(sample.open.id), wallet(sample.open.seller_id), PRICE // 2)]
    await post(tampering, "the-first-half", half, kind=first, order=sample.open)
    broken = await refusal_of(tampering, "the-other-half", half, kind=second, order=sample.open)
    assert broken == "one_end_per_order"


@pytest.mark.parametrize("kinds", [*itertools.permutations(ENDS, 2)], ids="-".join)
async def test_an_order_does_not_end_in_two_ways_under_its_key(
    kinds: tuple[str, str], tampering: Owner, sample: Sample
) -> None:
    half = [leg(escrow(sample.open.id), wallet(sample.open.seller_id), PRICE // 2)]
    key = ending_key(sample.open)
    await post(tampering, key, half, kind=kinds[0], order=sample.open)
    with pytest.raises(asyncpg.PostgresError) as refused:
        await post(tampering, key, half, kind=kinds[1], order=sample.open)
    assert refused.value.sqlstate == "LG001"


async def test_a_line_is_paid_for_once_whatever_the_key(tampering: Owner, sample: Sample) -> None:
    buyer = wallet(sample.open.buyer_id)
    await post(tampering, "a-top-up", [leg(WORLD, buyer, PRICE)])
    line = sample.open.lines[0]
    key = hold_key(sample.open, line.id) + ":attempt-2"
    legs = [leg(buyer, escrow(sample.open.id), line.price)]
    broken = await refusal_of(tampering, key, legs, kind="hold", order=sample.open)
    assert broken == "key_of_hold"


async def test_nothing_moves_from_an_account_to_itself(tampering: Owner) -> None:
    await post(tampering, "a-top-up", money_in("ann", 70))
    legs = [leg(wallet("ann"), wallet("ann"), 70)]
    assert await refusal_of(tampering, "to-oneself", legs) == "two_accounts"


@pytest.mark.parametrize("amount", [0, -1, MAX + 1, 2**62])
async def test_an_amount_out_of_bounds_is_refused(amount: int, tampering: Owner) -> None:
    legs = [leg(WORLD, COMMISSION, amount)]
    assert await refusal_of(tampering, "a-strange-amount", legs) == "transfer_amount_check"


@pytest.mark.parametrize("amount", [2**63, 0.5, "ten", ""], ids=repr)
async def test_what_is_no_number_of_cents_is_refused(amount: Any, tampering: Owner) -> None:
    legs = [{**leg(WORLD, wallet("ann"), 1), "amount": amount}]
    with pytest.raises(asyncpg.DataError):
        await post(tampering, "a-strange-amount", legs)


@pytest.mark.parametrize("missing", ["amount", "debit", "credit"])
async def test_a_leg_without_all_its_parts_is_refused(missing: str, tampering: Owner) -> None:
    legs = [{name: part for name, part in money_in("ann", 70)[0].items() if name != missing}]
    with pytest.raises(asyncpg.NotNullViolationError):
        await post(tampering, "not-a-whole-leg", legs)


async def test_a_posting_without_legs_is_refused(owner: Owner) -> None:
    with pytest.raises(asyncpg.PostgresError) as refused:
        await post(owner, "nothing-at-all", [])
    assert refused.value.sqlstate == "LG003"
    assert await books(owner) == (0, 0, None)


async def test_an_unknown_kind_of_transaction_is_refused(tampering: Owner, sample: Sample) -> None:
    legs = money_in("ann", 70)
    broken = await refusal_of(tampering, "a-present", legs, kind="gift", order=sample.open)
    assert broken == "tx_kind_check"


async def test_a_currency_that_is_none_is_refused(tampering: Owner) -> None:
    legs = money_in("ann", 70)
    broken = await refusal_of(tampering, "a-top-up", legs, currency="eur")
    assert broken == "account_currency_check"


async def test_a_key_that_is_too_short_is_refused(tampering: Owner) -> None:
    assert await refusal_of(tampering, "short", money_in("ann", 70)) == "tx_key_check"


async def test_a_user_with_a_name_too_long_is_refused(tampering: Owner) -> None:
    legs = money_in("x" * 101, 70)
    assert await refusal_of(tampering, "a-top-up", legs) == "account_owner_check"
