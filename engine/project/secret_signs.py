"""Signs that a file holds a secret: by its name, and by what stands in it. Wrong guesses cost one click to overrule."""

import math
import re
from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatchcase

_SECRET_NAMES = (
    *(".env", ".env.*", "*.env", ".envrc"),
    *("*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.ppk", "*.kdbx", "*.gpg", "*.ovpn"),
    *(".netrc", "_netrc", ".npmrc", ".pypirc", ".pgpass", ".my.cnf", ".htpasswd", ".git-credentials", ".dockercfg"),
    *("credentials", "credentials.*", ".credentials*", "credentials-*", "credentials_*", "*-credentials.json"),
    *("secrets.json", "secrets.y*ml", "secrets.toml", "secrets.ini", "client_secret*.json", "service-account*.json"),
    *("*.tfstate", "*.tfstate.backup", "*.tfvars", "wallet.dat", ".bash_history", ".zsh_history", ".python_history"),
)
_EXAMPLE_WORDS = ("example", "sample", "template")
_SOURCE_SUFFIXES = (
    *(".py", ".pyi", ".js", ".jsx", ".ts", ".tsx", ".mjs", ".go", ".rs", ".java", ".kt", ".scala", ".swift", ".rb"),
    *(".php", ".c", ".h", ".cc", ".cpp", ".hpp", ".cs", ".md", ".rst", ".html", ".vue", ".ex", ".erl", ".hs", ".lua"),
)

# How keys are recognized: by words that must stand in them (looked for first, at the speed of a plain search), and by
# their whole shape.
_KNOWN_KEYS: tuple[tuple[str, tuple[str, ...], re.Pattern[str]], ...] = (
    ("a private key", ("PRIVATE KEY",), re.compile(r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----")),
    ("a private key", ("PuTTY-User-Key-File-",), re.compile(r"PuTTY-User-Key-File-\d")),
    ("an AWS access key", ("AKIA", "ASIA"), re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")),
    ("a GitHub token", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36,}")),
    ("a GitHub token", ("github_pat_",), re.compile(r"\bgithub_pat_[A-Za-z0-9_]{50,}")),
    ("a GitLab token", ("glpat-",), re.compile(r"\bglpat-[A-Za-z0-9_-]{20,}")),
    ("a Slack token", ("xox",), re.compile(r"\bxox[abeprs]-[A-Za-z0-9-]{10,}")),
    ("a Google key", ("AIza",), re.compile(r"\bAIza[0-9A-Za-z_-]{35}")),
    ("a payment key", ("k_live_",), re.compile(r"\b[sr]k_live_[0-9A-Za-z]{16,}")),
    ("an API key", ("sk-",), re.compile(r"\bsk-(?:[a-z]{1,10}-){0,3}[A-Za-z0-9_-]{32,}")),
    ("a model hub token", ("hf_",), re.compile(r"\bhf_[A-Za-z0-9]{30,}")),
    ("a package registry token", ("npm_",), re.compile(r"\bnpm_[A-Za-z0-9]{36}")),
    ("a package registry token", ("pypi-AgE",), re.compile(r"\bpypi-AgE[A-Za-z0-9_-]{50,}")),
    ("a SendGrid key", ("SG.",), re.compile(r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}")),
)
_SECRET_WORDS = (
    *("secret", "token", "password", "passwd", "api_key", "apikey", "access_key", "accesskey"),
    *("private_key", "privatekey", "auth_key", "authkey"),
)
_ASSIGNED = re.compile(
    r"""[A-Za-z0-9_]{0,40}["']?[ \t]{0,8}[:=][ \t]{0,8}["']?"""
    r"""(?P<value>[A-Za-z0-9+/=_-]{20,200})(?![A-Za-z0-9+/=_(.\[-])"""
)
_PLACEHOLDER = re.compile(r"(?i)example|sample|placeholder|your|change.?me|dummy|fake|test|xxxx|1234567|abcdef")
# Words and identifiers stay below 4 bits a character at these lengths, base64 of random bytes is at 4.3 and above, and
# hexadecimal digits cannot pass 4.
_MIN_ENTROPY_BITS, _MIN_HEX_ENTROPY_BITS, _MIN_HEX_DIGITS = 4.1, 3.0, 32
_HEX = re.compile(r"[0-9a-fA-F]+")


def secret_by_name(name: str) -> bool:
    """Whether a file's last path part is one under which secrets are kept."""
    lower = name.lower()
    stem = lower.partition(".")[0]
    if stem in ("id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "id_ecdsa_sk", "id_ed25519_sk"):
        return not lower.endswith(".pub")
    if lower.startswith("id_") and "." not in lower:
        return True
    if any(word in lower for word in _EXAMPLE_WORDS) or lower.endswith(_SOURCE_SUFFIXES):
        return False
    return any(fnmatchcase(lower, pattern) for pattern in _SECRET_NAMES)


def secret_in(text: str) -> str:
    """What secret a text seems to hold and where, as words for the person; empty where there is no sign of one."""
    for kind, words, pattern in _KNOWN_KEYS:
        match = pattern.search(text) if any(word in text for word in words) else None
        if match is not None:
            return f"{kind} in line {_line_of(text, match.start())}"
    for at in _assignments(text):
        return f"a key or password in line {_line_of(text, at)}"
    return ""


def _assignments(text: str) -> Iterator[int]:
    """Where a name that speaks of a secret is given a value that looks random."""
    lower = text.lower()
    for word in _SECRET_WORDS:
        at = lower.find(word)
        while at >= 0:
            match = _ASSIGNED.match(text, at + len(word))
            if match is not None and _looks_random(match["value"]):
                yield at
            at = lower.find(word, at + len(word))


def _looks_random(value: str) -> bool:
    has_digit = any(character.isdigit() for character in value)
    has_letter = any(character.isalpha() for character in value)
    if not has_digit or not has_letter or _PLACEHOLDER.search(value):
        return False
    if _HEX.fullmatch(value):
        return len(value) >= _MIN_HEX_DIGITS and entropy_bits(value) >= _MIN_HEX_ENTROPY_BITS
    return entropy_bits(value) >= _MIN_ENTROPY_BITS


def entropy_bits(text: str) -> float:
    """Shannon entropy of a text's characters, in bits a character."""
    counts = Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts)


def _line_of(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
