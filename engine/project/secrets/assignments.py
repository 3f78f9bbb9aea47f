"""Finds values assigned to names such as `password`, in the syntax of many languages and settings files."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# What a name has to hold, with what may not follow or has to stand before it. Plain stems are looked for first: a
# search for many alternatives at once takes ten times as long.
_STEMS: tuple[tuple[bytes, re.Pattern[bytes] | None, re.Pattern[bytes] | None], ...] = (
    (b"passw", re.compile(rb"(?:or)?[dt]"), None),
    (b"passphrase", None, None),
    (b"passcode", None, None),
    (
        b"pass",
        re.compile(rb"(?![a-z])"),
        re.compile(rb"(?:(?<![a-z])|db|user|smtp|sql|root|admin|my|ftp|login|require|redis)$"),
    ),
    (b"pwd", None, None),
    (b"secret", None, None),
    (b"token", None, None),
    (b"credential", None, None),
    (
        b"key",
        re.compile(rb"(?![a-z])"),
        re.compile(
            rb"(?:api|access|private|auth|account|signing|encryption|master|shared|storage|service|client|app|admin"
            rb"|license|subscription|preshared|security|session|integration|write|rest|deploy|hmac|cipher|crypto|aes"
            rb"|server|data)[_.-]?$"
        ),
    ),
    (b"_key", re.compile(rb"(?![a-z])"), re.compile(rb"[a-z0-9]$")),  # in capitals only
    (b"privkey", None, None),
    (b"pw", re.compile(rb"(?![a-z])"), re.compile(rb"(?:(?<![a-z])|bind|root|user|admin|db|my)$")),
    (b"kennwort", None, None),
    (b"senha", None, re.compile(rb"(?<![a-z])$")),
    (b"contrasen", re.compile(rb"a"), None),
    (b"mot_de_passe", None, None),
    (b"webhook", None, None),
    (b"bearer", None, None),
    (b"psk", None, re.compile(rb"(?<![a-z])$")),
    (b"auth", re.compile(rb"(?![a-z])"), re.compile(rb"(?<![a-z])$")),
    (b"jwt", None, re.compile(rb"(?<![a-z])$")),
    (b"_pat", re.compile(rb"(?![a-z])"), re.compile(rb"(?:github|gitlab|gh|azure|ado|devops|personal|git)$")),
)
_LONGEST_BEFORE = 14
_PASSWORD = re.compile(rb"pass|pwd|psk|pw(?![a-z])|kennwort|senha|contrasena")
# A name that continues like this is about a secret's properties, not the secret.
_ABOUT = re.compile(
    rb"(?i)[\w.-]{0,30}?(?:file(?:name)?|path|dir|url|uri|endpoint|names?|ids?|types?|fields?|headers?|ttl|length|len"
    rb"|size|regexp?|pattern|hint|label|errors?|message|prefix|suffix|expir(?:y|es|ation)(?:_at|_in)?|timeout|count"
    rb"|index|arn|ref|policy|version|class|algorithm|method|format|rules?|page|view|form|input|button|placeholder|title|text"
    rb"|help|desc(?:ription)?|izer|izers|ize|ized|ization|scopes?|provider|issuer|audience|kind|mode|status|state"
    rb"|manager|service|reset|strength|history|s)$"
)
# After the name: the end of a quoted or bracketed one, a sign or word that gives it the value, a type between them.
_GIVEN = re.compile(
    rb"""(?P<tail>[A-Za-z0-9_.-]{0,40})(?P<close>\\?["'`]?\]?\)?)"""
    rb"""(?:[ \t]{0,20}(?:=>|:=|\?=|\+=|={1,3}|!=|:|<-|is:?[ \t])[ \t]{0,20}"""
    rb"""(?:(?:&?'?[A-Za-z][\w.<>\[\]]{0,20}[ \t]?\??[ \t]?|&'static str )=[ \t]{0,4})?"""
    rb"""|[ \t]{1,20}(?:string|str|String|char \*|:[ \t]?\w{1,20})[ \t]{0,4}:?=[ \t]{0,4}"""
    rb"""|[ \t]{0,4},[ \t]{0,4}(?=\\?["'`])"""
    rb"""|[ \t]{0,4}(?:\|\||\?\?|\bor\b)[ \t]{0,4}(?=["'`])"""
    rb"""|>(?=[^<\s])|</key>\s{0,20}<string>"""
    rb"""|(?:[,;]|[ \t]{0,4}\{)?\s{1,40}-?[ \t]{0,4}["']?(?:value|default|pass|content)["']?[ \t]{0,4}[=:][ \t]{0,4}"""
    rb"""|(?P<space>[ \t]{1,20})(?:by[ \t]+)?)"""
    rb"""(?:[@brufL$]?\\?(?P<quote>["'`])(?P<quoted>[^"'`\r\n]{6,300}?)\\?(?P=quote)"""
    rb"""|(?P<plain>(?:[a-z]{4}[ ]){3}[a-z]{4}(?!\S)"""
    rb"""|[^\s"'`,;<>(){}\[\]&]{6,300})"""
    rb"""(?P<after>(?s:.)?))"""
)
_SPACE_GIVES = re.compile(
    rb"(?i)(?:^|[;&|])[ \t]*(?:env|arg|setenv|setx|set|export|setenvif|machine|login|#define|\(setq|\(setenv|create"
    rb"|alter|grant)\b|:$|[ \t]--[\w-]*$"
)


@dataclass(frozen=True, slots=True)
class Given:
    """A value that is assigned to a name: its `start`, the `name` as written, whether it was quoted."""

    start: int
    value: bytes
    name: bytes
    is_quoted: bool
    after: bytes

    @property
    def is_environment(self) -> bool:
        return self.name.isupper()

    @property
    def for_password(self) -> bool:
        return _PASSWORD.search(self.name.lower()) is not None


def values_given(text: bytes, words: frozenset[bytes]) -> Iterator[Given]:
    """Each value that is given to a name that speaks of a secret. `words` are those that the text is made of."""
    lower = text.lower()
    for found, end in _named(lower, b" ".join(words).lower()):
        match = _GIVEN.match(text, end)
        if match is None or _ABOUT.match(match["tail"]):
            continue
        start = _start_of_word(text, found)
        if match["space"] is not None and not _line_gives(text, start):
            continue
        group = "quoted" if match["quoted"] is not None else "plain"
        name = text[start : match.start("close")]
        if lower.startswith(b"_key", found) and not name.isupper():
            continue
        if b"public" in name.lower():
            continue
        yield Given(match.start(group), match[group].rstrip(b"\\"), name, group == "quoted", match["after"] or b"")


def _named(lower: bytes, words: bytes) -> Iterator[tuple[int, int]]:
    """Where names hold a stem: its beginning and its end. What stands in no word is not looked for in the whole."""
    for stem, after, before in _STEMS:
        if stem not in words:
            continue
        at = lower.find(stem)
        while at >= 0:
            end = at + len(stem)
            match = None if after is None else after.match(lower, end)
            if (after is None or match is not None) and (
                before is None or before.search(lower, max(0, at - _LONGEST_BEFORE), at) is not None
            ):
                yield at, end if match is None else match.end()
            at = lower.find(stem, end)


def _start_of_word(text: bytes, at: int) -> int:
    first = max(0, at - 60)
    return first + len(text[first:at].rstrip(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"))


def _line_gives(text: bytes, start: int) -> bool:
    """Whether a line is of a kind in which a blank stands between a name and its value, or nothing else than both."""
    line = text[max(text.rfind(b"\n", 0, start), start - 200) + 1 : start]
    return not line.strip() or _SPACE_GIVES.search(line) is not None
