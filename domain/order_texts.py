"""What people and the marketplace wrote about an order: beside it, since nothing of it decides."""

from dataclasses import dataclass, field
from typing import Any

from domain.conversation import ConversationMessage


@dataclass(frozen=True)
class OrderTexts:
    """The texts of an order that people wrote: its title and brief, the titles of lines and extras
    by their ids, and the fields of the requests that it refers to by theirs. Of an order as it was
    after a step, `step_request` is the id of the request that brought the step about, if one did,
    whose fields are there too; where a message is told of, `message` is what it says.
    `external_id` and `metadata` are the marketplace's own. The parties have the names that they
    have now, if any."""

    title: str
    brief: str
    titles: dict[str, str]
    requests: dict[str, dict[str, Any]] = field(default_factory=dict)
    step_request: str | None = None
    external_id: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    message: ConversationMessage | None = None
    buyer_name: str | None = None
    seller_name: str | None = None

    def names_alone(self) -> "OrderTexts":
        """Return the same with nothing that anybody wrote about the order."""
        return OrderTexts("", "", {}, buyer_name=self.buyer_name, seller_name=self.seller_name)

    def said(self, request_id: str | None, name: str) -> str | None:
        """Return what a field of a request says; None where there is no such request or field."""
        return self.requests.get(request_id or "", {}).get(name)
