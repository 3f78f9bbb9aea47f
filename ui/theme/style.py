"""Applies a theme to the application: the Fusion style, a palette and one style sheet, all from one table of colours.

A widget chooses its look with dynamic properties, so that no widget has a style sheet of its own:

- buttons: `variant` = "primary", "quiet", "danger", "choice" (one of a few), "start" (a large card), "link" or
  "outline" (a tool button with a hairline); without it the button is a secondary one; `dense` = True in a text line;
- labels: `tone` = "muted", "faint", "heading", "title", "note", "warn", "error" or "key" (a key cap);
- frames: `surface` = "panel", "raised", "card" or "popup".
"""

from math import ceil
from string import Template

from PySide6.QtGui import QColor, QFontMetricsF, QPalette
from PySide6.QtWidgets import QApplication

from ui.theme.colours import Colours
from ui.theme.controls import ControlStyle
from ui.theme.theme import CARD_RADIUS, CONTROL_RADIUS, SPACE, Theme

HEADING_SCALE, TITLE_SCALE = 1.15, 1.6


def apply_theme(app: QApplication, theme: Theme) -> None:
    """Apply a theme to the whole application. It can be called again at any time."""
    if not isinstance(app.style(), ControlStyle):
        app.setStyle(ControlStyle())
    app.setPalette(palette_of(theme.colours))
    app.setFont(theme.text_font())
    app.setStyleSheet(style_sheet(theme))


def palette_of(colours: Colours) -> QPalette:
    """The colours as a Qt palette, for what the style sheet does not reach."""
    role = QPalette.ColorRole
    table = {
        role.Window: colours.ground,
        role.WindowText: colours.text,
        role.Base: colours.panel,
        role.AlternateBase: colours.raised,
        role.Text: colours.text,
        role.PlaceholderText: colours.faint,
        role.Button: colours.raised,
        role.ButtonText: colours.text,
        role.BrightText: colours.error,
        role.ToolTipBase: colours.raised,
        role.ToolTipText: colours.text,
        role.Highlight: colours.accent,
        role.HighlightedText: colours.on_accent,
        role.Accent: colours.accent,
        role.Link: colours.link,
        role.LinkVisited: colours.link,
        role.Light: colours.raised,
        role.Midlight: colours.line,
        role.Mid: colours.line,
        role.Dark: colours.line,
        role.Shadow: colours.ground,
    }
    palette = QPalette()
    for name, value in table.items():
        palette.setColor(name, QColor(value))
    for name in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, name, QColor(colours.faint))
    palette.setColor(QPalette.ColorGroup.Disabled, role.Highlight, QColor(colours.line))
    palette.setColor(QPalette.ColorGroup.Disabled, role.HighlightedText, QColor(colours.muted))
    return palette


def style_sheet(theme: Theme) -> str:
    """The style sheet. Heights of rows and controls follow the font, so the layout holds with larger text."""
    text_px = ceil(QFontMetricsF(theme.text_font()).height())  # Qt rounds the same way in its size hints
    colours = theme.colours
    return _SHEET.substitute(
        ground=colours.ground,
        panel=colours.panel,
        raised=colours.raised,
        line=colours.line,
        text=colours.text,
        muted=colours.muted,
        faint=colours.faint,
        accent=colours.accent,
        on_accent=colours.on_accent,
        link=colours.link,
        warn=colours.warn,
        error=colours.error,
        text_px=text_px,
        row_px=text_px + 3 * SPACE,
        round_px=CONTROL_RADIUS,
        card_px=CARD_RADIUS,
        small_pt=theme.text_pt * 0.9,
        heading_pt=theme.text_pt * HEADING_SCALE,
        title_pt=theme.text_pt * TITLE_SCALE,
    )


