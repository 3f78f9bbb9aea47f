"""Whether the chat can answer a question or continue a text now, and the words of the empty pane; without Qt."""

from dataclasses import dataclass

from engine.messages.jobs import Progress
from engine.messages.machine import ModelInfo
from engine.messages.prompts import PromptFormat
from ui.chat.wording import progress_line


@dataclass(frozen=True, slots=True)
class Availability:
    """`refusal` says in one line why nothing can be sent, "" if something can. `title` and `text` fill the empty chat.

    `continues` is True if the model continues a text instead of answering a question.
    """

    refusal: str
    title: str
    text: str
    offers_models: bool = False
    continues: bool = False


def availability(model: ModelInfo | None, loading: Progress | None) -> Availability:
    """What the chat can do with this model. While a model loads, questions can be sent; they wait for it."""
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
