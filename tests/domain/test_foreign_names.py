"""What somebody chose as a name stays a name in Temporal's Web UI, which draws Markdown: read here
by a Markdown parser that is not ours."""

from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from activities.reconciliation import Reconciled
from domain.operator_text import LONGEST_IN_A_LINE, in_code, in_short_code, summary
from domain.order import Order
from tests.domain.examples import disputed
from workflows.reconciliation import in_words

OURS = {"paragraph_open", "paragraph_close", "inline", "text", "strong_open", "strong_close"}
OURS |= {"code_inline", "softbreak", "bullet_list_open", "bullet_list_close"}
OURS |= {"list_item_open", "list_item_close"}

HOSTILE = [
    *("`", "``", "a`b", "`a", "a`", "`a`", "a`` b ` c", "\\`", "`![x](https://evil.example/p.png)"),
    *("`<img src=x onerror=alert(1)>", "[pay](https://evil.example)", "**step 9**", "` **ok** `"),
    *(
        "a`\n\n# Paid out\n\n`",
        "a\r\n- done",
        "a\u2028b",
        "al\u200bice",
        "<b>",
        "&lt;",
        "| a | b |",
    ),
]


def _tokens(markdown: str) -> list[Token]:
    blocks = MarkdownIt("gfm-like", {"html": True, "linkify": False}).parse(markdown)
    return [one for block in blocks for one in (block, *(block.children or ()))]


def _names_in(markdown: str) -> list[str]:
    """What is drawn as code; fails where anything is drawn that our own words do not have."""
    found = _tokens(markdown)
    assert {one.type for one in found} <= OURS
    return [one.content for one in found if one.type == "code_inline"]


def _order(buyer: str, seller: str, mediator: str) -> Order:
    order = disputed(mediator)
    return order.model_copy(update={"buyer_id": buyer, "seller_id": seller})


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_name_does_not_leave_its_place_in_the_details(name: str) -> None:
    plain = _tokens(summary(_order("bea", "sam", "mona")))
    hostile = summary(_order(name, name, name))
    assert 4 == len(_names_in(hostile))  # who is waited for, the two sides, and a command
    assert Counter(one.type for one in plain) == Counter(one.type for one in _tokens(hostile))


@given(st.text("`* _<[#\n\\a\u200b", min_size=1, max_size=8).filter(str.strip))
@example("`")
@example("a ` b")
def test_what_can_be_seen_of_a_name_is_shown_as_it_is(name: str) -> None:
    shown = "".join("\ufffd" if letter in "\n\u200b" else letter for letter in name)
    assert [shown] == _names_in(f"Buyer {in_code(name)}, and `another`")[:1]
    assert "another" == _names_in(f"Buyer {in_code(name)}, and `another`")[1]


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_finding_stays_a_finding(name: str) -> None:
    found = Reconciled(orders=1, books=1, differing=1, first=(f"wallet {name}: x", "order 1: y"))
    words = in_words(found)
    assert 2 == len(_names_in(words))
    assert 2 == len([one for one in _tokens(words) if one.type == "list_item_open"])
    blind = in_words(Reconciled(orders=0, books=0, differing=0, unchecked=name))
    assert 1 == len(_names_in(blind))


@pytest.mark.parametrize("letter", ["a", "`", "\U0001f3a8", "\n", "\u200b"], ids=ascii)
def test_a_line_holds_what_temporal_takes_of_it(letter: str) -> None:
    line = in_short_code(letter * 100)
    assert len(line.encode()) < 350
    assert line.count("…") == 1
    assert in_code(letter * LONGEST_IN_A_LINE) == in_short_code(letter * LONGEST_IN_A_LINE)


def test_nothing_is_hidden_in_a_name() -> None:
    assert "`a�b c�`" == in_code("a\u200bb c\x00")
