"""How strictly values are judged, by the kind of file, which its path tells."""

import re
from enum import Enum

_CODE = re.compile(
    r"(?i)\.(?:py[ix]?|[cm]?[jt]sx?|go|rs|java|kts?|scala|swift|rb|php|c|h|cc|cpp|cxx|hpp|hh|mm?|cs|fs|vb|lua|pl|pm|r"
    r"|jl|dart|exs?|erl|hs|mli?|clj[cs]?|groovy|zig|nim|d|f90|pas|vue|svelte|css|scss|less|glsl|cu|sol)$"
)
_PROSE = re.compile(
    r"(?i)\.(?:mdx?|markdown|rst|adoc|asciidoc|tex|x?html?|org|wiki|pod|pot?|[1-8])$|(?:^|/)docs?/.*\.txt$"
)
_TEST = re.compile(
    r"(?i)(?:^|/)(?:tests?|specs?|testing|testdata|fixtures?|__tests__|e2e|mocks?)/|(?:^|/)test_[^/]*$"
    r"|[._-](?:test|spec)\.[^/]*$"
)
# Settings written as code.
_SETTINGS = re.compile(
    r"(?i)(?:^|/)(?:wp-config|config|settings|configuration|secrets?|credentials?)[\w.-]*\.(?:php|py|js|ts|rb)$"
)


class Trust(Enum):
    """The expected kind of value behind a telling name."""

    SETTINGS = "settings"  # passwords appear verbatim
    CODE = "code"  # most values are names
    PROSE = "prose"  # most values are invented


def trust_of(path: str) -> Trust:
    """The kind of a file. Passwords in tests are invented, as in prose."""
    if _PROSE.search(path):
        return Trust.PROSE
    if not is_code(path) or (_SETTINGS.search(path) and not _TEST.search(path)):
        return Trust.SETTINGS
    return Trust.PROSE if _TEST.search(path) else Trust.CODE


def is_code(path: str) -> bool:
    """Whether an unquoted value in a file is an expression."""
    return _CODE.search(path) is not None
