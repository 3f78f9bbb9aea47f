"""Lessons about numbers and dates: functions with examples that run."""

import math
from datetime import date, timedelta


def difference(a: float, b: float) -> float:
    """Subtract the second number from the first.

    The result is negative when the second number is the larger one.

    >>> difference(7, 9)
    -2
    """
    return a - b


def safe_divide(a: float, b: float) -> float | None:
    """Divide two numbers, and return None when the divisor is zero.

    The divisor is tested first, so no ZeroDivisionError is raised.

    >>> safe_divide(6, 3)
    2.0
    """
    if b == 0:
        return None
    return a / b


def larger(a: float, b: float) -> float:
    """Return the larger of two numbers.

    A conditional expression picks the first number when it is greater.

    >>> larger(4, 9)
    9
    """
    return a if a > b else b


def largest_of_three(a: float, b: float, c: float) -> float:
    """Find the largest of three numbers.

    max accepts any number of arguments.

    >>> largest_of_three(3, 8, 5)
    8
    """
    return max(a, b, c)


def middle_of_three(a: float, b: float, c: float) -> float:
    """Return the middle one of three numbers.

    After sorting, the middle number stands at index 1.

    >>> middle_of_three(9, 2, 5)
    5
    """
    return sorted([a, b, c])[1]


def factorial(n: int) -> int:
    """Compute the factorial of a number.

    The loop multiplies the result by every number from 2 to n.

    >>> factorial(5)
    120
    """
    result = 1
    for factor in range(2, n + 1):
        result *= factor
    return result


def recursive_power(base: int, exponent: int) -> int:
    """Raise a number to a power with recursion.

    A power is the base times the next smaller power, and anything to the power of zero is one.

    >>> recursive_power(2, 5)
    32
    """
    if exponent == 0:
        return 1
    return base * recursive_power(base, exponent - 1)


def is_even(number: int) -> bool:
    """Check whether a number is even.

    An even number leaves no rest when it is divided by two.

    >>> is_even(4)
    True
    """
    return number % 2 == 0


def is_between(value: float, low: float, high: float) -> bool:
    """Check whether a value lies between two bounds, both included.

    Python allows both comparisons to be chained.

    >>> is_between(5, 1, 5)
    True
    """
    return low <= value <= high


def clamp(value: float, low: float, high: float) -> float:
    """Limit a value to the range between two bounds.

    min keeps it below the upper bound and max above the lower one.

    >>> clamp(12, 0, 10)
    10
    """
    return max(low, min(value, high))


def divisors(number: int) -> list[int]:
    """List all divisors of a number.

    Every candidate from one to the number itself is tried.

    >>> divisors(12)
    [1, 2, 3, 4, 6, 12]
    """
    return [candidate for candidate in range(1, number + 1) if number % candidate == 0]


def is_perfect(number: int) -> bool:
    """Check whether a number equals the sum of its proper divisors.

    The sum takes all divisors that are smaller than the number.

    >>> is_perfect(28)
    True
    """
    return number > 0 and sum(d for d in range(1, number) if number % d == 0) == number


def least_common_multiple(a: int, b: int) -> int:
    """Compute the least common multiple of two numbers.

    Multiples of the first number are tried until one is divisible by the second.

    >>> least_common_multiple(4, 6)
    12
    """
    multiple = a
    while multiple % b:
        multiple += a
    return multiple


def digit_count(number: int) -> int:
    """Count the digits of a whole number.

    The sign is dropped and the length of the decimal text is taken.

    >>> digit_count(-305)
    3
    """
    return len(str(abs(number)))


def reverse_number(number: int) -> int:
    """Reverse the digits of a positive number.

    The last digit is taken off with modulo and put behind the result.

    >>> reverse_number(123)
    321
    """
    result = 0
    while number:
        result = result * 10 + number % 10
        number //= 10
    return result


def digit_product(number: int) -> int:
    """Multiply the digits of a positive number.

    str gives the digits as characters, and int turns each of them back into a number.

    >>> digit_product(234)
    24
    """
    result = 1
    for digit in str(number):
        result *= int(digit)
    return result


def is_armstrong(number: int) -> bool:
    """Check whether a number is the sum of its digits raised to the number of digits.

    Each digit is raised to the power of the count of digits before they are added.

    >>> is_armstrong(153)
    True
    """
    digits = str(number)
    return sum(int(digit) ** len(digits) for digit in digits) == number


