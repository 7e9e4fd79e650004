"""SQL statements and transactions, read in PostgreSQL's own log."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

STATEMENT = re.compile(r"^(?P<pid>\d+) LOG:  (?:statement|execute [^:]*): (?P<sql>.*)$", re.DOTALL)
BEGINS = re.compile(r"^(BEGIN|START TRANSACTION)\b", re.IGNORECASE)
ENDS = re.compile(r"^(COMMIT|END|ROLLBACK(?! TO)|ABORT)\b", re.IGNORECASE)

Transaction = tuple[str, ...]
"""The statements of one transaction, BEGIN and COMMIT among them: each is a round trip."""


@dataclass(frozen=True)
class Counted:
    """What was asked of the database."""

    statements: int
    transactions: int

    @classmethod
    def of(cls, transactions: Iterable[Transaction]) -> "Counted":
        """Count these transactions and their statements."""
        lengths = [len(one) for one in transactions]
        return cls(sum(lengths), len(lengths))


class StatementLog:
    """PostgreSQL's log while it writes down every statement, read piece by piece.

    The lines begin with the id of the process (`log_line_prefix` is `%p `).
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = path.stat().st_size
        self._open: dict[str, list[str]] = {}

    def new(self) -> list[Transaction]:
        """Return the transactions that have ended since the last look."""
        with self._path.open("rb") as log:
            log.seek(self._read)
            said = log.read()
        whole = said[: said.rfind(b"\n") + 1]
        self._read += len(whole)
        return list(transactions(whole.decode(errors="replace").splitlines(), self._open))


def transactions(lines: Iterable[str], begun: dict[str, list[str]]) -> Iterator[Transaction]:
    """Yield the transactions that end in these lines; `begun` has those that have not, by the id
    of their process, and is kept up."""
    for pid, sql in _statements(lines):
        if pid in begun:
            begun[pid].append(sql)
            if ENDS.match(sql):
                yield tuple(begun.pop(pid))
        elif BEGINS.match(sql):
            begun[pid] = [sql]
        else:
            yield (sql,)


def _statements(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each statement with the id of its process, those of several lines whole."""
    entry: list[str] = []
    for line in [*lines, ""]:
        if line.startswith("\t"):
            entry.append(line)
            continue
        found = STATEMENT.match("\n".join(entry))
        if found:
            yield found["pid"], found["sql"]
        entry = [line]


def without(
    background: Iterable[Transaction], all_of_them: Iterable[Transaction]
) -> list[Transaction]:
    """Return the transactions that are not like any of the background."""
    known = set(background)
    return [one for one in all_of_them if one not in known]
