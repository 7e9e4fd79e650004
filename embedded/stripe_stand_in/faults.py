"""What the stand-in does on demand that real providers do at the wrong moment."""

from pydantic import BaseModel, ConfigDict


class Faults(BaseModel):
    """What goes wrong from now on. Numbers are counted down, one for each call that it meets."""

    model_config = ConfigDict(extra="forbid")

    call: str = ""
    """Only calls that have this in their method and path, such as `POST /v1/transfers`."""
    lost_replies: int = 0
    """It is done, and the connection drops before anybody hears of it."""
    rate_limited: int = 0
    broken: int = 0
    """It answers 500 and has done nothing."""
    forbidden: int = 0
    """The key may not do it."""
    refused: int = 0
    refused_with: str = "This is not possible."
    outage: bool = False
    """It hangs up on every call."""
    event_first: bool = False
    """What a call brought about is told before it is answered."""
    duplicate: bool = False
    """Every event is sent twice."""
    reorder: int = 0
    """So many events are gathered, and sent the latest first."""

    def meets(self, name: str, call: str) -> bool:
        """Whether a call meets one of those that are counted, which is one less then."""
        left = getattr(self, name)
        if left <= 0 or self.call not in call:
            return False
        setattr(self, name, left - 1)
        return True
