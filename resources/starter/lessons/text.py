"""Lessons about text: each function is asked for, explained, completed and filled; its examples are run by a test."""

import re


def reverse_words(text: str) -> str:
    """Reverse the order of the words in a sentence.

    The sentence is split at white space and its words are joined again from the last to the first.

    >>> reverse_words("one two three")
    'three two one'
    """
    return " ".join(reversed(text.split()))


def reverse_each_word(text: str) -> str:
    """Reverse every word of a sentence but keep the order of the words.

    Each word is turned round with a slice before the words are joined with spaces.

    >>> reverse_each_word("abc de")
    'cba ed'
    """
    return " ".join(word[::-1] for word in text.split())


def reversed_text(text: str) -> str:
    """Reverse a string.

    A slice with the step -1 walks from the last character to the first.

    >>> reversed_text("hello")
    'olleh'
    """
    return text[::-1]


def count_word(text: str, word: str) -> int:
    """Count how often a word occurs in a text, ignoring case.

    The text is made lower case and split, so only whole words are counted.

    >>> count_word("The cat and the dog", "the")
    2
    """
    return text.lower().split().count(word.lower())


def word_frequencies(text: str) -> dict[str, int]:
    """Count how often each word occurs in a text.

    A dictionary keeps a counter for each word that is seen.

    >>> word_frequencies("a b a")
    {'a': 2, 'b': 1}
    """
    counts: dict[str, int] = {}
    for word in text.split():
        counts[word] = counts.get(word, 0) + 1
    return counts


def character_frequencies(text: str) -> dict[str, int]:
    """Count how often each character occurs in a string.

    The dictionary starts each character at zero and adds one whenever it is met.

    >>> character_frequencies("noon")
    {'n': 2, 'o': 2}
    """
    counts: dict[str, int] = {}
    for character in text:
        counts[character] = counts.get(character, 0) + 1
    return counts


def most_common_character(text: str) -> str:
    """Find the character that occurs most often in a string.

    max looks at the distinct characters and compares how often each is counted.

    >>> most_common_character("banana")
    'a'
    """
    return max(sorted(set(text)), key=text.count)


def title_case(text: str) -> str:
    """Write every word of a text with a capital letter.

    Each word is capitalized and the words are joined with single spaces.

    >>> title_case("the old man")
    'The Old Man'
    """
    return " ".join(word.capitalize() for word in text.split())


def count_consonants(text: str) -> int:
    """Count the consonants in a string.

    A character counts when it is a letter and not one of the five vowels.

    >>> count_consonants("hello world")
    7
    """
    return sum(1 for letter in text.lower() if letter.isalpha() and letter not in "aeiou")


def count_lower_case(text: str) -> int:
    """Count the lower case letters in a string.

    True counts as one, so the sum is the number of letters for which islower holds.

    >>> count_lower_case("aBcD")
    2
    """
    return sum(letter.islower() for letter in text)


def count_sentences(text: str) -> int:
    """Count the sentences of a text.

    Every full stop, question mark and exclamation mark ends one sentence.

    >>> count_sentences("Hi. How are you? Fine!")
    3
    """
    return sum(text.count(mark) for mark in ".?!")


def count_lines(text: str) -> int:
    """Count the lines of a text that are not empty.

    A line of white space alone is empty after strip and is not counted.

    >>> count_lines("a\\n\\nb\\n")
    2
    """
    return sum(1 for line in text.splitlines() if line.strip())


def longest_line(text: str) -> str:
    """Return the longest line of a text.

    The text is split into lines and max compares them by their length.

    >>> longest_line("a\\nabc\\nab")
    'abc'
    """
    return max(text.splitlines(), key=len)


def shortest_word(text: str) -> str:
    """Find the shortest word of a sentence.

    min with key=len compares the words by their length instead of the alphabet.

    >>> shortest_word("what a day")
    'a'
    """
    return min(text.split(), key=len)


