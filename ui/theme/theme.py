"""A theme as widgets receive it in `set_theme(theme)`: colours and the two fonts."""

from dataclasses import dataclass

from PySide6.QtGui import QFont, QFontDatabase

from ui.theme.colours import DARK, LIGHT, Colours

SPACE = 4  # px; gaps are multiples of it: 4, 8, 12, 16, 24
CONTROL_RADIUS, CARD_RADIUS = 6, 8  # px


@dataclass(frozen=True, slots=True)
class Theme:
    """What a widget needs to paint itself. Font families are names found on this machine, sizes in points."""

    colours: Colours
    text_family: str
    code_family: str
    text_pt: int = 10
    code_pt: int = 10

    def text_font(self, scale: float = 1.0, *, bold: bool = False) -> QFont:
        """The interface's font; weights 400 and 600 only."""
        font = QFont(self.text_family)
        font.setPointSizeF(self.text_pt * scale)
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        return font

    def code_font(self) -> QFont:
        """The fixed-pitch font of editor and code blocks."""
        font = QFont(self.code_family)
        font.setPointSizeF(self.code_pt)
        font.setStyleHint(QFont.StyleHint.Monospace)
        font.setFixedPitch(True)
        return font


def find_theme(*, dark: bool, text_pt: int = 10, code_pt: int = 10) -> Theme:
    """The theme with the best of the wished-for fonts that this machine has. Needs a QGuiApplication."""
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
