"""The person's token for the hub: the desktop's keyring, then HF_TOKEN, then the file that the hub's own tool writes.

It goes into one header and nowhere else: its text form is its source, so no log or message can show it.
"""

import logging
import os
import re
from dataclasses import dataclass, field

SERVICE, ENTRY = "lacuna", "huggingface"  # the keyring's names: `keyring set lacuna huggingface`

_PLAIN = re.compile(r"[\x21-\x7e]+")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Token:
    """`value` "" means that there is none; `source` says where it is from, `note` what kept the keyring shut."""

    value: str = field(repr=False)
    source: str = ""
    note: str = ""

    @property
    def is_usable(self) -> bool:
        """Whether it can stand in a header at all."""
        return _PLAIN.fullmatch(self.value) is not None


def find_token() -> Token:
    """The first token found. May block while the desktop asks the person to unlock the keyring."""
    value, note = _from_keyring()
    if value:
        return Token(value, "the keyring")
    if value := os.environ.get("HF_TOKEN", "").strip():
        return Token(value, "HF_TOKEN", note)
    if value := _from_hub_file():
        return Token(value, "the hub's own file", note)
    return Token("", note=note)


def _from_keyring() -> tuple[str, str]:
    """The keyring's token and "", or "" and why it could not be looked into; no keyring at all is no reason."""
    import keyring
    from keyring.errors import KeyringError, NoKeyringError

    try:
        return (keyring.get_password(SERVICE, ENTRY) or "").strip(), ""
    except NoKeyringError:
        return "", ""
    except KeyringError as error:
        _log.warning("the keyring could not be opened (%s)", type(error).__name__)
        return "", "The keyring could not be opened."


def _from_hub_file() -> str:
    from huggingface_hub import get_token

    return get_token() or ""
