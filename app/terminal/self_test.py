"""`lacuna self-test`: checks the installation by loading a model in NF4, one answer and one fill."""

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping

from app.models.starter import starter_folder
from app.terminal.answer import Answer, answer
from app.terminal.session import Session
from engine.errors import ErrorCode, LacunaError
from engine.messages.generation import Chat, Infill, Stop
from engine.messages.jobs import Role
from engine.messages.machine import ModelInfo
from engine.messages.prompts import PromptFormat, Speaker, Turn
from engine.settings import Sampling

_SAMPLING = Sampling(temperature=0.0, max_tokens=48)
_QUESTION = "Write a function that adds two numbers."
_PREFIX = "def add(a, b):\n    return "
_SUFFIX = "\n\n\ndef subtract(a, b):\n    return a - b\n"


def add_options(parser: ArgumentParser) -> None:
    """This command has no options of its own."""


def run(arguments: Namespace, session: Session) -> int:
    """Report on each step; the first that fails ends the test. Raises LacunaError with the reason."""
    if arguments.model is None:
        session.model_folder = starter_folder()  # the installation is tested, not the person's last model
    model = session.load_model()
    _report_model(session, model)
    new_id = session.jobs(Role.ENGINE).new_id
    turn = Turn(Speaker.USER, _QUESTION)
    steps: list[tuple[str, Chat | Infill]] = []
    if model.prompt_format is not PromptFormat.COMPLETION:
        steps.append(("chat", Chat(new_id(), (turn,), sampling=_SAMPLING)))
    if model.can_infill:
        steps.append(("fill", Infill(new_id(), _PREFIX, _SUFFIX, sampling=_SAMPLING)))
    for name, request in steps:
        result = answer(session, request)
        if result.stop is Stop.CANCELLED:
            return result.exit_code
        _report_answer(session, name, result)
    _report(session, {"step": "all", "ok": True}, "Everything works.")
    return 0


def _report_model(session: Session, model: ModelInfo) -> None:
    facts = {
        "step": "load",
        "ok": True,
        "model": model.name,
        "device": model.device,
        "device_name": model.device_name,
        "device_reason": model.device_reason,
        "compute_dtype": model.compute_dtype,
        "warnings": list(model.warnings),
    }
    place = f"{model.device} ({model.device_name}), computing in {model.compute_dtype}"
    _report(session, facts, f"load  ok  {model.name} in NF4 on {place}. {model.device_reason}")


def _report_answer(session: Session, name: str, result: Answer) -> None:
    """Raise LacunaError INTERNAL if no text came."""
    if not result.text.strip():
        raise LacunaError(ErrorCode.INTERNAL, f"The {name} step gave no text (stop: {result.stop}).")
    rate = result.usage.tokens_per_s if result.usage is not None else 0.0
    facts = {"step": name, "ok": True, **result.figures(), "tokens_per_s": round(rate, 1)}
    _report(session, facts, f"{name}  ok  {result.tokens} tokens, {rate:.1f} tokens/s, stop: {result.stop}")


def _report(session: Session, facts: Mapping[str, object], sentence: str) -> None:
    if session.output.as_json:
        session.output.record(facts)
    else:
        session.output.line(sentence)
