"""What the last check says of the books, of orders and their workflows, and of itself: each apart,
as the metric `sequestre_findings` has it."""

from collections.abc import Iterator
from datetime import timedelta

from api.pages.console.light import Light
from api.pages.reader import Reader
from db.last_checks import LastCheck
from db.timed_audit import NOT_PROVED
from texts.catalogue import msg
from texts.formatter import Formatter

NIGHTLY = timedelta(hours=30)
"""After so long without a check there is something amiss: one is made every night."""

PAGE = "/console/findings"
BOOKS, WORKFLOWS, CHECK = (
    msg("The books"),
    msg("Orders and their workflows"),
    msg("The check itself"),
)


def checked(checks: list[LastCheck], reader: Reader) -> Iterator[Light]:
    """Give a light for each of the three; for the books alone where nothing was checked yet."""
    formatter = reader.formatter
    if not checks:
        text = formatter.say(msg("not checked yet: that is done every night at 03:00 UTC"))
        yield _light(formatter, "wait", msg("Waits"), BOOKS, text)
        return
    last = checks[0]
    timed_out = any(one.check == NOT_PROVED for one in last.findings)
    yield _about(BOOKS, last.books, last, reader, in_doubt=timed_out)
    yield _about(WORKFLOWS, last.differing, last, reader, in_doubt=last.unproved > 0)
    yield _itself(last, formatter)


def _about(name: str, found: int, last: LastCheck, reader: Reader, *, in_doubt: bool) -> Light:
    formatter = reader.formatter
    counts = {"orders": formatter.number(last.orders), "at": formatter.moment(last.at)}
    if found:
        text = formatter.counted("one finding, %(at)s", "%(n)s findings, %(at)s", found, counts)
        return _light(formatter, "bad", msg("Amiss"), name, text)
    if in_doubt:
        text = formatter.say(msg("not everything was looked at, %(at)s"), counts)
        return _light(formatter, "you", msg("Not proved"), name, text)
    text = formatter.say(msg("%(orders)s orders checked, %(at)s"), counts)
    if reader.now - last.at > NIGHTLY:
        return _light(formatter, "you", msg("Old"), name, text)
    return _light(formatter, "good", msg("Holds"), name, text)


def _itself(last: LastCheck, formatter: Formatter) -> Light:
    counts = {"at": formatter.moment(last.at)}
    if last.unproved:
        text = formatter.counted(
            "one thing was not proved, %(at)s",
            "%(n)s things were not proved, %(at)s",
            last.unproved,
            counts,
        )
        return _light(formatter, "you", msg("Not proved"), CHECK, text)
    text = formatter.say(msg("nothing was left out, %(at)s"), counts)
    return _light(formatter, "good", msg("Whole"), CHECK, text)


def _light(formatter: Formatter, tone: str, state: str, name: str, text: str) -> Light:
    return Light(tone, formatter.say(state), formatter.say(name), text, PAGE)
