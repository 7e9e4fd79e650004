"""What a reconciliation found, as a mail to an operator."""

from collections.abc import Sequence

from texts.catalogue import Language, msg
from texts.formatter import Formatter
from texts.letterhead import PLAIN, Letterhead
from texts.mail import MailBodies, Section, rendered
from texts.sanitize import one_line

LONGEST_FINDING = 300
"""In characters: a line of a mail, and no page."""

BOOKS_DO_NOT_HOLD = msg("Séquestre: the nightly check found errors in the books")
ORDERS_DIFFER = msg("Séquestre: the nightly check found orders that need a repair")
NOT_PROVED = msg("Séquestre: the nightly check left something unproved")
UNCHECKED = msg("Séquestre: the nightly check could not look at the books")

FOUND = msg("The nightly check has found something that does not hold.")
ABOUT_BOOKS = msg(
    "Findings about the books say that money, a payment or an order’s row is not what was written."
    " Please stop the API, keep the database as it is, and find out who wrote to it. No command"
    " puts this right."
)
ABOUT_WORKFLOWS = msg(
    "Findings about orders and their workflows can be put right. Please run “sequestre check” to"
    " see what still holds of them, and then “sequestre repair”, which shows what it would do and"
    " does it when it is called with “--apply”."
)
ABOUT_UNPROVED = msg(
    "Some checks took longer than they may: nobody knows whether what they look at holds. All"
    " others were carried out. Please run “sequestre check” with a larger “--budget”, and give"
    " these checks more time in the settings if it happens again."
)
BELOW = msg(
    "The first findings stand below, in the technical words of “sequestre check”, which names all"
    " of them."
)
NOT_LOOKED_AT = msg(
    "The nightly check was given up before it had looked at the books and the orders: nobody knows"
    " whether they hold. Please see whether the database and Temporal answer, and then run"
    " “sequestre check”, which looks at everything at once."
)
FOOTER = msg(
    "You receive this message because you are an operator of this marketplace. In your settings you"
    " can choose not to be told by e-mail."
)


def findings_mail(
    orders: int,
    books: int,
    differing: int,
    first: Sequence[str],
    language: Language,
    unproved: int = 0,
    letterhead: Letterhead = PLAIN,
) -> MailBodies:
    """Write a mail that says how many orders were looked at, how many findings there are about the
    books and between orders and workflows, how many checks were `unproved`, what is to be done
    about each kind, and what the first of them are."""
    formatter = Formatter(language, "UTC")
    told = [
        *([FOUND] if books or differing else []),
        *([ABOUT_BOOKS] if books else []),
        *([ABOUT_WORKFLOWS] if differing else []),
        *([ABOUT_UNPROVED] if unproved else []),
    ]
    subject = BOOKS_DO_NOT_HOLD if books else ORDERS_DIFFER if differing else NOT_PROVED
    counts = [
        formatter.labelled(msg("Orders looked at"), str(orders)),
        formatter.labelled(msg("Findings about the books"), str(books)),
        formatter.labelled(msg("Findings about orders and their workflows"), str(differing)),
    ]
    if unproved:
        counts.append(formatter.labelled(msg("Checks that were not proved"), str(unproved)))
    return rendered(
        language,
        letterhead,
        subject=formatter.say(subject),
        sections=[Section([formatter.say(one) for one in (*told, BELOW)])],
        details=[*counts, *(one_line(one, LONGEST_FINDING) for one in first)],
        footer=formatter.say(FOOTER),
    )


def unchecked_mail(why: str, language: Language, letterhead: Letterhead = PLAIN) -> MailBodies:
    """Write a mail that says that nothing could be looked at, with the error that ended it."""
    formatter = Formatter(language, "UTC")
    return rendered(
        language,
        letterhead,
        subject=formatter.say(UNCHECKED),
        sections=[Section([formatter.say(NOT_LOOKED_AT)])],
        details=[formatter.labelled(msg("Last error"), one_line(why, LONGEST_FINDING))],
        footer=formatter.say(FOOTER),
    )
