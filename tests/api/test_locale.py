"""In which language somebody reads who has not said so themselves."""

import pytest

from api.locale import preferred


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("fr", "fr"),
        ("fr-CH, en;q=0.3", "fr"),
        ("en;q=0.3, fr;q=0.7", "fr"),
        ("fr;q=0.2, en", "en"),
        ("de, fr;q=0.5", "fr"),
        ("fr;q=0, en;q=0.1", "en"),
        ("fr;q=0", "en"),
        ("fr;q=x, en;q=0.1", "en"),
        ("*", "en"),
        (",;,=;q", "en"),
        ("FR", "fr"),
    ],
)
def test_the_language_that_is_liked_best(header: str | None, language: str) -> None:
    assert language == preferred(header)