def collatz_steps(number: int) -> int:
    """Count the steps of the Collatz sequence until it reaches one.

    Even numbers are halved and odd ones are multiplied by three and increased by one.

    >>> collatz_steps(6)
    8
    """
    steps = 0
    while number != 1:
        number = number // 2 if number % 2 == 0 else 3 * number + 1
        steps += 1
    return steps


def powers_of_two(count: int) -> list[int]:
    """Return the first powers of two.

    A list comprehension raises two to each exponent.

    >>> powers_of_two(5)
    [1, 2, 4, 8, 16]
    """
    return [2**exponent for exponent in range(count)]


def is_power_of_two(number: int) -> bool:
    """Check whether a number is a power of two.

    A power of two has a single one bit, which disappears in the and with its predecessor.

    >>> is_power_of_two(16)
    True
    """
    return number > 0 and number & (number - 1) == 0


def count_set_bits(number: int) -> int:
    """Count the ones in the binary form of a number.

    bin writes the number in binary as a string, in which the ones are counted.

    >>> count_set_bits(13)
    3
    """
    return bin(number).count("1")


def binary_to_number(digits: str) -> int:
    """Convert a string of binary digits to a number.

    int reads a string in any base that is given as its second argument.

    >>> binary_to_number("101")
    5
    """
    return int(digits, 2)


def roman_to_number(numeral: str) -> int:
    """Convert a Roman numeral to a number.

    A sign that stands before a larger one is subtracted, and all others are added.

    >>> roman_to_number("XIV")
    14
    """
    values = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
    total = 0
    for at, sign in enumerate(numeral):
        value = values[sign]
        if at + 1 < len(numeral) and values[numeral[at + 1]] > value:
            total -= value
        else:
            total += value
    return total


def mean(values: list[float]) -> float:
    """Compute the mean of a list of numbers.

    The sum of the numbers is divided by how many there are.

    >>> mean([1, 2, 3, 6])
    3.0
    """
    return sum(values) / len(values)


def weighted_mean(values: list[float], weights: list[float]) -> float:
    """Compute the weighted mean of a list of numbers.

    Each value is multiplied by its weight, and the sum is divided by the sum of the weights.

    >>> weighted_mean([1, 4], [2, 1])
    2.0
    """
    return sum(v * w for v, w in zip(values, weights, strict=True)) / sum(weights)


def variance(values: list[float]) -> float:
    """Compute the variance of a list of numbers.

    It is the mean of the squared distances from the mean.

    >>> variance([1, 3])
    1.0
    """
    centre = sum(values) / len(values)
    return sum((value - centre) ** 2 for value in values) / len(values)


def standard_deviation(values: list[float]) -> float:
    """Compute the standard deviation of a list of numbers.

    It is the square root of the mean squared distance from the mean.

    >>> standard_deviation([1, 3])
    1.0
    """
    centre = sum(values) / len(values)
    return math.sqrt(sum((value - centre) ** 2 for value in values) / len(values))


def most_frequent(values: list[int]) -> int:
    """Find the value that occurs most often in a list.

    max compares the distinct values by how often the list holds them.

    >>> most_frequent([1, 2, 2, 3])
    2
    """
    return max(set(values), key=values.count)


def scale_values(values: list[float], factor: float) -> list[float]:
    """Multiply every number of a list by a factor.

    The list comprehension builds a new list and leaves the old one as it is.

    >>> scale_values([1, 2, 3], 10)
    [10, 20, 30]
    """
    return [value * factor for value in values]


def squares(count: int) -> list[int]:
    """Return the squares of the numbers from one to a count.

    range ends before its second argument, so one is added.

    >>> squares(4)
    [1, 4, 9, 16]
    """
    return [number**2 for number in range(1, count + 1)]


def circle_area(radius: float) -> float:
    """Compute the area of a circle.

    The area is pi times the square of the radius.

    >>> round(circle_area(2), 2)
    12.57
    """
    return math.pi * radius**2


def circle_circumference(radius: float) -> float:
    """Compute the circumference of a circle.

    The circumference is two times pi times the radius.

    >>> round(circle_circumference(1), 2)
    6.28
    """
    return 2 * math.pi * radius


def box_volume(width: float, height: float, depth: float) -> float:
    """Compute the volume of a box.

    The three sides are multiplied.

    >>> box_volume(2, 3, 4)
    24
    """
    return width * height * depth


def distance(x1: float, y1: float, x2: float, y2: float) -> float:
    """Compute the distance between two points in the plane.

    By Pythagoras it is the square root of the sum of the squared differences.

    >>> distance(0, 0, 3, 4)
    5.0
    """
    return math.sqrt((x2 - x1) ** 2 + (y2 - y1) ** 2)


