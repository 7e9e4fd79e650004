"""A stack whose clock nobody moves has no address for it."""

import pytest

from tests.app_under_test import OPERATOR, AppUnderTest

ADVANCE = "/v1/test-clock/advance"


@pytest.mark.parametrize("body", [b"{", b'{"by": "P7D"}', b"", b'{"by": "P1D", "by": "P2D"}'])
async def test_without_one_nothing_is_there_whatever_is_sent(
    app: AppUnderTest, body: bytes
) -> None:
    for headers in ({}, OPERATOR.headers):
        sent = {**headers, "Content-Type": "application/json"}
        answer = await app.api.client.post(f"{ADVANCE}?odd=1", content=body, headers=sent)
        assert (404, "not-found") == (answer.status_code, answer.json()["code"])
