"""Whom the market's steps are sent to."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from db import deliveries, people, webhooks
from db.deliveries import Delivery
from db.pool import Pool
from domain.order import Order

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqr"


@dataclass(frozen=True)
class Audience:
    """People who said how they want to be told, and the marketplace's endpoints."""

    pool: Pool

    async def person(
        self,
        user_id: str,
        *roles: str,
        email: str | None = "{}@example.test",
        by_email: bool = True,
        is_confirmed: bool = True,
    ) -> None:
        """Somebody with a confirmed address, who wants e-mails unless told otherwise."""
        async with self.pool.acquire() as connection:
            await people.put(
                connection,
                user_id,
                language="en",
                email=email and email.format(user_id),
                by_email=by_email,
                time_zone="UTC",
                roles=roles,
                is_confirmed=is_confirmed,
            )

    async def endpoint(self, events: Sequence[str] | None = None) -> UUID:
        """An endpoint that wants these events, or all."""
        number = uuid4()
        async with self.pool.acquire() as connection:
            await webhooks.add(
                connection, number, "https://shop.example/orders", events, SECRET, "olga"
            )
        return number

    async def disable(self, endpoint: UUID) -> None:
        """Nothing more for this endpoint."""
        async with self.pool.acquire() as connection:
            await webhooks.disable(connection, endpoint, "by hand")

    async def enable(self, endpoint: UUID) -> None:
        """It is told again."""
        async with self.pool.acquire() as connection:
            await webhooks.enable(connection, endpoint)

    async def deliveries(self, order: Order, seq: int) -> list[Delivery]:
        """What a step had written down to be sent."""
        async with self.pool.acquire() as connection:
            return await deliveries.of_step(connection, UUID(order.id), seq)

    async def written_to(self, order: Order, seq: int) -> list[tuple[str | None, str | None]]:
        """Who gets an e-mail of a step, and as what."""
        found = await self.deliveries(order, seq)
        return sorted((d.user_id, d.role) for d in found if d.channel == "email")

    async def posted_to(self, order: Order, seq: int) -> set[UUID | None]:
        """The endpoints that hear of a step; each once."""
        found = [d.endpoint_id for d in await self.deliveries(order, seq) if d.endpoint_id]
        assert len(found) == len(set(found))
        return set(found)
