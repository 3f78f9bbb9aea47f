"""The values of git's configuration that ignoring depends on, read from its files as data (git-config(1)).

`include.path` is followed; conditional includes are not.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.project.plain_file import read_plain

_MAX_BYTES = 1 << 20
_MAX_INCLUDE_DEPTH = 10
_MAX_FILES = 100
_SECTION = re.compile(r'\[\s*(?P<name>[A-Za-z0-9.-]+)(?:\s+"(?P<inner>(?:\\.|[^"\\])*)")?\s*\]')
_ESCAPES = {"n": "\n", "t": "\t", "b": "\b", '"': '"', "\\": "\\"}


@dataclass(slots=True)
class GitConfig:
    """The last value of each "section.key" or "section.subsection.key"; sections and keys in lower case."""

    values: dict[str, str] = field(default_factory=dict)
    _files_read: int = 0

    def read(self, file: str, depth: int = 0) -> None:
        """Add the values of a file and of the files it includes. An unreadable file adds nothing."""
        self._files_read += 1
        if depth > _MAX_INCLUDE_DEPTH or self._files_read > _MAX_FILES:
            return
        try:
            content = read_plain(file, _MAX_BYTES, follow_link=True)
        except (OSError, ValueError):
            return
        for key, value in settings(os.fsdecode(content)):
            self.values[key] = value
            if key == "include.path" and value:
                self.read(os.path.join(os.path.dirname(file), os.path.expanduser(value)), depth + 1)

    def is_on(self, key: str) -> bool:
        """A boolean; False if it isn't set. A key without "=" is true."""
        return self.values.get(key, "false").lower() in ("true", "yes", "on", "1")


def person_config() -> GitConfig:
    """The values of the machine's and the person's files, in git's order."""
    config = GitConfig()
    if not os.environ.get("GIT_CONFIG_NOSYSTEM"):
        config.read(os.environ.get("GIT_CONFIG_SYSTEM", "/etc/gitconfig"))
    own = os.environ.get("GIT_CONFIG_GLOBAL")
    for file in [config_home("config"), os.path.expanduser("~/.gitconfig")] if own is None else [own]:
        config.read(file)
    return config


def config_home(name: str) -> str:
    """A file in git's folder below XDG_CONFIG_HOME."""
    return os.path.join(os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config"), "git", name)


def settings(text: str) -> Iterator[tuple[str, str]]:
    """The keys and values of a configuration file in order; invalid lines are skipped."""
    section = ""
    lines = iter(text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n"))
    for line in lines:
        rest = line.strip()
        if (head := _SECTION.match(rest)) is not None:
            inner = head["inner"]
            section = head["name"].lower() + ("" if inner is None else "." + re.sub(r"\\(.)", r"\1", inner))
            rest = rest[head.end() :].strip()
        if not rest or rest[0] in "#;":
            continue
        key, equals, value = rest.partition("=")
        name = key.strip().lower()
        if not equals:
            yield f"{section}.{name.partition('#')[0].partition(';')[0].strip()}", "true"
            continue
        while _is_continued(value):
            value = value[:-1] + next(lines, "")
        yield f"{section}.{name}", _plain_value(value)


def _is_continued(value: str) -> bool:
    return (len(value) - len(value.rstrip("\\"))) % 2 == 1


def _plain_value(value: str) -> str:
    """A value without quotes, escapes, comment and surrounding blanks."""
    found: list[str] = []
    kept = 0  # length up to which trailing blanks are kept
    is_quoted = False
    characters = iter(value.strip())
    for character in characters:
        if character == '"':
            is_quoted = not is_quoted
        elif character == "\\":
            found.append(_ESCAPES.get(next(characters, ""), ""))
            kept = len(found)
        elif character in "#;" and not is_quoted:
            break
        else:
            found.append(character)
        if is_quoted or not character.isspace():
            kept = len(found)
    return "".join(found[:kept])
