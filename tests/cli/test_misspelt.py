"""A setting that there is not, and a choice that is none, is told with what it could have been."""

from pathlib import Path

import pytest

from tests.cli.environments import PROCESSES, refused

pytestmark = pytest.mark.usefixtures("sound")

MISSPELT = {
    "SEQUESTRE_REVEIW_WINDOW": "SEQUESTRE_REVIEW_WINDOW",
    "SEQUESTRE_DATABASEURL": "SEQUESTRE_DATABASE_URL",
    "SEQUESTRE_SMTPHOST": "SEQUESTRE_SMTP_HOST",
    "sequestre_review_windows": "SEQUESTRE_REVIEW_WINDOW",
}


@pytest.mark.parametrize("command", [*PROCESSES, "up", "demo", "bench"])
@pytest.mark.parametrize(("name", "nearest"), MISSPELT.items())
def test_a_setting_that_there_is_not_names_the_nearest(
    command: str, name: str, nearest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = refused(monkeypatch, {name: "P7D"}, command).stderr
    assert said == f"sequestre: {name}: is no setting; the nearest is {nearest}\n"


def test_a_setting_of_a_file_that_there_is_not_names_the_nearest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("OTHER=1\nSEQUESTRE_REVEIW_WINDOW=P7D\n")
    said = refused(monkeypatch, {}, "migrate").stderr
    assert said.startswith("sequestre: SEQUESTRE_REVEIW_WINDOW: is no setting; ")


def test_a_setting_like_no_other_is_told_where_all_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    said = refused(monkeypatch, {"SEQUESTRE_XYZZY": "1"}, "migrate").stderr
    assert said == "sequestre: SEQUESTRE_XYZZY: is no setting; .env.example has them all\n"


@pytest.mark.parametrize("value", ["Complete", "none", "OPEN_DISPUTE"])
def test_a_choice_is_told_in_words(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said = refused(monkeypatch, {"SEQUESTRE_DECISION_EXPIRY": value}, "migrate").stderr
    assert said == (
        "sequestre: SEQUESTRE_DECISION_EXPIRY: Input should be 'complete' or 'open_dispute'\n"
    )
