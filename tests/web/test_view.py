"""Which mails the list shows, as its address says."""

from buzon.web.view import View


def test_the_newest_of_all_mails_need_no_word() -> None:
    assert View().query == ""


def test_an_address_keeps_the_filter_on_the_way_to_older_mails_and_back() -> None:
    older = View(to_review=True).older_than(71)
    assert older.query == "?review=1&before=71"
    assert older.newest.query == "?review=1"
