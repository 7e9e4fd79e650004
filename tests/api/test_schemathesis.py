"""schemathesis over the whole OpenAPI document, with all checks on: what it allows is taken, what
it forbids is refused, and every answer is one that it describes.

`make fuzz` runs this for longer: see FUZZ_SECONDS, FUZZ_EXAMPLES and FUZZ_SEED below.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from api.auth.tokens import issue
from tests.api.bodies import ENDPOINT
from tests.app_under_test import (
    MEDIATOR,
    SECRET,
    ApiClient,
    AppUnderTest,
    OrderInPlay,
    Person,
    somebody,
)

SEED = os.environ.get("FUZZ_SEED", "20261124")
SECONDS = int(os.environ.get("FUZZ_SECONDS", "0"))
EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "2")
AT_LENGTH = ("offer_service", "place_order", "list_orders", "resolve", "mark_notifications_read")
"""Operations that are tried in every way each time, one for each way to take something. The others
are given their examples, for inventing addresses and time zones takes long; `make fuzz` tries all
of them in every way."""

QUICK = f"""
[[operations]]
exclude-operation-id-regex = "^({"|".join(AT_LENGTH)})"
phases.coverage.enabled = false
"""
EVERYBODY = Person("fuzzer", ("user", "mediator", "operator"))
STATES = ("pending", "in_progress", "delivered", "revision_requested", "revision_refused")


async def bought(api: ApiClient, state: str) -> OrderInPlay:
    """An order of the caller's in a state."""
    seller = somebody("seller")
    in_play = OrderInPlay(api, EVERYBODY, seller, await api.offer(seller))
    body = {"service_id": in_play.service["id"], "brief": "A logo."}
    answer = await api.post("/v1/orders", EVERYBODY, body, key=f"fuzz-{seller.id}")
    in_play.order = answer.json()
    return await in_play.reach(state)


async def sold(api: ApiClient, app: AppUnderTest, state: str) -> OrderInPlay:
    """An order that the caller sells, in a state."""
    in_play = await app.place_order()
    buyer = in_play.buyer
    service = await api.offer(EVERYBODY)
    mine = OrderInPlay(api, buyer, EVERYBODY, service)
    body = {"service_id": service["id"], "brief": "A logo."}
    answer = await api.post("/v1/orders", buyer, body, key=f"fuzz-{buyer.id}")
    mine.order = answer.json()
    return await mine.reach(state)


def write(directory: Path, name: str, values: list[str]) -> None:
    (directory / name).write_text("".join(f"{json.dumps(value)}\n" for value in values))


@pytest.fixture(scope="module")
async def known(app: AppUnderTest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Path]:
    """A directory with the names of what there is, so that not every guess is a miss."""
    directory, api = tmp_path_factory.mktemp("fuzz"), app.api
    await api.top_up(EVERYBODY, 1_000_000)
    orders_in_play = await asyncio.gather(
        *(bought(api, state) for state in STATES), *(sold(api, app, state) for state in STATES)
    )
    disputed = await (await app.place_order()).reach("disputed")
    endpoint = await api.post("/v1/webhook-endpoints", EVERYBODY, ENDPOINT)
    write(directory, "orders", [one.order["id"] for one in (*orders_in_play, disputed)])
    write(directory, "services", [one.service["id"] for one in orders_in_play])
    write(directory, "endpoints", [endpoint.json()["id"]])
    write(directory, "people", [EVERYBODY.id, MEDIATOR.id])
    yield directory
    owner = await asyncpg.connect(app.database_url)
    await owner.execute(
        "DELETE FROM deliveries; DELETE FROM endpoint_tests; DELETE FROM webhook_endpoints"
    )
    await owner.close()


@pytest.fixture
async def api(app: AppUnderTest) -> AsyncIterator[ApiClient]:
    """An API that answers with 202 before the tool has lost its patience."""
    async with app.with_settings(action_wait=5) as opened:
        yield opened


async def schemathesis(
    api: ApiClient, known: Path, repository: Path, phases: str, token: str | None, *options: str
) -> tuple[int, str]:
    """Runs the tool against an API; gives its exit code and output."""
    config = (repository / "tests/api/fuzz.toml").read_text().replace("${FUZZ_DIR}", str(known))
    if token is not None:
        config += f'\n[auth.openapi.HTTPBearer]\nbearer = "{token}"\n'
    if not SECONDS:
        config += QUICK
    file = known / f"{len(phases)}.toml"
    file.write_text(config)
    run = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(file), "run"),
        f"{api.client.base_url}/v1/openapi.json",
        *("--phases", phases, "--seed", SEED, "--continue-on-failure", "--no-color"),
        *("--generation-database", "none", "--warnings", "off", "--workers", "2", *options),
        cwd=known,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(repository),
            "SCHEMATHESIS_HOOKS": "tests.api.fuzz_hooks",
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await run.communicate()
    return run.returncode or 0, said.decode()


@pytest.mark.timeout(300 + 2 * SECONDS)
async def test_the_api_is_what_its_document_says(
    api: ApiClient, known: Path, repository: Path
) -> None:
    token = issue(SECRET, EVERYBODY.id, EVERYBODY.roles)
    longer = ("--max-time", str(SECONDS)) if SECONDS else ()
    phases = "examples,coverage,fuzzing,stateful" if SECONDS else "examples,coverage"
    code, said = await schemathesis(
        api, known, repository, phases, token, "--max-examples", EXAMPLES, *longer
    )
    assert 0 == code, said


async def test_strangers_get_nowhere(api: ApiClient, known: Path, repository: Path) -> None:
    code, said = await schemathesis(api, known, repository, "examples", None)
    assert 0 == code, said
