"""Rows hold whole samples, keep to the mixture and go on where a checkpoint left them; projects are packed whole."""

from random import Random

import pytest

from resources.starter.corpus import Source
from resources.starter.excerpts import lesson_modules, small_files
from resources.starter.functions import find_functions
from resources.starter.lessons.reading import read_functions
from resources.starter.projects import Described, Projects, describe
from resources.starter.samples import Tokens
from resources.starter.settings import Mixture
from resources.starter.stream import Material, Stream

TEXT = '"""Adds numbers to values."""\n\n\n' + "\n\n\n".join(
    f'def name_{n}(value):\n    """Return the value plus {n}, as an integer."""\n    return int(value) + {n}'
    for n in range(60)
)
SOURCES = [Source("python", "adding.py", TEXT + "\n", 1.0)]


@pytest.fixture(scope="module")
def described() -> list[Described]:
    """Small files that can be asked about."""
    random = Random(3)
    files = [*small_files(SOURCES, random), *lesson_modules(random, 30)]
    return [found for file in files if (found := describe(file))]


def stream(tokens: Tokens, described: list[Described], seed: int = 1) -> Stream:
    """A stream over one file, the lessons, and projects of modest size."""
    random = Random(seed)
    material = Material(SOURCES, find_functions([TEXT]), read_functions())
    mixture = Mixture(project_tokens={1500: 1.0})
    return Stream(tokens, material, Projects(tokens, described, random), mixture, random)


def test_rows_are_full_and_made_of_samples_that_begin_at_bos(tokens: Tokens, described: list[Described]) -> None:
    made = stream(tokens, described)
    for _ in range(30):
        row = made.row(512)
        assert len(row.ids) == len(row.weights) == sum(row.lengths)
        assert len(row.ids) % 512 == 0
        starts = [sum(row.lengths[:number]) for number in range(len(row.lengths))]
        assert all(row.ids[at] == tokens.vocabulary.bos and row.weights[at] == 0.0 for at in starts)


def test_the_stream_goes_on_where_it_was(tokens: Tokens, described: list[Described]) -> None:
    first = stream(tokens, described)
    first.row(512)
    second = stream(tokens, described, seed=2)
    second.restore(first.state())
    first.restore(first.state())
    assert [first.row(512) for _ in range(5)] == [second.row(512) for _ in range(5)]


def test_shares_are_those_of_the_mixture(tokens: Tokens, described: list[Described]) -> None:
    made = stream(tokens, described)
    for _ in range(120):
        made.row(1024)
    for kind, share in Mixture().shares.items():
        assert made.counted[kind] / sum(made.counted.values()) == pytest.approx(share, abs=0.06), kind


def test_a_file_says_what_it_is_and_what_it_defines() -> None:
    file = describe(SOURCES[0])
    assert file is not None
    assert file.says == "Adds numbers to values."
    assert file.defines[:2] == ("name_0", "name_1")
    assert file.named[0].line == 4
    assert file.named[0].parameters == ("value",)
    assert describe(Source("python", "empty.py", "x = 1\n", 1.0)) is None
    assert describe(Source("python", "broken.py", "def broken(", 1.0)) is None


def test_an_excerpt_is_a_small_file_that_parses(described: list[Described]) -> None:
    for file in described:
        assert len(file.source.text) < 6_000
        compile(file.source.text, file.source.path, "exec")


def test_answers_about_a_project_name_what_stands_in_it(tokens: Tokens, described: list[Described]) -> None:
    projects = Projects(tokens, described, Random(5))
    for _ in range(20):
        sample = projects.sample(1500)
        learned = [token for token, weight in zip(sample.ids, sample.weights, strict=True) if weight]
        answers = "".join(tokens.vocabulary.piece_bytes(token).decode(errors="replace") for token in learned)
        read = [token for token, weight in zip(sample.ids, sample.weights, strict=True) if not weight]
        shown = "".join(tokens.vocabulary.piece_bytes(token).decode(errors="replace") for token in read)
        names = answers.split("`")[1::2]
        assert names
        assert all(name in shown for name in names)
