"""Sixty small tasks of our own that the model is measured on; they are in none of the lessons.

Each is a request as a person would put it, the name of the function, and calls with what they must return.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    """A request, the name that the function should have, and expressions of `f` that must hold."""

    asked: str
    name: str
    checks: tuple[str, ...]


TASKS = (
    Task("Write a Python function that returns the cube of a number.", "cube", ("f(3) == 27", "f(-2) == -8")),
    Task(
        "Write a function that returns the first element of a list.",
        "first_element",
        ("f([4, 5]) == 4", "f(['a']) == 'a'"),
    ),
    Task(
        "Write a Python function that doubles every number in a list.",
        "double_all",
        ("f([1, 2]) == [2, 4]", "f([]) == []"),
    ),
    Task(
        "Write a function that counts the negative numbers in a list.",
        "count_negative",
        ("f([1, -2, -3]) == 2", "f([]) == 0"),
    ),
    Task(
        "Write a function `average_of_three(a, b, c)` that returns the average of three numbers.",
        "average_of_three",
        ("f(1, 2, 3) == 2", "f(4, 4, 7) == 5"),
    ),
    Task(
        "Write a Python function that returns the absolute difference of two numbers.",
        "absolute_difference",
        ("f(3, 8) == 5", "f(8, 3) == 5"),
    ),
    Task(
        "Write a function `repeat(text, n)` that repeats a string n times.",
        "repeat",
        ("f('ab', 3) == 'ababab'", "f('x', 0) == ''"),
    ),
    Task(
        "Write a function that swaps the first and the last element of a list and returns it.",
        "swap_ends",
        ("list(f([1, 2, 3])) == [3, 2, 1]", "list(f([1, 2])) == [2, 1]"),
    ),
    Task(
        "Write a function `count_char(text, char)` that counts how often a character occurs in a string.",
        "count_char",
        ("f('banana', 'a') == 3", "f('', 'x') == 0"),
    ),
    Task(
        "Write a function that checks whether a string is written in upper case only.",
        "is_upper_case",
        ("f('ABC') is True", "f('AbC') is False"),
    ),
    Task(
        "Write a Python function that returns the odd numbers of a list.",
        "odd_numbers",
        ("f([1, 2, 3]) == [1, 3]", "f([2]) == []"),
    ),
    Task(
        "Write a function that returns the area of a rectangle from its width and height.",
        "rectangle_area",
        ("f(2, 3) == 6", "f(1.5, 2) == 3"),
    ),
    Task("Write a function that returns the perimeter of a square.", "square_perimeter", ("f(3) == 12", "f(0) == 0")),
    Task(
        "Write a function that checks whether a number is positive.", "is_positive", ("f(3) is True", "f(-1) is False")
    ),
    Task(
        "Write a Python function that converts minutes to seconds.", "minutes_to_seconds", ("f(2) == 120", "f(0) == 0")
    ),
    Task(
        "Write a function that converts kilometres to metres.",
        "kilometres_to_metres",
        ("f(3) == 3000", "f(0.5) == 500"),
    ),
    Task(
        "Write a function `ends_with(text, suffix)` that checks whether a string ends with a suffix.",
        "ends_with",
        ("f('hello', 'lo') is True", "f('hello', 'he') is False"),
    ),
    Task("Write a function that joins two strings with a hyphen.", "join_with_hyphen", ("f('a', 'b') == 'a-b'",)),
    Task(
        "Write a function that returns the length of the longest string in a list.",
        "longest_length",
        ("f(['a', 'abc']) == 3", "f(['xy']) == 2"),
    ),
    Task(
        "Write a Python function that returns the minimum and the maximum of a list as a tuple.",
        "min_and_max",
        ("tuple(f([3, 1, 2])) == (1, 3)", "tuple(f([5])) == (5, 5)"),
    ),
    Task(
        "Write a function that removes all None values from a list.",
        "remove_none",
        ("f([1, None, 2]) == [1, 2]", "f([0, None]) == [0]"),
    ),
    Task(
        "Write a function that replaces spaces in a string by underscores.",
        "spaces_to_underscores",
        ("f('a b c') == 'a_b_c'",),
    ),
    Task(
        "Write a function that returns the keys of a dictionary as a sorted list.",
        "sorted_keys",
        ("f({'b': 1, 'a': 2}) == ['a', 'b']",),
    ),
    Task(
        "Write a Python function that adds up the values of a dictionary.",
        "sum_values",
        ("f({'a': 1, 'b': 2}) == 3", "f({}) == 0"),
    ),
    Task(
        "Write a function that returns the key with the largest value of a dictionary.",
        "key_of_largest",
        ("f({'a': 1, 'b': 5, 'c': 2}) == 'b'",),
    ),
    Task("Write a function that counts the spaces in a string.", "count_spaces", ("f('a b c') == 2", "f('abc') == 0")),
    Task(
        "Write a function that returns the middle character of a string of odd length.",
        "middle_character",
        ("f('abc') == 'b'", "f('hello') == 'l'"),
    ),
    Task(
        "Write a function that checks whether a string contains only letters.",
        "only_letters",
        ("f('abc') is True", "f('ab1') is False"),
    ),
    Task(
        "Write a Python function that returns the initials of a name, for example 'JS' for 'John Smith'.",
        "initials",
        ("f('John Smith') == 'JS'", "f('Ann') == 'A'"),
    ),
    Task(
        "Write a function `numbers_down(n)` that returns the list of numbers from n down to 1.",
        "numbers_down",
        ("list(f(3)) == [3, 2, 1]", "list(f(1)) == [1]"),
    ),
    Task("Write a function that adds the even numbers of a list.", "sum_even", ("f([1, 2, 4]) == 6", "f([1]) == 0")),
    Task(
        "Write a function `multiples(n, count)` that returns the first multiples of n, starting with n.",
        "multiples",
        ("list(f(3, 4)) == [3, 6, 9, 12]",),
    ),
    Task(
        "Write a function `pad_number(number, width)` that pads a number with leading zeros.",
        "pad_number",
        ("f(7, 3) == '007'", "f(123, 3) == '123'"),
    ),
    Task(
        "Write a Python function that checks whether a number is a perfect square.",
        "is_perfect_square",
        ("f(16)", "not f(15)", "f(1)"),
    ),
    Task(
        "Write a function that checks whether a number is divisible by both 3 and 5.",
        "divisible_by_3_and_5",
        ("f(15) is True", "f(9) is False"),
    ),
    Task(
        "Write a function that turns a string into a list of its characters.",
        "characters",
        ("f('abc') == ['a', 'b', 'c']", "f('') == []"),
    ),
    Task(
        "Write a function that joins a list of strings with dashes.",
        "join_with_dashes",
        ("f(['a', 'b']) == 'a-b'", "f([]) == ''"),
    ),
    Task(
        "Write a Python function that sorts a list of words by their length.",
        "sort_by_size",
        ("f(['ccc', 'a', 'bb']) == ['a', 'bb', 'ccc']",),
    ),
    Task(
        "Write a function that sorts a list of numbers in descending order.",
        "sort_descending",
        ("f([1, 3, 2]) == [3, 2, 1]",),
    ),
    Task(
        "Write a function that returns the first word of a sentence.",
        "first_word",
        ("f('hello big world') == 'hello'",),
    ),
    Task(
        "Write a function that returns the last word of a sentence.", "last_word", ("f('hello big world') == 'world'",)
    ),
    Task(
        "Write a Python function that adds two lists element by element.", "add_lists", ("f([1, 2], [3, 4]) == [4, 6]",)
    ),
    Task(
        "Write a function that returns every second element of a list.",
        "every_second",
        ("f([1, 2, 3, 4, 5]) in ([1, 3, 5], [2, 4])",),
    ),
    Task(
        "Write a function that removes the first and the last character of a string.",
        "strip_ends",
        ("f('hello') == 'ell'", "f('ab') == ''"),
    ),
    Task(
        "Write a function that counts how many True values a list has.",
        "count_true",
        ("f([True, False, True]) == 2", "f([]) == 0"),
    ),
    Task(
        "Write a function that checks whether a list contains a value.",
        "contains_value",
        ("f([1, 2], 2) is True", "f([1], 5) is False"),
    ),
    Task(
        "Write a Python function that returns the running totals of a list of numbers.",
        "running_totals",
        ("list(f([1, 2, 3])) == [1, 3, 6]",),
    ),
    Task(
        "Write a function that returns the difference between the largest and the smallest number of a list.",
        "spread",
        ("f([3, 9, 5]) == 6", "f([2]) == 0"),
    ),
    Task(
        "Write a function that strips white space from a string and makes it lower case.",
        "clean",
        ("f('  Hello ') == 'hello'",),
    ),
    Task(
        "Write a function that returns only the digits of a string.",
        "only_digits",
        ("f('a1b2') == '12'", "f('x') == ''"),
    ),
    Task("Write a Python function that returns the hypotenuse of a right triangle.", "hypotenuse", ("f(3, 4) == 5",)),
    Task(
        "Write a function `percent(part, whole)` that returns how many percent a part is of a whole.",
        "percent",
        ("f(1, 4) == 25", "f(3, 3) == 100"),
    ),
    Task(
        "Write a function that returns the union of two lists as a sorted list without repeated values.",
        "sorted_union",
        ("list(f([3, 1], [2, 1])) == [1, 2, 3]",),
    ),
    Task(
        "Write a function that returns the lengths of the words of a sentence as a list.",
        "word_lengths",
        ("f('a bcd ef') == [1, 3, 2]",),
    ),
    Task(
        "Write a function that checks whether a word starts with a capital letter.",
        "starts_with_capital",
        ("f('Hello') is True", "f('hello') is False"),
    ),
    Task(
        "Write a function that removes the last element of a list and returns the rest.",
        "without_last",
        ("f([1, 2, 3]) == [1, 2]",),
    ),
    Task(
        "Write a function `count_long(words, n)` that counts the words with more than n letters.",
        "count_long",
        ("f(['a', 'abc', 'abcd'], 2) == 2", "f([], 1) == 0"),
    ),
    Task("Write a Python function that converts days to hours.", "days_to_hours", ("f(2) == 48", "f(0.5) == 12")),
    Task(
        "Write a function that checks whether two strings are equal when case is ignored.",
        "equal_ignoring_case",
        ("f('Abc', 'aBC') is True", "f('a', 'b') is False"),
    ),
    Task(
        "Write a function `is_longer(first, second)` that checks whether the first string is longer than the second.",
        "is_longer",
        ("f('abc', 'ab') is True", "f('a', 'b') is False"),
    ),
)
