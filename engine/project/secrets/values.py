"""Judges whether a value looks random or like a password, not like a name, a word or a placeholder."""

import math
import re
from collections import Counter

from engine.project.secrets.trust import Trust

# A value that equals or contains one of these is a placeholder.
_PLACEHOLDER = re.compile(
    rb"(?i)example|sample|placeholder|change.?(?:me|it|this)|replace|your|dummy|redacted|removed|insert|xxxx|\*\*\*"
    rb"|\.\.\.|goes.?here|not.?(?:a.?)?(?:real|secret)|12345678|abcdef|qwerty|lorem|deadbeef|foo.?bar"
    rb"|<|\$[{(]|\{\{|\}\}|%\(|%[sdv]|\{.*\}|\[[0-9A-Za-z]-|\\[dwsDWS]"  # of templates and patterns
    rb"|^[$@%#&*!]"  # references in shells and settings
)
# A key of a known shape counts whatever it spells, unless it says that it is an example.
_STAND_IN = re.compile(rb"(?i)example|placeholder|redacted|x{6}|0{12}|your[_-]|\.\.\.")
# Shorter ones may stand in a random value by chance, so they count as words of their own only.
_PLACEHOLDER_WORD = re.compile(
    rb"(?i)(?<![a-z])(?:test(?:ing|s|er)?|fake|demo|mock(?:ed)?|todo|fixme|none|null|nil|true|false|undefined|foo|bar"
    rb"|baz|invalid|wrong|bad|my|some|the|any|new|old|default|secret|password|passwd|pass|token|user(?:name)?|admin"
    rb"|root|guest)(?![a-z])"
)
_WELL_KNOWN = re.compile(
    rb"(?i)(?:my)?(?:pass(?:w(?:or)?d)?|p[a@]ss?w[o0]rd|secret|s[e3][ck]r[e3i1]t|test|admin|root|guest|user|demo"
    rb"|postgres|mysql|redis|rabbitmq|mongo|minio(?:admin)?|elastic|changeme|letmein|welcome|vagrant|docker|oracle|sa"
    rb"|toor|raspberry|ubuntu|default|public|private|localhost|development|production|staging|abc|asdf|foo|bar|baz|hello"
    rb"|world|key|value|string)[0-9!@#$._-]{0,5}"
)
_PART = re.compile(rb"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_FOUR_BY_FOUR = re.compile(rb"[a-z]{4}(?: [a-z]{4}){3}")  # the form of mail services' app passwords
_LOWER_RUN = re.compile(rb"[a-z0-9]+")
_HEX = re.compile(rb"[0-9a-fA-F]+")
_ID = re.compile(rb"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NO_VALUE = re.compile(
    rb"(?:[a-z][a-z0-9+.-]*://|\.{1,2}/|~/|[A-Za-z]:\\)"  # an address or a path
    rb"|.*\.(?:json|ya?ml|txt|pem|key|crt|cer|py|js|ts|go|rb|php|html?|env|xml|sh|conf|cfg|ini|toml|csv|md|svg|png)$"
    rb"|[0-9.,:/+-]+$|[\^~>=<]*v?[0-9]+\.[0-9x]+|[0-9]{4}-[0-9]{2}-[0-9]{2}"
    rb"|(?:pbkdf2|bcrypt|argon2|scrypt|sha1|md5)[_$]|sha(?:256|384|512)-|data:|arn:|projects/|(?:[0-9a-fA-F]{2}:){5}"
)
_DIGIT, _LETTER, _SIGN = re.compile(rb"[0-9]"), re.compile(rb"[A-Za-z]"), re.compile(rb"[!@#$%^&*?+=~|:;,./\\()\[\]-]")
_MOST_IN_A_PART = 3.0  # mean run of letters or digits: random text has shorter ones, words and names longer ones


def entropy_bits(text: bytes) -> float:
    """Shannon entropy of a text's bytes, in bits per byte."""
    counts = Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts)


def is_placeholder(value: bytes) -> bool:
    """Whether a value is a placeholder."""
    return len(set(value)) < 4 or _PLACEHOLDER.search(value) is not None


def is_stand_in(token: bytes) -> bool:
    """Whether a token of a known shape says that it is an example, as in manuals."""
    return len(set(token)) < 3 or _STAND_IN.search(token) is not None


def is_well_known(value: bytes) -> bool:
    """Whether a password is a common example of manuals."""
    return _WELL_KNOWN.fullmatch(value) is not None or _PLACEHOLDER_WORD.search(value) is not None


def is_mixed(value: bytes) -> bool:
    """Whether letters and digits alternate as in no word or name."""
    return 0 < mean_part(value) < _MOST_IN_A_PART


def mean_part(value: bytes) -> float:
    """The mean length of runs of digits or of letters of one case; a capital counts with the lower case after it."""
    parts = _PART.findall(value)
    return sum(map(len, parts)) / len(parts) if parts else 0.0


def looks_random(value: bytes) -> bool:
    """Whether a value of 16 or more bytes looks machine-generated."""
    if len(value) < 16 or not _LETTER.search(value):
        return False
    if not _DIGIT.search(value):
        return len(value) >= 20 and value.isalpha() and is_mixed(value) and entropy_bits(value) >= 3.8
    if _HEX.fullmatch(value):
        return entropy_bits(value) >= 2.8
    if _ID.fullmatch(value):
        return entropy_bits(value) >= 3.0
    if len(value) >= 24 and entropy_bits(value) >= 4.1 and b"_" not in value and b" " not in value:
        return mean_part(value) < 2 * _MOST_IN_A_PART - 2
    if len(value) >= 20 and _LOWER_RUN.fullmatch(value) and len(_DIGIT.findall(value)) >= 3:
        return entropy_bits(value) >= 3.7
    return is_mixed(value) and entropy_bits(value) >= 3.3


def looks_secret(value: bytes, trust: Trust, *, for_password: bool, is_environment: bool = False) -> bool:
    """Whether the value of a telling name is a secret.

    `for_password`: the name is of a password, which may be short. `is_environment`: the name is in capitals.
    """
    if len(value) < 6 or is_placeholder(value) or _NO_VALUE.match(value):
        return False
    if looks_random(value):
        return True
    if for_password and _FOUR_BY_FOUR.fullmatch(value):
        return True
    if is_well_known(value) or b" " in value:
        return False
    if value.startswith(b"/") and b"/" in value[1:]:
        return False
    has_letter, has_digit, has_sign = (found.search(value) is not None for found in (_LETTER, _DIGIT, _SIGN))
    if not has_letter:
        return for_password and trust is Trust.SETTINGS and (has_digit and (has_sign or is_environment))
    if trust is Trust.SETTINGS and for_password:
        return has_digit or (is_environment and value.isalpha() and value.islower())
    if for_password:
        return len(value) >= 8 and has_digit and is_mixed(value)
    return len(value) >= 12 and has_digit and is_mixed(value) and not value.islower()