_SHEET = Template("""
QAbstractItemView { outline: none; }
QMainWindow, QDialog { background: $ground; }
QFrame[surface="panel"] { background: $panel; border: none; }
QFrame[surface="raised"] { background: $raised; border: none; border-radius: ${round_px}px; }
QFrame[surface="popup"] { background: $panel; border: 1px solid $faint; border-radius: ${card_px}px; }
QFrame[surface="card"] { background: $panel; border: 1px solid $line; border-radius: ${card_px}px; }

QLabel { background: transparent; color: $text; }
QLabel:disabled { color: $faint; }
QLabel[tone="muted"] { color: $muted; }
QLabel[tone="faint"] { color: $faint; }
QLabel[tone="note"] { color: $link; font-weight: 600; }
QLabel[tone="warn"] { color: $warn; font-weight: 600; }
QLabel[tone="error"] { color: $error; font-weight: 600; }
QLabel[tone="heading"] { font-size: ${heading_pt}pt; font-weight: 600; }
QLabel[tone="title"] { font-size: ${title_pt}pt; font-weight: 600; }
QLabel[tone="key"] { color: $muted; background: $raised; border: 1px solid $line; border-radius: 4px;
    padding: 1px 6px; font-size: ${small_pt}pt; }

QPushButton { min-height: ${text_px}px; padding: 6px 12px; border: 1px solid $line;
    border-radius: ${round_px}px; background: $raised; color: $text; }
QPushButton:hover { border-color: $faint; }
QPushButton:pressed { background: $line; }
QPushButton:focus { border: 2px solid $accent; padding: 5px 11px; }
QPushButton:disabled { color: $faint; background: transparent; border-color: $line; }
QPushButton:checked { background: $line; border-color: $faint; }
QPushButton:checked:focus { border-color: $accent; }
QPushButton[variant="primary"] { background: $accent; border-color: $accent; color: $on_accent; font-weight: 600; }
QPushButton[variant="primary"]:hover { border-color: $text; }
QPushButton[variant="primary"]:focus { border: 2px solid $text; }
QPushButton[variant="primary"]:disabled { background: $raised; border-color: $line; color: $faint; }
QPushButton[variant="quiet"] { background: transparent; border-color: transparent; color: $muted; padding: 6px 8px; }
QPushButton[variant="quiet"]:hover { background: $raised; color: $text; }
QPushButton[variant="quiet"]:checked { background: $raised; color: $text; border-color: $line; }
QPushButton[variant="quiet"]:focus { border: 2px solid $accent; padding: 5px 7px; }
QPushButton[variant="quiet"]:disabled { color: $faint; }
QPushButton[variant="choice"]:checked { background: $accent; border-color: $accent; color: $on_accent; }
QPushButton[variant="choice"]:checked:focus { border: 2px solid $text; }
QPushButton[variant="start"] { background: $ground; border: 1px solid $line; border-radius: ${card_px}px; padding: 0;
    text-align: left; }
QPushButton[variant="start"]:hover { background: $raised; border-color: $faint; }
QPushButton[variant="start"]:focus { border: 2px solid $accent; padding: 0; }
QPushButton[variant="link"] { background: transparent; border-color: transparent; color: $link; text-align: left;
    padding: 2px 0; }
QPushButton[variant="link"]:hover { text-decoration: underline; }
QPushButton[variant="link"]:focus { border: 2px solid $accent; padding: 1px 0; }
QPushButton[dense="true"] { padding: 1px 6px; }
QPushButton[dense="true"]:focus { padding: 0 5px; }
QPushButton[variant="danger"] { color: $error; }

QToolButton { padding: 4px 6px; border: 1px solid transparent; border-radius: ${round_px}px; background: transparent;
    color: $muted; }
QToolButton[variant="outline"] { border-color: $line; }
QToolButton:hover { background: $raised; color: $text; }
QToolButton:pressed, QToolButton:checked { background: $raised; color: $text; }
QToolButton:focus { border: 2px solid $accent; padding: 3px 5px; }
QToolButton:disabled { color: $faint; }
QToolButton::menu-indicator { image: none; }

QAbstractSpinBox QLineEdit, QAbstractSpinBox QLineEdit:focus { min-height: 0; padding: 0; border: none;
    background: transparent; }
QLineEdit { min-height: ${text_px}px; padding: 5px 8px; border: 1px solid $line;
    border-radius: ${round_px}px; background: $panel; color: $text; selection-background-color: $accent;
    selection-color: $on_accent; }
QLineEdit:hover { border-color: $faint; }
QLineEdit:focus { border: 2px solid $accent; padding: 4px 7px; }
QLineEdit:disabled { color: $faint; background: $ground; }
QComboBox QAbstractItemView { background: $panel; border: 1px solid $line; padding: 4px; }
QPlainTextEdit, QTextEdit, QTextBrowser { border: none; background: $panel; color: $text;
    selection-background-color: $accent; selection-color: $on_accent; }
QTextBrowser[surface="clear"], QTextEdit[surface="clear"], QPlainTextEdit[surface="clear"] { background: transparent; }
CodeEditor { selection-background-color: transparent; selection-color: $text; }
QPlainTextEdit[field="true"] { border: 1px solid $line; border-radius: ${round_px}px; padding: 4px; }
QPlainTextEdit[field="true"]:focus { border: 2px solid $accent; padding: 3px; }

QMenuBar { background: $ground; color: $text; padding: 3px 6px; border-bottom: 1px solid $line; }
QMenuBar::item { padding: 5px 9px; border-radius: ${round_px}px; background: transparent; }
QMenuBar::item:selected, QMenuBar::item:pressed { background: $raised; }
QMenu { background: $panel; color: $text; border: 1px solid $line; padding: 5px; }
QMenu::item { padding: 6px 28px 6px 10px; border-radius: ${round_px}px; min-width: 11em; }
QMenu::item:selected { background: $raised; }
QMenu::item:disabled { color: $faint; }
QMenu::icon { padding-left: 10px; }
QMenu::separator { height: 1px; background: $line; margin: 5px 8px; }

QToolTip { background: $raised; color: $text; border: 1px solid $line; padding: 5px 7px; }

QTabWidget::pane { border: none; border-top: 1px solid $line; }
QTabBar { background: transparent; qproperty-drawBase: 0; }
QTabBar::tab { padding: 7px 12px 5px 12px; border: none; border-bottom: 2px solid transparent; background: transparent;
    color: $muted; }
QTabBar::tab:hover { color: $text; background: $raised; }
QTabBar::tab:selected { color: $text; border-bottom: 2px solid $accent; }
QTabBar::tab:focus { color: $accent; }
QTabBar QToolButton { padding: 2px; }

QTreeView, QListView, QTableView { border: none; background: $panel; color: $text; show-decoration-selected: 1;
    selection-background-color: $raised; selection-color: $text; gridline-color: $line; }
QTreeView::item, QListView::item { min-height: ${row_px}px; padding: 0 4px; border: none; }
QComboBox QAbstractItemView::item { min-height: ${row_px}px; }
QTreeView::item:hover, QListView::item:hover { background: $raised; }
QTreeView::item:selected, QListView::item:selected { background: $raised; color: $text; }
QTreeView::branch { background: transparent; }
QHeaderView { background: $panel; border: none; }
QHeaderView::section { background: $panel; color: $muted; border: none; border-bottom: 1px solid $line;
    padding: 6px 8px; font-weight: 600; }

QScrollBar:vertical { width: 12px; margin: 0; border: none; background: transparent; }
QScrollBar:horizontal { height: 12px; margin: 0; border: none; background: transparent; }
QScrollBar::handle { background: $line; border-radius: 3px; margin: 3px; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::handle:hover { background: $faint; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; border: none; background: none; }
QScrollBar::add-page, QScrollBar::sub-page { background: none; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QScrollArea { border: none; background: transparent; }

QProgressBar { border: none; border-radius: 3px; background: $line; min-height: 6px; max-height: 6px;
    text-align: center; color: transparent; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }
QProgressBar[level="warn"]::chunk { background: $warn; }
QProgressBar[level="error"]::chunk { background: $error; }

QSplitter::handle { background: $line; }
QSplitter::handle:hover { background: $accent; }
QStatusBar { background: $ground; border-top: 1px solid $line; }
QStatusBar::item { border: none; }
QGroupBox { border: none; margin-top: ${row_px}px; font-weight: 600; }
QGroupBox::title { subcontrol-origin: margin; subcontrol-position: top left; padding: 0; color: $text; }
QCheckBox, QRadioButton { color: $text; background: transparent; spacing: 8px; }
QCheckBox:disabled, QRadioButton:disabled { color: $faint; }
""")
