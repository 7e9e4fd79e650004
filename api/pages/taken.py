"""What came of a form that was carried out once, by the answer that is kept under its key."""

import json
from typing import Any

from api.problems import Problem
from db.idempotency import KeptAnswer
from domain.vocabulary import known_code


def document_of(answer: KeptAnswer) -> dict[str, Any]:
    """Return what was made.

    Raises:
        Problem: it was refused.
    """
    found: dict[str, Any] = json.loads(answer.body)
    if answer.status >= 400:
        raise Problem(known_code(found["code"]), found["detail"])
    return found
