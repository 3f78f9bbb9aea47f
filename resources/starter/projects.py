"""Conversations about a folder: small projects out of the corpus, packed by the program's own packer, and questions.

The answers come from docstrings, signatures and places of definitions, so they name what stands in the files.
"""

import ast
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from engine.messages.prompts import Speaker
from engine.messages.prompts import Turn as Asked
from engine.project.definitions import find_definitions
from engine.project.entries import SourceFile
from engine.project.packing import Packer
from engine.project.question import question_of
from engine.project.ranking import count_hits, rank
from engine.tokens.lines import LineEncoder
from resources.starter.chat import Turn, lower_first, third_person
from resources.starter.corpus import Source
from resources.starter.functions import first_paragraph, parsed
from resources.starter.samples import Sample, Tokens

LONGEST_ANSWER = 220
MOST_NAMED = 5
CANDIDATES = 40  # files that are tried for a project
ROOM_OF_FILE = 60  # tokens of its header and its line of the outline
FOLDERS = ("", "", "src/", "lib/", "app/", "core/", "tools/")
NAMES = ("shop", "garden", "atlas", "notes", "weather", "toolbox", "ledger", "harbour", "pocket", "signal", "orchard")
OF_FILE = ("What does {} do?", "What is in the file {}?", "What is {} for?", "Explain {}.", "Summarise {}.")
OF_FUNCTION = ("What does the function {} do?", "What does {} do?", "Explain the function `{}`.", "What is `{}` for?")
OF_CLASS = ("What is the class {} for?", "What does the class {} do?", "Explain the class `{}`.")
OF_PLACE = ("Where is {} defined?", "In which file is `{}`?", "Where do I find {}?", "Which file defines {}?")
OF_PARTS = ("What does {} define?", "Which functions and classes are in {}?", "List what {} defines.")
OF_PARAMETERS = ("What parameters does {} take?", "Which arguments does `{}` have?")
OF_PROJECT = ("What is this project about?", "What files are there?", "Give me an overview of this project.")


@dataclass(frozen=True)
class Named:
    """A documented definition of a file."""

    name: str
    line: int
    says: str
    parameters: tuple[str, ...]
    is_class: bool


@dataclass(frozen=True)
class Described:
    """A file that can be asked about: its own docstring's first paragraph, and what it defines."""

    source: Source
    says: str
    named: tuple[Named, ...]
    defines: tuple[str, ...]


def describe(source: Source) -> Described | None:
    """A file as it can be asked about; None where it says too little about itself."""
    tree = parsed(source.text)
    if tree is None:
        return None
    top = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]
    inner = [node for item in top if isinstance(item, ast.ClassDef) for node in item.body]
    methods = [node for node in inner if isinstance(node, ast.FunctionDef) and not node.name.startswith("__")]
    named = tuple(found for node in [*top, *methods] if (found := _named(node)))
    says = _short(ast.get_docstring(tree))
    if not named and not says:
        return None
    return Described(source, says, named, tuple(node.name for node in top))


