"""Whom Stripe pays out: connected accounts, and what it still asks of their owners."""

from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from domain.payments import AccountState
from providers.protocol import PayoutAccount
from providers.stripe.connection import USER, Connection, asked, naming_an_account

if TYPE_CHECKING:
    from stripe.params import AccountCreateParams

UNDER_WAY = ("requirements.pending_verification", "under_review", "listed", "other")
"""Why an account is not paid out though its owner has said all: Stripe is still looking at it."""


class Accounts(Connection):
    """What becomes of the accounts of those who are paid out."""

    async def open_account(self, user_id: str, instead_of: str | None = None) -> PayoutAccount:
        """Return somebody's account, which is opened where they have none, or another one instead
        of one that is gone.

        For a day Stripe knows that it was: whoever keeps its reference does not ask again.
        """
        key = _key_of(user_id, instead_of)
        account = await asked(
            self._stripe.accounts.create_async(_new_account(user_id), {"idempotency_key": key})
        )
        return payout_account(account.to_dict())

    async def find_account(self, reference: str) -> PayoutAccount:
        """Return what state an account is in.

        Raises:
            AccountGone: there is none such.
        """
        with naming_an_account():
            account = await self._stripe.accounts.retrieve_async(reference)
        return payout_account(account.to_dict())

    async def onboarding_url(self, reference: str, return_url: str) -> str:
        """Return where somebody tells Stripe what it asks of them; good once, for minutes.

        Raises:
            AccountGone: there is no such account.
        """
        # Without a key of ours: the same key would give a link that was used already.
        with naming_an_account():
            link = await self._stripe.account_links.create_async(
                {
                    "account": reference,
                    "type": "account_onboarding",
                    "return_url": return_url,
                    "refresh_url": return_url,
                }
            )
        return link.url


def _key_of(user_id: str, instead_of: str | None) -> str:
    # Under the first one's key Stripe would give that again, gone or not.
    after = "" if instead_of is None else f"-after-{instead_of}"
    # It goes in a header, which carries ASCII alone; spelt out, a name beyond that may be too long.
    name = user_id if user_id.isascii() else sha256(user_id.encode()).hexdigest()
    return f"sequestre-account-{name}{after}"


def _new_account(user_id: str) -> "AccountCreateParams":
    return {
        "controller": {
            "fees": {"payer": "application"},
            "losses": {"payments": "application"},
            "requirement_collection": "stripe",
            "stripe_dashboard": {"type": "express"},
        },
        "capabilities": {"transfers": {"requested": True}},
        # Left to itself, Stripe pays an account out every day.
        "settings": {"payouts": {"schedule": {"interval": "manual"}}},
        "metadata": {USER: user_id},
    }


class _Said(BaseModel):
    """A part of what is read of an account: what is null there is as if it were missing."""

    model_config = ConfigDict(hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _without_null(cls, said: Any) -> Any:
        if not isinstance(said, Mapping):
            return said
        return {name: value for name, value in said.items() if value is not None}


class _Complaint(_Said):
    requirement: str
    reason: str = ""


class _Requirements(_Said):
    currently_due: list[str] = Field(default_factory=list)
    past_due: list[str] = Field(default_factory=list)
    disabled_reason: str | None = None
    errors: list[_Complaint] = Field(default_factory=list)


class _Capabilities(_Said):
    transfers: str = "inactive"


class _Account(_Said):
    """What is read of an account, in an answer or in an event."""

    id: str
    details_submitted: bool = False
    payouts_enabled: bool = False
    capabilities: _Capabilities = Field(default_factory=_Capabilities)
    requirements: _Requirements = Field(default_factory=_Requirements)

    @property
    def state(self) -> AccountState:
        if self.payouts_enabled and self.capabilities.transfers == "active":
            return AccountState.ACTIVE
        is_looked_at = not self.asked and self.requirements.disabled_reason in UNDER_WAY
        if not self.details_submitted or is_looked_at:
            return AccountState.PENDING
        return AccountState.RESTRICTED

    @property
    def asked(self) -> tuple[str, ...]:
        why = {one.requirement: f"{one.requirement}: {one.reason}" for one in self._complaints}
        due = dict.fromkeys((*self.requirements.past_due, *self.requirements.currently_due))
        return tuple(why.get(name, name) for name in due)

    @property
    def _complaints(self) -> list[_Complaint]:
        return [one for one in self.requirements.errors if one.reason]


def payout_account(said: Mapping[str, Any]) -> PayoutAccount:
    """Return what Stripe says of an account.

    Raises:
        ValueError: it is no account.
    """
    account = _Account.model_validate(said)
    return PayoutAccount(account.id, account.state, account.asked)
