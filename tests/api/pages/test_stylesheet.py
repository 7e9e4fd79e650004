"""The stylesheet's colours can be read by everybody, and it is small."""

import gzip

import pytest

from scripts.contrast import PAIRS, SHEET, colour, main, ratio, tokens, too_close

LARGEST = 9_500  # bytes, compressed


def test_every_pair_is_far_enough_apart() -> None:
    assert too_close(tokens(SHEET.read_text())) == []


def test_contrast_is_measured_as_wcag_says() -> None:
    assert ratio("#000000", "#ffffff") == pytest.approx(21)
    assert ratio("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)
    assert ratio("#0b5a75", "#0b5a75") == 1


@pytest.mark.parametrize("dark", [False, True])
def test_each_theme_has_colours_of_its_own(dark: bool) -> None:
    found = tokens(SHEET.read_text())
    names = {name for pair in PAIRS for name in pair[:2]}
    for name in names - {"on-accent"}:
        assert colour(found, name, dark) != colour(found, name, not dark), name


def test_a_marketplace_hears_what_is_too_close_in_its_theme(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    theme = tmp_path_factory.mktemp("theme") / "theme.css"
    theme.write_text(":root { --accent: light-dark(#7ab8ff, #63c1dc); }")
    assert main([str(theme)]) == 1
    said = capsys.readouterr().out
    assert "light: --accent on --surface" in said
    assert "dark:" not in said


def test_a_colour_that_cannot_be_measured_is_named() -> None:
    with pytest.raises(ValueError, match="--accent is rebeccapurple"):
        too_close(tokens(SHEET.read_text(), ":root { --accent: rebeccapurple; }"))


def test_it_is_small() -> None:
    assert len(gzip.compress(SHEET.read_bytes(), 9)) < LARGEST


@pytest.mark.parametrize("wish", ["prefers-reduced-motion", "forced-colors", "print"])
def test_it_follows_what_readers_wish(wish: str) -> None:
    assert f"@media ({wish}" in (sheet := SHEET.read_text()) or f"@media {wish}" in sheet


def test_it_loads_nothing() -> None:
    assert "url(" not in SHEET.read_text()
    assert "@import" not in SHEET.read_text()
