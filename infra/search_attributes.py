"""The search attributes that a namespace must know before orders can tell it theirs."""

from collections.abc import Mapping
from contextlib import suppress

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import (
    AddSearchAttributesRequest,
    ListSearchAttributesRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError

from workflows import attributes

KINDS = {
    "Keyword": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    "Datetime": IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
}


class Unregistered(Exception):
    """The namespace lacks search attributes, and this account may not add them. Orders whose
    workflows told them would stand still."""

    def __init__(self, namespace: str, missing: dict[str, str]) -> None:
        commands = "; ".join(
            f"temporal operator search-attribute create --name {name} --type {kind}"
            for name, kind in missing.items()
        )
        super().__init__(
            f"Temporal's namespace {namespace} lacks search attributes that orders are found by,"
            f" and does not let this account add them. Whoever may types: {commands}"
        )


async def missing(client: Client, wanted: Mapping[str, str] = attributes.TYPES) -> dict[str, str]:
    """Return the search attributes that the namespace lacks, with their types.

    Raises:
        RPCError: Temporal does not answer, or refuses to.
    """
    request = ListSearchAttributesRequest(namespace=client.namespace)
    known = await client.operator_service.list_search_attributes(request, retry=True)
    return {name: kind for name, kind in wanted.items() if name not in known.custom_attributes}


async def add_missing(
    client: Client, wanted: Mapping[str, str] = attributes.TYPES
) -> dict[str, str]:
    """Add what the namespace lacks; return it.

    Raises:
        RPCError: Temporal does not answer, or refuses to.
    """
    lacking = await missing(client, wanted)
    if lacking:
        await add(client, lacking)
    return lacking


async def add(client: Client, lacking: Mapping[str, str]) -> None:
    """Have the namespace know search attributes, by their types.

    Raises:
        RPCError: Temporal does not answer, or refuses to.
    """
    request = AddSearchAttributesRequest(
        namespace=client.namespace,
        search_attributes={name: KINDS[kind] for name, kind in lacking.items()},
    )
    await client.operator_service.add_search_attributes(request, retry=True)


async def register(client: Client) -> dict[str, str]:
    """Add what the namespace lacks, before any order needs it; return it. A Temporal that does not
    say what it has is believed to have all: whoever runs it for others may have set it up so.

    Raises:
        Unregistered: it lacks some, and refuses to add them.
    """
    try:
        return await add_missing(client)
    except RPCError as error:
        # Somebody else may have added them meanwhile: several workers start at once.
        if lacking := await _known_to_lack(client):
            raise Unregistered(client.namespace, lacking) from error
        return {}


async def _known_to_lack(client: Client) -> dict[str, str]:
    with suppress(RPCError):
        return await missing(client)
    return {}
