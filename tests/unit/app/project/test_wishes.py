"""What the person says about files and folders, one saying after the other."""

from app.project.wishes import ProjectWishes

FILES = ["docs/a.md", "docs/b.md", "docs/deep/c.md", "src/x.py", ".env"]


def test_leaving_a_folder_out_replaces_what_was_said_below_it() -> None:
    wishes = ProjectWishes(excluded={"docs/a.md", "src/x.py"})
    wishes.leave_out("docs")
    assert wishes.excluded == {"docs", "src/x.py"}


def test_letting_one_file_of_a_left_out_folder_in_keeps_the_others_out() -> None:
    wishes = ProjectWishes(excluded={"docs"})
    wishes.let_in("docs/deep", FILES)
    assert wishes.excluded == {"docs/a.md", "docs/b.md"}
    assert not wishes.forced


def test_letting_a_mixed_folder_in_forgets_what_was_out_below() -> None:
    wishes = ProjectWishes(excluded={"docs/a.md", "docs/deep"})
    wishes.let_in("docs", FILES)
    assert wishes == ProjectWishes()


def test_letting_in_what_the_gate_refused_forces_it_and_leaving_it_out_only_forgets_that() -> None:
    wishes = ProjectWishes()
    wishes.let_in(".env", FILES)
    wishes.let_in("vendor/", FILES)
    assert wishes.forced == {".env", "vendor/"}
    wishes.leave_out(".env")
    wishes.leave_out("vendor")
    assert wishes == ProjectWishes()


def test_leaving_out_a_file_inside_a_forced_folder_keeps_the_folder() -> None:
    wishes = ProjectWishes(forced={"vendor/"})
    wishes.leave_out("vendor/x.py")
    assert wishes == ProjectWishes(forced={"vendor/"}, excluded={"vendor/x.py"})


def test_a_name_that_begins_like_a_folder_is_not_in_it() -> None:
    wishes = ProjectWishes(excluded={"docs"})
    wishes.leave_out("docs2")
    wishes.let_in("docs", FILES)
    assert wishes.excluded == {"docs2"}
