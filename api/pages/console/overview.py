"""The operators' home: what needs a person, by severity, and how the machinery does."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from api.pages.console.checked import checked
from api.pages.console.failing import in_words
from api.pages.console.light import Light
from api.pages.console.payment_words import PERSON
from api.pages.console.words import NEEDS, TONES, Payment
from api.pages.reader import Reader
from db.console import MOST, Frozen, Needing, Overview
from db.last_checks import LastCheck
from db.needs import Need
from domain.payments import PayoutState
from infra.routing import Crew, unserved_percent
from texts.catalogue import msg
from texts.formatter import Formatter


@dataclass(frozen=True)
class Tile:
    """A number that needs a person; tone "" where it is zero."""

    n: str
    label: str
    text: str
    href: str
    tone: str


@dataclass(frozen=True)
class Machinery:
    """What was asked of the parts beside the database: whether Temporal answers, and which share of
    the orders, in percent, it gives to workers that are not there."""

    temporal: bool
    unserved: float = 0

    @classmethod
    def found(cls, crews: list[Crew] | None, alive: Collection[str]) -> "Machinery":
        """Return it as Temporal says (None: it says nothing), of workers with a fresh heartbeat."""
        return cls(crews is not None, unserved_percent(crews or (), alive))


def needing(found: Overview, checked: LastCheck | None) -> int:
    """Return how many things need a person."""
    failing = sum(one.count for one in found.endpoints)
    findings = checked.found if checked else 0
    of_payments = found.unmatched + found.unapproved
    return sum(one.count for one in found.needs.values()) + failing + findings + of_payments


def tiles(
    found: Overview, checks: list[LastCheck], reader: Reader, *, takes_payments: bool
) -> list[Tile]:
    """Return a tile for each kind of need, the worst first; of payments only where a provider takes
    some, or took them."""
    formatter = reader.formatter
    of_orders = [_of_need(found, need, reader) for need in Need]
    has_some = takes_payments or found.frozen.count or found.unmatched or found.unapproved
    of_payments = [_of_frozen(found.frozen, reader), *_of_payments(found, formatter)]
    others = [_of_deliveries(found, formatter), _of_findings(checks, formatter)]
    return [*of_orders, *(of_payments if has_some else ()), *others]


def _of_frozen(found: Frozen, reader: Reader) -> Tile:
    formatter, text = reader.formatter, ""
    if found.count:
        largest_first = sorted(found.money.items(), key=lambda one: -one[1])
        amounts = " + ".join(formatter.money(amount, code) for code, amount in largest_first)
        text = formatter.say(msg("%(amounts)s in escrow"), {"amounts": amounts})
        text = ", ".join(filter(None, (text, _since(found, reader))))
    label = formatter.say(msg("Orders whose payment is disputed"))
    href = f"/console/orders?payment={Payment.DISPUTED}"
    tone = "ice" if found.count else ""
    return Tile(counted(formatter, found.count), label, text, href, tone)


def _of_payments(found: Overview, formatter: Formatter) -> Iterator[Tile]:
    label, n = formatter.say(msg("Payments that match nothing")), found.unmatched
    text = formatter.say(msg("within the last seven days")) if n else ""
    href = f"/console/provider-events?outcome={PERSON}"
    yield Tile(formatter.number(n), label, text, href, "bad" if n else "")
    label, n = formatter.say(msg("Payouts that wait for approval")), found.unapproved
    href = f"/console/payouts?state={PayoutState.REQUESTED}"
    yield Tile(counted(formatter, n), label, "", href, "you" if n else "")


def _of_need(found: Overview, need: Need, reader: Reader) -> Tile:
    formatter, one = reader.formatter, found.needs.get(need)
    since = _since(one, reader) if one else ""
    number = counted(formatter, one.count if one else 0)
    tone = TONES[need] if one else ""
    return Tile(number, formatter.say(NEEDS[need]), since, f"/console/orders?need={need}", tone)


def _since(one: Needing, reader: Reader) -> str:
    if one.since is None:
        return ""
    words = msg("for %(time)s") if one.count == 1 else msg("the first for %(time)s")
    return reader.formatter.say(words, {"time": reader.formatter.left(reader.now - one.since)})


def counted(formatter: Formatter, n: int) -> str:
    """Write a count that ends at a bound."""
    number = formatter.number(n)
    return formatter.say(msg("%(n)s or more"), {"n": number}) if n >= MOST else number


def _of_deliveries(found: Overview, formatter: Formatter) -> Tile:
    label, n = formatter.say(msg("Messages that fail")), sum(one.count for one in found.endpoints)
    text = ""
    if found.endpoints:
        since = formatter.moment(min(one.since for one in found.endpoints))
        text = formatter.counted(
            "one endpoint, since %(since)s",
            "%(n)s endpoints, since %(since)s",
            len(found.endpoints),
            {"since": since},
        )
    return Tile(formatter.number(n), label, text, "/console/deliveries", "you" if n else "")


def _of_findings(checks: list[LastCheck], formatter: Formatter) -> Tile:
    label, href = formatter.say(msg("Findings of the last check")), "/console/findings"
    if not checks:
        return Tile("0", label, formatter.say(msg("not checked yet")), href, "")
    last = checks[0]
    n, text = formatter.number(last.found), formatter.moment(last.at)
    return Tile(n, label, text, href, "bad" if last.found else "")


def lights(
    found: Overview, checks: list[LastCheck], asked: Machinery, reader: Reader
) -> list[Light]:
    """Return how each part of the machinery does."""
    return [
        _workers(found, asked, reader.formatter),
        _temporal(found, asked, reader.formatter),
        *_webhooks(found, reader.formatter),
        *checked(checks, reader),
    ]


def _light(formatter: Formatter, *, works: bool, name: str, text: str, href: str = "") -> Light:
    state = formatter.say(msg("Works") if works else msg("Fails"))
    return Light("good" if works else "bad", state, formatter.say(name), text, href)


def _workers(found: Overview, asked: Machinery, formatter: Formatter) -> Light:
    text = formatter.counted("one worker is alive", "%(n)s workers are alive", found.workers)
    if not found.workers:
        text = formatter.say(msg("no worker has said in the last ten seconds that it lives"))
    elif asked.unserved:
        share = {"share": formatter.percent(asked.unserved / 100)}
        text = formatter.say(
            msg("%(share)s of the orders go to a build that has no worker; promote one that has"),
            share,
        )
    works = found.workers > 0 and not asked.unserved
    return _light(formatter, works=works, name=msg("API and workers"), text=text)


def _temporal(found: Overview, asked: Machinery, formatter: Formatter) -> Light:
    if not asked.temporal:
        text = formatter.say(msg("Temporal does not answer; what is asked meanwhile is kept"))
    elif found.undecided:
        text = formatter.counted(
            "one request waits to be decided",
            "%(n)s requests wait to be decided",
            found.undecided,
        )
    else:
        text = formatter.say(msg("nothing waits to be decided"))
    name = msg("Temporal and PostgreSQL")
    return _light(formatter, works=asked.temporal, name=name, text=text)


def _webhooks(found: Overview, formatter: Formatter) -> Iterator[Light]:
    href = "/console/deliveries"
    if not found.endpoints:
        text = formatter.say(msg("no message fails"))
        yield _light(formatter, works=True, name=msg("Webhooks"), text=text, href=href)
    for one in found.endpoints:
        host = urlsplit(one.url).hostname or one.url
        name = formatter.say(msg("Webhook to %(host)s"), {"host": host})
        yield Light(
            "bad",
            formatter.say(msg("Fails")),
            name,
            in_words(one, formatter),
            f"{href}/{one.id}",
        )
