"""What a reconciliation found, as a mail to an operator."""

from collections.abc import Iterator, Sequence

from texts.catalogue import Language, msg
from texts.check_advice import OF_KINDS, Advice, advice_of
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
    checks: Sequence[tuple[str, str]] = (),
) -> MailBodies:
    """Write a mail that says how many orders were looked at, how many findings there are about the
    books and between orders and workflows, how much was `unproved`, what is to be done about each
    kind, and what the first of them are. `checks` has which checks found something, and about what;
    where that is not known, each kind is advised of as a whole."""
    formatter = Formatter(language, "UTC")
    counted = {"books": books, "workflows": differing, "proved": unproved}
    told = [
        *([FOUND] if books or differing else []),
        *dict.fromkeys(one.text for one in _advice(counted, checks)),
    ]
    subject = BOOKS_DO_NOT_HOLD if books else ORDERS_DIFFER if differing else NOT_PROVED
    counts = [
        formatter.labelled(msg("Orders looked at"), str(orders)),
        formatter.labelled(msg("Findings about the books"), str(books)),
        formatter.labelled(msg("Findings about orders and their workflows"), str(differing)),
    ]
    if unproved:
        counts.append(formatter.labelled(msg("What was not proved"), str(unproved)))
    return rendered(
        language,
        letterhead,
        subject=formatter.say(subject),
        sections=[Section([formatter.say(one) for one in (*told, BELOW)])],
        details=[*counts, *(one_line(one, LONGEST_FINDING) for one in first)],
        footer=formatter.say(FOOTER),
    )


def _advice(counted: dict[str, int], checks: Sequence[tuple[str, str]]) -> Iterator[Advice]:
    for about in (one for one, n in counted.items() if n):
        known = [advice_of(check, of) for check, of in checks if of == about]
        yield from known or [OF_KINDS[about]]


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
