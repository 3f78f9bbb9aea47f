"""How much a value has to look like a secret in a file of a kind, which its path tells."""

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
# Settings that are written as code.
_SETTINGS = re.compile(
    r"(?i)(?:^|/)(?:wp-config|config|settings|configuration|secrets?|credentials?)[\w.-]*\.(?:php|py|js|ts|rb)$"
)


class Trust(Enum):
    """What a value is taken for where a name speaks of a secret."""

    SETTINGS = "settings"  # passwords stand there as they are
    CODE = "code"  # most values are names
    PROSE = "prose"  # most values are made up


def trust_of(path: str) -> Trust:
    """What kind of place a file is. Passwords in tests are made up, as in prose."""
    if _PROSE.search(path):
        return Trust.PROSE
    if not is_code(path) or (_SETTINGS.search(path) and not _TEST.search(path)):
        return Trust.SETTINGS
    return Trust.PROSE if _TEST.search(path) else Trust.CODE


def is_code(path: str) -> bool:
    """Whether what stands without quotes in a file is an expression."""
    return _CODE.search(path) is not None
