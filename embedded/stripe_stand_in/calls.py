"""What every call of the API passes: whose it is, what goes wrong with it, and its key."""

import json
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from embedded.stripe_stand_in.hooks import Hooks
from embedded.stripe_stand_in.payouts import pay_in_time
from embedded.stripe_stand_in.wire import Json, Refused
from embedded.stripe_stand_in.world import World

OTHER_PARAMS = (
    "Keys for idempotent requests can only be used with the same parameters they were first used"
    " with."
)


NOT_KEPT = (b"x-not-kept", b"yes")
"""Says of an answer that it is not kept under its key: it came to nothing."""


@dataclass(frozen=True)
class Answer:
    """What a call is answered."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    @property
    def is_kept(self) -> bool:
        """Whether it is given again to who asks with the same key."""
        return self.status < 500 and NOT_KEPT not in self.headers

    async def sent(self, send: Send) -> None:
        """Send it."""
        start = {"type": "http.response.start", "status": self.status, "headers": self.headers}
        await send(start)
        await send({"type": "http.response.body", "body": self.body})


def error(refused: Refused) -> Answer:
    """What is answered to a call that is refused."""
    kept = [] if refused.is_kept else [NOT_KEPT]
    headers = [(b"content-type", b"application/json"), *kept]
    return Answer(refused.status, headers, json.dumps(refused.body).encode())


def _name(request: Request) -> str:
    return f"{request.method} {request.url.path}"


async def _hang_up(send: Send) -> None:
    # Less than was announced: the server closes the connection, and nobody has an answer.
    announced = [(b"content-length", b"1000000")]
    await send({"type": "http.response.start", "status": 200, "headers": announced})
    await send({"type": "http.response.body", "body": b"{"})


@dataclass
class Calls:
    """Stands before the API, as an ASGI application round it."""

    app: ASGIApp
    world: World
    hooks: Hooks
    kept: dict[str, tuple[tuple[str, ...], Answer]] = field(default_factory=dict)
    under_way: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.first_keys = tuple(self.world.keys)
        self.first_secrets = tuple(self.hooks.secrets)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a call, or drop it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["path"].startswith("/v1/"):
            await self._api(Request(scope, receive), send)
        else:
            await self.app(scope, receive, send)
            self.tell()

    async def _api(self, request: Request, send: Send) -> None:
        faults, call = self.world.faults, _name(request)
        if faults.outage:
            await _hang_up(send)
            return
        answer = await self._answer(request, await request.body())
        if faults.event_first:
            await self._tell_first()
        if faults.meets("lost_replies", call):
            await _hang_up(send)
        else:
            await answer.sent(send)
        self.tell()

    async def _answer(self, request: Request, body: bytes) -> Answer:
        try:
            self._demand_known(request)
            self._meet_faults(_name(request))
            key = request.headers.get("Idempotency-Key")
            if request.method != "POST" or key is None:
                return await self._run(request.scope, body)
            return await self._once(request, body, key)
        except Refused as refused:
            return error(refused)

    def _demand_known(self, request: Request) -> None:
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if key not in self.world.keys:
            raise Refused("Invalid API Key provided: sk_test_********", status=401)
        if "Stripe-Version" not in request.headers:
            raise Refused("No Stripe-Version.")

    def _meet_faults(self, call: str) -> None:
        faults = self.world.faults
        if faults.meets("rate_limited", call):
            raise Refused("Request rate limit exceeded.", "rate_limit", status=429)
        if faults.meets("broken", call):
            raise Refused("An unknown error occurred.", status=500, kind="api_error")
        if faults.meets("forbidden", call):
            raise Refused("The provided key does not have this permission.", status=403)
        if faults.meets("refused", call):
            raise Refused(faults.refused_with, "not_possible")

    async def _once(self, request: Request, body: bytes, key: str) -> Answer:
        account = request.headers.get("Stripe-Account", "")
        asked = (request.url.path, account, body.decode())
        if key in self.under_way:
            kind = "idempotency_error"
            raise Refused("This key is in use.", "idempotency_key_in_use", status=409, kind=kind)
        if key in self.kept:
            before, answer = self.kept[key]
            if before != asked:
                raise Refused(OTHER_PARAMS, kind="idempotency_error")
            return answer
        self.under_way.add(key)
        try:
            answer = await self._run(request.scope, body)
        finally:
            self.under_way.discard(key)
        if answer.is_kept:
            self.kept[key] = asked, answer
        return answer

    async def _run(self, scope: Scope, body: bytes) -> Answer:
        told: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            told.append(message)

        await self.app(scope, receive, send)
        start, *parts = told
        said = b"".join(part.get("body", b"") for part in parts)
        return Answer(start["status"], list(start["headers"]), said)

    async def _tell_first(self) -> None:
        told, self.world.told = self.world.told, []
        await self.hooks.send_in_turn(told)

    async def begin_anew(self) -> None:
        """Know nothing, as after the start."""
        self.kept.clear()
        self.world.begin_anew(list(self.first_keys))
        await self.hooks.begin_anew(list(self.first_secrets))

    def pay_later(self, payout: Json) -> None:
        """Have a payout paid by itself after a while, where payouts are."""
        if self.world.payouts_after is not None:
            self.hooks.start(self._paid_in_time(payout))

    async def _paid_in_time(self, payout: Json) -> None:
        if await pay_in_time(self.world, payout):
            self.tell()

    def tell(self) -> None:
        """Send what was written down and nobody was sent yet."""
        told, self.world.told = self.world.told, []
        faults = self.world.faults
        if faults.reorder:
            self._gather(told, faults.reorder)
        else:
            self.hooks.send(told * 2 if faults.duplicate else told)

    def _gather(self, told: list[Json], most: int) -> None:
        self.hooks.gathered.extend(told)
        if len(self.hooks.gathered) >= most:
            self.send_gathered()

    def send_gathered(self) -> None:
        """Send what was gathered, the latest first."""
        latest_first, self.hooks.gathered = self.hooks.gathered[::-1], []
        self.hooks.start(self.hooks.send_in_turn(latest_first))
