"""Every pair of text and ground that the theme can paint, computed from its table (WCAG 2.2, contrast ratio)."""

from dataclasses import fields

import pytest

from ui.theme.colours import DARK, LIGHT, Colours, Syntax

_LEAST_TEXT, _LEAST_MARK = 4.5, 3.0
_THEMES = [pytest.param(DARK, id="dark"), pytest.param(LIGHT, id="light")]
_GROUNDS = ("ground", "panel", "raised")
_TEXTS = ("text", "muted", "faint", "accent", "link", "warn", "error")


def _luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def test_contrast_of_black_and_white_is_the_standards_21() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)


@pytest.mark.parametrize("colours", _THEMES)
@pytest.mark.parametrize("ground", _GROUNDS)
@pytest.mark.parametrize("text", _TEXTS)
def test_text_on_every_ground_is_readable(colours: Colours, ground: str, text: str) -> None:
    assert contrast(getattr(colours, text), getattr(colours, ground)) >= _LEAST_TEXT


@pytest.mark.parametrize("colours", _THEMES)
@pytest.mark.parametrize("ground", ["panel", "raised", "selection", "gap", "added", "removed"])
@pytest.mark.parametrize("name", [field.name for field in fields(Syntax)])
def test_code_is_readable_where_code_stands(colours: Colours, ground: str, name: str) -> None:
    assert contrast(getattr(colours.syntax, name), getattr(colours, ground)) >= _LEAST_TEXT


@pytest.mark.parametrize("colours", _THEMES)
@pytest.mark.parametrize("ground", ["selection", "gap", "added", "removed"])
def test_plain_code_in_gaps_and_differences_is_readable(colours: Colours, ground: str) -> None:
    assert contrast(colours.text, getattr(colours, ground)) >= _LEAST_TEXT


@pytest.mark.parametrize("colours", _THEMES)
def test_words_on_a_primary_button_are_readable(colours: Colours) -> None:
    assert contrast(colours.on_accent, colours.accent) >= _LEAST_TEXT


@pytest.mark.parametrize("colours", _THEMES)
@pytest.mark.parametrize("ground", _GROUNDS)
def test_marks_that_are_no_text_stand_out(colours: Colours, ground: str) -> None:
    assert contrast(colours.accent, getattr(colours, ground)) >= _LEAST_MARK
    assert contrast(colours.gap_edge, getattr(colours, ground)) >= _LEAST_MARK
