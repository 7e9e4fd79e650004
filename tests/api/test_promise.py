"""What `/v1` promises is kept: its document beside the last one that was released."""

from copy import deepcopy
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from scripts.api_promise import __main__ as main
from scripts.api_promise import documents
from scripts.api_promise.calls import breaks
from scripts.api_promise.documents import bare, released
from scripts.api_promise.schemas import GROWING
from tests.api.answers import Json
from tests.api.changed_documents import BREAKING, COMPATIBLE, DOCUMENT, Change, changed
from tests.api.described import resolved


@pytest.mark.parametrize(("change", "said"), BREAKING.values(), ids=list(BREAKING))
def test_what_breaks_is_named(change: Change, said: str) -> None:
    assert said in breaks(DOCUMENT, changed(change))


@pytest.mark.parametrize("change", COMPATIBLE.values(), ids=list(COMPATIBLE))
def test_what_breaks_nothing_is_no_matter(change: Change) -> None:
    assert [] == breaks(DOCUMENT, changed(change))


def test_what_was_released_is_kept(document: Json) -> None:
    assert [] == breaks(released(), bare(document))


def test_the_real_document_is_looked_through(document: Json) -> None:
    """A field deep within an order, and what a webhook tells, are no blind spots."""
    less = deepcopy(document)
    schemas = less["components"]["schemas"]
    del schemas["Money"]["properties"]["currency"]
    del schemas["WebhookPayload"]["properties"]["type"]
    del schemas["ProblemDocument"]["properties"]["detail"]
    found = breaks(document, less)
    assert "every refusal.detail: is gone" in found
    assert "webhook POST order.type: is gone" in found
    assert any(one.endswith(".currency: is gone") for one in found)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the released document is, of which today's API has lost a call."""
    monkeypatch.setattr(documents, "RELEASED", tmp_path / "released.json")
    today = documents.current()
    before = deepcopy(today)
    before["paths"]["/v1/lost"] = {"get": {"operationId": "get_lost", "responses": {}}}
    documents.keep(before)
    monkeypatch.setattr(main, "current", lambda: today)
    return documents.RELEASED


def said_by(*options: str) -> tuple[int, str]:
    """The exit code of the command, and what it says."""
    app = typer.Typer()
    app.command()(main.main)
    result = CliRunner().invoke(app, [*options])
    return result.exit_code, result.output


def test_a_release_that_breaks_something_is_made_on_purpose_alone(kept: Path) -> None:
    before = kept.read_text(encoding="utf-8")
    for options in ((), ("--release",)):
        code, told = said_by(*options)
        assert code == 1
        assert "✗ GET /v1/lost: is gone" in told.splitlines()
        assert before == kept.read_text(encoding="utf-8")
    assert 0 == said_by("--release", "--although-it-breaks")[0]
    assert "/v1/lost" not in kept.read_text(encoding="utf-8")
    assert (0, "All that was released is kept.\n") == said_by()


def test_growing_lists_are_lists_of_the_document(document: Json) -> None:
    assert set() == {name for name in GROWING if "enum" not in list_of(document, name)}


def list_of(document: Json, name: str) -> Json:
    """The schema of a list of values: one with a name, or that of a field."""
    schema, _, field = name.partition(".")
    found: Json = document["components"]["schemas"][schema]
    found = found["properties"][field] if field else found
    found = next((one for one in found.get("anyOf", ()) if "items" in one), found)
    return resolved(document, found.get("items", found))


def test_the_page_names_every_list_that_may_grow(repository: Path) -> None:
    page = (repository / "docs" / "compatibility.md").read_text(encoding="utf-8")
    section = page.partition("\n## Lists that grow\n")[2].partition("\n## ")[0]
    rows = [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")]
    assert sorted(GROWING) == sorted(rows)
