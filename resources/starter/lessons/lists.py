"""Lessons about lists, searching and sorting: functions with examples that run."""

from collections.abc import Callable, Iterator
from itertools import combinations, permutations
from typing import Any


def smallest(values: list[int]) -> int:
    """Find the smallest number in a list.

    The loop remembers the smallest number that it has seen.

    >>> smallest([4, 2, 7])
    2
    """
    result = values[0]
    for value in values[1:]:
        if value < result:
            result = value
    return result


def second_largest(values: list[int]) -> int:
    """Find the second largest number in a list.

    A set drops equal numbers before they are sorted, and the index -2 takes the one before the last.

    >>> second_largest([5, 1, 5, 3])
    3
    """
    return sorted(set(values))[-2]


def total(values: list[int]) -> int:
    """Add all numbers in a list.

    The loop adds each number to the result, which starts at zero.

    >>> total([1, 2, 3])
    6
    """
    result = 0
    for value in values:
        result += value
    return result


def product_of(values: list[int]) -> int:
    """Multiply all numbers in a list.

    The result starts at one, because zero would make every product zero.

    >>> product_of([2, 3, 4])
    24
    """
    result = 1
    for value in values:
        result *= value
    return result


def even_numbers(values: list[int]) -> list[int]:
    """Return the even numbers of a list.

    The condition at the end of the list comprehension keeps only numbers without a rest.

    >>> even_numbers([1, 2, 3, 4])
    [2, 4]
    """
    return [value for value in values if value % 2 == 0]


def larger_than(values: list[int], limit: int) -> list[int]:
    """Return the numbers of a list that are larger than a limit.

    The list comprehension tests each number against the limit.

    >>> larger_than([1, 5, 9], 4)
    [5, 9]
    """
    return [value for value in values if value > limit]


def count_larger(values: list[int], limit: int) -> int:
    """Count the numbers in a list that are larger than a limit.

    The generator gives a one for every number that counts.

    >>> count_larger([1, 5, 9], 4)
    2
    """
    return sum(1 for value in values if value > limit)


def squared(values: list[int]) -> list[int]:
    """Square every number in a list.

    The list comprehension raises each number to the power of two.

    >>> squared([1, 2, 3])
    [1, 4, 9]
    """
    return [value**2 for value in values]


def without_duplicates(values: list[int]) -> list[int]:
    """Remove repeated values from a list and keep the order.

    A set remembers what has been seen, and a value is added only the first time.

    >>> without_duplicates([3, 1, 3, 2, 1])
    [3, 1, 2]
    """
    seen = set()
    result = []
    for value in values:
        if value not in seen:
            seen.add(value)
            result.append(value)
    return result


def find_duplicates(values: list[int]) -> list[int]:
    """Find the values that occur more than once in a list.

    The distinct values are sorted, and those with a count above one are kept.

    >>> find_duplicates([1, 2, 1, 3, 2])
    [1, 2]
    """
    return [value for value in sorted(set(values)) if values.count(value) > 1]


def has_duplicates(values: list[int]) -> bool:
    """Check whether a list contains a value twice.

    A set of the values is shorter than the list when one of them is repeated.

    >>> has_duplicates([1, 2, 1])
    True
    """
    return len(set(values)) < len(values)


def flatten(lists: list[list[int]]) -> list[int]:
    """Flatten a list of lists into one list.

    The first loop takes each inner list and the second one its items.

    >>> flatten([[1, 2], [3]])
    [1, 2, 3]
    """
    return [item for inner in lists for item in inner]


def flatten_deep(items: list[Any]) -> list[Any]:
    """Flatten a list that is nested to any depth.

    The function calls itself for each item that is a list.

    >>> flatten_deep([1, [2, [3]]])
    [1, 2, 3]
    """
    result: list[Any] = []
    for item in items:
        if isinstance(item, list):
            result.extend(flatten_deep(item))
        else:
            result.append(item)
    return result


