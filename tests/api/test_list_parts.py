"""Parts of lists are bounded by what they weigh, and lead to all there is."""

import pytest
from pydantic_core import to_json

from api import paging
from tests.app_under_test import ApiClient, AppUnderTest, Json, Person


async def parts(api: ApiClient, path: str, who: Person) -> list[list[Json]]:
    """A list in its parts."""
    found: list[list[Json]] = []
    cursor: str | None = ""
    while cursor is not None:
        query = f"{'&' if '?' in path else '?'}limit=100{cursor and f'&cursor={cursor}'}"
        answer = await api.get(path + query, who)
        page = answer.json()
        found.append(page["items"])
        cursor = page["next_cursor"]
    return found


@pytest.mark.parametrize("path", ["/v1/orders", "/v1/notifications", "/v1/wallet/entries"])
async def test_a_part_ends_where_it_weighs_too_much(
    path: str, app: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await app.place_order()
    others = [await app.place_order(seller=first.seller) for _ in range(2)]
    for in_play in (first, *others):
        await in_play.reach("completed")
    [whole] = await parts(app.api, path, first.seller)
    assert len(whole) >= 3
    for most in (1, 7 * len(to_json(whole)) // 10):
        monkeypatch.setattr(paging, "PART_BYTES", most)
        found = await parts(app.api, path, first.seller)
        assert whole == [one for part in found for one in part]
        assert len(found) > 1
        assert all(len(part) == 1 for part in found) is (most == 1)
