"""What Prometheus would be told at an address."""

from collections.abc import Mapping

import httpx
from prometheus_client.parser import text_string_to_metric_families

Samples = Mapping[tuple[str, frozenset[tuple[str, str]]], float]
"""Each sample's value by its name and labels."""


async def scraped(address: str) -> Samples:
    """All samples that are shown there; none while nobody answers."""
    async with httpx.AsyncClient(trust_env=False) as client:
        try:
            answer = await client.get(f"http://{address}/metrics")
        except httpx.TransportError:
            return {}
    assert answer.status_code == 200
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float | None:
    """A sample's value; None where there is none of exactly these labels."""
    return samples.get((name, frozenset(labels.items())))


def labels_of(samples: Samples, name: str) -> list[dict[str, str]]:
    """The labels of all samples of a name."""
    return [dict(labels) for of, labels in samples if of == name]
