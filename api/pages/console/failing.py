"""How many messages to an endpoint fail, in words."""

from datetime import datetime

from db.console import FailingEndpoint
from texts.catalogue import msg
from texts.formatter import Formatter


def in_words(one: FailingEndpoint, formatter: Formatter) -> str:
    """Say how many are tried again, and when next where that is known; and how many were given
    up."""
    said = []
    if one.waiting:
        said.append(_tried_again(one.waiting, one.next_attempt, formatter))
    if one.given_up:
        said.append(
            formatter.counted(
                "one message was given up", "%(n)s messages were given up", one.given_up
            )
        )
    return ", ".join(said)


def _tried_again(n: int, following: datetime | None, formatter: Formatter) -> str:
    text = formatter.counted("one message is tried again", "%(n)s messages are tried again", n)
    if following is None:
        return text
    at = {"text": text, "at": formatter.moment(following)}
    return formatter.say(msg("%(text)s, next try %(at)s"), at)