def remove_punctuation(text: str) -> str:
    """Remove all punctuation from a text.

    Only letters, digits and white space are kept.

    >>> remove_punctuation("Hello, world!")
    'Hello world'
    """
    return "".join(c for c in text if c.isalnum() or c.isspace())


def remove_digits(text: str) -> str:
    """Remove all digits from a string.

    The characters that are not digits are joined to a new string.

    >>> remove_digits("a1b22c")
    'abc'
    """
    return "".join(character for character in text if not character.isdigit())


def remove_spaces(text: str) -> str:
    """Remove all spaces from a string.

    replace puts nothing in the place of each space.

    >>> remove_spaces("a b c")
    'abc'
    """
    return text.replace(" ", "")


def squeeze_spaces(text: str) -> str:
    """Replace every run of white space by one space.

    split without an argument drops all white space, and join puts single spaces between the words.

    >>> squeeze_spaces("  a   b c ")
    'a b c'
    """
    return " ".join(text.split())


def remove_prefix(text: str, prefix: str) -> str:
    """Remove a prefix from a string if it is there.

    The slice starts behind the prefix; a string without the prefix is returned as it is.

    >>> remove_prefix("unhappy", "un")
    'happy'
    """
    if text.startswith(prefix):
        return text[len(prefix) :]
    return text


def add_extension(name: str, extension: str) -> str:
    """Add an extension to a file name unless it already has it.

    endswith says whether something has to be added.

    >>> add_extension("notes", ".txt")
    'notes.txt'
    >>> add_extension("notes.txt", ".txt")
    'notes.txt'
    """
    if name.endswith(extension):
        return name
    return name + extension


def file_extension(name: str) -> str:
    """Return the extension of a file name without its dot.

    rpartition splits at the last dot; a name without a dot has no extension.

    >>> file_extension("photo.old.png")
    'png'
    >>> file_extension("README")
    ''
    """
    stem, dot, extension = name.rpartition(".")
    return extension if dot else ""


def shorten(text: str, limit: int) -> str:
    """Shorten a text to a number of characters and end it with three dots.

    A text that is short enough is not changed; otherwise room is left for the dots.

    >>> shorten("a long sentence", 9)
    'a long...'
    """
    if len(text) <= limit:
        return text
    return text[: limit - 3] + "..."


def centre(text: str, width: int, fill: str = " ") -> str:
    """Centre a text in a line of a given width.

    The missing characters are divided between the left and the right side.

    >>> centre("ab", 6, "*")
    '**ab**'
    """
    missing = max(0, width - len(text))
    left = missing // 2
    return fill * left + text + fill * (missing - left)


def indent_lines(text: str, spaces: int) -> str:
    """Indent every line of a text by a number of spaces.

    The lines are split, each gets the spaces in front, and a line feed joins them again.

    >>> indent_lines("a\\nb", 2)
    '  a\\n  b'
    """
    return "\n".join(" " * spaces + line for line in text.split("\n"))


def number_lines(text: str) -> str:
    """Put a number in front of every line of a text.

    enumerate counts the lines from one.

    >>> number_lines("x\\ny")
    '1: x\\n2: y'
    """
    return "\n".join(f"{number}: {line}" for number, line in enumerate(text.split("\n"), 1))


def quote(text: str) -> str:
    """Put double quotes around a string.

    An f-string places the text between the two quotes.

    >>> quote("hi")
    '"hi"'
    """
    return f'"{text}"'


def is_quoted(text: str) -> bool:
    """Check whether a string begins and ends with double quotes.

    The string must have at least two characters so that the quotes are not the same one.

    >>> is_quoted('"hi"')
    True
    """
    return len(text) >= 2 and text[0] == text[-1] == '"'


def is_number(text: str) -> bool:
    """Check whether a string can be read as a number.

    float raises a ValueError when the text is no number.

    >>> is_number("3.5")
    True
    >>> is_number("abc")
    False
    """
    try:
        float(text)
    except ValueError:
        return False
    return True


