"""The ports that a stack listens on, looked at before anything starts."""

import errno
import socket
from contextlib import ExitStack
from dataclasses import dataclass

from embedded.errors import PortTaken

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Port:
    """A wish for a port. `number` 0 takes a free one."""

    number: int
    use: str
    option: str


def claim_ports(*wishes: Port) -> list[int]:
    """Return the numbers to listen on, all different, none of them in use a moment ago.

    Raises:
        PortTaken: names the port, what it is for and the option that chooses another.
    """
    with ExitStack() as held:
        # Held until the last is known, or the system could give out one number twice.
        return [_claim(wish, held) for wish in wishes]


def _claim(wish: Port, held: ExitStack) -> int:
    listener = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, wish.number))
        listener.listen()
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        reason = "is taken" if taken else f"cannot be used: {error.strerror}"
        raise PortTaken(
            f"Port {wish.number} ({wish.use}) {reason}. Choose another with {wish.option}."
        ) from error
    number: int = listener.getsockname()[1]
    return number
