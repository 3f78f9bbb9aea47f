"""What happens to foreign text before it is encoded for a prompt: line ends, and chat tags that must not command.

Only the prompt's copy is changed, never a file or what is shown.
"""

import re

# Exactly these five, as the authors check them (llama/generation.py, SPECIAL_TAGS): the small models read them as plain
# text, so no spelling by other ids would take their meaning away.
_TAG = re.compile(r"\[INST\]|\[/INST\]|<<SYS>>|<</SYS>>|<step>")


def normalise_line_ends(text: str) -> str:
    """CRLF and lone CR as LF: a CR merges with what stands before it, a mark included."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def disarm(text: str) -> tuple[str, bool]:
    """`text` with a space behind the first character of each chat tag, and whether there was one."""
    spaced, tags = _TAG.subn(lambda tag: f"{tag[0][0]} {tag[0][1:]}", text)
    return spaced, tags > 0
