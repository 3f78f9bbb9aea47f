"""A program that is killed while it writes loses no question, and of an answer only its end."""

import subprocess
import sys
from pathlib import Path

import pytest

from app.chat.store.opening import open_chat_store
from engine.messages.prompts import Speaker

WRITER = """
import sys
from pathlib import Path
from app.chat.store.opening import open_chat_store

store = open_chat_store(Path(sys.argv[1])).store
chat_id = None
for number in range(100_000):
    asked = store.ask(chat_id, "T", f"question {number}")
    chat_id = asked.chat_id
    for word in range(20):
        store.append_text(asked.answer_id, f"{word} ")
    print(number, flush=True)
"""


@pytest.mark.parametrize("said", [1, 2, 5, 9])
def test_killed_writer_leaves_every_question_and_a_beginning_of_the_answer(tmp_path: Path, said: int) -> None:
    path = tmp_path / "chats.sqlite3"
    with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        for _ in range(said):
            writer.stdout.readline()
        writer.kill()
    opened = open_chat_store(path)
    assert opened.problem is None
    (chat,) = opened.store.chats()
    messages = opened.store.branch(chat.id)
    questions = [message.text for message in messages if message.speaker is Speaker.USER]
    assert len(questions) >= said
    assert questions == [f"question {number}" for number in range(len(questions))]
    whole = "".join(f"{word} " for word in range(20))
    answers = [message.text for message in messages if message.speaker is Speaker.ASSISTANT]
    assert all(text == whole for text in answers[:said])
    assert whole.startswith(answers[-1])
