"""Prepares foreign text for a prompt: normalises line ends, and breaks up chat tags so that they can't command.

Only the prompt's copy is changed, never a file or what is shown.
"""

import re

# Exactly these five, as the authors check them (llama/generation.py, SPECIAL_TAGS): the small models read them as plain
# text, so no spelling by other ids would take their meaning away.
_LLAMA_TAGS = r"\[INST\]|\[/INST\]|<<SYS>>|<</SYS>>|<step>"
LLAMA_TAGS = re.compile(_LLAMA_TAGS)
_MARKS = "im_start|im_end|system|user|assistant|begin_of_text|start_header_id|end_header_id|eot_id"
# What a project's files must not hold, which are read before it is known to which model they go.
ANY_TAG = re.compile(rf"{_LLAMA_TAGS}|<\|(?:{_MARKS})\|>")


def normalise_line_ends(text: str) -> str:
    """CRLF and lone CR as LF: a CR merges with what stands before it, a mark included."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def disarm(text: str, tag: re.Pattern[str] = ANY_TAG) -> tuple[str, bool]:
    """`text` with a space behind the first character of each chat tag, and whether there was one."""
    spaced, tags = tag.subn(lambda tag: f"{tag[0][0]} {tag[0][1:]}", text)
    return spaced, tags > 0