def chunks(values: list[int], size: int) -> list[list[int]]:
    """Split a list into chunks of a given size.

    range steps from the start of one chunk to the next; the last chunk may be shorter.

    >>> chunks([1, 2, 3, 4, 5], 2)
    [[1, 2], [3, 4], [5]]
    """
    return [values[start : start + size] for start in range(0, len(values), size)]


def rotate_left(values: list[int], count: int) -> list[int]:
    """Rotate a list to the left by a number of places.

    The list is cut at the place, and the two parts are joined the other way round.

    >>> rotate_left([1, 2, 3, 4], 1)
    [2, 3, 4, 1]
    """
    if not values:
        return []
    count %= len(values)
    return values[count:] + values[:count]


def reversed_list(values: list[int]) -> list[int]:
    """Return a list in reverse order.

    The slice with the step -1 makes a reversed copy.

    >>> reversed_list([1, 2, 3])
    [3, 2, 1]
    """
    return values[::-1]


def reverse_in_place(values: list[int]) -> None:
    """Reverse a list in place.

    Two indices move from the ends to the middle, and the values they point at are swapped.

    >>> numbers = [1, 2, 3]
    >>> reverse_in_place(numbers)
    >>> numbers
    [3, 2, 1]
    """
    left, right = 0, len(values) - 1
    while left < right:
        values[left], values[right] = values[right], values[left]
        left += 1
        right -= 1


def merge_sorted(first: list[int], second: list[int]) -> list[int]:
    """Merge two sorted lists into one sorted list.

    The smaller of the two front values is taken until one list is used up.

    >>> merge_sorted([1, 4], [2, 3])
    [1, 2, 3, 4]
    """
    result = []
    i = j = 0
    while i < len(first) and j < len(second):
        if first[i] <= second[j]:
            result.append(first[i])
            i += 1
        else:
            result.append(second[j])
            j += 1
    return result + first[i:] + second[j:]


def interleave(first: list[int], second: list[int]) -> list[int]:
    """Interleave two lists of the same length.

    zip gives the pairs, and both values of each pair are added in turn.

    >>> interleave([1, 3], [2, 4])
    [1, 2, 3, 4]
    """
    return [value for pair in zip(first, second, strict=True) for value in pair]


def pair_up(names: list[str], values: list[int]) -> dict[str, int]:
    """Make a dictionary out of a list of keys and a list of values.

    zip pairs the keys with the values, and dict takes the pairs.

    >>> pair_up(["a", "b"], [1, 2])
    {'a': 1, 'b': 2}
    """
    return dict(zip(names, values, strict=True))


def missing_values(first: list[int], second: list[int]) -> list[int]:
    """Find the values of the first list that are missing in the second.

    The list comprehension keeps what the second list does not contain.

    >>> missing_values([1, 2, 3], [2])
    [1, 3]
    """
    return [value for value in first if value not in second]


def missing_number(values: list[int]) -> int:
    """Find the one number from 1 to n that is missing in a list of the others.

    The sum that all numbers would have minus the sum of the list is the missing one.

    >>> missing_number([1, 2, 4])
    3
    """
    n = len(values) + 1
    return n * (n + 1) // 2 - sum(values)


def pairs_with_sum(values: list[int], wanted: int) -> list[tuple[int, int]]:
    """Find all pairs of numbers in a list that have a given sum.

    combinations gives every pair once, in the order of the list.

    >>> pairs_with_sum([1, 2, 3, 4], 5)
    [(1, 4), (2, 3)]
    """
    return [(a, b) for a, b in combinations(values, 2) if a + b == wanted]


def two_sum(values: list[int], wanted: int) -> tuple[int, int] | None:
    """Return the positions of two numbers that add up to a target.

    A dictionary remembers the position of each number, so one pass is enough.

    >>> two_sum([2, 7, 11], 9)
    (0, 1)
    """
    places: dict[int, int] = {}
    for at, value in enumerate(values):
        if wanted - value in places:
            return places[wanted - value], at
        places[value] = at
    return None


def transpose(matrix: list[list[int]]) -> list[list[int]]:
    """Transpose a matrix.

    zip with a star takes the first item of each row, then the second, and so on.

    >>> transpose([[1, 2], [3, 4]])
    [[1, 3], [2, 4]]
    """
    return [list(column) for column in zip(*matrix, strict=True)]


