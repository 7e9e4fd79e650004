"""What was found, as tables that people read."""

from collections.abc import Iterator

from bench.cost import Cost
from bench.figures import Latency
from bench.growth.measure import Grown, Growth
from bench.latency import AtRate, Latencies
from bench.rates import Rate, Rates
from bench.reads import Reads
from bench.replicas import Replicas
from bench.storm import Storm
from bench.tables import Table, figure, spread

PERCENTILES = ("p50 ms", "p95 ms", "p99 ms")


def of_rates(found: Rates) -> list[Table]:
    """Return the table of lives a second."""
    note = (
        f"{found.clients} clients, {found.rounds} rounds of {figure(found.seconds)} s in turn. A"
        " life is place, accept, deliver, request_revision, refuse_revision and complete, each"
        " with its own Idempotency-Key and waited for. The limit is a bare workflow on the same"
        " server with as many signals and activities that do nothing, driven by the Temporal"
        " client alone, without HTTP and without a database. DBOS runs in one process with its"
        " clients, without HTTP, and writes the rows of order, journal, notices, requests, keys"
        " and money into the same PostgreSQL; who waits for an effect is told within the process,"
        " or by the workflow's events, as from another process. Neither the limit nor DBOS checks"
        " who asks or decides by any rules. The milliseconds are those of an action, the placing"
        " aside."
    )
    note += _of_peer(found.peer_version)
    return [
        Table(
            "Lives",
            ("what", "lives/s", "by round", *PERCENTILES),
            [_rate_row(name, rate) for name, rate in found.arms.items()],
            note,
        ),
        Table(
            "Processor time of a life",
            ("what", "ms", "of which"),
            [_cpu_row(name, rate) for name, rate in found.arms.items()],
            "At the greatest rate. Of the limit, client and worker are one process.",
        ),
    ]


def _of_peer(version: str | None) -> str:
    if version is None:
        return " DBOS is left out: it is not installed here; `make bench` brings it."
    return f" DBOS is {version}."


def _rate_row(name: str, rate: Rate) -> tuple[str, ...]:
    by_round = spread(rate.lives_a_second)
    return (name, figure(rate.middle), by_round, *_percentiles(rate.act))


def _cpu_row(name: str, rate: Rate) -> tuple[str, ...]:
    parts = (f"{process} {figure(ms)}" for process, ms in rate.cpu_ms.items())
    return (name, figure(rate.cpu), ", ".join(parts))


def of_latencies(found: Latencies) -> list[Table]:
    """Return the table of latencies at given rates."""
    rows = [
        *(_latency_row("action", one) for one in found.action),
        *(_latency_row("bare signal to effect", one) for one in found.bare),
    ]
    note = (
        "Sent when due, whatever is still under way; the time counts from the instant at which an"
        " action was due. People come at random; the placing of orders is part of the rate, and not"
        " of the count. The greatest rate of each was measured just before. The bare signal is that"
        " of the limit with local activities."
    )
    heads = ("what", "of the greatest rate", "a second", "count", *PERCENTILES)
    return [Table("How long an action takes", heads, rows, note)]


def _latency_row(what: str, at: AtRate) -> tuple[str, ...]:
    rate = figure(at.actions_a_second)
    return (what, f"{at.share:.0%}", rate, str(at.took.count), *_percentiles(at.took))


def _percentiles(took: Latency) -> tuple[str, str, str]:
    return figure(took.p50), figure(took.p95), figure(took.p99)


def of_reads(found: Reads) -> list[Table]:
    """Return the table of reads and pages."""
    rows = [(name, *_percentiles(one.took), figure(one.a_second)) for name, one in found.of.items()]
    heads = ("what", *PERCENTILES, "a second")
    note = (
        f"Percentiles of one reader alone; a second, the answers that {found.at_once} readers at"
        " once get."
    )
    return [Table("Reads and pages", heads, rows, note)]


def of_replicas(found: Replicas) -> list[Table]:
    """Return the tables of one and of two of each process."""
    note = (
        f"{found.clients} clients, {found.rounds} rounds of {figure(found.seconds)} s in turn, on"
        " the same PostgreSQL and Temporal. With two of each, every other client asks the second"
        " API."
    )
    rows = {"one API, one worker": found.one, "two API, two workers": found.two}
    lives = [_rate_row(name, rate) for name, rate in rows.items()]
    cpu = [_cpu_row(name, rate) for name, rate in rows.items()]
    return [
        Table(
            "Two of each process", ("processes", "lives/s", "by round", *PERCENTILES), lives, note
        ),
        Table(
            "Two of each process: processor time of a life", ("processes", "ms", "of which"), cpu
        ),
    ]


def of_cost(found: Cost) -> list[Table]:
    """Return the table of what a life costs."""
    note = (
        f"Counted over {found.lives} lives, one after the other, of people who are sent no mail and"
        " of whom no endpoint hears; without what goes on all the time, and without the statement"
        " that notes once a second which workflows have started. No clock comes into it."
    )
    return [Table("What a life costs", ("a life", "count"), list(_cost_rows(found)), note)]


def _cost_rows(found: Cost) -> Iterator[tuple[str, str]]:
    yield "history events", figure(found.events)
    yield "history bytes", figure(found.history_bytes)
    yield "workflow tasks", figure(found.workflow_tasks)
    yield "SQL statements", figure(found.statements)
    yield "transactions", figure(found.transactions)
    yield "statements inside SQL functions", figure(found.inner_statements)
    yield "bytes of WAL", figure(found.wal_bytes)
    for operation, count in found.calls.items():
        yield f"calls to Temporal: {operation}", figure(count)


def of_storm(found: Storm) -> list[Table]:
    """Return the table of a storm of deadlines."""
    rows = [("action, usual", *_percentiles(found.usual))]
    rows.append(("action, from the instant on", *_percentiles(found.meanwhile)))
    note = (
        f"{found.orders:,} orders run out at one instant, carried out at"
        f" {figure(found.expiries_a_second)} a second to the last of them, beside"
        f" {figure(found.lives_a_second)} lives a second at the greatest rate. People act"
        f" {figure(found.actions_a_second)} times a second, a quarter of that rate (a life is six"
        f" actions), for {figure(found.seconds)} s before any order was placed and from the instant"
        " on."
    )
    return [Table("Deadlines at one instant", ("what", *PERCENTILES), rows, note)]


def of_growth(found: Growth) -> list[Table]:
    """Return the table of everything that is asked, beside each number of stored orders."""
    sizes = sorted(found.of[0].medians)
    heads = ("what", *(f"ms at {size:,}" for size in sizes), "ratio")
    note = (
        f"Medians beside so many orders that have ended and {found.running:,} that run, each number"
        " on a stack of its own, all asked in turn. The ratio is that of the most to the fewest."
    )
    return [Table("As orders grow in number", heads, [_grown_row(one) for one in found.of], note)]


def _grown_row(one: Grown) -> tuple[str, ...]:
    sizes = sorted(one.medians)
    return (one.name, *(figure(one.medians[size]) for size in sizes), figure(one.ratio(sizes[-1])))
