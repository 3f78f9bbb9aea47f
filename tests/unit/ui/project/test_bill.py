"""The words under the tree."""

from ui.project.bill import Sent, Totals, bill_of


def test_without_a_model_there_is_no_share() -> None:
    bill = bill_of(Totals(2, 3, 1500, 0), None)
    assert bill.figures == "1.5k tokens in 2 of 3 files"
    assert bill.share == 0.0


def test_near_full_warns_and_more_than_full_stays_a_full_bar() -> None:
    assert not bill_of(Totals(1, 1, 840, 1000), None).is_near_full
    assert bill_of(Totals(1, 1, 850, 1000), None).is_near_full
    assert bill_of(Totals(1, 1, 5000, 1000), None).share == 1.0


def test_all_of_it_and_a_part_are_told_apart() -> None:
    totals = Totals(3, 3, 500, 1000)
    assert bill_of(totals, Sent(700, 3, 0, 0, is_rehearsal=True)).consequence.startswith("All of it goes")
    assert "best" in bill_of(totals, Sent(700, 1, 1, 1, is_rehearsal=True)).consequence
    sent = bill_of(totals, Sent(700, 1, 1, 1, is_rehearsal=False)).consequence
    assert sent == "Sent last: 1 file whole, 1 in part, 700 tokens with names and line numbers. 1 did not fit."


def test_nothing_that_fits_is_said() -> None:
    assert "Nothing" in bill_of(Totals(3, 3, 500, 64), Sent(0, 0, 0, 3, is_rehearsal=True)).consequence
    assert bill_of(Totals(0, 0, 0, 64), Sent(0, 0, 0, 0, is_rehearsal=True)).consequence == ""
