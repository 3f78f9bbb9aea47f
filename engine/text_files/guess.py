"""Guesses at the encoding of text that is neither Unicode nor marked: signs, the locale's charset, then a detector.

The detector is chardetng, Firefox's (https://github.com/hsivonen/chardetng). It looks at letter pairs around the
non-ASCII bytes. Where its answer would put signs inside words, `letters` decides.
"""

import re
from collections import Counter
from collections.abc import Iterator

from engine.text_files.letters import best_by_letters, is_told_by_letters
from engine.text_files.locale_hint import country, local_codec
from engine.text_files.signs import are_signs

_HIGH = re.compile(rb"[\x80-\xff]")
_REGION_BYTES = 32 << 10
_SHOWN_BEFORE_BYTES = 20
_MOST_LINES = 200
_AROUND_BYTES = 400  # of a line too long to be looked at whole
# Python's codecs for WHATWG's names, which chardetng uses. Where several are one of theirs, the narrowest comes first:
# what is typed later has to be read by other programs, too. https://encoding.spec.whatwg.org/#names-and-labels
_FAMILIES = {
    "Shift_JIS": ("cp932",),
    "EUC-JP": ("euc_jp", "euc_jis_2004"),
    "ISO-2022-JP": ("iso2022_jp",),
    "GBK": ("gbk", "gb18030"),
    "gb18030": ("gbk", "gb18030"),
    "Big5": ("cp950", "big5hkscs"),
    "EUC-KR": ("cp949",),
    "ISO-8859-8-I": ("iso8859_8",),
    "IBM866": ("cp866",),
    "windows-874": ("cp874",),
}
_WIDE = frozenset(("cp932", "euc_jp", "gbk", "cp950", "cp949"))
_KOREAN = _FAMILIES["EUC-KR"]
_HANGUL = re.compile("[가-힣]")
_LEAST_HANGUL = 3
# Endings, particles and the syllables of the commonest words.
_COMMON_HANGUL = frozenset(
    "이다는의을에를가하고지로한서사기나인도리아자어시스해대정일라수은과으그여보부들있게면할오전제장성주상조원소공구"
    "안되것만없니음습까요며했된될중드연무위미방모결값열파류입출력호변경확설읽쓰버러동작내용생행비진적터후"
)
_RUN = re.compile(r"[^\x00-\x7f]+")
_AT_WORD = re.compile(r"[A-Za-z][^\x00-\x7f]{1,2}|[^\x00-\x7f]{1,2}[a-z]")


def guesses(data: bytes) -> Iterator[tuple[str, ...]]:
    """Families of codecs (names for Python) that a text may be in, the likeliest first."""
    region = non_ascii_region(data)
    if not are_signs(region):
        yield _likely(region)
    yield ("cp1252",)


def non_ascii_region(data: bytes) -> bytes:
    """The lines that hold non-ASCII bytes, up to 32 KiB of them; ASCII alone tells nothing and hides the rest."""
    pieces: list[bytes] = []
    size = place = 0
    while size < _REGION_BYTES and (match := _HIGH.search(data, place)):
        start = max(place, data.rfind(b"\n", place, match.start()) + 1, match.start() - _AROUND_BYTES)
        end = data.find(b"\n", match.start()) + 1 or len(data)
        if end - start > _REGION_BYTES - size:
            end = data.rfind(b" ", match.end(), start + _REGION_BYTES - size) + 1 or start + _REGION_BYTES - size
        pieces.append(data[start:end])
        size += end - start
        place = end
    return b"".join(pieces)


def non_ascii_sample(data: bytes) -> bytes:
    """The first line that holds non-ASCII bytes, or what is around them in a long one; for showing it."""
    match = _HIGH.search(data)
    if match is None:
        return data[:_AROUND_BYTES]
    start = max(data.rfind(b"\n", 0, match.start()) + 1, match.start() - _SHOWN_BEFORE_BYTES)
    end = data.find(b"\n", match.start()) + 1 or len(data)
    return data[start : min(end, match.start() + _AROUND_BYTES)]


def _likely(region: bytes) -> tuple[str, ...]:
    family = _detected(region)
    by_line = family if family[0] in _WIDE else _family_of_lines(region)
    if by_line == _KOREAN and _is_odd_korean(region):
        return _FAMILIES["GBK"]
    if by_line[0] in _WIDE and not _is_lone_wide(region, by_line[-1]):
        return by_line
    if is_told_by_letters(family[0]) or family[0] in _WIDE:
        best = best_by_letters(region, family[0], local_codec())
        return family if best is None else (best,)
    return family


def _family_of_lines(region: bytes) -> tuple[str, ...]:
    """The family that more than half of several lines have by themselves, ("",) for none.

    One broken character rules the right codec out for the whole.
    """
    lines = [line for line in region.split(b"\n") if not line.isascii()][:_MOST_LINES]
    family, count = Counter(map(_detected, lines)).most_common(1)[0]
    return family if count * 2 > len(lines) > 1 else ("",)


def _is_odd_korean(region: bytes) -> bool:
    """Whether Korean text holds none of the commonest syllables, though GBK can read it: Chinese lies in one place."""
    hangul = _HANGUL.findall(region.decode("cp949", "replace"))
    if len(hangul) < _LEAST_HANGUL or not _COMMON_HANGUL.isdisjoint(hangul):
        return False
    try:
        region.decode("gbk")
    except UnicodeDecodeError:
        return False
    return True


def _is_lone_wide(region: bytes, codec: str) -> bool:
    """Whether a codec of East Asia found only single characters or pairs, some of them beside ASCII letters."""
    text = region.decode(codec, "replace")
    return all(len(run) <= 2 for run in _RUN.findall(text)) and bool(_AT_WORD.search(text))


def _detected(region: bytes) -> tuple[str, ...]:
    from chardetng_py import EncodingDetector  # a window without such a file need not load it

    detector = EncodingDetector()
    detector.feed(region, last=True)
    name = detector.guess(tld=_domain(country()), allow_utf8=False)
    return _FAMILIES.get(name, (_python_name(name),))


def _python_name(name: str) -> str:
    return name.lower().replace("windows-", "cp").replace("iso-8859-", "iso8859_").replace("-", "_")


def _domain(country: str) -> bytes | None:
    """The country as a top-level domain, which is how chardetng takes a hint."""
    return country.lower().replace("gb", "uk").encode("ascii") or None
