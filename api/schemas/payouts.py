"""The documents of payments out of wallets, and of the accounts that they go to."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from api.schemas.provider_silence import ProviderSilence
from documents.base import Document
from domain.actions import PositiveMoney
from domain.money import Money
from domain.payments import AccountState, PayoutState
from domain.text import Title
from domain.web_address import ReturnUrl


class AskedPayout(PositiveMoney):
    """An amount that the caller wants paid out to their account at the payment provider."""


class OtherPayoutsView(Document):
    """Payouts that nobody approved and that a later one of the same wallet was added to."""

    amount: Money = Field(description="What they come to.")
    count: int
    since: datetime = Field(description="When the first of them was asked for.")


class ApprovalView(Document):
    """Why a second person has to approve a payout, or had to."""

    above: Money = Field(description="What can be paid out without anybody's approval.")
    others: OtherPayoutsView | None = Field(
        description="What was paid out before, or is under way, of what was asked for in the 24"
        " hours before this one and nobody approved: together they are more. Null where this one is"
        " more by itself."
    )


class PayoutView(Document):
    """A payment out of a wallet, and what became of it."""

    id: UUID
    user_id: str
    amount: Money
    state: PayoutState
    approval: ApprovalView | None = Field(
        description="Why a second person has to approve it, as it was when it was asked for; null"
        " where nobody has to."
    )
    approved_by: str | None = Field(
        description="Who approved it, where a second person had to; for those who operate."
    )
    attempts: int = Field(description="How often the payment provider was asked to pay it.")
    reference: str | None = Field(description="As the payment provider calls it.")
    reason: str | None = Field(
        description="Why it was not paid, came back or was refused; or what keeps it."
    )
    created_at: datetime
    ended_at: datetime | None
    recovered: Money = Field(
        description="How much of what came back has paid what its owner owed (`recovery`)."
    )
    silence: ProviderSilence | None = Field(
        description="Since when the payment provider does not say what becomes of it, and why; for"
        " those who operate."
    )


class NewRefusal(Document):
    """Why a payout is not approved; its owner reads it."""

    reason: Title = Field(examples=["We have asked you for an invoice."])


class NewAccount(Document):
    """Where the caller goes after they have told the provider what it asks of them."""

    return_url: ReturnUrl = Field(examples=["https://marketplace.example.org/wallet"])


class PayoutAccountView(Document):
    """Whether the payment provider pays the caller out."""

    state: AccountState
    asked: list[str] = Field(description="What the provider still asks of them, in its words.")


class OnboardingView(PayoutAccountView):
    """The same, and where they tell the provider what it asks of them: for minutes, and once."""

    url: str