def solve_quadratic(a: float, b: float, c: float) -> list[float]:
    """Solve a quadratic equation and return its real roots.

    A negative discriminant means that there is no real root.

    >>> solve_quadratic(1, -3, 2)
    [1.0, 2.0]
    """
    discriminant = b * b - 4 * a * c
    if discriminant < 0:
        return []
    root = math.sqrt(discriminant)
    return sorted({(-b - root) / (2 * a), (-b + root) / (2 * a)})


def dot_product(first: list[float], second: list[float]) -> float:
    """Compute the dot product of two vectors.

    The pairs of components are multiplied and the products are added.

    >>> dot_product([1, 2], [3, 4])
    11
    """
    return sum(a * b for a, b in zip(first, second, strict=True))


def vector_length(vector: list[float]) -> float:
    """Compute the length of a vector.

    It is the square root of the sum of the squared components.

    >>> vector_length([3, 4])
    5.0
    """
    return math.sqrt(sum(x * x for x in vector))


def celsius_to_fahrenheit(celsius: float) -> float:
    """Convert a temperature from Celsius to Fahrenheit.

    A degree Celsius is 9/5 degrees Fahrenheit, and the scale starts at 32.

    >>> celsius_to_fahrenheit(100)
    212.0
    """
    return celsius * 9 / 5 + 32


def fahrenheit_to_celsius(fahrenheit: float) -> float:
    """Convert a temperature from Fahrenheit to Celsius.

    The offset of 32 is taken off before the factor 5/9 is applied.

    >>> fahrenheit_to_celsius(212)
    100.0
    """
    return (fahrenheit - 32) * 5 / 9


def seconds_to_clock(seconds: int) -> str:
    """Write a number of seconds as hours, minutes and seconds.

    divmod gives the whole part and the rest at the same time.

    >>> seconds_to_clock(3725)
    '01:02:05'
    """
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}"


def hours_to_minutes(hours: float) -> float:
    """Convert hours to minutes.

    An hour has 60 minutes.

    >>> hours_to_minutes(1.5)
    90.0
    """
    return hours * 60


def miles_to_kilometres(miles: float) -> float:
    """Convert miles to kilometres.

    A mile is 1.609344 kilometres.

    >>> miles_to_kilometres(2)
    3.218688
    """
    return miles * 1.609344


def discount(price: float, percent: float) -> float:
    """Take a discount in percent off a price.

    The price is multiplied by what is left of one hundred percent.

    >>> discount(200, 25)
    150.0
    """
    return price * (100 - percent) / 100


def compound_interest(amount: float, rate: float, years: int) -> float:
    """Compute what an amount has grown to after some years of interest.

    Each year multiplies the amount by one plus the rate.

    >>> compound_interest(100, 0.5, 2)
    225.0
    """
    return amount * (1 + rate) ** years


def round_to(value: float, step: float) -> float:
    """Round a value to the nearest multiple of a step.

    The value is divided by the step, rounded and multiplied again.

    >>> round_to(17, 5)
    15
    """
    return round(value / step) * step


def format_thousands(number: int) -> str:
    """Write a number with commas between the thousands.

    The comma in the format asks for the separators.

    >>> format_thousands(1234567)
    '1,234,567'
    """
    return f"{number:,}"


def human_size(count: float) -> str:
    """Write a number of bytes in a unit that reads well.

    The count is divided by 1024 until it is small enough for the unit.

    >>> human_size(2048)
    '2.0 KB'
    """
    for unit in ("B", "KB", "MB", "GB"):
        if count < 1024:
            return f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TB"


def is_leap_year(year: int) -> bool:
    """Check whether a year is a leap year.

    Every fourth year is one, except full centuries that are not divisible by 400.

    >>> is_leap_year(2024)
    True
    >>> is_leap_year(1900)
    False
    """
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_between(first: date, second: date) -> int:
    """Count the days between two dates.

    The difference of two dates has the days as an attribute.

    >>> days_between(date(2024, 1, 1), date(2024, 3, 1))
    60
    """
    return abs((second - first).days)


def next_day(day: date) -> date:
    """Return the day after a date.

    A timedelta of one day is added, so the ends of months and years are right.

    >>> next_day(date(2023, 12, 31))
    datetime.date(2024, 1, 1)
    """
    return day + timedelta(days=1)


