"""Rows folded into a tree: totals, order, removal, and that a listener can keep a mirror of it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from hypothesis import given
from hypothesis import strategies as st

from engine.messages.project import TAKEN_OUT, FileRow
from engine.shown import one_line
from ui.project.file_tree import FileTree, Inclusion, Node, Share


class Mirror:
    """Holds the tree to its word: what it tells to insert or remove is what changes, and only shown nodes change."""

    def __init__(self) -> None:
        self.known: dict[str, Node] = {}
        self.is_blind = False  # once it was told of many changes as one
        self.changes: list[str] = []

    @contextmanager
    def inserting(self, parent: Node, first: int, last: int) -> Iterator[None]:
        before = list(parent.children)
        assert 0 <= first <= len(before)
        yield
        assert parent.children[:first] + parent.children[last + 1 :] == before
        assert parent.children == sorted(parent.children, key=lambda node: node.key)
        self._know(parent)

    @contextmanager
    def removing(self, parent: Node, first: int, last: int) -> Iterator[None]:
        before = list(parent.children)
        assert 0 <= first <= last < len(before)
        yield
        assert parent.children == before[:first] + before[last + 1 :]

    @contextmanager
    def reshaping(self) -> Iterator[None]:
        yield
        self.known.clear()
        self.is_blind = True

    def changed(self, nodes: Iterable[Node]) -> None:
        for node in nodes:
            assert self.is_blind or node is self.known.get(node.path) or node.parent is None
            self.changes.append(node.path)

    def _know(self, parent: Node) -> None:
        waiting = list(parent.children)
        while waiting:
            node = waiting.pop()
            self.known[node.path] = node
            waiting.extend(node.children)


def included(path: str, tokens: int) -> FileRow:
    return FileRow(path, tokens * 3, tokens, True)


def names(node: Node) -> list[str]:
    return [child.name for child in node.children]


def test_rows_when_put_make_folders_with_totals() -> None:
    tree = FileTree(Mirror())
    tree.put([included("src/a.py", 10), included("src/deep/b.py", 5), included("README.md", 3)])
    src = tree.find("src")
    assert src is not None
    assert (src.tokens, src.files_in, src.files) == (15, 2, 2)
    assert (tree.root.tokens, tree.root.files) == (18, 3)
    assert names(tree.root) == ["src", "README.md"]  # folders first
    assert names(src) == ["deep", "a.py"]


def test_a_row_when_replaced_moves_the_totals_by_the_difference() -> None:
    tree = FileTree(Mirror())
    tree.put([included("src/a.py", 10), included("src/b.py", 5)])
    tree.put([FileRow("src/a.py", 30, None, False, "binary")])
    assert tree.root.tokens == 5
    assert (tree.root.files_in, tree.root.files) == (1, 2)


def test_what_the_gate_left_out_does_not_make_a_folder_mixed_but_the_person_does() -> None:
    tree = FileTree(Mirror())
    tree.put([included("src/a.py", 10), FileRow("src/logo.png", 9, None, False, "binary")])
    src = tree.find("src")
    assert src is not None
    assert src.inclusion is Inclusion.IN
    tree.put([FileRow("src/b.py", 9, 4, False, TAKEN_OUT, can_force=True)])
    assert src.inclusion is Inclusion.MIXED
    tree.put([FileRow("src/a.py", 9, 10, False, TAKEN_OUT, can_force=True)])
    assert src.inclusion is Inclusion.OUT
    assert src.can_toggle


def test_a_file_that_cannot_be_text_offers_no_tick() -> None:
    tree = FileTree(Mirror())
    tree.put([FileRow("a.png", 9, None, False, "binary"), FileRow(".env", 9, None, False, "secret", can_force=True)])
    picture, secret = tree.find("a.png"), tree.find(".env")
    assert picture is not None
    assert not picture.can_toggle
    assert secret is not None
    assert secret.can_toggle


def test_removing_the_last_file_takes_its_folders_along() -> None:
    tree = FileTree(Mirror())
    tree.put([included("a/b/c.py", 1), included("d.py", 2)])
    tree.remove(["a/b/c.py"])
    assert names(tree.root) == ["d.py"]
    assert tree.find("a") is None
    assert tree.root.tokens == 2


def test_a_folder_left_out_when_it_is_let_in_keeps_its_new_files() -> None:
    tree = FileTree(Mirror())
    tree.put([FileRow("vendor/", 0, None, False, "ignored by .gitignore", can_force=True)])
    tree.put([included("vendor/x.py", 7)])
    tree.remove(["vendor/"])
    assert tree.paths == {"vendor/x.py"}
    vendor = tree.find("vendor/")
    assert vendor is not None
    assert vendor.tokens == 7
    assert vendor.reason == ""


def test_a_file_that_became_a_folder_is_replaced() -> None:
    tree = FileTree(Mirror())
    tree.put([included("x", 1)])
    tree.put([included("x/y.py", 2)])
    assert tree.root.tokens == 2
    tree.put([included("x", 3)])
    assert (tree.root.tokens, tree.paths) == (3, {"x"})


def test_marks_tell_whole_part_and_none_apart() -> None:
    tree = FileTree(Mirror())
    tree.put([included("a", 1), included("b", 1), included("c", 1), FileRow("d", 1, None, False, "binary")])
    tree.mark(["a"], ["b"])
    shares = [node.share for node in tree.root.children]
    assert shares == [Share.WHOLE, Share.PART, Share.NONE, Share.UNKNOWN]


def test_names_when_shown_are_one_line_without_surrogates() -> None:
    assert (
        one_line("a\nb\udcff\u202e.py")
        == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}.py"
    )


_names = st.sampled_from(["a", "b", "C", "d.py"])
_paths = st.lists(_names, min_size=1, max_size=4).map("/".join)
_rows = st.builds(
    lambda path, tokens, is_in: FileRow(path, 1, tokens if is_in else None, is_in, "" if is_in else "binary"),
    _paths,
    st.integers(0, 50),
    st.booleans(),
)
_steps = st.lists(st.one_of(st.lists(_rows, max_size=5), _paths), max_size=12)


@given(_steps)
def test_any_order_of_rows_and_removals_keeps_the_sums(steps: list[list[FileRow] | str]) -> None:
    tree = FileTree(Mirror())
    for step in steps:
        if isinstance(step, str):
            tree.remove([step])
        else:
            tree.put(step)
    files = [node for path in tree.paths if (node := tree.find(path)) is not None and not node.is_folder]
    rows = [node.row for node in files if node.row is not None]
    assert tree.root.tokens == sum(row.tokens or 0 for row in rows if row.included)
    assert (tree.root.files, tree.root.files_in) == (len(rows), sum(row.included for row in rows))
    assert tree.paths == {row.path for row in rows}
    for node in files:
        assert node.parent is not None
        assert node.parent.children[node.position] is node
