"""Inspects a model folder before it is loaded: the reader looks into it, and a small dialog shows the findings."""

from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.children.jobs import JobRunner
from engine.messages.jobs import Event, Failed, Role
from engine.messages.machine import InspectModel, ModelInspected
from ui.models.findings import FindingsDialog
from ui.parts.small_dialog import fit_to_text


class Inspections(QObject):
    """Opens a dialog for each requested folder. Attribute: `dialogs`, the open ones."""

    def __init__(self, jobs: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self.dialogs: list[FindingsDialog] = []

    def show(self, title: str, folder: str, window: QWidget) -> None:
        """Inspect a folder, and show over `window` its content or its fault."""
        dialog = FindingsDialog(title, window)
        dialog.finished.connect(partial(self._on_finished, dialog))
        self.dialogs.append(dialog)
        fit_to_text(dialog)
        dialog.show()
        request = InspectModel(self._jobs.new_id(), folder)
        self._jobs.submit(Role.READER, request, partial(self._on_event, dialog))

    def _on_finished(self, dialog: FindingsDialog, _result: int) -> None:
        self.dialogs.remove(dialog)

    def _on_event(self, dialog: FindingsDialog, event: Event) -> None:
        if dialog not in self.dialogs:
            return  # the dialog was closed before the reader answered
        match event:
            case ModelInspected(findings=findings, warnings=warnings):
                dialog.show_findings(findings, warnings)
            case Failed(error=error):
                dialog.show_failure(error.text)
            case _:
                return
        dialog.resize(dialog.sizeHint())