def _named(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> Named | None:
    says = _short(ast.get_docstring(node))
    if not says:
        return None
    if isinstance(node, ast.ClassDef):
        return Named(node.name, node.lineno, says, (), is_class=True)
    parameters = tuple(argument.arg for argument in node.args.args if argument.arg not in ("self", "cls"))
    return Named(node.name, node.lineno, says, parameters, is_class=False)


def _short(documentation: str | None) -> str:
    text = first_paragraph(documentation) if documentation else ""
    sentence = text.partition(". ")[0].rstrip(".")
    return f"{sentence}." if 12 <= len(sentence) <= LONGEST_ANSWER and ">>>" not in sentence else ""


class Projects:
    """Draws projects and asks about them."""

    def __init__(self, tokens: Tokens, files: Sequence[Described], random: Random) -> None:
        self._tokens, self._random = tokens, random
        self._files = list(files)
        self._encoder = LineEncoder(tokens.vocabulary, 200_000)

    def sample(self, most_tokens: int) -> Sample:
        """A conversation of two to four questions about a project that takes at most `most_tokens`, packed whole."""
        chosen = self._choose(most_tokens)
        paths = _paths(self._random, chosen)
        asked = [self._ask(chosen, paths) for _ in range(self._random.choice((2, 3, 4, 4)))]
        talk = list({turn.answer: turn for turn in asked}.values())
        first = [Asked(Speaker.USER, talk[0].question)]
        ids = self._packed(first, [file.source.text for file in chosen], paths, most_tokens)
        return self._tokens.chat("project", talk, project=ids)

    def _choose(self, most_tokens: int) -> list[Described]:
        """Files that fit together, numbers of lines and headers included; at least one that fits by itself."""
        chosen: list[Described] = []
        left, wanted = most_tokens, self._random.choice((1, 2, 2, 3, 3, 4, 5))
        for file in self._random.sample(self._files, min(CANDIDATES, len(self._files))):
            cost = self._encoder.count(file.source.text) + 2 * file.source.text.count("\n") + ROOM_OF_FILE
            if cost <= left and file.source.path not in {other.source.path for other in chosen}:
                chosen.append(file)
                left -= cost
            if len(chosen) == wanted:
                break
        return chosen

    def _packed(self, asked: Sequence[Asked], texts: Sequence[str], paths: Sequence[str], most: int) -> "array[int]":
        ended = [text if text.endswith("\n") else f"{text}\n" for text in texts]
        files = [
            SourceFile(path, len(text), at, text, self._encoder.count(text))
            for at, (path, text) in enumerate(zip(paths, ended, strict=True))
        ]
        question = question_of(asked)
        ranked = rank(question, [(file, count_hits(question, file)) for file in files])
        packer = Packer(self._encoder, lambda file: find_definitions(file.path, file.text))
        return packer.pack(self._random.choice(NAMES), ranked, question, most).ids

    def _ask(self, chosen: Sequence[Described], paths: Sequence[str]) -> Turn:
        at = self._random.randrange(len(chosen))
        file, path = chosen[at], paths[at]
        shown = path if self._random.random() < 0.6 else path.rpartition("/")[2]
        kind = self._random.random()
        if kind < 0.08 and len(chosen) > 1:
            return Turn(self._random.choice(OF_PROJECT), _overview(chosen, paths))
        if kind < 0.38 or not file.named:
            return Turn(self._random.choice(OF_FILE).format(shown), _of_file(file, shown))
        if kind < 0.46 and file.defines:
            return Turn(self._random.choice(OF_PARTS).format(shown), f"`{shown}` defines {_listed(file.defines)}.")
        return self._ask_of(self._random.choice(file.named), path, kind)

    def _ask_of(self, named: Named, path: str, kind: float) -> Turn:
        if kind < 0.60:
            place = f"`{named.name}` is defined in `{path}`, in line {named.line}."
            return Turn(self._random.choice(OF_PLACE).format(named.name), place)
        if kind < 0.66 and named.parameters:
            taken = f"`{named.name}` takes {_listed(named.parameters)}."
            return Turn(self._random.choice(OF_PARAMETERS).format(named.name), taken)
        wordings = OF_CLASS if named.is_class else OF_FUNCTION
        return Turn(self._random.choice(wordings).format(named.name), _of_named(named, path))


def _of_file(file: Described, shown: str) -> str:
    defines = f"It defines {_listed(file.defines)}." if file.defines else ""
    if not file.says:
        return defines.replace("It", f"`{shown}`", 1)
    return f"`{shown}`: {file.says} {defines}".strip()


def _of_named(named: Named, path: str) -> str:
    task = lower_first(named.says)
    third = third_person(task) if not named.is_class else None
    return f"`{named.name}` in `{path}` {third}" if third else f"`{named.name}` in `{path}`: {named.says}"


def _overview(chosen: Sequence[Described], paths: Sequence[str]) -> str:
    lines = [f"- `{path}`: {file.says or _listed(file.defines)}" for file, path in zip(chosen, paths, strict=True)]
    return "The project has these files:\n\n" + "\n".join(lines)


def _listed(names: Sequence[str]) -> str:
    shown = [f"`{name}`" for name in names[:MOST_NAMED]]
    if len(names) > MOST_NAMED:
        return f"{', '.join(shown)} and more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def _paths(random: Random, chosen: Sequence[Described]) -> list[str]:
    """Different paths for the files, in one or two folders."""
    folders = (random.choice(FOLDERS), random.choice(FOLDERS))
    paths: list[str] = []
    for number, file in enumerate(chosen):
        parent, _, name = f"{file.source.package}/{file.source.path}".rpartition("/")
        path = random.choice(folders) + (name if name != "__init__.py" else f"{parent.rpartition('/')[2]}.py")
        paths.append(path if path not in paths else f"{number}/{path}")
    return paths
