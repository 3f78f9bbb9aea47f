"""The tour's steps: each acts on the window, then checks document, transcript and disk."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtWidgets import QWidget

from app.models.model_rows import STARTER_KEY
from app.tour.hands import Hands, StepFailedError, require
from app.tour.sample import LEDGER, write_sample
from app.window.program import Program
from engine.answers import Answer, AnswerState
from engine.messages.prompts import Speaker
from engine.model_rows import ModelState
from engine.settings import CONTEXT_TOKENS, ThemeChoice
from ui.code.document_view import DocumentView
from ui.code.fill_preview import FillPreview
from ui.models.dialog import ModelsDialog
from ui.models.licence import LicenceDialog

_SEVEN_KEY = "codellama/CodeLlama-7b-Instruct-hf"
_LONG_REQUEST = "Write a class that reads a configuration file, with methods to get, set and save each value."


@dataclass(frozen=True, slots=True)
class Step:
    """A step: its name in the transcript, and its action."""

    title: str
    run: Callable[[], str]


class Tour:
    """The steps. Each returns a line for the transcript, or raises StepFailedError."""

    def __init__(self, program: Program, hands: Hands, scratch: Path) -> None:
        self._program = program
        self._hands = hands
        self._sample = write_sample(scratch)

    @property
    def steps(self) -> list[Step]:
        return [
            Step("Start in the dark theme", self.start),
            Step("See what this computer can run", self.see_models),
            Step("Begin with the demonstration model", self.begin),
            Step("Ask a question", self.ask),
            Step("Drag a folder over the window", self.drag),
            Step("Drop it", self.drop),
            Step("Open a file from the project", self.open_file),
            Step("Fill a selected gap", self.fill),
            Step("Accept the fill", self.accept),
            Step("Undo, fill again, discard", self.discard),
            Step("Save", self.save),
            Step("Ask about the project", self.ask_about_project),
            Step("Look at what the model saw", self.look),
            Step("Stop an answer", self.stop),
            Step("Switch to the light theme from the command palette", self.lighten),
            Step("Look at the models in the light theme", self.see_models_again),
            Step("Narrow the window", self.narrow),
        ]

    # --- chat ---------------------------------------------------------------------------------------------------------

    def start(self) -> str:
        program = self._program
        settings = program.settings.settings
        chat = replace(settings.chat, seed=7, max_tokens=160)
        program.settings.change(theme=ThemeChoice.DARK, chat=chat)
        program.window.resize(1280, 800)
        self._hands.picture("start")
        self._hands.wait_until(lambda: program.model.model is not None, "the model is loaded")
        model = program.model.model
        require(model is not None, "a model is loaded")
        self._hands.picture("ready")
        return f"{model.name} on {model.device_name}, {model.compute_dtype}" if model else ""

    def ask(self) -> str:
        answer = self._ask("Who are you?", picture="answer")
        require(answer.state is AnswerState.COMPLETE, f"the answer ended by itself, not as {answer.state}")
        return f"You: Who are you?\nLacuna: {answer.text.strip()}"

    def ask_about_project(self) -> str:
        self._press("Ctrl+N")
        require(self._program.chat.chat_id is None, "a new chat is shown")
        question = "What does the class Account in ledger/accounts.py do?"
        answer = self._ask(question, picture="project-answer")
        require(answer.receipt.files_packed > 0, "files of the project went along with the question")
        usage = answer.receipt.usage
        require(usage is not None and usage.prompt_tokens > 300, "the prompt held the project")
        return f"You: {question}\nLacuna: {answer.text.strip()}\n({answer.receipt.files_packed} files went along)"

    def stop(self) -> str:
        self._focus_composer()
        self._hands.type_text(self._composer, _LONG_REQUEST + "\n")
        self._hands.wait_until(lambda: len(self._answer.text) > 40, "the answer has begun")
        self._press("Ctrl+.")
        self._hands.wait_until(lambda: not self._answer.state.is_running, "the answer has stopped")
        kept = self._answer
        require(bool(kept.text), "what had been written is kept")
        return f"{len(kept.text)} characters kept, {kept.state}"

    def _ask(self, question: str, *, picture: str) -> Answer:
        self._focus_composer()
        self._hands.type_text(self._composer, question)
        require(self._program.panes.chat.draft == question, "the composer holds what was typed")
        self._hands.press(self._composer, "Return")
        self._hands.wait_until(lambda: bool(self._answer.text), "text streams in")
        self._hands.picture(f"{picture}-streaming")
        self._hands.wait_until(lambda: not self._answer.state.is_running, "the answer has ended")
        self._hands.picture(picture)
        answer = self._answer
        require(answer.state is not AnswerState.FAILED, f"the answer did not fail: {answer.error}")
        self._check_stored(question, answer)
        return answer

    def _check_stored(self, question: str, answer: Answer) -> None:
        chat_id = self._program.chat.chat_id
        require(chat_id is not None, "the conversation exists")
        branch = self._program.store.branch(chat_id or 0)
        stored = [(message.speaker, message.text) for message in branch[-2:]]
        expected = [(Speaker.USER, question), (Speaker.ASSISTANT, answer.text)]
        require(stored == expected, f"the conversation is on disk as it is shown: {stored}")

    @property
    def _answer(self) -> Answer:
        view = self._program.panes.chat.transcript.last_answer
        if view is None:
            raise StepFailedError("the transcript has no answer")
        return view.answer

    @property
    def _composer(self) -> QWidget:
        return self._program.panes.chat.composer.field

    def _focus_composer(self) -> None:
        self._press("Ctrl+L")

    # --- project ------------------------------------------------------------------------------------------------------

    def drag(self) -> str:
        self._dragged = self._hands.drag_over(self._program.window, [self._sample])
        require(self._program.window.drop_overlay.isVisible(), "the window shows where the folder would go")
        self._hands.picture("drag")
        return "; ".join(self._program.window.drop_overlay.words)

    def drop(self) -> str:
        project = self._program.project
        self._hands.drop(self._program.window, self._dragged)
        require(project.root == str(self._sample), "the dropped folder is the project")
        self._hands.wait_until(lambda: not project.is_reading and project.revision > 0, "the folder has been read")
        rows = project.rows
        require(rows[LEDGER].included and bool(rows[LEDGER].tokens), "the source file is counted")
        require(not rows[".env"].included, "the file with secrets stays out")
        require(not rows["logo.png"].included, "the picture stays out")
        require("run.log" not in rows or not rows["run.log"].included, "what .gitignore names stays out")
        self._hands.picture("project")
        out = "; ".join(f"{row.path}: {row.reason}" for row in rows.values() if not row.included)
        return f"{sum(row.included for row in rows.values())} files in; {out}"

    def look(self) -> str:
        """Open the exact prompt of the last answer."""
        self._program.window.commands.trigger("chat.prompt")
        dialog = self._program.prompts.dialogs[-1]
        self._hands.wait_until(dialog.text.isEnabled, "the prompt has been read")
        shown = dialog.text.toPlainText()
        require(LEDGER.rpartition("/")[2] in shown, "the file's text is in the prompt")
        self._hands.picture("prompt", dialog)
        summary = dialog.summary.text()
        dialog.accept()
        self._program.window.activateWindow()
        return summary

    # --- code ---------------------------------------------------------------------------------------------------------

    def open_file(self) -> str:
        tree = self._program.panes.project.tree
        tree.setFocus()
        self._hands.press(tree, "Home")
        for _ in range(tree.model().rowCount() + len(self._program.project.rows)):
            if tree.current_path == LEDGER:
                break
            self._hands.press(tree, "Right")
            self._hands.press(tree, "Down")
        require(tree.current_path == LEDGER, "the tree has the file")
        self._hands.press(tree, "Return")
        require(self._view.editor.text() == self._on_disk, "the tab holds the file's text")
        self._hands.picture("file")
        return f"{LEDGER}, {len(self._on_disk)} characters"

    def fill(self) -> str:
        """Fill the first of several gaps for which the model offers any text."""
        for line in (
            "        self.entries = []",
            '        """Return the sum of all amounts."""',
            "    def balance(self):",
        ):
            self._select(line)
            self._hands.press(self._view.editor, "Ctrl+I")
            self._hands.wait_until(lambda: not self._program.fill.is_running, "the fill has ended")
            if self._program.fill.has_preview:
                self._hands.picture("fill")
                require(self._view.editor.text() == self._on_disk, "a preview is no edit")
                return f"in place of {line.strip()!r}: {self._preview.fill!r}"
        raise StepFailedError("the model offered nothing for any gap")

    def accept(self) -> str:
        gap, fill = self._preview.filled_gap, self._preview.fill
        self._hands.press(self._preview, "Tab")
        require(self._view.preview is None, "the preview is gone")
        require(self._view.editor.text() == gap.prefix + fill + gap.suffix, "the document holds prefix, fill, suffix")
        require(self._view.is_modified, "the document counts as changed")
        self._hands.picture("accepted")
        return "prefix + fill + suffix"

    def discard(self) -> str:
        accepted = self._view.editor.text()
        self._hands.press(self._view.editor, "Ctrl+Z")
        require(self._view.editor.text() == self._on_disk, "one undo takes the whole fill back")
        self._hands.press(self._view.editor, "Ctrl+Shift+Z")
        require(self._view.editor.text() == accepted, "redo brings it again")
        self._select("        return sum(amount for amount, note in self.entries)")
        self._hands.press(self._view.editor, "Ctrl+I")
        self._hands.wait_until(lambda: self._view.preview is not None or not self._program.fill.is_running, "a preview")
        if self._view.preview is not None:
            self._hands.press(self._preview, "Escape")
        require(self._view.editor.text() == accepted, "Esc leaves the text exactly as it was")
        return "the text is as it was"

    def save(self) -> str:
        expected = self._view.editor.text()
        self._press("Ctrl+S")
        require(self._on_disk == expected, "the disk holds the document")
        require(not self._view.is_modified, "nothing is unsaved")
        return f"{len(expected)} characters"

    def _select(self, line: str) -> None:
        """Select a line of the document with the keyboard."""
        editor = self._view.editor
        place = editor.text().index(line)
        cursor = editor.textCursor()
        cursor.setPosition(place)
        editor.setTextCursor(cursor)
        self._hands.press(editor, "Shift+End")
        require(editor.textCursor().selectedText() == line, "the line is selected")

    @property
    def _view(self) -> DocumentView:
        view = self._program.panes.code.current_view
        if view is None:
            raise StepFailedError("no file is open")
        return view

    @property
    def _preview(self) -> FillPreview:
        preview = self._view.preview
        if preview is None:
            raise StepFailedError("there is no preview")
        return preview

    @property
    def _on_disk(self) -> str:
        return (self._sample / LEDGER).read_text(encoding="utf-8")

    # --- the window ---------------------------------------------------------------------------------------------------

    def lighten(self) -> str:
        palette = self._program.window.command_palette
        self._press("Ctrl+Shift+P")
        require(palette.isVisible(), "the palette is open")
        self._hands.type_text(palette.field, "light")
        self._hands.picture("palette")
        self._hands.press(palette.field, "Return")
        require(self._program.settings.settings.theme is ThemeChoice.LIGHT, "the light theme is chosen")
        require(not self._program.themes.theme.colours.is_dark, "the light theme is worn")
        self._hands.picture("light")
        return "light"

    def narrow(self) -> str:
        self._program.window.resize(960, 700)
        self._hands.settle()
        require(not self._program.panes.project.isVisible(), "the project pane folds in a narrow window")
        self._hands.picture("narrow")
        return f"{self._program.window.width()} x {self._program.window.height()}"

    # --- models -------------------------------------------------------------------------------------------------------

    def see_models(self) -> str:
        """The first page shows the hardware, the dialog lists all models, and a download asks for its licence."""
        program = self._program
        page = program.window.first_run
        require(page.isVisible(), "a first start shows its own page")
        self._hands.wait_until(lambda: program.model.machine is not None, "the computer was looked at")
        self._hands.wait_until(lambda: len(page.machine.facts) > 1, "what was found is shown")
        self._hands.picture("first-run")
        dialog = self._open_models()
        self._choose(_SEVEN_KEY)
        self._hands.picture("models", of=dialog)
        self._hands.press(dialog.table, "Return")
        licence = self._hands.the_dialog(LicenceDialog)
        require(not licence.start_button.isEnabled(), "nothing is downloaded before the licence is accepted")
        self._hands.picture("licence", of=licence)
        self._hands.leave(licence)
        require(not program.download.is_running, "nothing is downloaded")
        self._hands.leave(dialog)
        return f"{page.machine.words}\nTo begin with: {program.model_list.recommendation.name}"

    def begin(self) -> str:
        self._hands.click(self._program.window.first_run.demo_button)
        require(self._program.window.welcome.isVisible(), "the usual start page is shown")
        self._hands.picture("welcome")
        return "the starter stays loaded"

    def see_models_again(self) -> str:
        dialog = self._open_models()
        self._choose(STARTER_KEY)
        row = self._program.model_list.row(STARTER_KEY)
        require(row is not None and row.state is ModelState.LOADED, "the starter's row says that it is loaded")
        context_tokens = self._program.settings.settings.context_tokens
        require(context_tokens == CONTEXT_TOKENS, f"nobody chose another context, and yet it is {context_tokens}")
        self._hands.picture("models-light", of=dialog)
        self._hands.leave(dialog)
        return row.state_words if row else ""

    def _open_models(self) -> ModelsDialog:
        self._press("Ctrl+Shift+M")
        return self._hands.the_dialog(ModelsDialog)

    def _choose(self, key: str) -> None:
        """Select a model with the keyboard."""
        table = self._hands.the_dialog(ModelsDialog).table
        self._hands.press(table, "Home")
        for _ in self._program.model_list.rows:
            if table.current_key == key:
                return
            self._hands.press(table, "Down")
        raise StepFailedError(f"the table has no row {key}")

    def _press(self, keys: str) -> None:
        self._hands.press(self._program.window, keys)
