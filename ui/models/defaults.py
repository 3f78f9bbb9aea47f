"""The dialog for one model's own defaults: context, device and sampling, from its next load on."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QPushButton, QVBoxLayout, QWidget

from engine.settings import CHAT_SAMPLING, ModelDefaults, Sampling
from ui.parts.fields import Choice, SamplingFields, add_rows
from ui.parts.labels import PlainLabel
from ui.theme.theme import SPACE

_DEVICES = (("auto", "Automatic"), ("cuda", "GPU"), ("cpu", "Processor"))


class DefaultsDialog(QDialog):
    """Tells every change at once.

    Attributes: defaults, the current ones; context, device, own_sampling, sampling: the fields.
    Signals: changed(ModelDefaults).
    """

    changed = Signal(object)

    def __init__(
        self,
        name: str,
        defaults: ModelDefaults,
        contexts: Sequence[int],
        for_all: Sampling = CHAT_SAMPLING,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Defaults of {name}")
        self.defaults = defaults
        self._for_all = for_all
        self.context = QComboBox()
        for part in (self.context, self.context.view()):
            part.setAccessibleName("Context")
        self.context.addItem("As chosen in the Models dialog", 0)
        for tokens in sorted({*contexts, defaults.context_tokens} - {0}):
            self.context.addItem(f"{tokens:,} tokens", tokens)
        self.context.setCurrentIndex(self.context.findData(defaults.context_tokens))
        self.context.activated.connect(self._on_context_activated)
        self.device = Choice(tuple(words for _, words in _DEVICES), "Device")
        self.device.choose([device for device, _ in _DEVICES].index(defaults.device))
        self.device.chosen.connect(self._on_device_chosen)
        self.own_sampling = QCheckBox("Its answers are drawn in their own way")
        self.own_sampling.setChecked(defaults.chat is not None)
        self.own_sampling.toggled.connect(self._on_own_toggled)
        self.sampling = SamplingFields(name)
        self.sampling.show_sampling(defaults.chat or for_all)
        self.sampling.setEnabled(defaults.chat is not None)
        self.sampling.changed.connect(self._on_sampling_changed)
        self._lay_out(name)

    def _lay_out(self, name: str) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6 * SPACE, 5 * SPACE, 6 * SPACE, 5 * SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(PlainLabel(name, tone="heading", wraps=True))
        rows = QWidget()
        add_rows(rows, ("Context", self.context), ("Runs on", self.device))
        layout.addWidget(rows)
        layout.addWidget(PlainLabel("Both hold from its next load on.", tone="muted"))
        layout.addSpacing(SPACE)
        layout.addWidget(self.own_sampling)
        layout.addWidget(self.sampling)
        layout.addSpacing(2 * SPACE)
        close = QPushButton("Close")
        close.clicked.connect(self.accept)
        layout.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)

    def _set(self, defaults: ModelDefaults) -> None:
        self.defaults = defaults
        self.changed.emit(defaults)

    def _on_context_activated(self, index: int) -> None:
        self._set(replace(self.defaults, context_tokens=int(self.context.itemData(index))))

    def _on_device_chosen(self, index: int) -> None:
        self._set(replace(self.defaults, device=_DEVICES[index][0]))

    def _on_own_toggled(self, is_own: bool) -> None:
        self.sampling.setEnabled(is_own)
        self.sampling.show_sampling(self._for_all)
        self._set(replace(self.defaults, chat=self._for_all if is_own else None))

    def _on_sampling_changed(self, sampling: Sampling) -> None:
        self._set(replace(self.defaults, chat=sampling))
