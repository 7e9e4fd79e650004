"""What `check` sees of money and its owners: whatever the oracles know of it is shown to its own
questions, which were written apart from them."""

import pytest

from db import audit
from tests.db.controls import CONTROLS, Control
from tests.db.market import Owner
from tests.db.oracles import CONSERVATION, EFFECTS, LEDGER
from tests.db.sample import Sample
from tests.db.test_oracles import defenceless, tampered

__all__ = ["defenceless"]

OF_PEOPLE = ("its columns disagree", "its outcome disagrees")
ABOUT_MONEY = [
    control for control in CONTROLS if control.words in {*LEDGER, *EFFECTS, *CONSERVATION}
]
ABOUT_OWNERS = [
    control
    for control in CONTROLS
    if control.words.startswith(OF_PEOPLE) and "deadline_at" not in control.sql
]

_EUROS = "(SELECT id FROM ledger.account WHERE owner = 'euros')"
_TOP_UP = f"(SELECT tx_id FROM ledger.transfer WHERE credit_id = {_EUROS})"
OF_WALLETS = {
    "missing-balance": Control(
        "wallet has lost its balance in EUR",
        f"DELETE FROM ledger.balance WHERE account_id = {_EUROS}",
        subject="wallet of euros",
    ),
    "miscounted-account": Control(
        "wallet was moved 1 times in EUR, its postings say 0 times",
        f"UPDATE ledger.tx SET key = 'gone-' || key WHERE id = {_TOP_UP};"
        f" DELETE FROM ledger.transfer WHERE credit_id = {_EUROS};"
        " DELETE FROM ledger.tx WHERE key LIKE 'gone-%';"
        f" UPDATE ledger.balance SET balance = 0 WHERE account_id = {_EUROS}",
        subject="wallet of euros",
    ),
    "broken-hash": Control(
        "is not what was written",
        f"UPDATE ledger.tx SET key = 'another-key' WHERE id = {_TOP_UP}",
        subject="posting another-key",
    ),
    "postings-without-order": Control(
        "has postings and is not there",
        "DELETE FROM orders WHERE id = '$order'",
        subject="order {}",
    ),
}


async def test_nothing_is_found_in_a_sound_database(tampering: Owner) -> None:
    assert await audit.findings(tampering) == []


@pytest.mark.parametrize("control", [*ABOUT_MONEY, *ABOUT_OWNERS], ids=lambda control: control.name)
async def test_it_is_found(control: Control, defenceless: Owner, sample: Sample) -> None:
    order_id = getattr(sample, control.of).id
    await tampered(defenceless, control.sql, order_id)
    subject = control.subject.format(order_id)
    found = await audit.findings(defenceless)
    assert subject in {one.subject for one in found}, found


@pytest.mark.parametrize(("check", "control"), OF_WALLETS.items(), ids=OF_WALLETS)
async def test_it_is_said_what_is_wrong(
    check: str, control: Control, defenceless: Owner, sample: Sample
) -> None:
    await tampered(defenceless, control.sql, sample.final.id)
    found = await audit.findings(defenceless)
    assert audit.Finding(check, control.subject.format(sample.final.id), control.words) in found
