"""Random repositories with random ignore files, and what git itself would show of them."""

import os
import random
import shutil
import subprocess
from pathlib import Path

from engine.project.entries import FoundFile
from engine.project.scan import scan
from engine.project.wishes import Wishes

_NAME_PARTS = (
    *(
        b"a",
        b"b",
        b"ab",
        b"A",
        b"B1",
        b"1",
        b".x",
        b".log",
        b"-",
        b"_",
        b" ",
        b"\t",
        b"#",
        b"!",
        b"^",
        b"]",
        b"[",
        b"*",
    ),
    *(b"?", b"\\", b":", b"\xc3\xa9", b"\xff", b"~", b"{", b"\x01", b"\x0b"),
)
_GLOB_PARTS = (
    *(
        b"*",
        b"*",
        b"**",
        b"***",
        b"?",
        b"/",
        b"/",
        b"**/",
        b"/**",
        b"/**/",
        b"\\",
        b"\\*",
        b"\\/",
        b"[ab]",
        b"[!a]",
        b"[^b]",
    ),
    *(b"[a-c]", b"[b-]", b"[-b]", b"[]]", b"[!]a]", b"[\\]a]", b"[a\\-c]", b"[+--]", b"[c-a]", b"[A-\\b]", b"[", b"]"),
    *(
        b"[[:digit:]]",
        b"[[:upper:]1]",
        b"[![:alnum:]]",
        b"[[:space:]]",
        b"[[:punct:]]",
        b"[[:blank:]_]",
        b"[[:lower:]-]",
    ),
    *(
        b"[[:xdigit:]]",
        b"[[:graph:]]",
        b"[[:cntrl:]]",
        b"[[:print:]]",
        b"[[:alpha:]]",
        b"[[:nope:]]",
        b"[[:digit]",
        b"[[:",
    ),
    *(b"[:alpha:]", b"[/]", b"[a/b]", b"[.-0]", b"[[-a]", b"[[:]a]"),
)
_ENDS = (
    b"",
    b"",
    b"",
    b"",
    b"",
    b"",
    b"",
    b"",
    b"",
    b"",
    b"",
    b"",
    b"/",
    b"/",
    b" ",
    b"  ",
    b"\t",
    b"\\ ",
    b"\\  ",
    b" \t",
    b"\r",
    b" \r",
    b"\\",
    b"/ ",
    b"\0z",
)


def home_environment(home: Path) -> dict[str, str]:
    """What makes a folder the person's home for git and for Lacuna."""
    return {"HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"), "GIT_CONFIG_NOSYSTEM": "1"}


