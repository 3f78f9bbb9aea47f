"""Ignore rules against git's own judgement, and what git has no word on."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from engine.project.entries import FoundFile, LeftOut
from engine.project.git.patterns import PatternList
from engine.project.scan import scan
from engine.project.wishes import Wishes
from tests.random_repositories import differences, home_environment

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
    return {entry.path for entry in scan(str(root), Wishes()) if isinstance(entry, FoundFile)}


def listed_by_git(root: Path) -> set[str]:
    """What git has and would add."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    output = subprocess.run(command, cwd=root, check=True, capture_output=True).stdout
    return {os.fsdecode(path) for path in output.split(b"\0") if path}


def git(folder: Path, *arguments: str) -> None:
    settings = ("-c", "user.name=t", "-c", "user.email=t@t", "-c", "protocol.file.allow=always")
    subprocess.run(["git", *settings, *arguments], cwd=folder, check=True, capture_output=True)


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


def test_a_link_to_a_folder_in_a_repository_honours_what_stands_above_its_target(
    repository: Path, tmp_path: Path
) -> None:
    (repository / ".gitignore").write_text("*.txt\n/src/build/\n")
    (tmp_path / "link").symlink_to(repository / "src")
    assert listed(tmp_path / "link") == {"a.py", "deep/er/b.log"}


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


@pytest.mark.parametrize(
    "pattern",
    ["*a*a*a*a*a*a*a*a*a*a*b", "**/a/**/a/**/a/**/a/**/a/**/b", "?" * 2000, "[" * 5000, "/" + "**/" * 300 + "b"],
)
def test_a_hostile_pattern_costs_no_time(pattern: str) -> None:
    started = time.process_time()
    patterns = PatternList.read(pattern.encode())
    for path in (b"a" * 250, b"a/" * 500 + b"a"):
        assert not patterns.decide(path, is_folder=False)
    assert time.process_time() - started < 2.0


@pytest.mark.parametrize("seed", range(25))
def test_a_random_repository_is_shown_as_git_shows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    for name, value in home_environment(tmp_path / "home").items():
        monkeypatch.setenv(name, value)
    if shutil.which("git") is None:
        pytest.skip("git is not installed: ignore rules were not compared with its own")
    assert differences(tmp_path, seed) == ""


def test_classes_and_any_number_of_stars_mean_what_they_do_in_git(repository: Path) -> None:
    for name in ("7run.log", "run_2024_01_02_eu.csv", "q/a/r/b/s/c/t.txt", "tr ail.txt", "Upper.tmp"):
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / name).write_text(name)
    (repository / ".gitignore").write_text(
        "[[:digit:]]*.log\n*_*_*_*_*.csv\n**/a/**/b/**/c/**\ntr[[:space:]]ail.txt\n[[:upper:]]*.tmp\n"
    )
    kept = listed(repository)
    assert kept == listed_by_git(repository)
    assert not kept & {"7run.log", "run_2024_01_02_eu.csv", "q/a/r/b/s/c/t.txt", "tr ail.txt", "Upper.tmp"}


def test_a_tab_at_a_lines_end_belongs_to_the_pattern(repository: Path) -> None:
    (repository / "a.py\t").write_text("x")
    (repository / ".gitignore").write_text("a.py\t\n")
    kept = listed(repository)
    assert kept == listed_by_git(repository)
    assert "a.py" in kept
    assert "a.py\t" not in kept


