"""A running stack seen by its people: what they do over HTTP, and how the answers look in print."""

import asyncio
import itertools
from collections.abc import Iterator, Sized
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from rich.table import Table

from api.auth.tokens import Authority, issue
from cli.demo.fake_servers import FakeMailbox, Marketplace
from cli.terminal import Terminal
from domain.money import in_words

CURRENCY = "EUR"
WIDTH = 48

Json = dict[str, Any]


class UnexpectedAnswer(Exception):
    """The API did not do what the story says."""


@dataclass(frozen=True)
class Person:
    """Somebody in the story."""

    name: str
    authority: Authority = Authority.USER

    @property
    def id(self) -> str:
        """Return their user id."""
        return self.name.lower()


ANA, BEN = Person("Ana"), Person("Ben")
MIA = Person("Mia", Authority.MEDIATOR)
PROVIDER = Person("Provider", Authority.OPERATOR)


@dataclass
class DemoClient:
    """A running stack as the story plays on it. All that it prints comes from the API's answers."""

    client: httpx.AsyncClient
    secret: str
    console: Terminal
    orders: list[str] = field(default_factory=list)
    topped_up: int = 0
    mailbox: FakeMailbox | None = None
    marketplace: Marketplace | None = None
    hooks_url: str = ""
    _silent: bool = False
    _hooks: int = 0
    _mails: int = 0
    _keys: "itertools.count[int]" = field(default_factory=itertools.count)

    async def ask(self, method: str, path: str, who: Person, body: Json | None = None) -> Json:
        """Send one request and return its answer.

        Raises:
            UnexpectedAnswer: it was refused.
        """
        headers = {"Authorization": f"Bearer {issue(self.secret, who.id, [who.authority])}"}
        if method == "POST":
            headers["Idempotency-Key"] = f"demo-{next(self._keys)}"
        answer = await self.client.request(method, path, headers=headers, json=body)
        document: Json = answer.json()
        if answer.status_code not in (httpx.codes.OK, httpx.codes.CREATED):
            raise UnexpectedAnswer(f"{method} {path}: {document.get('detail', document)}")
        return document

    async def top_up(self, who: Person, amount: int) -> None:
        """Report money, in cents, that the payment provider has received for somebody."""
        body = {"amount": amount, "currency": CURRENCY}
        done = await self.ask("POST", f"/v1/wallets/{who.id}/top-ups", PROVIDER, body)
        self.topped_up += done["amount"]["amount"]
        balance = in_words(done["balance"]["amount"], CURRENCY)
        self.console.say(f"  {who.name}'s wallet is topped up and holds {balance}.")

    async def offer(self, seller: Person) -> Json:
        """Offer the service that the story is about."""
        body = {
            "title": "A logo for your shop",
            "price": {"amount": 2000, "currency": CURRENCY},
            "delivery_time": "P3D",
            "extras": [
                {
                    "title": "Source files",
                    "price": {"amount": 500, "currency": CURRENCY},
                    "delivery_time": "P1D",
                }
            ],
        }
        service = await self.ask("POST", "/v1/services", seller, body)
        price = in_words(service["price"]["amount"], CURRENCY)
        self.console.say(f"  {seller.name} offers “{service['title']}” for {price}.")
        return service

    async def place(self, buyer: Person, service: Json) -> Json:
        """Place an order, and pay it into escrow."""
        body = {"service_id": service["id"], "brief": "A blue fish, for a fishmonger's door."}
        order = await self.ask("POST", "/v1/orders", buyer, body)
        self.orders.append(order["id"])
        await self.show(f"{buyer.name} orders “{order['title']}”", order)
        return order

    async def act(self, order: Json, action: str, who: Person, deed: str, **fields: Any) -> Json:
        """Act on the order in somebody's name, and show what came of it."""
        path = f"/v1/orders/{order['id']}/actions/{action}"
        after = await self.ask("POST", path, who, fields or None)
        await self.show(f"{who.name} {deed}", after)
        return after

    @contextmanager
    def quiet(self, silent: bool) -> Iterator[None]:
        """Play the steps inside the block without printing them."""
        self._silent = silent
        try:
            yield
        finally:
            self._silent = False

    async def show(self, deed: str, order: Json) -> None:
        """Print a step: what was done, where the order stands, what follows, where the money is."""
        if self._silent:
            return
        state = order["state"].replace("_", " ")
        self.console.say(f"  {deed:<{WIDTH}} [bold cyan]{state}[/]")
        if order["deadline"]:
            at, follows = order["deadline"]["at"], order["deadline"]["consequence"]
            self.console.say(f"    [dim]after {_clock(at)}: {follows}[/]")
        money = await self.money()
        places = "   ".join(f"{where} {in_words(held, CURRENCY)}" for where, held in money.items())
        self.console.say(f"    [green]{places}[/]")

    async def preview(self, order: Json, action: str, who: Person, **fields: Any) -> None:
        """Print what a button would do, before it is pressed."""
        path = f"/v1/orders/{order['id']}/actions/{action}/preview"
        seen = await self.ask("POST", path, who, fields or None)
        changes = ", ".join(
            f"{account.replace('_', ' ')} {in_words(amount['amount'], CURRENCY)}"
            for account, amount in ((one["account"], one["amount"]) for one in seen["money"])
        )
        self.console.say(f"  {who.name} looks first: [magenta]{seen['state']}[/], {changes}")
        for note in seen["notes"]:
            self.console.say(f"    [dim]{note}[/]")

    async def tell_everybody(self) -> None:
        """Give Ana's and Ben's addresses, and the marketplace's own for webhooks."""
        for who, language, zone in ((ANA, "fr", "Europe/Paris"), (BEN, "en", "UTC")):
            body = {
                "language": language,
                "email": f"{who.id}@example.org",
                "time_zone": zone,
                "channels": {"in_app": True, "email": True},
            }
            said = await self.ask("PUT", "/v1/me", who, body)
            self.console.say(f"  {who.name} reads {said['language']} and has {said['email']}.")
        await self._confirm_addresses()
        if self.marketplace is not None:
            made = await self.ask(
                "POST", "/v1/webhook-endpoints", PROVIDER, {"url": self.hooks_url}
            )
            self.marketplace.secret = made["secret"]
            self.console.say("  The marketplace listens for webhooks.")

    async def _confirm_addresses(self) -> None:
        """Open the links that Ana and Ben get, and press the buttons there.

        Raises:
            UnexpectedAnswer: a mail has not come after half a minute, or its link does not confirm.
        """
        if self.mailbox is None:
            return
        asked = (ANA, BEN)
        await self._arrived(self.mailbox.links, len(asked))
        for link in self.mailbox.links:
            if (await self.client.post(link)).status_code != httpx.codes.OK:
                raise UnexpectedAnswer("the link in a mail does not confirm the address")
        self._mails += len(asked)
        self.console.say("  Both confirm by the link in it that the address is theirs.")

    async def _arrived(self, where: Sized, count: int) -> None:
        """Wait until so many have arrived.

        Raises:
            UnexpectedAnswer: they have not after half a minute.
        """
        try:
            async with asyncio.timeout(30):
                while len(where) < count:
                    await asyncio.sleep(0.1)
        except TimeoutError as error:
            raise UnexpectedAnswer("a mail or a webhook has not arrived") from error

    async def everything_told(self, order: Json) -> None:
        """Wait until what the order's steps had to tell has arrived.

        Raises:
            UnexpectedAnswer: something has not arrived after half a minute.
        """
        if self.marketplace is None or self.marketplace.secret is None or self.mailbox is None:
            return
        events = (await self.ask("GET", f"/v1/orders/{order['id']}/events", ANA))["items"]
        steps = [event["event"] for event in events if event["accepted"]]
        self._hooks += len(steps)
        # Only the one who can still act is reminded; of everything else both are told.
        self._mails += sum(1 if step.endswith("_reminder") else 2 for step in steps)
        await self._arrived(self.marketplace.received, self._hooks)
        await self._arrived(self.mailbox.received, self._mails)

    async def money(self) -> dict[str, int]:
        """Return where all the money is, in cents: both wallets, and by the orders' ledgers the
        escrow and the commission."""
        ana, ben = await self._wallet(ANA), await self._wallet(BEN)
        escrow = commission = 0
        for order_id in self.orders:
            for posting in (await self.ask("GET", f"/v1/orders/{order_id}/ledger", ANA))["items"]:
                amount = posting["amount"]["amount"]
                escrow += amount * (posting["credit"]["kind"] == "escrow")
                escrow -= amount * (posting["debit"]["kind"] == "escrow")
                commission += amount * (posting["credit"]["kind"] == "commission")
        return {"Ana": ana, "escrow": escrow, "Ben": ben, "commission": commission}

    async def _wallet(self, who: Person) -> int:
        balances = (await self.ask("GET", "/v1/wallet", who))["balances"]
        return sum(balance["amount"] for balance in balances)

    async def balance_sheet(self) -> bool:
        """Print where the money ended, and return whether it is all there."""
        table = Table(title="Where the money is", title_justify="left")
        table.add_column("account")
        table.add_column("holds", justify="right")
        money = await self.money()
        for where, held in money.items():
            table.add_row(where, in_words(held, CURRENCY))
        table.add_section()
        total = sum(money.values())
        table.add_row("together", in_words(total, CURRENCY))
        table.add_row("topped up", in_words(self.topped_up, CURRENCY))
        self.console.print(table)
        return total == self.topped_up


def _clock(instant: str) -> str:
    return f"{instant[:10]} {instant[11:19]} UTC"