def parse_date(text: str) -> date:
    """Read a date in the form YYYY-MM-DD.

    The three parts are converted to integers and passed to date.

    >>> parse_date("2024-05-17")
    datetime.date(2024, 5, 17)
    """
    year, month, day = text.split("-")
    return date(int(year), int(month), int(day))


def is_weekend(day: date) -> bool:
    """Check whether a date is a Saturday or a Sunday.

    weekday counts from Monday as zero, so Saturday is 5 and Sunday 6.

    >>> is_weekend(date(2024, 6, 1))
    True
    """
    return day.weekday() >= 5


def age(born: date, today: date) -> int:
    """Compute the age of a person in years.

    One year is taken off when this year's birthday is still to come.

    >>> age(date(1990, 8, 1), date(2020, 7, 31))
    29
    """
    before = (today.month, today.day) < (born.month, born.day)
    return today.year - born.year - before


def grade(score: int) -> str:
    """Return the grade for a score between 0 and 100.

    The bounds are tried from the top, and the first that is reached decides.

    >>> grade(85)
    'B'
    """
    if score >= 90:
        return "A"
    if score >= 80:
        return "B"
    if score >= 70:
        return "C"
    return "F"


def is_triangle(a: float, b: float, c: float) -> bool:
    """Check whether three lengths can be the sides of a triangle.

    Every two sides together must be longer than the third.

    >>> is_triangle(3, 4, 8)
    False
    """
    return a + b > c and a + c > b and b + c > a


def multiplication_table(number: int, rows: int) -> list[str]:
    """Return the lines of the multiplication table of a number.

    Each line is an f-string with the factor and the product.

    >>> multiplication_table(3, 2)
    ['3 x 1 = 3', '3 x 2 = 6']
    """
    return [f"{number} x {factor} = {number * factor}" for factor in range(1, rows + 1)]


def nearest(values: list[float], target: float) -> float:
    """Find the number of a list that is nearest to a target.

    min compares the numbers by their distance from the target.

    >>> nearest([1, 5, 9], 6)
    5
    """
    return min(values, key=lambda value: abs(value - target))


def dice_sums(sides: int) -> dict[int, int]:
    """Count how many ways two dice can give each sum.

    Two loops run over all pairs of sides.

    >>> dice_sums(2)
    {2: 1, 3: 2, 4: 1}
    """
    counts: dict[int, int] = {}
    for first in range(1, sides + 1):
        for second in range(1, sides + 1):
            counts[first + second] = counts.get(first + second, 0) + 1
    return counts


def integer_square_root(number: int) -> int:
    """Find the largest whole number whose square is not larger than a number.

    The root is increased while the next square still fits.

    >>> integer_square_root(17)
    4
    """
    root = 0
    while (root + 1) ** 2 <= number:
        root += 1
    return root


def sum_of_multiples(limit: int, a: int, b: int) -> int:
    """Add all numbers below a limit that are multiples of one of two numbers.

    The generator passes on the numbers that leave no rest for either divisor.

    >>> sum_of_multiples(10, 3, 5)
    23
    """
    return sum(number for number in range(limit) if number % a == 0 or number % b == 0)


def arithmetic_sequence(start: int, step: int, count: int) -> list[int]:
    """Return the first terms of an arithmetic sequence.

    Each term is the start plus its index times the step.

    >>> arithmetic_sequence(2, 3, 4)
    [2, 5, 8, 11]
    """
    return [start + step * index for index in range(count)]


def split_bill(total: float, people: int, tip: float) -> float:
    """Compute what each person pays of a bill with a tip in percent.

    The tip is added before the bill is divided, and the result is rounded to cents.

    >>> split_bill(100, 4, 10)
    27.5
    """
    return round(total * (1 + tip / 100) / people, 2)


def body_mass_index(weight: float, height: float) -> float:
    """Compute the body mass index from kilograms and metres.

    The weight is divided by the square of the height.

    >>> body_mass_index(80, 2)
    20.0
    """
    return weight / height**2


def is_valid_time(hours: int, minutes: int) -> bool:
    """Check whether hours and minutes are a valid time of day.

    Hours run from 0 to 23 and minutes from 0 to 59.

    >>> is_valid_time(24, 0)
    False
    """
    return 0 <= hours < 24 and 0 <= minutes < 60


def add_minutes(hours: int, minutes: int, added: int) -> tuple[int, int]:
    """Add minutes to a time of day.

    The time is turned into minutes, and modulo starts a new day after midnight.

    >>> add_minutes(23, 50, 20)
    (0, 10)
    """
    total = (hours * 60 + minutes + added) % (24 * 60)
    return total // 60, total % 60
