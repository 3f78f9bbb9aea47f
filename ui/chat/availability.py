"""Whether a question can be answered or a text be continued now, and the words for the empty pane; without Qt."""

from dataclasses import dataclass

from engine.messages.jobs import Progress
from engine.messages.machine import ModelInfo
from engine.messages.prompts import PromptFormat
from ui.chat.wording import progress_line


@dataclass(frozen=True, slots=True)
class Availability:
    """`refusal` says in one line why nothing can be sent, "" where it can; the other words fill the empty transcript.

    `continues`: what is sent is a text to be continued, not a question to be answered.
    """

    refusal: str
    title: str
    text: str
    offers_models: bool = False
    continues: bool = False


def availability(model: ModelInfo | None, loading: Progress | None) -> Availability:
    """What the chat can do with this model. While one loads, questions can be sent and wait."""
    if loading is not None:
        text = f"{progress_line(loading)}\nYou can write and send already: the question waits for the model."
        return Availability("", "The model is loading", text)
    if model is None:
        return Availability(
            "No model is loaded.",
            "No model is loaded",
            "Choose a model to chat with. Your conversations can be read without one.",
            offers_models=True,
        )
    if model.prompt_format is PromptFormat.COMPLETION:
        return Availability(
            "",
            f"{model.name} continues text",
            "It was not taught to answer questions. What you write here is continued as it stands: each text by "
            "itself, without what stands above it and without the open folder. An Instruct model answers questions.",
            offers_models=True,
            continues=True,
        )
    return Availability(
        "",
        "Ask about code",
        "The answer streams in here. With a folder open, questions are asked about its files.",
    )
