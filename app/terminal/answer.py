"""Runs a job that generates text and writes the text as it arrives."""

from collections.abc import Callable
from dataclasses import dataclass

from app.terminal.output import Output
from app.terminal.session import Session
from engine.messages.generation import Chat, Complete, Infill, PromptBuilt, Stop, TextDelta, Usage
from engine.messages.jobs import Finished, Progress, Role

INTERRUPTED = 130  # the exit status that shells give for SIGINT


@dataclass(frozen=True, slots=True)
class Answer:
    """A text, why it ended and what it cost. `usage` is None for a job that was cancelled. `seed` draws it again, None
    if nothing was drawn.

    `others` are further alternatives, where they were asked for.
    """

    text: str
    stop: Stop
    tokens: int
    reused: int
    computed: int
    usage: Usage | None
    seed: int | None = None
    others: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        return INTERRUPTED if self.stop is Stop.CANCELLED else 0

    def figures(self) -> dict[str, object]:
        """The fields of a whole answer's JSON line, besides its text."""
        figures = {"stop": self.stop, "tokens": self.tokens, "reused": self.reused, "computed": self.computed}
        return figures if self.seed is None else {**figures, "seed": self.seed}


def answer(
    session: Session, request: Chat | Infill | Complete, on_text: Callable[[TextDelta], None] | None = None
) -> Answer:
    """Run the request on the loaded model; `on_text` gets each delta. Raises LacunaError if the job fails."""
    texts = [""] * (request.alternatives if isinstance(request, Infill) else 1)
    tokens = reused = computed = 0
    seed: int | None = None
    finished = Finished(request.job_id)
    for event in session.jobs(Role.ENGINE).run(request):
        match event:
            case TextDelta():
                tokens = event.tokens
                texts[event.alternative] += event.text
                if on_text is not None:
                    on_text(event)
            case Progress():
                session.show_progress(event)
            case PromptBuilt():
                reused, computed, seed = event.reused, event.prompt_tokens - event.reused, event.seed
                _note_changes(session, event)
            case Finished():
                finished = event
    text, *others = texts
    return Answer(text, finished.stop or Stop.EOS, tokens, reused, computed, finished.usage, seed, tuple(others))


def stream(session: Session, request: Chat | Complete) -> int:
    """Run the request and write its text as it arrives: plain, or as JSON lines that end with the figures."""
    output = session.output
    if not output.as_json:
        return answer(session, request, lambda delta: output.text(delta.text)).exit_code
    whole = answer(session, request, lambda delta: _record(output, delta))
    output.record({"event": "finished", **whole.figures()})
    return whole.exit_code


def _record(output: Output, delta: TextDelta) -> None:
    """A text delta as a JSON line. A token's log-probability is sent even if its text waits for the next token."""
    if delta.logprob is not None:
        output.record({"event": "text", "text": delta.text, "logprob": delta.logprob})
    elif delta.text:
        output.record({"event": "text", "text": delta.text})


def _note_changes(session: Session, built: PromptBuilt) -> None:
    if built.trimmed:
        session.output.note(
            "The text is longer than what the model reads at once; only the part that matters most was read."
        )
    if built.disarmed:
        session.output.note("Chat tags in the text were spaced out for the model.")
