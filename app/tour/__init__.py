"""The tour: drives the real window, offscreen, by real key, mouse and drop events, and checks every step."""

import sys
import tempfile
from pathlib import Path

from app.host.profile import Profile
from app.tour.hands import Hands, StepFailedError
from app.tour.steps import Step, Tour
from app.window.logs import LogFiles
from app.window.program import build_program
from app.window.start import make_application


def run_tour(out: Path, profile: Profile, model_folder: Path | None) -> int:
    """Walk through the window and save numbered pictures in `out`; returns 0, or 1 if a step failed.

    Prints a transcript. Window, engine, reader and files are real; only the person is simulated.
    """
    out.mkdir(parents=True, exist_ok=True)
    application = make_application()
    logs = LogFiles(profile.logs)
    program = build_program(application, profile)
    with tempfile.TemporaryDirectory(prefix="lacuna-sample-") as scratch:
        hands = Hands(program.window, out)
        program.start(model_folder, ())
        try:
            failed = not all(_did(step, hands) for step in Tour(program, hands, Path(scratch)).steps)
        finally:
            program.window.close()
            program.close()
            logs.close()
    _say(f"{len(hands.taken)} pictures in {out}" + (", and a step failed" if failed else ""))
    return int(failed)


def _did(step: Step, hands: Hands) -> bool:
    _say(f"== {step.title}")
    try:
        _say(step.run())
    except StepFailedError as error:
        hands.picture("failed")
        _say(f"FAILED: {error}")
        return False
    return True


def _say(text: str) -> None:
    sys.stdout.write(text.encode("utf-8", "replace").decode() + "\n")
    sys.stdout.flush()
