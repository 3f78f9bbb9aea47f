"""Lessons about dictionaries, sets, files, and functions that work with functions; their examples run."""

import base64
import csv
import functools
import hashlib
import io
import json
import os
import random
import string
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def invert(mapping: dict[str, int]) -> dict[int, str]:
    """Swap the keys and the values of a dictionary.

    The dictionary comprehension takes each pair the other way round.

    >>> invert({"a": 1})
    {1: 'a'}
    """
    return {value: key for key, value in mapping.items()}


def merge(first: dict[str, int], second: dict[str, int]) -> dict[str, int]:
    """Merge two dictionaries; the second one wins where both have a key.

    Both are unpacked into a new dictionary, the second one last.

    >>> merge({"a": 1, "b": 2}, {"b": 3})
    {'a': 1, 'b': 3}
    """
    return {**first, **second}


def merge_adding(first: dict[str, int], second: dict[str, int]) -> dict[str, int]:
    """Merge two dictionaries and add the values of keys that are in both.

    get gives zero for a key that is not there yet.

    >>> merge_adding({"a": 1}, {"a": 2, "b": 5})
    {'a': 3, 'b': 5}
    """
    result = dict(first)
    for key, value in second.items():
        result[key] = result.get(key, 0) + value
    return result


def sorted_by_value(mapping: dict[str, int]) -> list[tuple[str, int]]:
    """Return the pairs of a dictionary sorted by their values.

    The key function picks the value out of each pair.

    >>> sorted_by_value({"a": 3, "b": 1})
    [('b', 1), ('a', 3)]
    """
    return sorted(mapping.items(), key=lambda pair: pair[1])


def filter_by_value(mapping: dict[str, int], limit: int) -> dict[str, int]:
    """Keep the entries of a dictionary whose value is at least a limit.

    The condition of the dictionary comprehension tests each value.

    >>> filter_by_value({"a": 1, "b": 5}, 3)
    {'b': 5}
    """
    return {key: value for key, value in mapping.items() if value >= limit}


def pick_keys(mapping: dict[str, Any], keys: list[str]) -> dict[str, Any]:
    """Return the part of a dictionary that belongs to some keys.

    Keys that the dictionary does not have are left out.

    >>> pick_keys({"a": 1, "b": 2}, ["b", "c"])
    {'b': 2}
    """
    return {key: mapping[key] for key in keys if key in mapping}


def without_key(mapping: dict[str, int], unwanted: str) -> dict[str, int]:
    """Return a copy of a dictionary without one key.

    The comprehension copies every pair but the one with that key.

    >>> without_key({"a": 1, "b": 2}, "a")
    {'b': 2}
    """
    return {key: value for key, value in mapping.items() if key != unwanted}


def count_values(values: list[str]) -> dict[str, int]:
    """Count how often each value occurs in a list.

    Counter from collections counts, and dict makes it a plain dictionary.

    >>> count_values(["x", "y", "x"])
    {'x': 2, 'y': 1}
    """
    return dict(Counter(values))


def most_common(values: list[str], count: int) -> list[str]:
    """Return the most common values of a list.

    Counter.most_common gives pairs of a value and its count, of which the value is kept.

    >>> most_common(["x", "y", "x"], 1)
    ['x']
    """
    return [value for value, _ in Counter(values).most_common(count)]


def group_by_first_letter(words: list[str]) -> dict[str, list[str]]:
    """Group words by their first letter.

    A defaultdict makes an empty list for each new letter by itself.

    >>> group_by_first_letter(["ant", "bee", "ape"])
    {'a': ['ant', 'ape'], 'b': ['bee']}
    """
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for word in words:
        groups[word[0]].append(word)
    return dict(groups)


def group_by_key(records: list[dict[str, Any]], key: str) -> dict[Any, list[dict[str, Any]]]:
    """Group a list of dictionaries by the value of a key.

    setdefault returns the list of the group and makes it when it is missing.

    >>> group_by_key([{"k": 1}, {"k": 2}, {"k": 1}], "k")
    {1: [{'k': 1}, {'k': 1}], 2: [{'k': 2}]}
    """
    groups: dict[Any, list[dict[str, Any]]] = {}
    for record in records:
        groups.setdefault(record[key], []).append(record)
    return groups


