"""Which single-byte encoding: the one whose letters make the likeliest language.

A detector that looks at pairs of letters has little to go by in one comment with three accents. How often a language
uses each of its letters beyond ASCII, and where in a word, rules out most: no language has both `õ` and `ű`.
"""

import math
import re
from collections import Counter
from functools import cache

# Parts in a hundred that each letter has of a language's letters beyond ASCII, rounded. "." behind it: only at a word's
# end; another letter: only before that one. Estimates from the languages' letter frequency tables
# (https://en.wikipedia.org/wiki/Letter_frequency and the pages it links).
_LANGUAGES = (
    "é55 è12 à15. ê6 ç4 ù2. ô3 î2 û2 â2 ë1 ï1 œ1",  # French
    "ä32 ö16 ü38 ß14",  # German
    "ó31 í26 á20 é16 ñ8 ú7 ü1",  # Spanish
    "ã26 ç19 é15 í12 ó10 á12 ê7 õ7e ú4 â3 à3. ô2",  # Portuguese
    "à36. è28. ù14. ò12. ì7. é4.",  # Italian
    "ö32 ä42 å30 é1",  # Swedish
    "ø36 å44 æ24 é1",  # Danish, Norwegian
    "ä84 ö14 å1",  # Finnish
    "ë40 é35 ï15 ü4 ö3 è4",  # Dutch
    "õ29 ä34 ü26 ö8 š2 ž1",  # Estonian
    "ð10 í8 á9 þ3 æ4 ó5 ö4 é3 ú3 ý1",  # Icelandic, for half: the letters are rare elsewhere
    "é7 à11 í8 è9 ó10 ç3 ï2 ú2 ò4",  # Catalan, for half as well
    "ą15 ę14 ł24 ó14 ś8 ż12 ć5 ń3 ź1",  # Polish
    "á16 é9 í22 ě12 š7 č8 ř9 ž7 ý7 ů4 ú1 ó1 ň1 ť1 ď1",  # Czech
    "á20 é10 í12 č11 š9 ž10 ý11 ľ5 ú10 ť6 ň2 ô2 ď2 ä1 ó1 ĺ1 ŕ1",  # Slovak
    "é29 á32 ő8 ö10 ó9 í5 ü5 ú3 ű3",  # Hungarian
    "ă35 î22 ş18 ţ16 â9",  # Romanian
    "č30 š32 ž21 ć13 đ5",  # Croatian, Slovenian
    "ı41 ü15 ş14 ö7 ğ9 ç9 İ4 â1",  # Turkish
    "ė26 š19 ų21 į11 ž13 ą8 ū7 č6 ę4",  # Lithuanian
    "ā31 ī21 ē17 š10 ū7 ņ7 ļ5 ž3 č2 ķ2 ģ2",  # Latvian
    "о11 е8 а8 и7 н7 т6 с6 р5 в5 л4 к4 м3 д3 п3 у3 я2 ы2 ь2 г2 з2 б2 ч1 й1 х1 ж1 ш1 ю1 ц1 щ1 э1 ф1 ё1 ъ1",  # Russian
    "о9 а8 н7 и6 і6 в5 т5 е5 р5 с4 к4 л4 д3 у3 м3 п3 я2 з2 ь2 г2 б2 ч1 х1 ц1 ю1 ж1 ї1 й1 є1 ф1 ш1 щ1 ґ1",  # Ukrainian
    "а12 о9 и10 е9 н6 с5 р5 т5 ј4 у4 в4 к4 д4 л3 п3 м3 з2 г2 б2 ш1 ч1 ц1 ж1 њ1 х1 љ1 ћ1 ђ1 ф1 џ1",  # Serbian
    "α11 ο9 ι8 ε7 τ7 ν6 σ5 η4 υ4 ρ4 π4 κ4 ς4. λ3 μ3 ί2 ό2 ά2 έ2 ή2 ω2 δ2 γ2 θ1 χ1 φ1 β1 ύ1 ώ1 ξ1 ζ1 ψ1",  # Greek
    "י11 ה10 ו10 ל7 א6 ר6 ת5 ב5 ש5 מ5 נ4 ד3 ח3 ם3. ע3 פ2 ק2 כ2 ט1 ג1 ס1 צ1 ז1 ן1. ך1. ף1. ץ1.",  # Hebrew
    "ا13 ل12 ي7 م6 و6 ن6 ر5 ت4 ب4 ة4. ع4 د3 س3 ف3 ه3 ك3 ق2 أ2 ح2 ج1 ش1 ط1 ص1 خ1 ى1. ذ1 ض1 ث1 ئ1 إ1 ء1 غ1 ز1 ظ1 ؤ1 آ1",
)
# The codecs, the commoner first, each with what it costs against the first.
_CODECS = {"cp1252": 0.0, "cp1250": 0.6, "iso8859_2": 1.0, "cp1254": 1.2, "cp1257": 1.8, "cp850": 2.5, "mac_roman": 3.0,
           "cp852": 3.5, "cp1251": 0.6, "koi8_u": 1.0, "cp866": 1.5, "iso8859_5": 2.0, "cp1253": 0.6, "iso8859_7": 1.0,
           "cp1255": 0.6, "cp1256": 0.6}  # fmt: skip