def multiply_matrices(a: list[list[int]], b: list[list[int]]) -> list[list[int]]:
    """Multiply two matrices.

    Each entry is the dot product of a row of the first and a column of the second.

    >>> multiply_matrices([[1, 2]], [[3], [4]])
    [[11]]
    """
    columns = list(zip(*b, strict=True))
    return [[sum(x * y for x, y in zip(row, column, strict=True)) for column in columns] for row in a]


def identity_matrix(size: int) -> list[list[int]]:
    """Build an identity matrix of a given size.

    An entry is one where the row and the column are the same and zero elsewhere.

    >>> identity_matrix(2)
    [[1, 0], [0, 1]]
    """
    return [[1 if row == column else 0 for column in range(size)] for row in range(size)]


def diagonal(matrix: list[list[int]]) -> list[int]:
    """Return the main diagonal of a square matrix.

    enumerate gives each row with its index, which is also the column that is wanted.

    >>> diagonal([[1, 2], [3, 4]])
    [1, 4]
    """
    return [row[at] for at, row in enumerate(matrix)]


def row_sums(matrix: list[list[int]]) -> list[int]:
    """Return the sum of each row of a matrix.

    sum is applied to every row.

    >>> row_sums([[1, 2], [3, 4]])
    [3, 7]
    """
    return [sum(row) for row in matrix]


def linear_search(values: list[int], wanted: int) -> int:
    """Find the position of a value in a list, or -1 if it is not there.

    The values are compared one after the other from the start.

    >>> linear_search([5, 3, 8], 8)
    2
    """
    for at, value in enumerate(values):
        if value == wanted:
            return at
    return -1


def binary_search(values: list[int], wanted: int) -> int:
    """Find a value in a sorted list with binary search.

    Each comparison with the middle value halves the range that is left.

    >>> binary_search([1, 3, 5, 7], 5)
    2
    """
    low, high = 0, len(values) - 1
    while low <= high:
        middle = (low + high) // 2
        if values[middle] == wanted:
            return middle
        if values[middle] < wanted:
            low = middle + 1
        else:
            high = middle - 1
    return -1


def bubble_sort(values: list[int]) -> list[int]:
    """Sort a list with bubble sort.

    Neighbours in the wrong order are swapped, so that the largest value moves to the end in each pass.

    >>> bubble_sort([3, 1, 2])
    [1, 2, 3]
    """
    result = list(values)
    for end in range(len(result) - 1, 0, -1):
        for at in range(end):
            if result[at] > result[at + 1]:
                result[at], result[at + 1] = result[at + 1], result[at]
    return result


def selection_sort(values: list[int]) -> list[int]:
    """Sort a list with selection sort.

    The smallest of the remaining values is taken out and added to the result each time.

    >>> selection_sort([3, 1, 2])
    [1, 2, 3]
    """
    rest = list(values)
    result = []
    while rest:
        least = min(rest)
        rest.remove(least)
        result.append(least)
    return result


def insertion_sort(values: list[int]) -> list[int]:
    """Sort a list with insertion sort.

    Each value moves to the left until the one before it is not larger.

    >>> insertion_sort([3, 1, 2])
    [1, 2, 3]
    """
    result = list(values)
    for at in range(1, len(result)):
        value = result[at]
        while at > 0 and result[at - 1] > value:
            result[at] = result[at - 1]
            at -= 1
        result[at] = value
    return result


def quicksort(values: list[int]) -> list[int]:
    """Sort a list with quicksort.

    The values are divided by a pivot, and both parts are sorted by the same function.

    >>> quicksort([3, 1, 2])
    [1, 2, 3]
    """
    if len(values) <= 1:
        return values
    pivot, *rest = values
    left = [value for value in rest if value < pivot]
    right = [value for value in rest if value >= pivot]
    return [*quicksort(left), pivot, *quicksort(right)]


