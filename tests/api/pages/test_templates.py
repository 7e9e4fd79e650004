"""Templates hold nothing that the content security policy refuses, and nothing unescaped."""

import re
from pathlib import Path

import pytest

from api.pages.page import TEMPLATES, environment

NAMES = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))
MACROS = [name for name in NAMES if name.startswith("components/")]
REFUSED = {
    "a style attribute": re.compile(r"\sstyle\s*=", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "a handler": re.compile(r"\s(?:data-)?(?:on[a-z]+|hx-on\S*)\s*=", re.IGNORECASE),
    "a script with content": re.compile(
        r"<script\b(?![^>]*\ssrc=)|<script\b[^>]*>\s*[^<\s]", re.IGNORECASE
    ),
    "unescaped text": re.compile(r"\|\s*safe\b|autoescape\s+false|Markup\("),
    "an evaluated expression": re.compile(r"(?:js|javascript):", re.IGNORECASE),
    "something from elsewhere": re.compile(r"<(?:script|link|img)\b[^>]*=\"(?:https?:)?//"),
}
WRONG = {
    "a style attribute": ['<p style="color: red">', "<p\nSTYLE = 'x'>"],
    "a style element": ["<style>"],
    "a handler": ['<a onclick="go()">', '<a hx-on:click="go()">', "<a\nonLoad='x'>"],
    "a script with content": ["<script>go()</script>", '<script src="/a.js">go()</script>'],
    "unescaped text": ["{{ words|safe }}", "{{ words | safe }}", "{% autoescape false %}"],
    "an evaluated expression": ["hx-vals='js:{a: b}'", '<a href="javascript:go()">'],
    "something from elsewhere": ['<script src="//cdn.example/a.js">', '<img src="https://x/a">'],
}
"""What each rule must find, so that none of them is blind."""
STATEMENT = re.compile(r"{%-?\s*(?:macro|call|set)\b.*?%}|{#.*?#}", re.DOTALL)
"""What is Jinja's own and no part of a page: its parameters may have any name."""


def test_there_are_templates() -> None:
    assert "base.html" in NAMES
    assert len(MACROS) >= 8


@pytest.mark.parametrize("name", NAMES)
def test_it_holds_nothing_that_is_refused(name: str) -> None:
    text = STATEMENT.sub("", (TEMPLATES / name).read_text())
    assert [what for what, rule in REFUSED.items() if rule.search(text)] == []


@pytest.mark.parametrize("what", REFUSED)
def test_each_rule_finds_what_it_is_for(what: str) -> None:
    assert [text for text in WRONG[what] if not REFUSED[what].search(text)] == []


@pytest.mark.parametrize("name", NAMES)
def test_it_parses(name: str) -> None:
    environment().get_template(name)


@pytest.mark.parametrize("name", MACROS)
def test_a_file_of_macros_says_what_each_takes(name: str) -> None:
    text = Path(TEMPLATES / name).read_text()
    for macro in re.findall(r"{% macro ([a-z]\w*)\(", text):
        assert re.search(rf"{{#[^#]*\b{macro}\(", text), macro
