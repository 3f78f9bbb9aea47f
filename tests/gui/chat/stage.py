"""Texts for the chat pane and ways to read what it shows; shared by its tests."""

from PySide6.QtWidgets import QApplication

from engine.answers import Answer, AnswerState, Question
from tests.conftest import ROOT
from tests.model_infos import model_info
from ui.chat.answer_view import AnswerView
from ui.chat.code_block import CodeBlock
from ui.chat.pane import ChatPane
from ui.theme.icons import Icons

MODEL = model_info(name="Tiny")
ICONS = Icons(ROOT / "resources" / "icons")
MIXED = """Types such as List<String> and <b>bold</b> stay.

1. First
   ```python
   x = 1
   ```
2. Second

| a | b |
|---|---|
| 1 | 2 |

> quoted

See [docs](https://a.example/x) or https://b.example.
"""


def settle() -> None:
    """Let layouts that wait in the event loop be done."""
    for _ in range(4):
        QApplication.processEvents()


def shown(pane: ChatPane, *answers: Answer) -> AnswerView:
    pane.show_chat(1, "Title", [entry for answer in answers for entry in (Question(answer.id + 1000, "Q"), answer)])
    view = pane.transcript.last_answer
    assert view is not None
    return view


def complete(text: str, answer_id: int = 2) -> Answer:
    return Answer(answer_id, text, AnswerState.COMPLETE, "Tiny")


def words(view: AnswerView) -> str:
    parts = [part.text_view if isinstance(part, CodeBlock) else part for part in view.body.parts]
    return "\n".join(part.toPlainText() for part in parts)