def merge_sort(values: list[int]) -> list[int]:
    """Sort a list with merge sort.

    Both halves are sorted by the same function and then merged from their fronts.

    >>> merge_sort([3, 1, 2])
    [1, 2, 3]
    """
    if len(values) <= 1:
        return values
    middle = len(values) // 2
    left, right = merge_sort(values[:middle]), merge_sort(values[middle:])
    result = []
    while left and right:
        result.append(left.pop(0) if left[0] <= right[0] else right.pop(0))
    return result + left + right


def sort_by_last_letter(words: list[str]) -> list[str]:
    """Sort a list of words by their last letter.

    The key function gives sorted the letter to compare.

    >>> sort_by_last_letter(["ab", "ca"])
    ['ca', 'ab']
    """
    return sorted(words, key=lambda word: word[-1])


def sort_by_second(pairs: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Sort a list of pairs by their second item.

    The lambda tells sorted to compare the items at index 1.

    >>> sort_by_second([("a", 3), ("b", 1)])
    [('b', 1), ('a', 3)]
    """
    return sorted(pairs, key=lambda pair: pair[1])


def sort_without_case(words: list[str]) -> list[str]:
    """Sort a list of words and ignore upper and lower case.

    str.lower is the key, so the words are compared in lower case.

    >>> sort_without_case(["b", "A", "c"])
    ['A', 'b', 'c']
    """
    return sorted(words, key=str.lower)


def position_of_largest(values: list[int]) -> int:
    """Return the position of the largest number in a list.

    index finds the first place at which the maximum stands.

    >>> position_of_largest([3, 9, 4])
    1
    """
    return values.index(max(values))


def move_zeros(values: list[int]) -> list[int]:
    """Move all zeros of a list to its end.

    The other numbers keep their order, and the zeros that were left out are added.

    >>> move_zeros([0, 1, 0, 2])
    [1, 2, 0, 0]
    """
    others = [value for value in values if value != 0]
    return others + [0] * (len(values) - len(others))


def moving_average(values: list[float], size: int) -> list[float]:
    """Compute the moving average of a list of numbers.

    Each window of the given size is cut out and its mean is taken.

    >>> moving_average([1, 2, 3, 4], 2)
    [1.5, 2.5, 3.5]
    """
    return [sum(values[at : at + size]) / size for at in range(len(values) - size + 1)]


def differences(values: list[int]) -> list[int]:
    """Return the differences between neighbours in a list.

    Each number is subtracted from the one that follows it.

    >>> differences([1, 4, 9])
    [3, 5]
    """
    return [b - a for a, b in zip(values, values[1:], strict=False)]


def longest_run(values: list[int]) -> int:
    """Return the length of the longest run of equal values in a list.

    The counter starts again at one whenever the value changes.

    >>> longest_run([1, 1, 2, 2, 2, 1])
    3
    """
    best = current = 0
    last = None
    for value in values:
        current = current + 1 if value == last else 1
        best = max(best, current)
        last = value
    return best


def largest_sum_of_slice(values: list[int]) -> int:
    """Find the largest sum of neighbouring numbers in a list.

    A sum that has become negative is dropped, because it can only make the next one smaller.

    >>> largest_sum_of_slice([1, -3, 4, 2, -1])
    6
    """
    best = current = values[0]
    for value in values[1:]:
        current = max(value, current + value)
        best = max(best, current)
    return best


def power_set(items: list[int]) -> list[list[int]]:
    """Return all subsets of a list.

    Each item doubles the subsets: once without it and once with it.

    >>> power_set([1, 2])
    [[], [1], [2], [1, 2]]
    """
    subsets: list[list[int]] = [[]]
    for item in items:
        subsets += [[*subset, item] for subset in subsets]
    return subsets


def all_orders(items: list[int]) -> list[tuple[int, ...]]:
    """Return all orders in which the items of a list can stand.

    permutations from itertools does the work.

    >>> all_orders([1, 2])
    [(1, 2), (2, 1)]
    """
    return list(permutations(items))


def partition(values: list[int], test: Callable[[int], bool]) -> tuple[list[int], list[int]]:
    """Split a list into the values that pass a test and the others.

    Two list comprehensions keep the values for which the test holds and the others.

    >>> partition([1, 2, 3], lambda value: value > 1)
    ([2, 3], [1])
    """
    passed = [value for value in values if test(value)]
    others = [value for value in values if not test(value)]
    return passed, others


def group_by_length(words: list[str]) -> dict[int, list[str]]:
    """Group a list of words by their length.

    setdefault makes an empty list for a length that is new.

    >>> group_by_length(["a", "bb", "c"])
    {1: ['a', 'c'], 2: ['bb']}
    """
    groups: dict[int, list[str]] = {}
    for word in words:
        groups.setdefault(len(word), []).append(word)
    return groups


def first_repeated(values: list[int]) -> int | None:
    """Return the first value that occurs a second time, or None.

    A set holds what has been seen so far.

    >>> first_repeated([1, 2, 3, 2, 1])
    2
    """
    seen = set()
    for value in values:
        if value in seen:
            return value
        seen.add(value)
    return None


def remove_value(values: list[int], unwanted: int) -> list[int]:
    """Remove every occurrence of a value from a list.

    The list comprehension keeps all values that differ from it.

    >>> remove_value([1, 2, 1], 1)
    [2]
    """
    return [value for value in values if value != unwanted]


def insert_sorted(values: list[int], added: int) -> list[int]:
    """Insert a number into a sorted list so that it stays sorted.

    The place is in front of the first number that is larger.

    >>> insert_sorted([1, 4], 3)
    [1, 3, 4]
    """
    at = 0
    while at < len(values) and values[at] <= added:
        at += 1
    return [*values[:at], added, *values[at:]]


def count_by(values: list[int], test: Callable[[int], bool]) -> int:
    """Count the values of a list for which a test holds.

    The results of the test are added, and True counts as one.

    >>> count_by([1, 2, 3], lambda value: value > 1)
    2
    """
    return sum(bool(test(value)) for value in values)


def windows(values: list[int], size: int) -> Iterator[list[int]]:
    """Yield all windows of a given size of a list.

    A generator yields one slice after the other, so no large list is built.

    >>> list(windows([1, 2, 3], 2))
    [[1, 2], [2, 3]]
    """
    for start in range(len(values) - size + 1):
        yield values[start : start + size]


def countdown(start: int) -> Iterator[int]:
    """Yield the numbers from a start down to zero.

    yield hands out one number and goes on from there at the next request.

    >>> list(countdown(2))
    [2, 1, 0]
    """
    while start >= 0:
        yield start
        start -= 1


def are_equal(first: list[int], second: list[int]) -> bool:
    """Check whether two lists hold the same values in any order.

    Sorting both makes the order irrelevant.

    >>> are_equal([1, 2], [2, 1])
    True
    """
    return sorted(first) == sorted(second)


def is_sublist(part: list[int], whole: list[int]) -> bool:
    """Check whether a list occurs inside another one as neighbours.

    Each slice of the right length is compared with the part.

    >>> is_sublist([2, 3], [1, 2, 3])
    True
    """
    size = len(part)
    return any(whole[at : at + size] == part for at in range(len(whole) - size + 1))


def swap_items(values: list[int], first: int, second: int) -> list[int]:
    """Swap two items of a list by their positions.

    Both are assigned at the same time, so no temporary variable is needed.

    >>> swap_items([1, 2, 3], 0, 2)
    [3, 2, 1]
    """
    result = list(values)
    result[first], result[second] = result[second], result[first]
    return result


def unique_in_both(first: list[int], second: list[int]) -> list[int]:
    """Return the values that are in exactly one of two lists, sorted.

    The operator ^ of sets gives the symmetric difference.

    >>> unique_in_both([1, 2], [2, 3])
    [1, 3]
    """
    return sorted(set(first) ^ set(second))


def join_words(words: list[str]) -> str:
    """Join a list of words with commas and an and before the last.

    A single word is returned alone; otherwise all but the last are joined with commas.

    >>> join_words(["a", "b", "c"])
    'a, b and c'
    """
    if len(words) < 2:
        return "".join(words)
    return ", ".join(words[:-1]) + " and " + words[-1]
