from collections import Counter
from datetime import date

from buzon.classifier.chronology import in_time, oldest_first
from buzon.classifier.corpus import Sample


def sorted_by_category(**counts: int) -> list[Sample]:
    labels = [label for label, count in counts.items() for _ in range(count)]
    return [Sample("", "", label, key=str(at)) for at, label in enumerate(labels)]


def test_mails_without_a_day_are_dealt_out_so_that_any_stretch_has_each_category_s_share() -> None:
    own = sorted_by_category(a=100, b=50, c=10)
    order = oldest_first(own, {}).tolist()
    assert sorted(order) == list(range(160))
    for start in range(0, 160, 32):
        shares = Counter(own[at].label for at in order[start : start + 32])
        assert [abs(shares[name] - count / 5) <= 1 for name, count in
                (("a", 100), ("b", 50), ("c", 10))] == [True] * 3  # fmt: skip


def test_which_ones_is_a_matter_of_chance_and_the_same_each_time() -> None:
    own = sorted_by_category(a=100)
    order = oldest_first(own, {}).tolist()
    assert order != sorted(order)
    assert order == oldest_first(own, {}).tolist()


def test_days_go_before_all_and_an_unknown_one_comes_first() -> None:
    own = sorted_by_category(a=2, b=4)
    days = {"0": date(2024, 5, 2), "1": date(2024, 5, 1), "2": date(2024, 5, 3)}
    order = oldest_first(own, days).tolist()
    assert sorted(order[:3]) == [3, 4, 5]
    assert order[3:] == [1, 0, 2]


def test_of_no_mails_there_is_no_order() -> None:
    assert oldest_first([], {}).tolist() == []


def test_mails_of_one_day_are_in_no_order_in_time() -> None:
    own = sorted_by_category(a=2)
    assert not in_time(own, {})
    assert not in_time(own, {"0": date(2024, 5, 2), "1": date(2024, 5, 2)})
    assert in_time(own, {"0": date(2024, 5, 2), "1": date(2024, 5, 3)})
