"""Addresses in Temporal's Web UI."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode

STANDS = "user-metadata"
"""The tab that says in words where an order stands: the eighth, and nobody looks for it there."""

HISTORY = "history"
"""The tab with all that happened, which is all that other workflows say."""


@dataclass(frozen=True)
class WebUi:
    """Where browsers find the Web UI, and the namespace of the orders in it."""

    url: str
    namespace: str

    def listing(self, query: str) -> str:
        """Return where it lists what Temporal finds by a query."""
        return f"{self._workflows}?{urlencode({'query': query}, quote_via=quote)}"

    def workflow(self, workflow_id: str, run_id: str | None = None, tab: str = STANDS) -> str:
        """Return where it shows a tab of a run. Of the latest, where none is named, it shows the
        history: only a run has tabs there."""
        whole = f"{self._workflows}/{quote(workflow_id, safe='')}"
        return whole if run_id is None else f"{whole}/{run_id}/{tab}"

    @property
    def _workflows(self) -> str:
        return f"{self.url}/namespaces/{quote(self.namespace, safe='')}/workflows"
