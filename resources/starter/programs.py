"""Runs generated programs: each in a process of its own, with limits on time, memory and files, in an empty folder."""

import ast
import re
import resource
import subprocess
import sys
import tempfile

SECONDS = 6
MEMORY = 1 << 30
BLOCK = re.compile(r"```(?:python|py)?\n(.*?)(?:```|\Z)", re.DOTALL)


def code_of(answer: str) -> str:
    """The first code block of an answer; "" where it has none."""
    block = BLOCK.search(answer)
    return block[1] if block else ""


def parses(code: str) -> bool:
    """Whether a text is a Python program that says something."""
    try:
        return bool(ast.parse(code).body)
    except (SyntaxError, ValueError):
        return False


def last_function(code: str, wanted: str) -> str | None:
    """The name of the function that is asked for: the wanted one, else the last that the program defines."""
    names = [node.name for node in ast.parse(code).body if isinstance(node, ast.FunctionDef)]
    return wanted if wanted in names else (names[-1] if names else None)


def passes(program: str, seconds: int = SECONDS) -> bool:
    """Whether a program runs to its end without an error. It sees no environment and may not write large files."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                [sys.executable, "-I", "-S", "-c", program],
                cwd=folder,
                env={},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=seconds,
                preexec_fn=_limit,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return False
    return done.returncode == 0


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
    resource.setrlimit(resource.RLIMIT_NPROC, (64, 64))
