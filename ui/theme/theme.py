"""A theme: colours and two fonts. Widgets receive it in `set_theme(theme)`."""

from dataclasses import dataclass

from PySide6.QtGui import QFont, QFontDatabase, QFontInfo, QFontMetricsF

from ui.theme.colours import DARK, LIGHT, Colours

SPACE = 4  # px; all gaps are multiples of it
CONTROL_RADIUS, CARD_RADIUS = 6, 8  # px


@dataclass(frozen=True, slots=True)
class Theme:
    """What a widget needs to paint itself. Font families exist on this machine; sizes are in points."""

    colours: Colours
    text_family: str
    code_family: str
    text_pt: int = 10
    code_pt: int = 10

    def text_font(self, scale: float = 1.0, *, bold: bool = False) -> QFont:
        """The interface's font, of weight 400, or 600 if `bold`."""
        font = QFont(self.text_family)
        font.setPointSizeF(self.text_pt * scale)
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        return font

    def code_font(self) -> QFont:
        """The fixed-pitch font of the editor and of code blocks."""
        font = QFont(self.code_family)
        font.setPointSizeF(self.code_pt)
        font.setStyleHint(QFont.StyleHint.Monospace)
        font.setFixedPitch(True)
        return font


def find_theme(*, dark: bool, text_pt: int = 10, code_pt: int = 10) -> Theme:
    """The theme with the first of the preferred fonts that this machine has. Needs a QGuiApplication."""
    families = set(QFontDatabase.families())
    text = next((name for name in ("Inter", "Noto Sans", "DejaVu Sans") if name in families), "")
    code = next((name for name in ("JetBrains Mono", "Noto Sans Mono", "DejaVu Sans Mono") if name in families), "")
    return Theme(
        colours=DARK if dark else LIGHT,
        text_family=text or QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).family(),
        code_family=code or QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family(),
        text_pt=text_pt,
        code_pt=code_pt,
    )


def line_height_percent(font: QFont, ratio: float) -> float:
    """The proportional line height that makes a line `ratio` times as high as the font's size.

    Qt reckons in percents of the font's own line spacing, which is 1.1 to 1.4 times its size, from font to font.
    """
    return 100 * ratio * QFontInfo(font).pixelSize() / QFontMetricsF(font).lineSpacing()
