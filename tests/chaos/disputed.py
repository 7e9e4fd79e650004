"""What banks have taken back, beside the books: each dispute once, and of each what is lost."""

from collections import Counter
from collections.abc import Iterator

from tests.app_under_test import Json
from tests.chaos.evidence import AtProvider, Evidence

STATES = {"needs_response": "opened", "under_review": "opened", "won": "won", "lost": "lost"}
"""As what a dispute is known here; what a bank only asks about takes no money."""


def held_back(there: AtProvider) -> int:
    """What banks have of payments at this moment."""
    return sum(one["amount"] for one in _known(there) if one["status"] != "won")


def lost(there: AtProvider) -> int:
    """What banks keep."""
    return sum(one["amount"] for one in _known(there) if one["status"] == "lost")


def disputes(evidence: Evidence, there: AtProvider) -> Iterator[str]:
    """Each dispute is known as it stands, and what is lost has left the books, once."""
    rows = {one["reference"]: one for one in evidence.chargebacks}
    known = {one["id"]: one for one in _known(there)}
    for name in rows.keys() - known.keys():
        yield f"dispute {name} is in the books and not at the provider"
    gone = _gone(evidence)
    for name, one in known.items():
        row, state = rows.get(name), STATES[one["status"]]
        if row is None:
            yield f"dispute {name} is at the provider and not in the books"
            continue
        due = (state, one["amount"], _pay_in(there, one))
        if (row["state"], row["amount"], row["pay_in_id"]) != due:
            yield f"dispute {name} is {due}; the books say {row}"
        if row["carried"] != row["state"]:
            yield f"dispute {name} is {row['state']}, and what follows is not done"
        expected = one["amount"] if state == "lost" else 0
        if gone[row["id"]] != expected:
            yield f"dispute {name}: {gone[row['id']]} left the books, and {expected} is lost"


def _known(there: AtProvider) -> list[Json]:
    return [one for one in there.disputes if one["status"] in STATES]


def _pay_in(there: AtProvider, dispute: Json) -> str:
    charges = {one["id"]: one for one in there.charges}
    return str(charges[dispute["charge"]]["metadata"].get("sequestre_pay_in"))


def _gone(evidence: Evidence) -> Counter[str]:
    """What left the books for each chargeback: owed by somebody, or out of the order's escrow."""
    orders = {one["id"]: one["order_id"] for one in evidence.pay_ins}
    ended = {
        orders.get(one["pay_in_id"]): one["id"]
        for one in evidence.chargebacks
        if one["state"] == "lost"
    }
    gone: Counter[str] = Counter()
    for one in evidence.postings:
        if one["kind"] == "chargeback":
            gone[one["key"].split(":")[1]] += one["amount"]
        elif one["kind"] == "reclaim" and one["credit_kind"] == "world":
            gone[str(ended.get(one["order_id"]))] += one["amount"]
    return gone
