"""The mail that asks whether an address is somebody's own, and the pages that its link leads to.

Nothing that whoever named the address has typed stands in them: else they would carry anybody's
words to anybody.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from texts.catalogue import Language, msg
from texts.formatter import Formatter
from texts.letterhead import PLAIN, Letterhead
from texts.mail import MailBodies, Section, rendered, template

PATH = "/confirm-email/"
"""Where the pages are, with the link's token behind it."""

SUBJECT = msg("Please confirm your e-mail address")
ASKED = msg(
    "This address was named in the settings of somebody who buys or sells on a marketplace, as the"
    " one at which they want to be told about their orders. The marketplace asks you whether it is"
    " yours."
)
IF_YOURS = msg(
    "If it is, please open the link below and press the button that you find there. From then on"
    " you get e-mails about your orders. The link holds until %(at)s, and once."
)
IF_NOT_YOURS = msg(
    "If it was not you, there is nothing that you need to do: as long as nobody confirms it,"
    " nothing else is sent to this address."
)
FOOTER = msg(
    "You receive this message because somebody asked for it at the marketplace. It carries no words"
    " of theirs, and goes to an address a few times a day at most."
)


class Link(StrEnum):
    """What has become of a link."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    """Just now."""
    USED = "used"
    EXPIRED = "expired"
    VOID = "void"
    """The person has named another address, or none, since."""
    UNKNOWN = "unknown"


ASK_ANEW = msg(
    "To get another link, sign in at the marketplace and ask in your settings for a new"
    " confirmation."
)
PAGES: dict[Link, tuple[str, tuple[str, ...]]] = {
    Link.OPEN: (
        msg("Is this address yours?"),
        (
            msg(
                "You have opened the link of an e-mail that asks whether its address is yours. If"
                " it is, press the button; from then on you get e-mails about your orders."
            ),
            msg("If it is not, close this page: then nothing else is sent to that address."),
        ),
    ),
    Link.CONFIRMED: (
        msg("Your address is confirmed"),
        (msg("From now on you get e-mails about your orders. You can close this page."),),
    ),
    Link.USED: (
        msg("This link has been used"),
        (
            msg(
                "The address was confirmed with it, and there is nothing left to do. If you have"
                " named another address since, confirm that one with the link that was sent to it."
            ),
        ),
    ),
    Link.EXPIRED: (
        msg("This link has expired"),
        (msg("It is too late to confirm the address with it."), ASK_ANEW),
    ),
    Link.VOID: (
        msg("This link does not count any more"),
        (msg("Since it was sent, the settings have named another address, or none."), ASK_ANEW),
    ),
    Link.UNKNOWN: (
        msg("This link is not known here"),
        (
            msg("Perhaps a part of it was lost: please open it just as it stands in the e-mail."),
            ASK_ANEW,
        ),
    ),
}
BUTTON = msg("Yes, this address is mine")


@dataclass(frozen=True)
class LinkPage:
    """Where a link leads: the host that is asking, the address to open and its end (UTC)."""

    host: str
    url: str
    expires_at: datetime


def confirmation_mail(
    link: LinkPage, language: Language, time_zone: str, letterhead: Letterhead = PLAIN
) -> MailBodies:
    """Write the mail that asks whether an address is the reader's."""
    formatter = Formatter(language, time_zone)
    until = formatter.instant(link.expires_at.replace(second=0, microsecond=0))
    paragraphs = (
        formatter.say(ASKED),
        formatter.say(IF_YOURS, {"at": until}),
        formatter.say(IF_NOT_YOURS),
    )
    return rendered(
        language,
        letterhead,
        subject=formatter.say(SUBJECT),
        sections=(Section(paragraphs),),
        link=link.url,
        details=(formatter.labelled(msg("Who asks"), link.host),),
        footer=formatter.say(FOOTER),
    )


def link_page(link: Link, language: Language) -> str:
    """Write the page of a link as HTML, with the button where it still confirms."""
    formatter = Formatter(language, "UTC")
    title, paragraphs = PAGES[link]
    return template("page.html.j2").render(
        language=language,
        title=formatter.say(title),
        paragraphs=[formatter.say(one) for one in paragraphs],
        button=formatter.say(BUTTON) if link is Link.OPEN else None,
    )