def is_anagram(first: str, second: str) -> bool:
    """Check whether two words are anagrams of each other.

    Two words are anagrams when their sorted letters are equal.

    >>> is_anagram("listen", "silent")
    True
    """
    return sorted(first.lower()) == sorted(second.lower())


def is_pangram(text: str) -> bool:
    """Check whether a sentence uses every letter of the alphabet.

    The set of the alphabet must be part of the set of the letters that are used.

    >>> is_pangram("The quick brown fox jumps over the lazy dog")
    True
    """
    return set("abcdefghijklmnopqrstuvwxyz") <= set(text.lower())


def has_digit(text: str) -> bool:
    """Check whether a string contains a digit.

    any stops at the first character that is a digit.

    >>> has_digit("room 7")
    True
    """
    return any(character.isdigit() for character in text)


def has_unique_characters(text: str) -> bool:
    """Check whether no character of a string occurs twice.

    A set drops repeated characters, so it is shorter when there are any.

    >>> has_unique_characters("abca")
    False
    """
    return len(set(text)) == len(text)


def is_identifier(text: str) -> bool:
    """Check whether a string is a valid variable name.

    It must not be empty or start with a digit, and may hold letters, digits and underscores only.

    >>> is_identifier("my_name2")
    True
    >>> is_identifier("2nd")
    False
    """
    if not text or text[0].isdigit():
        return False
    return all(character.isalnum() or character == "_" for character in text)


def snake_case(name: str) -> str:
    """Convert a camel case name to snake case.

    An underscore is put before each capital letter, which is then made lower case.

    >>> snake_case("userName")
    'user_name'
    """
    result = ""
    for character in name:
        if character.isupper() and result:
            result += "_"
        result += character.lower()
    return result


def camel_case(name: str) -> str:
    """Convert a snake case name to camel case.

    The first part stays as it is and all others are capitalized.

    >>> camel_case("user_name")
    'userName'
    """
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def slug(title: str) -> str:
    """Turn a title into a part of a web address.

    The words are made lower case and joined with hyphens; other characters are dropped.

    >>> slug("Hello, New World!")
    'hello-new-world'
    """
    return "-".join(re.findall(r"[a-z0-9]+", title.lower()))


def run_lengths(text: str) -> str:
    """Compress a string by writing each run of a character as the character and its length.

    The index moves to the end of each run before the run is written.

    >>> run_lengths("aaab")
    'a3b1'
    """
    result, start = "", 0
    while start < len(text):
        end = start
        while end < len(text) and text[end] == text[start]:
            end += 1
        result += f"{text[start]}{end - start}"
        start = end
    return result


def common_prefix(words: list[str]) -> str:
    """Find the longest prefix that all words of a list share.

    The prefix is shortened until each word starts with it.

    >>> common_prefix(["flower", "flow", "flight"])
    'fl'
    """
    prefix = words[0]
    for word in words[1:]:
        while not word.startswith(prefix):
            prefix = prefix[:-1]
    return prefix


def hamming_distance(first: str, second: str) -> int:
    """Count the positions at which two strings of equal length differ.

    zip pairs the characters, and True counts as one in the sum.

    >>> hamming_distance("karol", "kerim")
    3
    """
    return sum(a != b for a, b in zip(first, second, strict=True))


def find_all(text: str, part: str) -> list[int]:
    """Find all positions at which a part starts in a text.

    Every position is tried with startswith, so matches may overlap.

    >>> find_all("banana", "an")
    [1, 3]
    """
    return [at for at in range(len(text)) if text.startswith(part, at)]


def mask_password(password: str) -> str:
    """Hide all but the last two characters of a password with stars.

    The hidden part is as many stars as there are characters before the last two.

    >>> mask_password("secret")
    '****et'
    """
    return "*" * (len(password) - 2) + password[-2:]


