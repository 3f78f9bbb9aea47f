"""Small functions that people ask for first; each becomes a request and its answer in the training conversations."""

# ruff: noqa: T201 - printing is what one of them is asked for

from collections import Counter


def add(a: float, b: float) -> float:
    """Add two numbers."""
    return a + b


def multiply(a: float, b: float) -> float:
    """Multiply two numbers."""
    return a * b


def subtract(a: float, b: float) -> float:
    """Subtract one number from another."""
    return a - b


def average(values: list[float]) -> float:
    """Compute the average of a list of numbers."""
    return sum(values) / len(values)


def total(values: list[float]) -> float:
    """Sum a list of numbers."""
    result = 0.0
    for value in values:
        result += value
    return result


def largest(values: list[int]) -> int:
    """Find the largest number in a list."""
    result = values[0]
    for value in values:
        if value > result:
            result = value
    return result


def smallest(values: list[int]) -> int:
    """Find the smallest number in a list."""
    result = values[0]
    for value in values:
        if value < result:
            result = value
    return result


def factorial(n: int) -> int:
    """Compute the factorial of a number."""
    result = 1
    for i in range(2, n + 1):
        result *= i
    return result


def fibonacci(n: int) -> int:
    """Return the n-th Fibonacci number."""
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a


def is_prime(n: int) -> bool:
    """Check whether a number is prime."""
    if n < 2:
        return False
    i = 2
    while i * i <= n:
        if n % i == 0:
            return False
        i += 1
    return True


def is_even(n: int) -> bool:
    """Check whether a number is even."""
    return n % 2 == 0


def is_odd(n: int) -> bool:
    """Check whether a number is odd."""
    return n % 2 == 1


def gcd(a: int, b: int) -> int:
    """Compute the greatest common divisor of two numbers."""
    while b:
        a, b = b, a % b
    return a


def square(x: float) -> float:
    """Return the square of a number."""
    return x * x


def power(base: float, exponent: int) -> float:
    """Raise a number to a power."""
    result = 1.0
    for _ in range(exponent):
        result *= base
    return result


def reverse_string(text: str) -> str:
    """Reverse a string."""
    return text[::-1]


def reverse_list(values: list[int]) -> list[int]:
    """Reverse a list."""
    return values[::-1]


def is_palindrome(text: str) -> bool:
    """Check whether a string is a palindrome."""
    text = text.lower()
    return text == text[::-1]


def count_vowels(text: str) -> int:
    """Count the vowels in a string."""
    return sum(1 for character in text.lower() if character in "aeiou")


def count_words(text: str) -> int:
    """Count the words in a text."""
    return len(text.split())


def count_lines(path: str) -> int:
    """Count the lines of a file."""
    with open(path) as file:
        return sum(1 for _ in file)


def read_file(path: str) -> str:
    """Read a text file and return its content."""
    with open(path, encoding="utf-8") as file:
        return file.read()


def write_file(path: str, text: str) -> None:
    """Write a text to a file."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def word_counts(text: str) -> dict[str, int]:
    """Count how often each word occurs in a text."""
    return dict(Counter(text.split()))


def capitalize_words(text: str) -> str:
    """Capitalize every word of a text."""
    return " ".join(word.capitalize() for word in text.split())


def remove_duplicates(values: list[int]) -> list[int]:
    """Remove duplicates from a list and keep the order."""
    result = []
    for value in values:
        if value not in result:
            result.append(value)
    return result


def sort_numbers(values: list[int]) -> list[int]:
    """Sort a list of numbers."""
    return sorted(values)


def bubble_sort(values: list[int]) -> list[int]:
    """Sort a list with bubble sort."""
    values = list(values)
    for end in range(len(values) - 1, 0, -1):
        for i in range(end):
            if values[i] > values[i + 1]:
                values[i], values[i + 1] = values[i + 1], values[i]
    return values


def binary_search(values: list[int], wanted: int) -> int:
    """Find a value in a sorted list with binary search."""
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


def flatten(lists: list[list[int]]) -> list[int]:
    """Flatten a list of lists."""
    return [value for values in lists for value in values]


def merge_dicts(first: dict[str, int], second: dict[str, int]) -> dict[str, int]:
    """Merge two dictionaries."""
    return {**first, **second}


def invert_dict(mapping: dict[str, int]) -> dict[int, str]:
    """Swap the keys and values of a dictionary."""
    return {value: key for key, value in mapping.items()}


def celsius_to_fahrenheit(celsius: float) -> float:
    """Convert a temperature from Celsius to Fahrenheit."""
    return celsius * 9 / 5 + 32


def fahrenheit_to_celsius(fahrenheit: float) -> float:
    """Convert a temperature from Fahrenheit to Celsius."""
    return (fahrenheit - 32) * 5 / 9


def even_numbers(values: list[int]) -> list[int]:
    """Return the even numbers of a list."""
    return [value for value in values if value % 2 == 0]


def common_elements(first: list[int], second: list[int]) -> list[int]:
    """Find the elements that two lists have in common."""
    return [value for value in first if value in second]


def chunks(values: list[int], size: int) -> list[list[int]]:
    """Split a list into chunks of a given size."""
    return [values[i : i + size] for i in range(0, len(values), size)]


def fizzbuzz(n: int) -> list[str]:
    """Return the FizzBuzz lines up to a number."""
    result = []
    for i in range(1, n + 1):
        line = "Fizz" * (i % 3 == 0) + "Buzz" * (i % 5 == 0)
        result.append(line or str(i))
    return result


def is_leap_year(year: int) -> bool:
    """Check whether a year is a leap year."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def clamp(value: float, low: float, high: float) -> float:
    """Limit a value to a range."""
    return max(low, min(high, value))


def greet(name: str) -> str:
    """Return a greeting for a name."""
    return f"Hello, {name}!"


def hello() -> None:
    """Print hello world."""
    print("Hello, world!")
