"""What a story file may say. Unknown words are refused, with those that there are."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from domain.currencies import decimals, is_known
from domain.duration import DAY, Duration
from domain.identifiers import Identifier
from domain.money import Money
from domain.vocabulary import Action, Code, Role, State

PLACE = "place"
DEEDS = [PLACE, *Action]
"""What a person can do in a story."""

PLACES = ("escrow", "commission")
"""Where money can be besides in people's wallets."""

OF_A_STEP = {"after", "order", "service", "as", "extras", "says", "look", "expect"}
UNITS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400}
FARTHEST = 4_000 * DAY

_AMOUNT = re.compile(r"([+-]?)(\d{1,9})(?:\.(\d+))? ([A-Z]{3})")
_LENGTH = re.compile(rf"(\d{{1,7}}) ({'|'.join(UNITS)})s?")


def money(value: Any) -> Any:
    """Return an amount such as `16.00 EUR` or `-5.00 EUR` in minor units; what is none is left to
    the next who checks.

    Raises:
        ValueError: it has the wrong number of digits, or no such currency.
    """
    found = _AMOUNT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return value
    sign, units, rest, currency = found.groups(default="")
    if not is_known(currency) or len(rest) != (places := decimals(currency)):
        raise ValueError(f"is no amount in {currency}, such as {_such_as(currency)}")
    amount = int(units) * 10**places + int(rest or 0)
    return Money(amount=-amount if sign == "-" else amount, currency=currency)


def _such_as(currency: str) -> str:
    return str(Money(amount=1600, currency=currency if is_known(currency) else "EUR"))


def _amount(value: Any) -> Any:
    found = money(value)
    if not isinstance(found, Money):
        raise ValueError("must be an amount such as 16.00 EUR")
    return found


def length(value: Any) -> Any:
    """Return ISO 8601 for a length of time such as `7 days`; anything else is left as it is."""
    found = _LENGTH.fullmatch(value) if isinstance(value, str) else None
    return f"PT{int(found[1]) * UNITS[found[2]]}S" if found else value


def _ahead(value: Any) -> timedelta:
    found = re.fullmatch(r"PT(\d+)S", str(length(value)))
    if found is None or not timedelta() < (ahead := timedelta(seconds=int(found[1]))) <= FARTHEST:
        raise ValueError("must be a length of time such as 7 days, 48 hours or 1 minute")
    return ahead


Amount = Annotated[Money, BeforeValidator(_amount)]
Ahead = Annotated[timedelta, BeforeValidator(_ahead)]
TimeNeeded = Annotated[Duration, BeforeValidator(length)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _no_word_of_a_step(name: str) -> str:
    if name in OF_A_STEP or name in PLACES:
        raise ValueError("is a word of the story's own; somebody has to be called something else")
    return name


Name = Annotated[Identifier, AfterValidator(_no_word_of_a_step)]


Setting = Literal[
    "acceptance_window",
    "review_window",
    "revision_answer_window",
    "decision_window",
    "cancellation_answer_window",
    "offer_window",
    "ruling_window",
    "holding_limit",
    "commission_bps",
    "decision_expiry",
]


class Person(_Part):
    """Somebody in the story; their key is their user id."""

    role: Literal["user", "mediator", "operator"] = "user"
    name: str | None = None
    language: Literal["fr", "en"] | None = None
    time_zone: str | None = None
    email: str | None = None


class ExtraSold(_Part):
    """Something that can be bought beside a service."""

    title: str
    price: Amount
    delivery_time: TimeNeeded


class ServiceSold(_Part):
    """A service, and who sells it."""

    seller: str
    title: str
    price: Amount
    delivery_time: TimeNeeded
    description: str | None = None
    revision_time: TimeNeeded | None = None
    revisions_included: int | None = None
    extras: Sequence[ExtraSold] = ()


class Expected(_Part):
    """What must hold after a step. Money is what each gained or lost by it."""

    state: State | None = None
    by: Literal["buyer", "seller", "mediator", "operator", "deadline"] | None = None
    cause: str | None = None
    late: bool | None = None
    waits_for: Role | None = None
    money: dict[str, Amount] = {}
    told: dict[str, Sequence[str]] = {}
    orders: dict[str, State] = {}
    refused: Code | None = None


class Step(_Part):
    """Somebody does something, or time goes by."""

    who: str | None = None
    does: str | None = None
    after: Ahead | None = None
    order: str | None = None
    service: str | None = None
    named: str | None = Field(default=None, alias="as")
    extras: Sequence[str] = ()
    says: str | None = None
    look: bool = False
    expect: Expected = Expected()
    fields: dict[str, Any] = {}
    line: int = 0
    """Where it stands in its file."""

    @model_validator(mode="after")
    def _is_something(self) -> "Step":
        if (self.after is None) == (self.who is None):
            raise ValueError("needs one person who does something (`ana: accept`), or `after`")
        if self.does not in (None, *DEEDS):
            raise ValueError(f"`{self.does}` cannot be done; possible are {', '.join(DEEDS)}")
        if (self.does == PLACE) != (self.service is not None):
            raise ValueError(f"`service` goes with `{PLACE}`, and only with it")
        return self


class Scene(_Part):
    """A part of the story."""

    scene: str
    steps: Sequence[Step] = Field(min_length=1)


class Story(_Part):
    """A whole story file."""

    story: str
    people: dict[Name, Person] = Field(min_length=1)
    wallets: dict[str, Amount] = {}
    services: dict[str, ServiceSold] = {}
    policy: dict[Setting, str] = {}
    """Of a stack that is started for the story."""
    scenes: Sequence[Scene] = Field(min_length=1)