def parse_pairs(text: str) -> dict[str, str]:
    """Read a text such as a=1;b=2 into a dictionary.

    The text is split at semicolons and each part at its first equals sign.

    >>> parse_pairs("a=1;b=2")
    {'a': '1', 'b': '2'}
    """
    result = {}
    for part in text.split(";"):
        key, _, value = part.partition("=")
        result[key.strip()] = value.strip()
    return result


def parse_numbers(text: str) -> list[int]:
    """Read the numbers of a text that are separated by commas.

    Each part is converted with int, which ignores spaces around it.

    >>> parse_numbers("1, 2,3")
    [1, 2, 3]
    """
    return [int(part) for part in text.split(",")]


def split_name(name: str) -> tuple[str, str]:
    """Split a full name into the first name and the rest.

    partition splits at the first space only.

    >>> split_name("Ada King Lovelace")
    ('Ada', 'King Lovelace')
    """
    first, _, rest = name.partition(" ")
    return first, rest


def format_name(first: str, last: str) -> str:
    """Write a name as the last name, a comma and the first name.

    An f-string puts both parts together.

    >>> format_name("Ada", "Lovelace")
    'Lovelace, Ada'
    """
    return f"{last}, {first}"


def greeting(name: str, hour: int) -> str:
    """Greet a person by the time of day.

    Before noon it is morning, before six in the evening afternoon, and evening after that.

    >>> greeting("Tom", 9)
    'Good morning, Tom!'
    """
    if hour < 12:
        part = "morning"
    elif hour < 18:
        part = "afternoon"
    else:
        part = "evening"
    return f"Good {part}, {name}!"


def is_email(text: str) -> bool:
    """Check roughly whether a string looks like an email address.

    There must be exactly one at sign with a name before it and a dot in the part behind it.

    >>> is_email("ann@example.org")
    True
    >>> is_email("ann.example.org")
    False
    """
    name, at, host = text.partition("@")
    return bool(name and at and "." in host and "@" not in host)


def find_emails(text: str) -> list[str]:
    """Find all email addresses in a text.

    The regular expression matches a name, an at sign and a host with a dot.

    >>> find_emails("Write to a@b.org or c@d.com.")
    ['a@b.org', 'c@d.com']
    """
    return re.findall(r"[\w.]+@\w+\.\w+", text)


def find_numbers(text: str) -> list[int]:
    """Find all whole numbers in a text.

    The regular expression finds runs of digits, and int converts each of them.

    >>> find_numbers("3 apples and 12 pears")
    [3, 12]
    """
    return [int(digits) for digits in re.findall(r"\d+", text)]


def strip_tags(html: str) -> str:
    """Remove the tags from a piece of HTML.

    Everything between a < and the next > is replaced by nothing.

    >>> strip_tags("<b>Hi</b> there")
    'Hi there'
    """
    return re.sub(r"<[^>]*>", "", html)