_LATIN = frozenset(("cp1252", "cp1250", "iso8859_2", "cp1254", "cp1257", "cp1255", "iso8859_4", "iso8859_13"))
_STRANGE = -6.0  # a letter that the language lacks, a sign inside a word
_MISPLACED = -4.0  # a letter where the language does not put it
_SIGN = -2.0  # one that stands alone
_DETECTED = 2.0  # what a detector's word for a codec is worth
_LOCAL = 1.5  # what the locale's codec is worth
_LEAST, _LEAST_AT_ONCE = -4.5, -4.0  # for each character and once; below that there is no language
_MOST_LETTERS = 500
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_SIGNS = frozenset("‘’“”„‚–—…°©®€£§±µ«»•·×²³½¡¿\u00a0،؟")


def is_told_by_letters(codec: str) -> bool:
    """Whether a codec is one that a detector takes for another too easily where few bytes are not ASCII."""
    return codec in _LATIN


def best_by_letters(region: bytes, detected: str, local: str) -> str | None:
    """The codec in which the region makes the likeliest language, None where it makes none in any.

    Where it is close, the one that a detector named is preferred, and that of the locale.
    """
    scores = {
        codec: _score(region, codec) + _DETECTED * (codec == detected) + _LOCAL * (codec == local) for codec in _CODECS
    }
    best = max(scores, key=lambda codec: scores[codec])
    count = min(_MOST_LETTERS, len(_BEYOND_ASCII.findall(region.decode("latin_1"))))
    return best if scores[best] > _LEAST_AT_ONCE + _LEAST * count else None


def _score(region: bytes, codec: str) -> float:
    """The logarithm of how likely the non-ASCII characters are in the language that fits best."""
    text = region.decode(codec, "replace")
    signs = 0.0
    letters: Counter[tuple[str, str]] = Counter()
    for seen, match in enumerate(_BEYOND_ASCII.finditer(text)):
        if seen == _MOST_LETTERS:
            break
        letter, after = _letter_at(text, match.start())
        if letter.isalpha():
            letters[letter, after] += 1
        else:
            signs += _SIGN if letter == " " else _STRANGE
    language = max(sum(n * _share(table, *key) for key, n in letters.items()) for table in _tables())
    return signs + language - _CODECS[codec]


def _letter_at(text: str, place: int) -> tuple[str, str]:
    """A character as it counts, and the letter behind it ("." where a word ends).

    A letter in lower case; "?" for what is strange in its place; " " for a sign.
    """
    character = text[place]
    before, after = text[place - 1 : place] if place else "", text[place + 1 : place + 2]
    follows = after.lower() if after.isalpha() else "."
    if not character.isalpha():
        in_word = before.isalpha() and after.isalpha() and character != "’"
        return (" " if character in _SIGNS and not in_word else "?"), follows
    is_foreign = character > "\u036f" and (_is_ascii_letter(before) or _is_ascii_letter(after))
    if is_foreign or (character.isupper() and before.islower()):
        return "?", follows
    return character if character == "İ" else character.lower(), follows


def _is_ascii_letter(character: str) -> bool:
    return character.isascii() and character.isalpha()


def _share(table: dict[str, tuple[float, str]], letter: str, after: str) -> float:
    share, where = table.get(letter, (_STRANGE, ""))
    return _MISPLACED if where and where != after else share


@cache
def _tables() -> tuple[dict[str, tuple[float, str]], ...]:
    """For each language, by letter, the logarithm of its share and where it may stand."""
    return tuple(dict(map(_entry, language.split())) for language in _LANGUAGES)


def _entry(words: str) -> tuple[str, tuple[float, str]]:
    number = words[1:].rstrip(".e")
    return words[0], (math.log(int(number) / 100), words[1 + len(number) :])
