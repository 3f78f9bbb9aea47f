"""Ignore rules against git's own judgement, and what git has no word on."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from engine.project.ignore import IgnoreRules, parse

FILES = [
    "a.py", "a.txt", "build/out.o", "build/keep.txt", "src/a.py", "src/a.txt", "src/build/x.py", "src/deep/er/b.log",
    "doc/one.txt", "doc/sub/two.txt", "foo/bar/baz.c", "#sharp", "!bang", "sp ace.txt", "trail ", "x.PYC", "logs/a.log",
    "logs/important.log", "nested/keep/a.log", "nested/drop/a.log", "a/b/c/d.txt", "a/d.txt", "é.txt", "foo.d/x",
]  # fmt: skip
PATTERN_SETS = [
    ["*.log", "!important.log"],
    ["*", "!*/", "!*.py"],
    ["/*", "!/src", "!/a.py"],
    ["build/"],
    ["/build", "!/build/keep.txt"],
    ["build/*", "!build/keep.txt"],
    ["doc/*.txt"],
    ["doc/**"],
    ["doc/**/*.txt"],
    ["**/deep/**"],
    ["a/**/d.txt"],
    ["**/bar"],
    ["foo/bar"],
    ["foo", "!foo/"],
    ["\\#sharp", "\\!bang", "# comment", ""],
    ["sp ace.txt", "trail\\ "],
    ["trail "],
    ["*.[pP][yY][cC]"],
    ["[a-b].txt", "?.py"],
    ["[z-a].txt", "a.txt"],
    ["é.*", "src/"],
    ["!", "/", "//", "a.py/"],
    ["logs", "!logs/important.log"],
    ["\tx", "a.txt \r", "  a.py"],
]


def listed(root: Path) -> set[str]:
    """The files that a walk by our rules enters and keeps."""
    kept: set[str] = set()
    waiting = [("", IgnoreRules.above(str(root)))]
    while waiting:
        folder, outer = waiting.pop()
        names = os.listdir(root / folder)
        rules = outer.within(str(root), folder, names)
        for name in names:
            path = folder + name
            is_folder = (root / path).is_dir()
            if name == ".git" or rules.ignored_by(path, is_folder=is_folder):
                continue
            if is_folder:
                waiting.append((path + "/", rules))
            else:
                kept.add(path)
    return kept


def listed_by_git(root: Path) -> set[str]:
    """What git would add."""
    command = ["git", "ls-files", "-z", "--others", "--exclude-standard"]
    output = subprocess.run(command, cwd=root, check=True, capture_output=True).stdout
    return {os.fsdecode(path) for path in output.split(b"\0") if path}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in FILES:
        file = tmp_path / "tree" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    return tmp_path / "tree"


@pytest.fixture
def repository(tree: Path) -> Path:
    if shutil.which("git") is None:
        pytest.skip("git is not installed: ignore rules were not compared with its own")
    subprocess.run(["git", "init", "-q"], cwd=tree, check=True)
    return tree


@pytest.mark.parametrize("patterns", PATTERN_SETS, ids=lambda patterns: " ".join(patterns))
def test_rules_when_compared_with_git_leave_out_the_same_files(repository: Path, patterns: list[str]) -> None:
    (repository / ".gitignore").write_text("\n".join(patterns) + "\n", encoding="utf-8")
    assert listed(repository) == listed_by_git(repository)


def test_nested_files_overrule_the_ones_above_as_in_git(repository: Path) -> None:
    (repository / ".gitignore").write_text("*.log\n/nested/drop/\n")
    (repository / "nested" / ".gitignore").write_text("!*.log\n")
    (repository / "logs" / ".gitignore").write_text("!/important.log\nimportant.*\n!important.log\n")
    (repository / ".git" / "info" / "exclude").write_text("doc/\n*.c\n")
    kept = listed(repository)
    assert kept == listed_by_git(repository)
    assert "nested/keep/a.log" in kept
    assert "nested/drop/a.log" not in kept


def test_a_folder_inside_a_repository_honours_what_stands_above_it(repository: Path) -> None:
    (repository / ".gitignore").write_text("*.txt\n/src/build/\n")
    assert listed(repository / "src") == {"a.py", "deep/er/b.log"}


def test_a_dropped_folder_that_is_itself_ignored_is_read_nevertheless(repository: Path) -> None:
    (repository / ".gitignore").write_text("build/\n")
    assert listed(repository / "build") == {"out.o", "keep.txt"}


def test_the_own_ignore_file_overrules_git_and_works_without_it(tree: Path) -> None:
    (tree / ".gitignore").write_text("*.txt\n")
    (tree / ".lacunaignore").write_text("!a.txt\n*.py\n")
    kept = listed(tree)
    assert "a.txt" in kept
    assert "doc/one.txt" not in kept
    assert "a.py" not in kept


def test_an_ignore_file_that_is_a_link_or_a_folder_says_nothing(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "rules").write_text("*\n")
    (tree / ".gitignore").symlink_to(tmp_path / "rules")
    (tree / ".lacunaignore").mkdir()
    assert "a.py" in listed(tree)


def test_names_that_are_not_utf8_match_patterns_spelled_in_the_same_bytes(tree: Path) -> None:
    (tree / os.fsdecode(b"caf\xe9.txt")).write_text("x")
    (tree / ".gitignore").write_bytes(b"caf\xe9.*\n")
    assert os.fsdecode(b"caf\xe9.txt") not in listed(tree)


@pytest.mark.parametrize("pattern", ["*a*a*a*a*a*a*a*a*a*a*b", "**/a/**/a/**/a/**/a/**/a/**/b", "?" * 2000, "[" * 5000])
def test_a_hostile_pattern_costs_no_time(pattern: str) -> None:
    started = time.process_time()
    for rule in parse([pattern]):
        rule.matches("a" * 250, is_folder=False)
        rule.matches("a/" * 500 + "a", is_folder=False)
    assert time.process_time() - started < 2.0
