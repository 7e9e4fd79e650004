"""TypeScript that is generated from the OpenAPI document: what may be left out may be left out in
it, and what is wrong does not compile.

`make typescript` brings the generator and the compiler; without them there is nothing to see here.
"""

import asyncio
import json
import os
import shutil
from pathlib import Path

import pytest

from tests.api.answers import Json

PROGRAM = """
import type { components, operations } from "./api";

type Schemas = components["schemas"];
type Body<Name extends keyof operations> = Pick<operations[Name], "requestBody">;

export const order: Schemas["NewOrder"] = { service_id: "x", brief: "A blue fish." };
export const work: Schemas["Deliver"] = { message: "Here it is." };
export const statement: Schemas["AddStatement"] = { statement: "It is blue." };
export const price: Schemas["PositiveMoney"] = { amount: 2000, currency: "EUR" };
export const service: Schemas["NewService"] = { title: "A logo", price, delivery_time: "P3D" };
export const wishes: Schemas["Wishes"] = {
  language: "fr", email: null, time_zone: "Europe/Paris", channels: { email: false },
};
export const endpoint: Schemas["NewEndpoint"] = { url: "https://marketplace.example/hooks" };
export const first: operations["list_orders"]["parameters"] = {};
export const accept: Body<"accept"> = {};
export const cancel: Body<"cancel"> = {};
export const look: Body<"preview_complete"> = {};
export const rotate: Body<"rotate_webhook_secret"> = {};

export const isShort = (data: Schemas["WebhookData"]): boolean => data.shortened;
export const isTold = (me: Schemas["MeView"]): true => me.channels.in_app;

// @ts-expect-error A delivery says something.
export const nothing: Body<"deliver"> = {};
// @ts-expect-error An order has a brief.
export const empty: Schemas["NewOrder"] = { service_id: "x" };
// @ts-expect-error No such currency.
export const odd: Schemas["PositiveMoney"] = { amount: 1, currency: "XXX" };
// @ts-expect-error Placing an order needs a key.
export const unkeyed: operations["place_order"]["parameters"] = { header: {} };
"""


@pytest.fixture(scope="module")
def tools(repository: Path) -> Path:
    """Where the generator and the compiler are."""
    directory = repository / ".tools/typescript/node_modules/.bin"
    wanted = [directory / "openapi-typescript", directory / "tsc"]
    if shutil.which("node") is None:
        pytest.skip("there is no Node on this machine, which the TypeScript generator runs on")
    if not all(one.exists() for one in wanted):
        pytest.skip("there is no openapi-typescript here: `make typescript` brings it")
    return directory


async def run(directory: Path, *command: str | Path) -> None:
    """Runs a program to its end, which has to be a good one."""
    started = await asyncio.create_subprocess_exec(
        *command,
        cwd=directory,
        env={"PATH": os.environ["PATH"], "HOME": str(directory)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await started.communicate()
    assert 0 == started.returncode, said.decode()


async def test_what_may_be_left_out_may_be_left_out(
    document: Json, tools: Path, tmp_path: Path
) -> None:
    (tmp_path / "openapi.json").write_text(json.dumps(document))
    (tmp_path / "program.ts").write_text(PROGRAM)
    await run(tmp_path, tools / "openapi-typescript", "openapi.json", "--output", "api.d.ts")
    strict = ("--strict", "--noEmit", "--target", "es2022")
    await run(tmp_path, tools / "tsc", *strict, "program.ts")
