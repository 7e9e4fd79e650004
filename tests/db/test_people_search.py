"""People are found by their id and by words of their name, by index, in one round trip."""

import pytest

from db import people_search
from db.people_search import FoundPerson
from db.pool import Pool, connection
from tests.db.market import Owner
from tests.db.test_order_search import nodes, plan_of

MANY = """
INSERT INTO display_names (user_id, shown)
SELECT 'user-' || n, CASE n % 1000 WHEN 7 THEN 'Zelda Rare' ELSE 'Ann Other' END
FROM generate_series(1, 5000) AS n
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("zelda", [f"user-{n}007" if n else "user-7" for n in range(5)]),
        ("user-7", ["user-7"]),
        ("nobody", []),
        ("!", []),
    ],
)
async def test_people_are_found(pool: Pool, owner: Owner, text: str, expected: list[str]) -> None:
    await owner.execute(MANY)
    async with connection(pool) as acquired:
        found = await people_search.found(acquired, text)
    assert [FoundPerson(one, "Zelda Rare") for one in sorted(expected)] == found


async def test_words_of_names_are_looked_up_in_their_index(owner: Owner) -> None:
    await owner.execute(MANY)
    await owner.execute("ANALYZE display_names")
    plan = await plan_of(owner, people_search.BY_WORDS, ["zelda", people_search.MOST])
    assert "display_names" not in {
        node.get("Relation Name") for node in nodes(plan) if node["Node Type"] == "Seq Scan"
    }
