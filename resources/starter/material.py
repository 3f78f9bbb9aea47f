"""Gathers what is trained on: other people's code, our lessons, small projects; nothing that is measured on."""

from pathlib import Path
from random import Random

from resources.starter.corpus import MINOR_FOLDERS, Corpus, Source
from resources.starter.excerpts import lesson_modules, small_files
from resources.starter.functions import find_functions
from resources.starter.lessons.reading import FOLDER, FUNCTION_FILES, read_functions
from resources.starter.measured import Measured
from resources.starter.projects import Projects, describe
from resources.starter.samples import Tokens
from resources.starter.stream import Material

LESSON_WEIGHT = 4.0  # a lesson's file against one of the standard library
LESSON_MODULES = 160
ASKED_ABOUT = ("python", "rich", "click", "networkx", "packaging", "anyio", "filelock", "h11", "typer")


def gather(corpus: Corpus, measured: Measured) -> Material:
    """Everything samples are made of, without what is measured on."""
    lessons = read_functions()
    ours = [Source("lessons", name, (FOLDER / name).read_text("utf-8"), LESSON_WEIGHT) for name in FUNCTION_FILES]
    sources = [source for source in corpus.trained if not measured.is_in(source.text)]
    functions = find_functions(source.text for source in sources if source.package in ASKED_ABOUT)
    asked = [function for function in functions if not measured.names(function.name)]
    return Material([*sources, *ours], asked, lessons)


def projects_of(material: Material, tokens: Tokens, random: Random) -> Projects:
    """Small projects out of libraries' files that say what they do, and of modules made of lessons."""
    usable = [
        source
        for source in material.sources
        if source.package in ASKED_ABOUT and not MINOR_FOLDERS & set(Path(source.path).parts)
    ]
    files = [*small_files(usable, random), *lesson_modules(random, LESSON_MODULES)]
    return Projects(tokens, [found for file in files if (found := describe(file))], random)
