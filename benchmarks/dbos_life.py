"""The peer: the same life on DBOS, in one process, with the same rows in the same PostgreSQL.

Run by `sequestre bench` with the URL of an empty database. Each line on its standard input,
`WAY CLIENTS RAMP SECONDS`, asks for one lap: it says `begun` when the window opens, what it saw
through it, as a line of JSON, when it closes, and `ended` once all lives have. The WAY is how
whoever asked learns of the effect: by a `future` of this process, which another process could not,
or by an `event` of the workflow.
"""

import asyncio
import itertools
import json
import secrets
import sys
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import asyncpg
import uvloop
from dbos import DBOS, AsyncSQLAlchemyDatasource, SetWorkflowID
from sqlalchemy import text

SCHEMA = Path(__file__).with_name("peer.sql")
SAVINGS = 1_000_000_000
PRICE = 2_000
CONNECTIONS = 20
PATIENCE_SECONDS = 60
WINDOW_SECONDS = 7 * 24 * 60 * 60
ACTS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("accept", "seller", {}),
    ("deliver", "seller", {"message": "Here it is."}),
    ("request_revision", "buyer", {"reason": "Bluer, please."}),
    ("refuse_revision", "seller", {"ground": "vague", "reason": "How blue?"}),
    ("complete", "buyer", {}),
)
# As many bytes as an order's document has in the product.
DOCUMENT = json.dumps({"title": "A logo for your shop", "rest": "." * 1_100})
STEP = text("SELECT step(:order_id, :key, :action, :actor, CAST(:doc AS jsonb), :is_last)")


@dataclass
class Peer:
    """The running peer."""

    pool: "asyncpg.Pool[asyncpg.Record]"
    run: str = field(default_factory=lambda: secrets.token_hex(6))
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    effects: dict[str, "asyncio.Future[None]"] = field(default_factory=dict)
    way: str = "future"
    is_open: bool = False
    steps: int = 0
    acts: list[float] = field(default_factory=list)

    async def client(self, number: int, ending: asyncio.Event) -> None:
        """Live one life after the other until told to end."""
        people = {role: f"{role}-{self.run}-{number}" for role in ("buyer", "seller")}
        await self.pool.execute(
            "INSERT INTO balances VALUES ($1, $2) ON CONFLICT DO NOTHING",
            f"wallet {people['buyer']}",
            SAVINGS,
        )
        while not ending.is_set():
            await self.live(people)

    async def live(self, people: Mapping[str, str]) -> None:
        """Play an order's whole life."""
        order_id = await self.place(people)
        self.took("place", 0.0)
        for action, role, fields in ACTS:
            began = time.perf_counter()
            await self.act(order_id, people[role], action, fields)
            self.took(action, time.perf_counter() - began)

    async def place(self, people: Mapping[str, str]) -> str:
        """Place an order and start its workflow; gives its id."""
        order_id = str(uuid.uuid4())
        await self.pool.execute(
            "SELECT place($1, $2, $3, $4, $5, $6)",
            *(people["buyer"], self.key(), order_id, people["seller"], PRICE, DOCUMENT),
        )
        with SetWorkflowID(order_id):
            await DBOS.start_workflow_async(life, order_id)
        return order_id

    async def act(self, order_id: str, who: str, action: str, fields: Mapping[str, str]) -> None:
        """Write a request down, send it to its workflow, wait for its effect, keep the answer."""
        key, asked = self.key(), json.dumps(fields)
        await self.pool.execute("SELECT ask($1, $2, $3, $4, $5)", who, key, order_id, action, asked)
        message = {"key": key, "action": action, "actor": who}
        effect = self.effect_of(key)
        await DBOS.send_async(order_id, message, idempotency_key=key)
        await (effect or DBOS.get_event_async(order_id, key, PATIENCE_SECONDS))
        await self.pool.execute("SELECT answer($1, $2, $3)", who, key, DOCUMENT)

    def effect_of(self, key: str) -> "asyncio.Future[None] | None":
        """Return what is done once a request has taken effect; None where an event tells."""
        if self.way == "event":
            return None
        return self.effects.setdefault(key, asyncio.get_running_loop().create_future())

    def key(self) -> str:
        """Return an idempotency key that nobody has used."""
        return f"peer-{self.run}-{next(self.numbers)}"

    def took(self, step: str, seconds: float) -> None:
        """Take in a step while the window is open."""
        if self.is_open:
            self.steps += 1
            self.acts += [seconds] if step != "place" else []

    async def lap(self, way: str, clients: int, ramp: float, seconds: float) -> None:
        """Let clients live, and say what was seen through the window."""
        self.way, self.steps, self.acts, ending = way, 0, [], asyncio.Event()
        living = [asyncio.create_task(self.client(one, ending)) for one in range(clients)]
        await asyncio.sleep(ramp)
        began, self.is_open = time.perf_counter(), True
        _say("begun")
        await asyncio.sleep(seconds)
        self.is_open = False
        lasted = time.perf_counter() - began
        ending.set()
        _say(json.dumps({"seconds": lasted, "steps": self.steps, "acts": self.acts}))
        await asyncio.gather(*living)
        _say("ended")


peer: Peer
datasource: AsyncSQLAlchemyDatasource


@DBOS.workflow()
async def life(order_id: str) -> None:
    """Take in one request after the other, each written by one transaction."""
    for number, _ in enumerate(ACTS, start=1):
        asked = await next_request()
        await datasource.run_tx_step_async(
            {"name": "step", "isolation_level": "READ COMMITTED"},
            write,
            order_id,
            asked,
            number == len(ACTS),
        )
        await tell(asked["key"])


async def next_request() -> Mapping[str, str]:
    """Wait for the next request. A message that was taken before its notification came wakes the
    next wait for nothing."""
    while (asked := await DBOS.recv_async(timeout_seconds=WINDOW_SECONDS)) is None:
        pass
    received: Mapping[str, str] = asked
    return received


async def tell(key: str) -> None:
    """Tell whoever waits for a request that it has taken effect."""
    waiting = peer.effects.pop(key, None)
    if waiting is None:
        await DBOS.set_event_async(key, True)
    else:
        waiting.set_result(None)


async def write(order_id: str, asked: Mapping[str, str], is_last: bool) -> int:
    """Write a step: order, journal, notices, money and outcome in one transaction."""
    written = await datasource.sql_session().execute(
        STEP, {"order_id": order_id, "doc": DOCUMENT, "is_last": is_last, **asked}
    )
    return int(written.scalar_one())


async def leave_as_it_is(_connection: object) -> None:
    """Leave a session as it is when its connection is given back: nothing here changes one."""


async def main(database_url: str) -> None:
    """Answer each line of standard input with a lap."""
    global peer, datasource  # DBOS knows functions of modules alone
    pool = await asyncpg.create_pool(
        database_url, min_size=CONNECTIONS, max_size=CONNECTIONS, reset=leave_as_it_is
    )
    await pool.execute(SCHEMA.read_text(encoding="utf-8"))
    peer = Peer(pool)
    DBOS(
        config={
            "name": "peer",
            "system_database_url": database_url,
            "sys_db_pool_size": CONNECTIONS,
            "log_level": "ERROR",
        }
    )
    datasource = await AsyncSQLAlchemyDatasource.create(
        database_url, {"pool_size": CONNECTIONS, "max_overflow": 0}
    )
    DBOS.launch()
    _say(json.dumps({"dbos": version("dbos")}))
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        way, clients, ramp, seconds = line.split()
        await peer.lap(way, int(clients), float(ramp), float(seconds))
    DBOS.destroy()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
