"""What the person says about files and folders, one saying after the other."""

from app.project.inclusions import Inclusions

FILES = ["docs/a.md", "docs/b.md", "docs/deep/c.md", "src/x.py", ".env"]


def test_leaving_a_folder_out_replaces_what_was_said_below_it() -> None:
    inclusions = Inclusions(excluded={"docs/a.md", "src/x.py"})
    inclusions.leave_out("docs")
    assert inclusions.excluded == {"docs", "src/x.py"}


def test_letting_one_file_of_a_left_out_folder_in_keeps_the_others_out() -> None:
    inclusions = Inclusions(excluded={"docs"})
    inclusions.let_in("docs/deep", FILES)
    assert inclusions.excluded == {"docs/a.md", "docs/b.md"}
    assert not inclusions.forced


def test_letting_a_mixed_folder_in_forgets_what_was_out_below() -> None:
    inclusions = Inclusions(excluded={"docs/a.md", "docs/deep"})
    inclusions.let_in("docs", FILES)
    assert inclusions == Inclusions()


def test_letting_in_what_the_gate_refused_forces_it_and_leaving_it_out_only_forgets_that() -> None:
    inclusions = Inclusions()
    inclusions.let_in(".env", FILES)
    inclusions.let_in("vendor/", FILES)
    assert inclusions.forced == {".env", "vendor/"}
    inclusions.leave_out(".env")
    inclusions.leave_out("vendor")
    assert inclusions == Inclusions()


def test_leaving_out_a_file_inside_a_forced_folder_keeps_the_folder() -> None:
    inclusions = Inclusions(forced={"vendor/"})
    inclusions.leave_out("vendor/x.py")
    assert inclusions == Inclusions(forced={"vendor/"}, excluded={"vendor/x.py"})


def test_a_name_that_begins_like_a_folder_is_not_in_it() -> None:
    inclusions = Inclusions(excluded={"docs"})
    inclusions.leave_out("docs2")
    inclusions.let_in("docs", FILES)
    assert inclusions.excluded == {"docs2"}
