"""One attempt at telling one operator, as the activities make it."""

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities import operators
from activities.email import EmailChannel
from activities.operators import OperatorActivities, ToOperator
from activities.reconciliation import Reconciled
from tests.app_under_test import PATIENCE_SECONDS
from tests.notifications.conftest import Town

FOUND = Reconciled(orders=2, books=0, differing=1, first=("order 1: is lost",))


async def attempt(
    town: Town,
    user_id: str,
    channel: EmailChannel | None = None,
    seconds: float = PATIENCE_SECONDS,
    found: Reconciled = FOUND,
) -> str | None:
    """One attempt at one operator, always in the same run."""
    activities = OperatorActivities(town.pool, channel or town.channel(), seconds)
    why: str | None = await ActivityEnvironment().run(
        activities.tell_operator, ToOperator(user_id=user_id, found=found)
    )
    return why


async def failed(town: Town, seconds: float = PATIENCE_SECONDS) -> str:
    """Why an attempt at ana has to be made again; neither it nor its causes hold an address."""
    with pytest.raises(ApplicationError) as e:
        await attempt(town, "ana", seconds=seconds)
    assert (e.value.__cause__, e.value.__context__) == (None, None)
    assert "example.org" not in repr(e.value.args)
    return str(e.value)


async def test_an_attempt_made_again_has_the_same_id_and_each_person_another(town: Town) -> None:
    for who in ("ana", "ben"):
        await town.says(who, roles=("operator",))
    for who in ("ana", "ana", "ben"):
        assert await attempt(town, who) is None
    ids = [str(mail.message["Message-ID"]) for mail in town.office.mails]
    assert ids[0] == ids[1] != ids[2]
    run_id = ActivityEnvironment.default_info().workflow_run_id
    assert all(one.startswith(f"<reconciliation-{run_id}-") for one in ids)
    assert not [one for one in ids if "ana" in one or "ben" in one]


async def test_a_night_that_saw_nothing_has_a_mail_of_its_own(town: Town) -> None:
    await town.says("ana", roles=("operator",))
    blind = Reconciled(orders=0, books=0, differing=0, unchecked="the database did not answer")
    assert await attempt(town, "ana", found=blind) is None
    (mail,) = town.office.mails
    assert "Last error: the database did not answer" in mail.body("plain")


async def test_a_server_that_is_not_there_or_has_no_time(town: Town) -> None:
    await town.says("ana", roles=("operator",))
    town.office.answers = {"RCPT": "450 4.2.1 <ana@example.org> is busy"}
    assert await failed(town) == "the mail server refused the recipient: 450 4.2.1"
    town.office.awake.clear()
    assert await failed(town, seconds=0.2) == "the mail server did not answer in time"
    await town.office.close()
    assert await failed(town) == "the mail server could not be reached"


async def test_who_cannot_be_told_is_not_tried_again(town: Town) -> None:
    await town.says("ana", by_email=False)
    await town.says("ben")
    town.office.unknown = {"ben@example.org"}
    assert await attempt(town, "ana") == "mails have been switched off"
    assert await attempt(town, "ben") == "the mail server refused the recipient: 550 5.1.1"
    assert await attempt(town, "nobody") == "there is no address any more"


async def test_an_error_of_our_own_says_nothing(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("ana@example.org")

    monkeypatch.setattr(operators, "findings_mail", broken)
    await town.says("ana", roles=("operator",))
    assert await failed(town) == "an error of our own (ValueError)"
