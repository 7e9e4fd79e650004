"""What tests read of an order: its documents, its money, its journal."""

from datetime import datetime, timedelta
from typing import Any

from tests.app_under_test import Json, OrderInPlay

EXTRA, SECOND_EXTRA = 0, 1


class _Instant:
    """Equal to every instant in RFC 3339 and UTC."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and other.endswith("Z") and bool(instant(other))

    def __repr__(self) -> str:
        return "an instant in UTC"

    __hash__ = None  # type: ignore[assignment]  # stands for many values


INSTANT = _Instant()


class At(_Instant):
    """Equal to the texts of one instant."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def __eq__(self, other: object) -> bool:
        return super().__eq__(other) and instant(str(other)) == self._at

    def __repr__(self) -> str:
        return self._at.isoformat()


def instant(text: str) -> datetime:
    """An instant of a document."""
    return datetime.fromisoformat(text)


def later(text: str, **length: float) -> datetime:
    """So many days, hours or seconds after an instant of a document."""
    return instant(text) + timedelta(**length)


def code(answer: Any) -> tuple[int, str]:
    """How a request was refused: status and code."""
    return answer.status_code, answer.json().get("code")


def extra_id(in_play: OrderInPlay, number: int = EXTRA) -> Json:
    """The body that buys one of the service's extras."""
    return {"extra_id": in_play.service["extras"][number]["id"]}


async def wallets(in_play: OrderInPlay) -> tuple[int, int]:
    """What the buyer's and the seller's wallets hold, in cents."""
    return await in_play.api.balance(in_play.buyer), await in_play.api.balance(in_play.seller)


async def ledger(in_play: OrderInPlay) -> list[str]:
    """The order's postings, such as `hold: buyer → escrow 2000`."""
    path = f"/v1/orders/{in_play.order['id']}/ledger"
    answer = await in_play.api.get(path, in_play.buyer)
    assert answer.status_code == 200, answer.text
    names = {
        ("wallet", in_play.buyer.id): "buyer",
        ("wallet", in_play.seller.id): "seller",
        ("escrow", in_play.order["id"]): "escrow",
        ("commission", "platform"): "commission",
    }
    return [
        f"{one['kind']}: {_account(names, one['debit'])} → {_account(names, one['credit'])}"
        f" {one['amount']['amount']}"
        for one in answer.json()["items"]
    ]


def _account(names: dict[tuple[str, str], str], account: Json) -> str:
    return names[account["kind"], account["owner"]]


async def journal(in_play: OrderInPlay) -> list[str]:
    """The order's events, such as `seller: accept → in_progress`, or with `✗` and the code."""
    return [line(event) for event in await in_play.api.events(in_play.order, in_play.buyer)]


def line(event: Json) -> str:
    """An event in one line."""
    end = f"→ {event['state']}" if event["accepted"] else f"✗ {event['code']}"
    return f"{event['actor']['role']}: {event['action']} {end}"
