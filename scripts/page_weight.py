"""How much a first look at the order page loads, by type, and how long its first byte takes.

Beside a running stack: `python -m scripts.page_weight --data-dir .sequestre-demo` prints the bytes
as they go over the wire (compressed) and the median of the first byte's milliseconds.
"""

import argparse
import asyncio
import re
import statistics
import time
from collections import Counter
from pathlib import Path
from urllib.parse import quote

import httpx

from api.auth.tokens import issue
from cli.demo.market_progress import kept_progress
from embedded.stack_file import StackInfo, read_stack

LOADS = 50
PAGE = "/orders/{tea-room-logo}"
BUYER = "camille"
OTHERS = {
    BUYER: ["/orders", "/wallet", "/services", "/inbox", PAGE + "/actions/complete"],
    "ines": ["/disputes", "/disputes/{choir-logo}"],
    "nadia": ["/console", "/console/orders", "/console/orders/{tea-room-logo}"],
}
ROLES = {BUYER: ["user"], "ines": ["mediator"], "nadia": ["operator"]}
_LOADED = re.compile(r'<(?:link|script)[^>]*?(?:href|src)="(/assets/[^"]+)"')


async def wire_bytes(client: httpx.AsyncClient, path: str) -> tuple[str, int, str]:
    """Return what a file is, how many bytes its body has on the wire, and its text."""
    async with client.stream("GET", path) as answer:
        answer.raise_for_status()
        raw = b"".join([part async for part in answer.aiter_raw()])
        kind = answer.headers["Content-Type"].partition(";")[0]
    return kind, len(raw), (await client.get(path)).text if kind == "text/html" else ""


async def weight(client: httpx.AsyncClient, path: str) -> Counter[str]:
    """Return the bytes of a page and of all that it loads at once, by type."""
    kind, size, html = await wire_bytes(client, path)
    found = Counter({kind: size})
    for address in dict.fromkeys(_LOADED.findall(html)):
        kind, size, _ = await wire_bytes(client, address)
        found[kind] += size
    return found


async def first_byte(client: httpx.AsyncClient, path: str, loads: int) -> float:
    """Return the median of the milliseconds until a page's answer begins."""
    taken = []
    for _ in range(loads):
        began = time.perf_counter()
        async with client.stream("GET", path) as answer:
            taken.append((time.perf_counter() - began) * 1000)
            answer.raise_for_status()
            await answer.aread()
    return statistics.median(taken)


async def measure(stack: StackInfo, orders: dict[str, str], loads: int) -> None:
    """Print the weight of the order page, and the first bytes of it and of others."""
    for who, paths in OTHERS.items():
        async with httpx.AsyncClient(base_url=stack.api_url, trust_env=False, timeout=30) as client:
            token = issue(stack.jwt_secret, who, ROLES[who], int(time.time() * 1000) % 86_400 + 60)
            await client.get(f"/session?token={quote(token)}")
            if who == BUYER:
                print_weight(await weight(client, PAGE.format_map(orders)))
                paths = [PAGE, *paths]
            for path in paths:
                median = await first_byte(client, path.format_map(orders), loads)
                print(f"first byte {median:7.1f} ms  {path}")  # noqa: T201 - a command's output


def print_weight(found: Counter[str]) -> None:
    """Print a page's bytes, by type."""
    for kind, size in [*found.most_common(), ("in all", found.total())]:
        print(f"{size / 1000:7.1f} kB  {kind}")  # noqa: T201 - a command's output


def main() -> None:
    """Measure the stack of a data directory that `sequestre up --demo` has filled."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, default=Path(".sequestre-demo"))
    parser.add_argument("--loads", type=int, default=LOADS)
    options = parser.parse_args()
    progress = kept_progress(options.data_dir)
    if progress is None:
        raise SystemExit(f"{options.data_dir} holds no marketplace: sequestre up --demo fills one")
    orders = {name: order["id"] for name, order in progress.orders.items()}
    asyncio.run(measure(read_stack(options.data_dir), orders, options.loads))


if __name__ == "__main__":
    main()
