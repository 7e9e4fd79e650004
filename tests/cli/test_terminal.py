"""Lines on a terminal, and lines that a program reads."""

from io import StringIO

import pytest

from cli.terminal import Terminal

LONG = "    after 2026-11-24: the order completes and 16.00 EUR goes to the seller"


def printed(line: str, width: int, *, terminal: bool = True, markup: bool = True) -> list[str]:
    """What stands on a terminal of so many columns."""
    file = StringIO()
    console = Terminal(file=file, width=width, force_terminal=terminal, color_system=None)
    console.say(line, markup=markup)
    return file.getvalue().removesuffix("\n").split("\n")


def test_a_line_that_fits_is_left_alone() -> None:
    assert printed(LONG, 80) == [LONG]


@pytest.mark.parametrize("width", [30, 40, 60])
def test_a_line_that_does_not_goes_on_as_far_from_the_edge(width: int) -> None:
    lines = printed(LONG, width)
    assert len(lines) > 1
    assert all(len(line) <= width and line.startswith("    ") for line in lines)
    assert " ".join(" ".join(lines).split()) == LONG.strip()


def test_a_program_reads_whole_lines() -> None:
    assert printed(LONG, 20, terminal=False) == [LONG]


def test_an_address_stays_in_one_piece() -> None:
    address = "http://127.0.0.1:8000/a/very/long/way"
    assert printed(f"  see {address} for more", 24) == ["  see", f"  {address}", "  for more"]


def test_lines_and_empty_ones_are_kept() -> None:
    assert printed("one\n\n  two", 80) == ["one", "", "  two"]


def test_styles_take_no_room_and_go_on_with_the_line() -> None:
    assert printed("  [bold]one two[/bold] three", 9) == ["  one two", "  three"]


def test_what_is_no_markup_is_shown_as_it_is() -> None:
    assert printed("[red] :fish: [/nothing", 80, markup=False) == ["[red] :fish: [/nothing"]
    assert printed(":fish:", 80) == [":fish:"]
