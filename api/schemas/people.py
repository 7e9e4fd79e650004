"""The documents of what people are told, and of how they want to be. Unknown fields are refused."""

from datetime import datetime
from functools import cache
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, ConfigDict, Field, StrictBool, StringConstraints
from pydantic.config import JsonDict

from api.auth.tokens import Authority
from api.schemas.base import NextCursor, Page
from documents.base import Document
from domain.address import EmailAddress
from domain.display_name import DisplayName
from domain.vocabulary import Role, State
from texts.catalogue import Language

MOST_COUNTED = 1_000
"""How many unread notices are counted."""

NO_PLACE = {"Factory", "localtime", "posixrules"}
"""What lies beside the zones on some machines, and means another thing on each."""

ZONE: JsonDict = {
    "format": "iana-time-zone",
    "pattern": "^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$",
}
NUMBER = "^(0|[1-9][0-9]{0,17})$"


@cache
def known_zones() -> frozenset[str]:
    return frozenset(available_timezones() - NO_PLACE)


def _known(zone: str) -> str:
    if zone not in known_zones():
        raise ValueError("must be the name of a time zone, such as Europe/Paris")
    return zone


TimeZone = Annotated[
    str,
    StringConstraints(strict=True, max_length=100),
    AfterValidator(_known),
    Field(
        examples=["Europe/Paris"],
        description="A name of the IANA time zone database.",
        json_schema_extra=ZONE,
    ),
]


class WishedChannels(Document):
    """How to be told. Everybody has the inbox."""

    in_app: Literal[True] = True
    email: StrictBool = Field(description="Nothing is sent while there is no address.")


class Wishes(Document):
    """How somebody wants to be told, in place of all that was said before, and their name."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "language": "fr",
                "email": "ana@example.org",
                "time_zone": "Europe/Paris",
                "channels": {"email": True},
            }
        }
    )

    language: Language
    email: EmailAddress | None = Field(
        description="Null: none. Another one than before has to be confirmed first: a mail with a"
        " link goes there."
    )
    time_zone: TimeZone
    channels: WishedChannels
    name: DisplayName | None = Field(
        default=None,
        description="What others read that the caller is called. Left out: it stays as it is. Null:"
        " the name of their token, if it has one. The last word counts, also where the marketplace"
        " gave the name.",
        examples=["Ana Silva"],
    )


class SetUp(Document):
    """Who somebody is and how they are told, as the marketplace knows it. What is left out stays as
    it is."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "name": "Ana Silva",
                "email": "ana@example.org",
                "language": "fr",
                "time_zone": "Europe/Paris",
                "channels": {"email": True},
            }
        }
    )

    name: DisplayName | None = Field(
        default=None,
        description="What others read that they are called. Null: the name of their token, if it"
        " has one.",
        examples=["Ana Silva"],
    )
    email: EmailAddress | None = Field(
        default=None,
        description="Null: none. It needs no confirmation by its owner: who sets it answers for"
        " it.",
        examples=["ana@example.org"],
    )
    language: Language | None = Field(default=None, description="Null: as it is.")
    time_zone: TimeZone | None = Field(default=None, description="Null: as it is.")
    channels: WishedChannels | None = Field(
        default=None,
        description="Null: as they are; by e-mail, if nothing was known of them and an address is"
        " given.",
    )


class Channels(Document):
    """How somebody is told."""

    in_app: Literal[True]
    email: bool


class PersonView(Document):
    """Somebody as the service knows them."""

    user_id: str = Field(examples=["ana"])
    name: str | None = Field(
        description="Given by themselves or the marketplace, the last of them, or else by their"
        " token; null: none.",
        examples=["Ana Silva"],
    )
    email: str | None = Field(examples=["ana@example.org"])
    email_confirmed: bool | None = Field(
        description="Whether the address was confirmed by its owner or an operator; until then"
        " nothing is mailed to it but the question whether it is theirs. Null: no address.",
        examples=[True],
    )
    time_zone: str = Field(examples=["Europe/Paris"], json_schema_extra=ZONE)
    channels: Channels


class MeView(PersonView):
    """The caller as the service knows them."""

    roles: list[Authority] = Field(description="As in the caller's token.")
    language: Language


class UserView(PersonView):
    """Somebody as the service knows them, to those who look after them."""

    roles: list[Authority] = Field(
        description="As their tokens showed them, if they have come by within the last 24 hours"
        " and have said how to be told."
    )
    language: Language | None = Field(
        description="Null: nobody has said; they read notices in the language of their program."
    )


class NotificationView(Document):
    """A step of an order or a message on it, told to one reader: in their language and their time
    zone, of the order as it was after the step, or when the message was written. Or something of
    their wallet (`wallet.reversed`, `wallet.recovered`, `wallet.disputed`, `wallet.dispute_won`,
    `wallet.dispute_lost`), which is of no order: then what speaks of one is null."""

    id: str = Field(examples=["4711"])
    order_id: UUID | None
    seq: int | None = Field(
        description="The step's entry in the order's journal; null: it tells of a message, or of"
        " the wallet.",
        examples=[5],
    )
    message_id: str | None = Field(
        description="The `id` of the message that it tells of, if it does.", examples=[None]
    )
    event: str = Field(examples=["order.revision_refused"])
    role: Role | None = Field(description="In what capacity the reader is told.")
    at: datetime
    state: State | None = Field(description="Where the order stood after the step.")
    order_title: str | None = Field(examples=["A logo for your shop"])
    title: str = Field(examples=["The seller will not do this revision"])
    text: list[str] = Field(
        description="Paragraphs: what happened, what can be done until when, and what follows.",
        examples=[["If you do nothing, the order completes on 30 November 2026 at 10:00 UTC."]],
    )
    read_at: datetime | None


Unread = Annotated[
    int,
    Field(description=f"How many are unread; more than {MOST_COUNTED} are not counted."),
    Field(examples=[1]),
]


class NotificationPage(Page[NotificationView]):
    """A part of the inbox, newest first, and how many of all its notices are unread."""

    next_cursor: NextCursor | None = Field(examples=["NDcxMQ=="])
    unread: Unread


class UpTo(Document):
    """The newest of the notices that have been read."""

    up_to: Annotated[str, StringConstraints(strict=True, pattern=NUMBER)] = Field(
        description="The `id` of a notice.", examples=["4711"]
    )


class UnreadView(Document):
    """What is left to read."""

    unread: Unread
