"""The ports that a stack listens on, looked at before anything starts."""

import errno
import secrets
import socket
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace

from embedded.errors import PortTaken

LOOPBACK = "127.0.0.1"

FREE_PORTS = range(16_384, 32_768)
"""Where free ones are taken from: Linux gives those above to connections that go out, of which one
may begin between the look and the server's start."""
TRIES = 100


@dataclass(frozen=True)
class Port:
    """A wish for a port. `number` 0 takes a free one."""

    number: int
    use: str
    option: str
    address: str = LOOPBACK


def claim_ports(*wishes: Port) -> list[int]:
    """Return the numbers to listen on, all different, none of them in use a moment ago.

    Raises:
        PortTaken: names the port, what it is for and the option that chooses another.
    """
    with ExitStack() as held:
        # Held until the last is known, or the system could give out one number twice.
        return [_claim(wish, held) for wish in wishes]


def hidden_loopback() -> str:
    """Return an address of this machine alone, one of sixteen million, that no page can guess.
    Where the system has no more than one, that."""
    hidden = f"127.{secrets.randbelow(255)}.{secrets.randbelow(255)}.{2 + secrets.randbelow(252)}"
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        try:
            listener.bind((hidden, 0))
        except OSError:  # macOS has 127.0.0.1 alone
            return LOOPBACK
    return hidden


def listener_on(port: Port) -> socket.socket:
    """Return a socket that listens.

    Raises:
        PortTaken: names the port, what it is for and the option that chooses another.
    """
    with ExitStack() as held:
        listener = _listener(port, held)
        held.pop_all()
        return listener


def _claim(wish: Port, held: ExitStack) -> int:
    listener = _listener(wish, held) if wish.number else _free_listener(wish, held)
    number: int = listener.getsockname()[1]
    return number


def _free_listener(wish: Port, held: ExitStack) -> socket.socket:
    for _ in range(TRIES):
        with suppress(PortTaken):
            return _listener(replace(wish, number=secrets.choice(FREE_PORTS)), held)
    return _listener(wish, held)  # whichever the system has left


def _listener(wish: Port, held: ExitStack) -> socket.socket:
    listener = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((wish.address, wish.number))
        listener.listen()
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        reason = "is taken" if taken else f"cannot be used: {error.strerror}"
        raise PortTaken(
            f"Port {wish.number} ({wish.use}) {reason}. Choose another with {wish.option}."
        ) from error
    return listener
