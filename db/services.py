"""Services: what sellers offer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from asyncpg import Record

from db.display_names import name_of
from db.pool import Connection, one_per_external_id
from db.reading import reading
from domain.currencies import is_code
from domain.metadata import as_metadata


@dataclass(frozen=True)
class ServiceExtra:
    """What buyers can add to a service, its price in minor units of the service's currency."""

    id: UUID
    title: str
    price: int
    delivery_time: timedelta


@dataclass(frozen=True)
class Service:
    """What a seller offers, its price in minor units. `revisions_included` is None for any number
    of them; `external_id` and `metadata` are the marketplace's own."""

    id: UUID
    seller_id: str
    title: str
    description: str | None
    price: int
    currency: str
    delivery_time: timedelta
    revision_time: timedelta
    revisions_included: int | None
    extras: Sequence[ServiceExtra]
    external_id: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ServiceRow:
    """A service, which of its versions it is, and when it was read, by the clock that deadlines
    are judged by."""

    service: Service
    version: int
    is_archived: bool
    created_at: datetime
    read_at: datetime


@dataclass(frozen=True)
class OnSale:
    """A service that somebody is about to order, and what the two of them are called."""

    row: ServiceRow
    seller_name: str | None
    buyer_name: str | None


def select_services(*more: str, source: str = "services s") -> str:
    """Return a query for services `s` with all that `service_row` reads, and more columns; of all,
    or of a `source` that names them so."""
    # Lengths of time in seconds: there are intervals that the driver cannot read.
    columns = (
        """s.id, s.seller_id, s.title, s.description, s.price, s.currency, s.revisions_included,
        s.version, s.archived_at IS NOT NULL AS is_archived, s.external_id, s.metadata,
        s.created_at, extract(epoch FROM s.delivery_time)::float8 AS delivery_seconds,
        extract(epoch FROM s.revision_time)::float8 AS revision_seconds,
        moved(clock_timestamp()) AS read_at, coalesce((
        SELECT jsonb_agg(jsonb_build_object(
            'id', e.id, 'title', e.title, 'price', e.price,
            'delivery_seconds', extract(epoch FROM e.delivery_time)) ORDER BY e.position)
        FROM extras e WHERE e.service_id = s.id), '[]'::jsonb) AS extras""",
        *more,
    )
    return f"SELECT {', '.join(columns)} FROM {source} "


async def add(connection: Connection, service: Service) -> ServiceRow:
    """Write a service and its extras, whose ids are the caller's, and return it as it is read.

    Raises:
        ExternalIdTaken: another service has this one's.
    """
    with one_per_external_id():
        await connection.execute(
            "INSERT INTO services (id, seller_id, title, description, price, currency,"
            " delivery_time, revision_time, revisions_included, external_id, metadata)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            service.id,
            service.seller_id,
            *_columns(service),
        )
    await _add_extras(connection, service)
    return cast("ServiceRow", await get(connection, service.id))


def _columns(service: Service) -> tuple[object, ...]:
    """Return what a change may exchange of a service, in the order of its columns."""
    return (
        service.title,
        service.description,
        service.price,
        service.currency,
        service.delivery_time,
        service.revision_time,
        service.revisions_included,
        service.external_id,
        service.metadata,
    )


async def _add_extras(connection: Connection, service: Service) -> None:
    await connection.executemany(
        "INSERT INTO extras (id, service_id, position, title, price, delivery_time)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        [
            (extra.id, service.id, position, extra.title, extra.price, extra.delivery_time)
            for position, extra in enumerate(service.extras)
        ],
    )


async def change(connection: Connection, service: Service) -> ServiceRow:
    """Give a service that is held for changing other terms, and return its next version.

    Raises:
        ExternalIdTaken: another service has the new one.
    """
    with one_per_external_id():
        await connection.execute(
            "UPDATE services SET title = $2, description = $3, price = $4, currency = $5,"
            " delivery_time = $6, revision_time = $7, revisions_included = $8, external_id = $9,"
            " metadata = $10, version = version + 1 WHERE id = $1",
            service.id,
            *_columns(service),
        )
    await connection.execute("DELETE FROM extras WHERE service_id = $1", service.id)
    await _add_extras(connection, service)
    return cast("ServiceRow", await get(connection, service.id))


async def archive(connection: Connection, service_id: UUID) -> ServiceRow:
    """Take a service that is held for changing off the listing; one that is archived stays as it
    is."""
    await connection.execute(
        "UPDATE services SET archived_at = moved(now()), version = version + 1"
        " WHERE id = $1 AND archived_at IS NULL",
        service_id,
    )
    return cast("ServiceRow", await get(connection, service_id))


async def restore(connection: Connection, service_id: UUID) -> ServiceRow:
    """Offer an archived service that is held for changing again; another stays as it is."""
    await connection.execute(
        "UPDATE services SET archived_at = NULL, version = version + 1"
        " WHERE id = $1 AND archived_at IS NOT NULL",
        service_id,
    )
    return cast("ServiceRow", await get(connection, service_id))


async def get(connection: Connection, service_id: UUID) -> ServiceRow | None:
    """Return one service with its extras, or None."""
    row = await connection.fetchrow(select_services() + "WHERE s.id = $1", service_id)
    return service_row(row) if row else None


async def on_sale(connection: Connection, service_id: UUID, buyer_id: str) -> OnSale | None:
    """Return a service as somebody is about to order it, or None."""
    row = await connection.fetchrow(
        select_services(
            f"{name_of('s.seller_id')} AS seller_name", f"{name_of('$2')} AS buyer_name"
        )
        + "WHERE s.id = $1",
        service_id,
        buyer_id,
    )
    return OnSale(service_row(row), row["seller_name"], row["buyer_name"]) if row else None


async def held(connection: Connection, service_id: UUID) -> ServiceRow | None:
    """Return one service that stays as it is until the transaction ends, for changing it; None
    where there is none. Nobody orders it meanwhile."""
    # A statement of its own: one that waits for a change goes on with the new row of the service
    # and with the extras as they were.
    await connection.execute("SELECT FROM services WHERE id = $1 FOR NO KEY UPDATE", service_id)
    return await get(connection, service_id)


def service_row(row: Record) -> ServiceRow:
    """Return a service from a row of `select_services`.

    Raises:
        Spoiled: what is kept of it cannot be read.
    """
    with reading(f"service {row['id']}"):
        if not is_code(row["currency"]):
            raise ValueError("a currency that can be none")
        service = Service(
            id=row["id"],
            seller_id=row["seller_id"],
            title=row["title"],
            description=row["description"],
            price=row["price"],
            currency=row["currency"],
            delivery_time=timedelta(seconds=row["delivery_seconds"]),
            revision_time=timedelta(seconds=row["revision_seconds"]),
            revisions_included=row["revisions_included"],
            extras=[_extra(extra) for extra in row["extras"]],
            external_id=row["external_id"],
            metadata=as_metadata(row["metadata"]),
        )
    return ServiceRow(
        service=service,
        version=row["version"],
        is_archived=row["is_archived"],
        created_at=row["created_at"],
        read_at=row["read_at"],
    )


def _extra(extra: dict[str, Any]) -> ServiceExtra:
    return ServiceExtra(
        id=UUID(extra["id"]),
        title=extra["title"],
        price=extra["price"],
        delivery_time=timedelta(seconds=extra["delivery_seconds"]),
    )
