"""A notice as an e-mail: plain text and HTML with the same sentences."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape

from domain.order import Order
from domain.order_texts import OrderTexts
from domain.text import MAX_TITLE
from domain.vocabulary import State
from texts.catalogue import Language, msg
from texts.formatter import Formatter
from texts.letterhead import PLAIN, Letterhead
from texts.notices import NoticeText
from texts.sanitize import one_line

MAX_SUBJECT = 250
"""In characters: a title of the longest, and what stands before it."""

STATES: dict[State, str] = {
    State.PENDING: msg("waiting to be accepted"),
    State.IN_PROGRESS: msg("in progress"),
    State.DELIVERED: msg("delivered"),
    State.REVISION_REQUESTED: msg("revision requested"),
    State.REVISION_REFUSED: msg("revision refused"),
    State.DISPUTED: msg("in dispute"),
    State.COMPLETED: msg("completed"),
    State.CANCELLED: msg("cancelled"),
    State.SETTLED: msg("settled"),
}

FOOTER = msg(
    "You receive this message because you are the buyer or the seller of this order, or look after"
    " it as a mediator or an operator. In your settings you can choose not to be told by e-mail."
)

GATHERED = msg(
    "Several things have happened on this order since our last message. They stand below, oldest"
    " first; where the order stands now, and what you can do, is said of the last."
)
TO_THE_ORDER = msg("Open this order:")
UPDATES = msg("%(count)s updates")

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
    undefined=StrictUndefined,
    trim_blocks=True,
    keep_trailing_newline=True,
)


@dataclass(frozen=True)
class Section:
    """Paragraphs of a mail, and what stands above them."""

    paragraphs: Sequence[str]
    heading: str = ""


@dataclass(frozen=True)
class MailBodies:
    """The subject, on one line and without control characters, and the two bodies."""

    subject: str
    text: str
    html: str


def mail(
    notice: NoticeText,
    order: Order,
    words: OrderTexts,
    language: Language,
    letterhead: Letterhead = PLAIN,
) -> MailBodies:
    """Write the notice as a mail of its own, with the order's title, state and id below it."""
    sections = (Section(notice.paragraphs),)
    return _of_order(sections, notice.title, order, words, language, letterhead)


def gathered_mail(
    notices: Sequence[NoticeText],
    order: Order,
    words: OrderTexts,
    language: Language,
    letterhead: Letterhead = PLAIN,
) -> MailBodies:
    """Write several notices of an order as one mail, in their order, each below what it is called;
    title, state and id of the order, as it is after the last, stand below them all."""
    formatter = Formatter(language, "UTC")
    sections = [Section((formatter.say(GATHERED),))]
    sections += [Section(one.paragraphs, one_line(one.title, MAX_SUBJECT)) for one in notices]
    count = formatter.say(UPDATES, {"count": str(len(notices))})
    title = formatter.quoted(one_line(words.title, MAX_TITLE))
    subject = formatter.say(msg("%(label)s: %(text)s"), {"label": count, "text": title})
    return _of_order(sections, subject, order, words, language, letterhead)


def _of_order(
    sections: Sequence[Section],
    subject: str,
    order: Order,
    words: OrderTexts,
    language: Language,
    letterhead: Letterhead,
) -> MailBodies:
    formatter = Formatter(language, "UTC")
    link = letterhead.link_to(order.id)
    return rendered(
        language,
        letterhead,
        subject=one_line(subject, MAX_SUBJECT),
        sections=sections,
        details=(
            formatter.labelled(msg("Order"), one_line(words.title, MAX_TITLE)),
            formatter.labelled(msg("Status"), formatter.say(STATES[order.state])),
            formatter.labelled(msg("Number"), order.id),
        ),
        footer=formatter.say(FOOTER),
        link=link,
        leads_to=formatter.say(TO_THE_ORDER) if link else "",
    )


def rendered(
    language: Language,
    letterhead: Letterhead,
    *,
    subject: str,
    sections: Sequence[Section],
    details: Sequence[str],
    footer: str,
    link: str | None = None,
    leads_to: str = "",
) -> MailBodies:
    """Put sentences into both templates; the details are lines below the paragraphs, and a link (an
    address of our own, or of the marketplace's) stands between them, below what it `leads_to`."""
    content = {
        "language": language,
        "subject": subject,
        "sections": sections,
        "link": link,
        "leads_to": leads_to,
        "details": details,
        "footer": footer,
        "closing": letterhead.closing,
    }
    return MailBodies(
        subject=subject,
        text=template("notice.txt.j2").render(content),
        html=template("notice.html.j2").render(content),
    )


def template(name: str) -> Template:
    """Return a template; what is put into one for HTML is escaped."""
    return _TEMPLATES.get_template(name)