class Tree:
    """A repository in `root`, made from a seed."""

    def __init__(self, root: Path, home: Path, seed: int) -> None:
        self.root = root
        self.home = home
        self._random = random.Random(seed)
        self._repositories = [b""]
        self._folders = [b""]
        self._files: list[bytes] = []

    def make(self) -> None:
        """Write files, ignore files, nested repositories, an index, and the person's own ignore file."""
        self._init(b"")
        for _ in range(self._random.randint(3, 12)):
            folder = self._random.choice(self._folders) + self._name() + b"/"
            if folder.count(b"/") < 6 and not os.path.lexists(self._at(folder[:-1])):
                os.mkdir(self._at(folder))
                self._folders.append(folder)
                if self._random.random() < 0.12:
                    self._init(folder)
        for _ in range(self._random.randint(10, 50)):
            file = self._random.choice(self._folders) + self._name()
            if not os.path.lexists(self._at(file)):
                self._write(file, b"x")
                self._files.append(file)
        for folder in self._folders:
            if folder == b"" or self._random.random() < 0.25:
                self._write(folder + b".gitignore", self._ignore_file())
        for repository in self._repositories:
            if self._random.random() < 0.3:
                self._write(repository + b".git/info/exclude", self._ignore_file())
        own = self.home / "config" / "git" / "ignore"
        own.parent.mkdir(parents=True, exist_ok=True)
        own.write_bytes(self._ignore_file() if self._random.random() < 0.3 else b"")
        self._track()

    def shown_by_git(self, repository: bytes = b"") -> set[bytes]:
        """What git would add or has added, in this repository and in those inside it."""
        listed = self._git(repository, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
        found: set[bytes] = set()
        for path in {repository + name for name in listed.split(b"\0") if name}:
            inner = path.rstrip(b"/") + b"/"
            if inner in self._repositories:
                found |= self.shown_by_git(inner)
            elif os.path.isfile(self._at(path)):
                found.add(path)
        return found

    def shown_by_us(self) -> set[bytes]:
        """What a scan finds."""
        return {os.fsencode(entry.path) for entry in scan(str(self.root), Wishes()) if isinstance(entry, FoundFile)}

    def _init(self, folder: bytes) -> None:
        self._git(folder, "init", "-q")
        if folder:
            self._repositories.append(folder)

    def _track(self) -> None:
        """Add a few files by force, and a repository as submodules are added; with an index of any version."""
        for repository in self._repositories:
            inner = [other for other in self._repositories if other != repository and other.startswith(repository)]
            own = [
                file
                for file in self._files
                if file.startswith(repository) and not any(file.startswith(other) for other in inner)
            ]
            chosen = self._random.sample(own, self._random.randint(0, min(4, len(own))))
            entries = [
                b"100644 " + b"e69de29bb2d1d6434b8b29ae775ad8c2e48c5391\t" + file[len(repository) :] for file in chosen
            ]
            if len(inner) == 1 and self._random.random() < 0.5:
                entries.append(b"160000 " + b"1" * 40 + b"\t" + inner[0][len(repository) : -1])
            version = self._random.choice("234")
            self._git(
                repository, "update-index", "-z", "--index-version", version, "--index-info", text=b"\0".join(entries)
            )

    def _git(self, folder: bytes, *arguments: str, text: bytes = b"") -> bytes:
        done = subprocess.run(
            ["git", "-c", "core.protectNTFS=false", *arguments],
            cwd=self._at(folder),
            env=os.environ | home_environment(self.home),
            input=text,
            capture_output=True,
            check=True,
        )
        return done.stdout

    def _name(self) -> bytes:
        name = b"".join(self._random.choices(_NAME_PARTS, k=self._random.choice([1, 1, 1, 2, 2, 3])))
        return name if name not in (b".", b"..") else b"dot"

    def _ignore_file(self) -> bytes:
        lines = [self._pattern() for _ in range(self._random.randint(1, 5))]
        return self._random.choice([b"", b"", b"\xef\xbb\xbf"]) + self._random.choice([b"\n", b"\n", b"\r\n"]).join(
            lines
        )

    def _pattern(self) -> bytes:
        """Mostly a path that is there, or the end of one, with globs in place of some of its bytes."""
        pick = self._random
        if pick.random() < 0.85:
            whole = pick.choice(self._files + self._folders[1:] * 2 or [b"a"]).rstrip(b"/")
            path = whole.rpartition(b"/")[2] if pick.random() < 0.5 else whole
            parts = [bytes([byte]) for byte in path]
            for _ in range(pick.choice([0, 1, 1, 2, 3])):
                at = pick.randrange(len(parts))
                parts[at : at + pick.choice([0, 1, 1, 2])] = [pick.choice((*_GLOB_PARTS, *[b"*", b"?", b"**"] * 8))]
        else:
            parts = pick.choices(_GLOB_PARTS + _NAME_PARTS, k=pick.randint(1, 7))
        start = pick.choice([b"", b"", b"", b"", b"/", b"!", b"!/", b"**/", b"\\"])
        return (start + b"".join(parts) + pick.choice(_ENDS)).replace(b"\n", b"")

    def _write(self, path: bytes, content: bytes) -> None:
        with open(self._at(path), "wb") as file:
            file.write(content)

    def _at(self, path: bytes) -> bytes:
        return os.path.join(os.fsencode(self.root), path)


def differences(folder: Path, seed: int) -> str:
    """Make a tree and say where git and a scan disagree; empty if they don't. The environment is that home's."""
    tree = Tree(folder / "tree", folder / "home", seed)
    for path in (tree.root, tree.home):
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
    tree.make()
    by_git, by_us = tree.shown_by_git(), tree.shown_by_us()
    return "" if by_git == by_us else f"seed {seed}: only git {by_git - by_us}, only Lacuna {by_us - by_git}"
