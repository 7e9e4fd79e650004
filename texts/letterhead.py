"""What a marketplace puts on the mails that go out in its name."""

from dataclasses import dataclass
from urllib.parse import quote

ORDER_ID = "{order_id}"
OURS = "Séquestre"


@dataclass(frozen=True)
class Letterhead:
    """The marketplace's name, its signature, which may have several lines, and where people find an
    order, with `{order_id}` in its place. What is not set is empty."""

    name: str = ""
    signature: str = ""
    order_url: str = ""

    @property
    def closing(self) -> tuple[str, ...]:
        """Return the lines that a mail ends with."""
        lines = self.signature.splitlines()
        if self.name and self.name not in lines:
            lines.insert(0, self.name)
        return tuple(lines) or (OURS,)

    def link_to(self, order_id: str) -> str | None:
        """Return the address of an order; None where the marketplace has set none."""
        if not self.order_url:
            return None
        return self.order_url.replace(ORDER_ID, quote(order_id, safe=""))


PLAIN = Letterhead()
