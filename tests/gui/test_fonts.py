"""The fonts that ship are the ones the window is drawn in, and lines have the height they are said to have."""

import pytest
from PySide6.QtGui import QFontDatabase, QFontInfo, QTextDocument
from PySide6.QtWidgets import QApplication

from tests.conftest import ROOT
from tests.gui.chat.stage import ICONS
from ui.chat.answer_body import AnswerBody
from ui.theme.fonts import load_fonts
from ui.theme.theme import find_theme

FONTS = ROOT / "resources" / "fonts"


def test_fonts_that_ship_are_taken(qapp: QApplication) -> None:
    load_fonts(FONTS)
    assert {"Inter", "JetBrains Mono"} <= set(QFontDatabase.families())
    theme = find_theme(dark=False)
    assert (theme.text_family, theme.code_family) == ("Inter", "JetBrains Mono")
    assert QFontInfo(theme.text_font(bold=True)).weight() == 600
    QFontDatabase.removeAllApplicationFonts()


def test_file_that_is_no_font_is_left_out(
    qapp: QApplication, tmp_path_factory: pytest.TempPathFactory, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path_factory.mktemp("fonts")
    (folder / "broken.ttf").write_bytes(b"no font")
    load_fonts(folder)
    assert "broken.ttf could not be loaded" in caplog.text


@pytest.mark.parametrize("text", ["word " * 200, "```py\n" + "x = 1\n" * 12 + "```"])
def test_line_of_an_answer_is_about_one_and_a_half_times_its_font(qapp: QApplication, text: str) -> None:
    theme = find_theme(dark=False)
    body = AnswerBody(ICONS, theme)
    body.resize(600, 400)
    body.show_text(text, is_growing=False)
    (part,) = body.parts
    document: QTextDocument = part.text_view.document() if hasattr(part, "text_view") else part.document()
    document.setTextWidth(560)
    first = document.firstBlock()
    lines = first.layout().lineCount() if first.next().blockNumber() < 0 else document.blockCount()
    height = document.documentLayout().documentSize().height() / lines
    font = theme.code_font() if "```" in text else theme.text_font()
    assert height == pytest.approx(1.43 * QFontInfo(font).pixelSize(), rel=0.13)
    body.deleteLater()
