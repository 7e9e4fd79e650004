"""What the last looks at the books and the workflows found, for those who come to see it later."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from db.audit import Finding, Proof
from db.pool import Connection
from db.reading import reading

Kind = Literal["nightly", "full"]
"""The look of a night, at what changed; or that of `sequestre check`, at everything."""

KEPT = 200
"""Findings that are kept of a look; `sequestre check` names all of them."""


@dataclass(frozen=True)
class KeptFinding(Finding):
    """A finding, and what it is about: `books`, `workflows` or what was not `proved`."""

    about: str


@dataclass(frozen=True)
class LastCheck:
    """The last look of a kind: when it ended (UTC), at how many orders it looked, how much of it
    did not hold or was not proved, and the first findings."""

    kind: Kind
    at: datetime
    orders: int
    books: int
    differing: int
    unproved: int
    findings: tuple[KeptFinding, ...]

    @property
    def found(self) -> int:
        """Return how many findings there were."""
        return self.books + self.differing + self.unproved


async def note(connection: Connection, kind: Kind, proof: Proof) -> None:
    """Keep what a look found, in place of what the one before of its kind did."""
    kept = [
        KeptFinding(one.check, one.subject, one.problem, about)
        for about, one in proof.by_subject[:KEPT]
    ]
    await connection.execute(
        "INSERT INTO last_checks (kind, orders, books, differing, unproved, findings)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (kind) DO UPDATE"
        " SET at = moved(clock_timestamp()), orders = excluded.orders, books = excluded.books,"
        " differing = excluded.differing, unproved = excluded.unproved,"
        " findings = excluded.findings",
        kind,
        proof.orders,
        len(proof.books),
        len(proof.differing),
        len(proof.blind),
        [asdict(one) for one in kept],
    )


async def read(connection: Connection) -> list[LastCheck]:
    """Return the last look of each kind, the latest first.

    Raises:
        Spoiled: what is kept of one cannot be read.
    """
    rows = await connection.fetch(
        "SELECT kind, at, orders, books, differing, unproved, findings FROM last_checks"
        " ORDER BY at DESC"
    )
    return [_read(dict(row)) for row in rows]


def _read(values: dict[str, Any]) -> LastCheck:
    with reading(f"the last {values['kind']} check"):
        findings = tuple(KeptFinding(**one) for one in values.pop("findings"))
        return LastCheck(**values, findings=findings)