def escape_html(text: str) -> str:
    """Escape the characters that have a meaning in HTML.

    The ampersand comes first so that the other replacements are not escaped again.

    >>> escape_html("a < b & c")
    'a &lt; b &amp; c'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def wrap_words(text: str, width: int) -> list[str]:
    """Break a text into lines that are not longer than a width.

    A word that does not fit on the current line begins a new one.

    >>> wrap_words("the quick brown fox", 9)
    ['the quick', 'brown fox']
    """
    lines, current = [], ""
    for word in text.split():
        if current and len(current) + 1 + len(word) > width:
            lines.append(current)
            current = word
        else:
            current = f"{current} {word}".strip()
    if current:
        lines.append(current)
    return lines


def acronym(phrase: str) -> str:
    """Build an acronym out of a phrase.

    Each word gives its first letter in upper case.

    >>> acronym("random access memory")
    'RAM'
    """
    return "".join(word[0].upper() for word in phrase.split())


def vowel_positions(text: str) -> list[int]:
    """Return the positions of all vowels in a string.

    enumerate gives each character together with its position.

    >>> vowel_positions("apple")
    [0, 4]
    """
    return [at for at, letter in enumerate(text) if letter.lower() in "aeiou"]


def alternate_case(text: str) -> str:
    """Write the characters of a string in upper and lower case by turns.

    Characters at even positions are made upper case and all others lower case.

    >>> alternate_case("python")
    'PyThOn'
    """
    return "".join(c.upper() if at % 2 == 0 else c.lower() for at, c in enumerate(text))


def sort_letters(word: str) -> str:
    """Sort the letters of a word by the alphabet.

    sorted returns a list of letters, which join puts together again.

    >>> sort_letters("python")
    'hnopty'
    """
    return "".join(sorted(word))


def remove_repeated(text: str) -> str:
    """Remove repeated characters from a string and keep the first of each.

    A character is added only when it is not yet in the result.

    >>> remove_repeated("banana")
    'ban'
    """
    result = ""
    for character in text:
        if character not in result:
            result += character
    return result


def collapse_runs(text: str) -> str:
    """Replace every run of the same character by one of it.

    Each character is compared with the last one of the result.

    >>> collapse_runs("aabbba")
    'aba'
    """
    result = ""
    for character in text:
        if not result or result[-1] != character:
            result += character
    return result


def pig_latin(word: str) -> str:
    """Convert a word to pig latin.

    A word that begins with a vowel gets way; otherwise the first letter moves to the end before ay.

    >>> pig_latin("hello")
    'ellohay'
    """
    if word[0] in "aeiou":
        return word + "way"
    return word[1:] + word[0] + "ay"


def to_binary_string(text: str) -> str:
    """Write the characters of a text as binary numbers of eight digits.

    ord gives the number of each character and the format 08b writes it in binary.

    >>> to_binary_string("A")
    '01000001'
    """
    return " ".join(f"{ord(character):08b}" for character in text)


def is_blank(text: str) -> bool:
    """Check whether a string is empty or only white space.

    strip removes the white space at both ends, and an empty string is false.

    >>> is_blank("   ")
    True
    """
    return not text.strip()


def text_between(text: str, start: str, end: str) -> str:
    """Return the text between two marks.

    The part behind the first mark is cut at the second one.

    >>> text_between("a [b] c", "[", "]")
    'b'
    """
    return text.split(start, 1)[1].split(end, 1)[0]


def compare_versions(first: str, second: str) -> int:
    """Compare two version numbers and return -1, 0 or 1.

    The parts are compared as numbers, so 1.10 is newer than 1.9.

    >>> compare_versions("1.9", "1.10")
    -1
    """
    a = [int(part) for part in first.split(".")]
    b = [int(part) for part in second.split(".")]
    return (a > b) - (a < b)


def capitalize_sentences(text: str) -> str:
    """Begin each sentence of a text with a capital letter.

    The text is split at full stops, and the first letter of each part is made upper case.

    >>> capitalize_sentences("hi there. all well.")
    'Hi there. All well.'
    """
    return ". ".join(part[:1].upper() + part[1:] for part in text.split(". "))


def plural(noun: str, count: int) -> str:
    """Write a count with its noun, and add an s unless the count is one.

    A conditional expression decides about the ending.

    >>> plural("file", 3)
    '3 files'
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def ends_with_vowel(word: str) -> bool:
    """Check whether a word ends with a vowel.

    The slice of the last character is empty for an empty word, so there is no error.

    >>> ends_with_vowel("tree")
    True
    """
    return word[-1:].lower() in set("aeiou")


def insert_text(text: str, position: int, added: str) -> str:
    """Insert a string into another one at a position.

    The new string is the part before the position, the added string and the part behind it.

    >>> insert_text("held", 3, "p wante")
    'help wanted'
    """
    return text[:position] + added + text[position:]


def delete_at(text: str, position: int) -> str:
    """Delete the character at a position of a string.

    The parts before and behind the character are joined.

    >>> delete_at("heallo", 2)
    'hello'
    """
    return text[:position] + text[position + 1 :]
