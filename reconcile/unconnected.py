"""Payments that are under way at a provider that is not connected: nobody carries them on."""

from db import unconnected_payments
from db.audit import Finding
from db.pool import Pool, connection
from db.unconnected_payments import AtAnother
from domain.operator_text import counted

CHECK = "provider-not-connected"


async def unconnected(pool: Pool, connected: str) -> list[Finding]:
    """Return what stands still since the provider at which it is under way is not the one that is
    `connected`.

    Raises:
        Unavailable: the database does not answer.
    """
    async with connection(pool) as acquired:
        found = await unconnected_payments.at_others(acquired, connected)
    return [Finding(CHECK, f"provider {one.provider}", _problem(one, connected)) for one in found]


def _problem(one: AtAnother, connected: str) -> str:
    counts = {"payment": one.pay_ins, "payout": one.payouts, "dispute": one.disputes}
    said = ", ".join(counted(number, what) for what, number in counts.items() if number)
    why = f"SEQUESTRE_PROVIDER is {connected} here"
    return f"nobody carries on what is under way there ({said}): {why}"
