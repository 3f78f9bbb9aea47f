"""Draws what a style sheet could draw only from picture files: ticks, dots, crosses, boxes of combo and spin boxes."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractSpinBox, QProxyStyle, QStyle, QStyleOption, QStyleOptionComplex, QWidget

from ui.theme.theme import CONTROL_RADIUS

_Element = QStyle.PrimitiveElement
_State = QStyle.StateFlag
_BOX_PX, _BOX_RADIUS_PX = 16, 4
_TICK = ((0.24, 0.52), (0.43, 0.71), (0.77, 0.31))
_ARROW = ((0.28, 0.40), (0.50, 0.62), (0.72, 0.40))


class ControlStyle(QProxyStyle):
    """The Fusion style with marks like those of our icons. All colours come from the widget's palette."""

    def __init__(self) -> None:
        super().__init__("fusion")

    def pixelMetric(
        self, metric: QStyle.PixelMetric, option: QStyleOption | None = None, widget: QWidget | None = None
    ) -> int:
        match metric:
            case (
                QStyle.PixelMetric.PM_IndicatorWidth
                | QStyle.PixelMetric.PM_IndicatorHeight
                | QStyle.PixelMetric.PM_ExclusiveIndicatorWidth
                | QStyle.PixelMetric.PM_ExclusiveIndicatorHeight
            ):
                return _BOX_PX
            case _:
                return super().pixelMetric(metric, option, widget)

    def sizeFromContents(
        self, kind: QStyle.ContentsType, option: QStyleOption, size: QSize, widget: QWidget | None = None
    ) -> QSize:
        full = super().sizeFromContents(kind, option, size, widget)  # type: ignore[arg-type] # the stub forgets None
        if kind in (QStyle.ContentsType.CT_ComboBox, QStyle.ContentsType.CT_SpinBox):
            full.setHeight(max(full.height(), option.fontMetrics.height() + 14))  # as tall as a button
        return full

    def drawComplexControl(
        self,
        control: QStyle.ComplexControl,
        option: QStyleOptionComplex,
        painter: QPainter,
        widget: QWidget | None = None,
    ) -> None:
        match control:
            case QStyle.ComplexControl.CC_ComboBox:
                _draw_field(painter, option)
                edge = QRectF(option.rect)
                arrow = edge.adjusted(edge.width() - 2 * _BOX_PX, 0, 0, 0)
                _draw_stroke(painter, arrow, _ARROW, _pen(option, QPalette.ColorRole.Text))
            case QStyle.ComplexControl.CC_SpinBox if _has_no_buttons(widget):
                _draw_field(painter, option)
            case _:
                super().drawComplexControl(control, option, painter, widget)

    def drawPrimitive(
        self, element: QStyle.PrimitiveElement, option: QStyleOption, painter: QPainter, widget: QWidget | None = None
    ) -> None:
        match element:
            case _Element.PE_IndicatorCheckBox:
                _draw_box(painter, option, _BOX_RADIUS_PX)
            case _Element.PE_IndicatorRadioButton:
                _draw_box(painter, option, _BOX_PX / 2)
            case _Element.PE_IndicatorTabClose:
                _draw_cross(painter, option)
            case _:
                super().drawPrimitive(element, option, painter, widget)


def _has_no_buttons(widget: QWidget | None) -> bool:
    return isinstance(widget, QAbstractSpinBox) and widget.buttonSymbols() is QAbstractSpinBox.ButtonSymbols.NoButtons


def _draw_field(painter: QPainter, option: QStyleOption) -> None:
    """The box of a field, as the style sheet draws a QLineEdit."""
    palette, state = option.palette, option.state
    has_focus = bool(state & _State.State_HasFocus)
    rim = QPalette.ColorRole.PlaceholderText if state & _State.State_MouseOver else QPalette.ColorRole.Mid
    width_px = 2 if has_focus else 1
    inset = width_px / 2
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(palette.color(QPalette.ColorRole.Highlight if has_focus else rim), width_px))
    painter.setBrush(palette.color(QPalette.ColorRole.Base))
    painter.drawRoundedRect(QRectF(option.rect).adjusted(inset, inset, -inset, -inset), CONTROL_RADIUS, CONTROL_RADIUS)
    painter.restore()


def _draw_box(painter: QPainter, option: QStyleOption, radius_px: float) -> None:
    palette, state = option.palette, option.state
    is_on = bool(state & _State.State_On)
    is_partial = bool(state & _State.State_NoChange)
    has_focus = bool(state & _State.State_HasFocus)
    accent = palette.color(QPalette.ColorRole.Highlight)
    box = QRectF(option.rect).adjusted(1, 1, -1, -1)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    rim = palette.color(QPalette.ColorRole.Text) if has_focus else palette.color(QPalette.ColorRole.PlaceholderText)
    painter.setPen(QPen(accent if is_on and not has_focus else rim, 2 if has_focus else 1))
    painter.setBrush(accent if is_on else palette.color(QPalette.ColorRole.Base))
    painter.drawRoundedRect(box, radius_px, radius_px)
    mark = QPen(palette.color(QPalette.ColorRole.HighlightedText), 2)
    if is_on and radius_px < _BOX_PX / 2:
        _draw_stroke(painter, box, _TICK, mark)
    elif is_on:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mark.color())
        painter.drawEllipse(box.center(), box.width() / 5, box.width() / 5)
    elif is_partial:
        _draw_stroke(painter, box, ((0.25, 0.5), (0.75, 0.5)), QPen(accent, 2))
    painter.restore()


def _draw_cross(painter: QPainter, option: QStyleOption) -> None:
    is_hovered = bool(option.state & _State.State_MouseOver)
    rect = QRectF(option.rect)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if is_hovered:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(option.palette.color(QPalette.ColorRole.Midlight))
        painter.drawRoundedRect(rect, _BOX_RADIUS_PX, _BOX_RADIUS_PX)
    pen = _pen(option, QPalette.ColorRole.Text if is_hovered else QPalette.ColorRole.PlaceholderText)
    _draw_stroke(painter, rect, ((0.3, 0.3), (0.7, 0.7)), pen)
    _draw_stroke(painter, rect, ((0.7, 0.3), (0.3, 0.7)), pen)
    painter.restore()


def _pen(option: QStyleOption, role: QPalette.ColorRole) -> QPen:
    return QPen(QColor(option.palette.color(role)), 1.5)


def _draw_stroke(painter: QPainter, rect: QRectF, points: tuple[tuple[float, float], ...], pen: QPen) -> None:
    """Draw a line through points. They are fractions of the largest square in the middle of `rect`."""
    side = min(rect.width(), rect.height(), float(_BOX_PX))
    corner = rect.center() - QPointF(side / 2, side / 2)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.drawPolyline(QPolygonF([corner + QPointF(side * x, side * y) for x, y in points]))
    painter.restore()
