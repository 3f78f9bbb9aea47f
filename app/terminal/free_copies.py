"""`lacuna models free`: lists the 4-bit copies in the cache, and removes some of them."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from datetime import datetime

from app.terminal.session import Session
from engine.errors import ErrorCode, LacunaError
from engine.models.nf4_cache import Nf4Copy, list_copies, remove_copy
from engine.shown import gigabytes

_KEY_LETTERS = 12


def add_options(parser: ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="a model's name or the beginning of a copy's key")
    parser.add_argument("--yes", action="store_true", help="remove them; without it they are only listed")
    parser.add_argument("--json", dest="as_json", action="store_true", help="write one JSON object a line")


def run(arguments: Namespace, session: Session) -> int:
    """List the named copies, or all, and remove them if confirmed. Raises LacunaError."""
    cache = session.profile.quantized
    copies = choose_copies(list_copies(cache), arguments.names)
    for copy in copies:
        if arguments.yes:
            _remove(session, copy)
        _report(session, copy, is_removed=arguments.yes)
    if copies and not arguments.yes:
        session.output.note("Add --yes to remove these copies. A model without one is quantized at its next load.")
    return 0


def choose_copies(copies: Sequence[Nf4Copy], names: Sequence[str]) -> list[Nf4Copy]:
    """The copies with these names, or all if no name is given. Raises LacunaError USAGE for an unknown name."""
    for name in names:
        if not any(_is_named(copy, name) for copy in copies):
            raise LacunaError(
                ErrorCode.USAGE,
                f"There is no 4-bit copy called {name}.",
                "`lacuna models free` alone lists them.",
            )
    return [copy for copy in copies if not names or any(_is_named(copy, name) for name in names)]


def _is_named(copy: Nf4Copy, name: str) -> bool:
    return copy.name == name or (bool(name) and copy.key.startswith(name))


def _remove(session: Session, copy: Nf4Copy) -> None:
    try:
        remove_copy(session.profile.quantized, copy.key)
    except OSError as error:
        raise LacunaError(
            ErrorCode.FILE_NOT_SAVED,
            f"The 4-bit copy of {copy.name} could not be removed ({error.strerror}).",
            "Check the rights of the cache folder.",
        ) from None


def _report(session: Session, copy: Nf4Copy, *, is_removed: bool) -> None:
    used = datetime.fromtimestamp(copy.used_s).astimezone()
    if session.output.as_json:
        session.output.record(
            {
                "key": copy.key,
                "name": copy.name,
                "source": copy.source,
                "size_bytes": copy.size_bytes,
                "used": used.isoformat(timespec="seconds"),
                "is_removed": is_removed,
            }
        )
        return
    mark = "removed  " if is_removed else ""
    size = gigabytes(copy.size_bytes)
    session.output.line(f"{mark}{copy.key[:_KEY_LETTERS]}  {size:>9}  {used:%Y-%m-%d}  {copy.name}  {copy.source}")