def test_in_a_submodule_its_own_rules_hold_and_not_those_above(repository: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    (other / "build").mkdir(parents=True)
    (other / "build" / "tool.py").write_text("x")
    git(other, "init", "-q")
    git(other, "add", "-A")
    git(other, "commit", "-qm", "x")
    (repository / ".gitignore").write_text("build/\n*.notes\n")
    git(repository, "submodule", "add", "-q", str(other), "vendor/sub")
    (repository / "vendor" / "sub" / "x.notes").write_text("x")
    (repository / ".git" / "modules" / "vendor" / "sub" / "info" / "exclude").write_text("/private.txt\n")
    (repository / "vendor" / "sub" / "private.txt").write_text("x")
    kept = listed(repository)
    assert {path for path in kept if path.startswith("vendor/")} == {"vendor/sub/build/tool.py", "vendor/sub/x.notes"}
    assert "build/keep.txt" not in kept


def test_a_submodule_in_an_ignored_folder_is_entered_and_a_mere_clone_is_not(repository: Path) -> None:
    for name in ("vendor/sub", "vendor/clone"):
        (repository / name).mkdir(parents=True)
        git(repository / name, "init", "-q")
        (repository / name / "a.py").write_text("x")
    (repository / ".gitignore").write_text("vendor/\n")
    git(repository, "update-index", "--add", "--cacheinfo", "160000", "1" * 40, "vendor/sub")
    assert {path for path in listed(repository) if path.startswith("vendor")} == {"vendor/sub/a.py"}


def test_a_linked_worktree_has_the_exclude_file_of_the_main_one(repository: Path, tmp_path: Path) -> None:
    git(repository, "add", "a.py")
    git(repository, "commit", "-qm", "x")
    (repository / ".git" / "info" / "exclude").write_text("/notes-private.txt\n")
    linked = tmp_path / "linked"
    git(repository, "worktree", "add", "-q", str(linked))
    (linked / "notes-private.txt").write_text("x")
    assert listed(linked) == listed_by_git(linked) == {"a.py"}


def test_the_persons_own_ignore_file_holds_everywhere(repository: Path, tree: Path, home: Path, tmp_path: Path) -> None:
    own = home / "config" / "git" / "ignore"
    own.parent.mkdir(parents=True)
    own.write_text("*.log\n")
    kept = listed(repository)
    assert kept == listed_by_git(repository)
    assert "logs/a.log" not in kept
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "a.log").write_text("x")
    (tmp_path / "plain" / "a.py").write_text("x")
    assert listed(tmp_path / "plain") == {"a.py"}


@pytest.mark.parametrize("place", ["config/git/config", ".gitconfig", "included"])
def test_the_persons_own_ignore_file_is_where_git_is_told(repository: Path, home: Path, place: str) -> None:
    (home / "rules").write_text("*.log\n")
    (home / "link").symlink_to("rules")
    file = home / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text('[core]\n\tpager = less ; comment\n\tExcludesFile = "~/link" # mine\n')
    if place == "included":
        (home / ".gitconfig").write_text("[include]\npath = included\n")
    kept = listed(repository)
    assert kept == listed_by_git(repository)
    assert "logs/a.log" not in kept
    git(repository, "config", "core.excludesFile", "")
    assert "logs/a.log" in listed(repository) == listed_by_git(repository)


@pytest.mark.parametrize("version", ["2", "3", "4"])
def test_what_git_tracks_is_never_ignored(repository: Path, version: str) -> None:
    (repository / ".gitignore").write_text("*.log\n/build/\n")
    git(repository, "add", "-f", "logs/a.log", "build/keep.txt")
    if version == "3":
        git(repository, "add", "-N", "-f", "logs/important.log")  # such an entry needs version 3
    git(repository, "update-index", "--index-version", version)
    kept = listed(repository)
    assert kept == listed_by_git(repository)
    assert {"logs/a.log", "build/keep.txt"} <= kept
    assert not kept & {"nested/keep/a.log", "build/out.o"}
    entries = list(scan(str(repository), Wishes()))
    reasons = {entry.path: entry.reason for entry in entries if isinstance(entry, LeftOut)}
    assert reasons["build/out.o"] == "ignored by .gitignore"


def test_what_git_tracks_stays_out_where_the_own_ignore_file_says_so(repository: Path) -> None:
    (repository / ".lacunaignore").write_text("*.log\n/build/\n")
    git(repository, "add", "-f", ".")
    assert not listed(repository) & {"logs/a.log", "build/keep.txt"}


@pytest.mark.parametrize("cut", [0, 3, 11, 40, 75, 200])
def test_a_damaged_index_tracks_nothing(repository: Path, cut: int) -> None:
    (repository / ".gitignore").write_text("*.log\n")
    git(repository, "add", "-f", ".")
    index = repository / ".git" / "index"
    index.write_bytes(index.read_bytes()[:cut])
    assert "logs/a.log" not in listed(repository)
    assert "a.py" in listed(repository)


def test_a_folder_that_only_looks_like_a_repository_ends_no_rules(repository: Path) -> None:
    (repository / ".gitignore").write_text("*.log\n")
    (repository / "nested" / ".git").mkdir()
    (repository / "logs" / ".git").write_text("gitdir: nowhere\n")
    assert not listed(repository) & {"nested/keep/a.log", "logs/a.log"}
