"""What is said of a field that cannot be used as it was written."""

from api.pages.fields import MISSING, NOT_A_NUMBER, TOO_EXACT, TOO_LONG, Kind, Shape, Wrong
from domain.currencies import decimals
from domain.identifiers import MAX_IDENTIFIER
from domain.money import MAX_AMOUNT
from domain.text import MAX_LINK, MAX_LINKS
from texts.catalogue import msg
from texts.formatter import Formatter

EMPTY: dict[Kind, str] = {
    Kind.TEXTAREA: msg("Please write something here."),
    Kind.LINE: msg("Please write something here."),
    Kind.PERSON: msg("Please name somebody."),
    Kind.MONEY: msg("Please write an amount."),
    Kind.DURATION: msg("Please write how long."),
    Kind.CHOICE: msg("Please choose one of these."),
    Kind.LINKS: msg("Please add a link."),
    Kind.HIDDEN: msg("It is not clear what this is about. Please start again from the order."),
}
"""What is said where nothing was written, or nothing that can be seen."""

UNUSABLE = msg("This cannot be used. Please look at it again.")
"""What is said where nobody has thought of what is wrong."""

_NO_AMOUNT = msg("Please write the amount in digits, such as %(example)s.")
_NO_SUCH_PARTS = msg("Please write the amount without smaller parts than %(example)s has.")
_NO_LENGTH = msg("Please write a number, and choose days or hours.")
_YEAR = msg("Please choose a time between one second and 366 days.")
_LONG_TEXT = msg("Please shorten this to %(limit)s characters.")
_LINK = msg("Each link has to be a whole web address, such as %(link)s.")
_NAME = msg("This is no user id. Please look it up again.")
_NUL = msg("There is a character in this that cannot be kept. Please type it anew.")

SAID: dict[tuple[Kind, str], str] = {
    (Kind.MONEY, NOT_A_NUMBER): _NO_AMOUNT,
    (Kind.MONEY, TOO_EXACT): _NO_SUCH_PARTS,
    (Kind.MONEY, "greater_than_equal"): msg("The amount has to be more than nothing."),
    (Kind.MONEY, "less_than_equal"): msg("The amount can be %(most)s at most."),
    (Kind.DURATION, NOT_A_NUMBER): _NO_LENGTH,
    (Kind.DURATION, TOO_EXACT): msg("Please write the number with two decimals at most."),
    (Kind.DURATION, TOO_LONG): _YEAR,
    (Kind.DURATION, "must be between one second and one year"): _YEAR,
    (Kind.CHOICE, "enum"): EMPTY[Kind.CHOICE],
    (Kind.LINKS, TOO_LONG): msg("There can be %(links)s links at most."),
    (Kind.LINKS, "string_too_long"): msg("A link can have %(limit)s characters at most."),
    (Kind.LINKS, "must not contain control characters"): _LINK,
    (Kind.LINKS, "must be an http or https URL"): _LINK,
    (Kind.LINKS, "must have something that can be seen"): _LINK,
    (Kind.LINKS, "string_too_short"): _LINK,
    **{
        (kind, said): EMPTY[kind]
        for kind in (Kind.TEXTAREA, Kind.LINE)
        for said in ("must have something that can be seen", "string_too_short")
    },
    **{(kind, "string_too_long"): _LONG_TEXT for kind in (Kind.TEXTAREA, Kind.LINE, Kind.PERSON)},
    **{
        (kind, "must not contain the NUL character"): _NUL
        for kind in (Kind.TEXTAREA, Kind.LINE, Kind.LINKS)
    },
    **{
        (Kind.PERSON, said): _NAME
        for said in (
            "must not contain the NUL character",
            "must not begin or end with a space",
            "must not contain anything that cannot be seen, but plain spaces inside",
            "must not contain a slash",
            "must not be . or .., which no address can carry",
            "string_too_short",
        )
    },
}
"""By how the field is asked for and what is wrong with it. What a page itself puts into a hidden
field is always said by `EMPTY`."""

_A_LINK = "https://example.org/logo.zip"
_LIMITS = {Kind.LINKS: MAX_LINK, Kind.PERSON: MAX_IDENTIFIER}
_EXAMPLE_UNITS = 12


def said_of(shape: Shape, wrong: Wrong, formatter: Formatter, currency: str) -> str:
    """Say what is wrong with a field."""
    if wrong.kind == MISSING or shape.kind is Kind.HIDDEN:
        return formatter.say(EMPTY[shape.kind])
    example = _EXAMPLE_UNITS * 10 ** decimals(currency)
    return formatter.say(
        SAID.get((shape.kind, wrong.kind), UNUSABLE),
        {
            "limit": formatter.number(shape.limit or _LIMITS.get(shape.kind, 0)),
            "link": _A_LINK,
            "links": formatter.number(MAX_LINKS),
            "example": formatter.money(example, currency),
            "most": formatter.money(MAX_AMOUNT, currency),
        },
    )