def column(records: list[dict[str, Any]], key: str) -> list[Any]:
    """Collect the values of one key from a list of dictionaries.

    get returns None where a record lacks the key.

    >>> column([{"a": 1}, {"b": 2}], "a")
    [1, None]
    """
    return [record.get(key) for record in records]


def sort_records(records: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    """Sort a list of dictionaries by the value of a key.

    The lambda looks the key up in each dictionary.

    >>> sort_records([{"n": 2}, {"n": 1}], "n")
    [{'n': 1}, {'n': 2}]
    """
    return sorted(records, key=lambda record: record[key])


def find_record(records: list[dict[str, Any]], key: str, value: Any) -> dict[str, Any] | None:
    """Find the first dictionary of a list that has a value under a key.

    next takes the first match of the generator, or None when there is none.

    >>> find_record([{"id": 1}, {"id": 2}], "id", 2)
    {'id': 2}
    """
    return next((record for record in records if record.get(key) == value), None)


def nested_get(mapping: dict[str, Any], path: str) -> Any:
    """Look a value up in nested dictionaries by a path such as a.b.c.

    Each part of the path goes one dictionary deeper.

    >>> nested_get({"a": {"b": 3}}, "a.b")
    3
    """
    value: Any = mapping
    for key in path.split("."):
        value = value[key]
    return value


def flatten_keys(mapping: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Flatten nested dictionaries into one with dotted keys.

    The function calls itself for each value that is a dictionary and passes the path on.

    >>> flatten_keys({"a": {"b": 1}, "c": 2})
    {'a.b': 1, 'c': 2}
    """
    result: dict[str, Any] = {}
    for key, value in mapping.items():
        if isinstance(value, dict):
            result.update(flatten_keys(value, f"{prefix}{key}."))
        else:
            result[prefix + key] = value
    return result


def changed_keys(old: dict[str, int], new: dict[str, int]) -> list[str]:
    """List the keys whose value differs between two dictionaries.

    The union of the keys also finds those that only one dictionary has.

    >>> changed_keys({"a": 1, "b": 2}, {"a": 1, "b": 3})
    ['b']
    """
    return sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))


def has_all_keys(mapping: dict[str, Any], keys: list[str]) -> bool:
    """Check whether a dictionary has all of some keys.

    all stops at the first key that is missing.

    >>> has_all_keys({"a": 1, "b": 2}, ["a", "b"])
    True
    """
    return all(key in mapping for key in keys)


def to_json(data: Any) -> str:
    """Convert data to JSON text.

    json.dumps writes it, and sort_keys makes the order of keys stable.

    >>> to_json({"b": 1, "a": [2]})
    '{"a": [2], "b": 1}'
    """
    return json.dumps(data, sort_keys=True)


def read_json(path: str) -> Any:
    """Read a JSON file.

    The file is opened in a with statement, so it is closed in any case.
    """
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def save_json(path: str, data: Any) -> None:
    """Save data to a JSON file.

    json.dump writes to the open file, and indent makes the result readable.
    """
    with open(path, "w", encoding="utf-8") as file:
        json.dump(data, file, indent=2)


def read_text(path: str) -> str:
    """Read a text file and return what is in it.

    The with statement closes the file when the block ends.
    """
    with open(path, encoding="utf-8") as file:
        return file.read()


def write_lines(path: str, lines: list[str]) -> None:
    """Write a list of strings to a file, one on each line.

    A line feed is added to every string.
    """
    with open(path, "w", encoding="utf-8") as file:
        for line in lines:
            file.write(line + "\n")


def append_line(path: str, line: str) -> None:
    """Append a line to a text file.

    The mode "a" writes behind what the file already holds.
    """
    with open(path, "a", encoding="utf-8") as file:
        file.write(line + "\n")


def count_file_lines(path: str) -> int:
    """Count the lines of a file.

    A file can be iterated line by line, so it is never in memory as a whole.
    """
    with open(path, encoding="utf-8") as file:
        return sum(1 for _ in file)


def lines_containing(path: str, word: str) -> list[str]:
    """Return the lines of a file that contain a word.

    The loop over the file gives one line at a time.
    """
    with open(path, encoding="utf-8") as file:
        return [line.rstrip("\n") for line in file if word in line]


def parse_csv(text: str) -> list[dict[str, str]]:
    """Read CSV text into a list of dictionaries.

    DictReader takes the names of the columns from the first line.

    >>> parse_csv("name,age\\nAnn,30")
    [{'name': 'Ann', 'age': '30'}]
    """
    return list(csv.DictReader(io.StringIO(text)))


def python_files(folder: str) -> list[str]:
    """List all Python files in a folder and the folders in it.

    rglob walks through the tree and matches the names against the pattern.
    """
    return sorted(str(path) for path in Path(folder).rglob("*.py"))


def folder_size(folder: str) -> int:
    """Add up the sizes of all files in a folder.

    rglob finds everything below the folder, and stat knows the size of each file.
    """
    return sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())


def make_folder(path: str) -> None:
    """Create a folder, with its parents, if it does not exist yet.

    exist_ok keeps makedirs from raising an error when the folder is there.
    """
    os.makedirs(path, exist_ok=True)


def delete_if_exists(path: str) -> bool:
    """Delete a file if it exists and say whether it did.

    The error for a missing file is caught instead of asking first.
    """
    try:
        os.remove(path)
    except FileNotFoundError:
        return False
    return True


def file_hash(path: str) -> str:
    """Compute the SHA-256 hash of a file.

    The file is opened in binary mode, because a hash is taken of bytes.
    """
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def text_hash(text: str) -> str:
    """Compute the SHA-256 hash of a text and return its first eight digits.

    The text is encoded to bytes before it is hashed.

    >>> text_hash("abc")
    'ba7816bf'
    """
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def encode_base64(text: str) -> str:
    """Encode a text in base64.

    base64 works on bytes, so the text is encoded before and decoded after.

    >>> encode_base64("hello")
    'aGVsbG8='
    """
    return base64.b64encode(text.encode()).decode()


def random_password(length: int) -> str:
    """Generate a random password of letters and digits.

    random.choices draws the characters, and join makes a string of them.

    >>> len(random_password(12))
    12
    """
    return "".join(random.choices(string.ascii_letters + string.digits, k=length))


def roll_dice(count: int) -> list[int]:
    """Roll a number of dice.

    randint includes both of its bounds.

    >>> all(1 <= side <= 6 for side in roll_dice(50))
    True
    """
    return [random.randint(1, 6) for _ in range(count)]


def shuffled(values: list[int]) -> list[int]:
    """Return a list in random order without changing the old one.

    sample draws as many values as there are, each of them once.

    >>> sorted(shuffled([3, 1, 2]))
    [1, 2, 3]
    """
    return random.sample(values, len(values))


def elapsed(function: Callable[[], Any]) -> float:
    """Measure how many seconds a function takes.

    perf_counter is read before and after the call.

    >>> elapsed(lambda: None) >= 0
    True
    """
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def retry(function: Callable[[], Any], attempts: int) -> Any:
    """Call a function again until it works, at most a number of times.

    The last attempt lets its error through.

    >>> retry(lambda: 7, 3)
    7
    """
    for attempt in range(attempts):
        try:
            return function()
        except Exception:
            if attempt == attempts - 1:
                raise
    return None


def compose(outer: Callable[[Any], Any], inner: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Make one function out of two that are applied one after the other.

    The lambda keeps both functions and calls the inner one first.

    >>> compose(str, abs)(-3)
    '3'
    """
    return lambda value: outer(inner(value))


def memoize(function: Callable[[int], int]) -> Callable[[int], int]:
    """Keep the results of a function so that each is computed once.

    The results are stored in a dictionary that the inner function can see.

    >>> memoize(lambda x: x * 2)(4)
    8
    """
    results: dict[int, int] = {}

    def remembered(argument: int) -> int:
        if argument not in results:
            results[argument] = function(argument)
        return results[argument]

    return remembered


def logged(function: Callable[..., Any]) -> Callable[..., Any]:
    """Write a decorator that prints the name of a function when it is called.

    wraps keeps the name and the docstring of the decorated function.

    >>> logged(abs)(-2)
    calling abs
    2
    """

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        print(f"calling {function.__name__}")
        return function(*args, **kwargs)

    return wrapper


@contextmanager
def announced(name: str) -> Iterator[None]:
    """Write a context manager that prints when a block begins and ends.

    What stands before yield runs at the start and what stands behind it at the end.

    >>> with announced("job"):
    ...     print("work")
    job begins
    work
    job ends
    """
    print(f"{name} begins")
    try:
        yield
    finally:
        print(f"{name} ends")


def parse_int(text: str, default: int = 0) -> int:
    """Convert a text to an integer, or return a default when it is none.

    int raises a ValueError for a text that is no number.

    >>> parse_int("12")
    12
    >>> parse_int("x", -1)
    -1
    """
    try:
        return int(text)
    except ValueError:
        return default


def breadth_first(graph: dict[str, list[str]], start: str) -> list[str]:
    """Visit the nodes of a graph in breadth-first order.

    A queue holds the nodes that are waiting, and a set those that were seen.

    >>> breadth_first({"a": ["b", "c"], "b": ["d"], "c": [], "d": []}, "a")
    ['a', 'b', 'c', 'd']
    """
    order, seen, waiting = [], {start}, deque([start])
    while waiting:
        node = waiting.popleft()
        order.append(node)
        for following in graph[node]:
            if following not in seen:
                seen.add(following)
                waiting.append(following)
    return order


def depth_first(graph: dict[str, list[str]], node: str, seen: set[str] | None = None) -> list[str]:
    """Visit the nodes of a graph in depth-first order.

    The function calls itself for each neighbour that has not been seen.

    >>> depth_first({"a": ["b", "c"], "b": ["d"], "c": [], "d": []}, "a")
    ['a', 'b', 'd', 'c']
    """
    seen = set() if seen is None else seen
    seen.add(node)
    order = [node]
    for following in graph[node]:
        if following not in seen:
            order += depth_first(graph, following, seen)
    return order


def edit_distance(first: str, second: str) -> int:
    """Compute the edit distance of two strings.

    Each row of the table holds the distances of one prefix of the first string to all prefixes of the second.

    >>> edit_distance("kitten", "sitting")
    3
    """
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, 1):
        previous, row[0] = row[0], i
        for j, b in enumerate(second, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (a != b))
    return row[-1]


def coin_ways(amount: int, coins: list[int]) -> int:
    """Count the ways to pay an amount with some coins.

    For each coin the ways to pay what is left without it are added.

    >>> coin_ways(5, [1, 2, 5])
    4
    """
    ways = [1] + [0] * amount
    for coin in coins:
        for value in range(coin, amount + 1):
            ways[value] += ways[value - coin]
    return ways[amount]


def all_true(tests: Iterable[bool]) -> bool:
    """Check whether all values are true without calling all.

    The loop returns at the first value that is false.

    >>> all_true([True, False])
    False
    """
    for test in tests:
        if not test:
            return False
    return True


def environment_flag(name: str) -> bool:
    """Read an environment variable as a yes or no.

    A variable that is not set counts as no.

    >>> environment_flag("NO_SUCH_VARIABLE_HERE")
    False
    """
    return os.environ.get(name, "").lower() in {"1", "true", "yes"}


def keep_last(values: Iterable[int], count: int) -> list[int]:
    """Keep the last values of an iterable.

    A deque with a maximal length drops old values by itself.

    >>> keep_last(range(10), 3)
    [7, 8, 9]
    """
    return list(deque(values, maxlen=count))
