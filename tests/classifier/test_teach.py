"""One training from beginning to end, without the starter corpus."""

from dataclasses import replace
from datetime import date

import pytest

from buzon.classifier.artifact import unpack
from buzon.classifier.corpus import Sample
from buzon.classifier.teach import (
    ENOUGH_TO_HOLD_OUT,
    FEW,
    Champion,
    Order,
    Taught,
    teach,
    wants_unlabelled,
)
from buzon.mail.masking import mask
from buzon.records import CATEGORIES
from peers.lessons import lessons


def samples(count: int, start: int = 0) -> list[Sample]:
    return [
        Sample("", text, label, key=str(number))
        for number, (text, label) in enumerate(lessons(count, start), start)
    ]


def taught(own: list[Sample], champion: Taught | None = None, **changes: object) -> Taught:
    order = Order(own=own, with_starter=False, champion=record(champion) if champion else None)
    return teach(replace(order, **changes), lambda *_: None)  # type: ignore[arg-type]


def record(champion: Taught) -> Champion:
    learnt = {key: (label, said) for key, label, said in champion.lessons}
    artifact = champion.artifact
    return Champion(artifact.content, artifact.sha256, learnt, champion.unseen)


@pytest.fixture(scope="module")
def first() -> Taught:
    return taught(samples(45))


def test_the_first_model_has_nothing_to_be_compared_with(first: Taught) -> None:
    assert first.promote
    assert first.report["comparison"] is None
    assert {key for key, _, _ in first.lessons} == {str(n) for n in range(45)}


def test_few_new_mails_are_compared_cross_fitted_with_all_earlier_ones(first: Taught) -> None:
    second = taught(samples(60), first)
    assert second.report["comparison"]["n"] == 60


def test_of_many_new_mails_the_newer_half_is_held_out(first: Taught) -> None:
    second = taught(samples(45 + ENOUGH_TO_HOLD_OUT), first)
    assert second.report["comparison"]["n"] == ENOUGH_TO_HOLD_OUT // 2


def test_a_file_sorted_by_category_is_compared_on_all_of_its_categories(first: Taught) -> None:
    own = [replace(sample, key=f"n{at}") for at, sample in enumerate(samples(600, 1000))]
    by_category = sorted(own, key=lambda sample: sample.label)
    second = taught(by_category, first)
    assert second.report["comparison"]["n"] == 300
    assert second.promote, second.why


def test_mails_picked_by_hand_are_learnt_from_and_not_compared_on(first: Taught) -> None:
    picked = frozenset(str(n) for n in range(45, 60))
    second = taught(samples(60), first, picked=picked)
    assert second.report["comparison"]["n"] == 45
    assert second.report["trained_on"]["own"] == 60


def test_a_text_that_came_again_under_another_number_was_learnt_before(first: Taught) -> None:
    again = [replace(sample, key=f"9{sample.key}") for sample in samples(45)]
    second = taught([*samples(45), *again, *samples(15, 45)], first)
    comparison = second.report["comparison"]
    assert comparison["n"] == 60
    assert second.report["trained_on"]["same_text_twice"] == 45


def test_a_renamed_category_is_compared_under_its_new_name(first: Taught) -> None:
    second = taught(samples(60), first, labels={"pedido": "encargo"})
    assert "encargo" in unpack(second.artifact.content, second.artifact.sha256).classes
    assert second.report["comparison"]["lost"] <= 2


def test_a_category_more_is_knowledge(first: Taught) -> None:
    more = [Sample("", f"La factura {n} está mal", "factura", key=f"f{n}") for n in range(12)]
    second = taught([*samples(45), *more], first)
    assert second.promote, second.why
    assert "factura" in second.report["per_category"]


def test_a_model_that_lacks_a_category_in_use_is_kept_back_however_right_it_is(
    first: Taught,
) -> None:
    more = [Sample("", f"La factura {n} está mal", "factura", key=f"f{n}") for n in range(12)]
    few = [*(s for s in samples(60) if s.label != "consulta"), *more]
    second = taught(few, first)
    assert not second.promote
    assert second.why.endswith("It is kept back. What it lacks: consulta.")
    assert taught(few, first, labels={"consulta": None}).promote


def test_a_label_too_rare_to_learn_beside_a_retired_category_is_no_hindrance(
    first: Taught,
) -> None:
    rare = [Sample("", f"Algo raro {n}", "rara", key=f"r{n}") for n in range(2)]
    second = taught([*samples(60), *rare], first, labels={"consulta": None})
    assert second.report["trained_on"]["too_few_to_learn"] == {"rara": 2}


def test_how_right_it_is_on_own_mails_is_told_apart() -> None:
    own = [Sample("", f"Zurk plim {n} vora", "factura", key=str(n)) for n in range(40)]
    own += [
        Sample("", f"Gralm {n} tosk", ("factura", "consulta")[n % 2], key=f"x{n}")
        for n in range(20)
    ]
    report = taught(own, with_starter=True).report
    assert report["own_metrics"]["examples"] == 60 < report["metrics"]["examples"]
    assert 0.6 < report["own_metrics"]["accuracy"] < 0.9  # of twenty, half by chance
    assert taught([], with_starter=True).report["own_metrics"] is None


def test_beside_mails_of_another_kind_the_starter_s_categories_are_not_trusted_unconfirmed() -> (
    None
):
    own = [
        Sample("", f"Zurk plim {n} vora", f"propia{n % 3}", key=str(n), group=str(n))
        for n in range(24)
    ]
    own += [Sample("", f"Mándame {n} codos", "pedido", key=f"p{n}") for n in range(6)]
    own += [Sample("", f"¿Cuánto valen {n}?", "consulta", key=f"c{n}") for n in range(2)]
    found = taught(own, with_starter=True)
    unconfirmed = {*CATEGORIES} - {"pedido"}
    model = unpack(found.artifact.content, found.artifact.sha256)
    assert model.unconfirmed == unconfirmed
    assert found.report["trained_on"]["unconfirmed"] == sorted(unconfirmed)


def test_where_most_labels_are_of_the_starter_s_categories_these_are_trusted() -> None:
    own = [
        Sample("", f"Zurk plim {n} vora", ("factura", "pedido")[n % 2], key=str(n))
        for n in range(20)
    ]
    for some in (own, []):
        found = taught(some, with_starter=True)
        assert not unpack(found.artifact.content, found.artifact.sha256).unconfirmed


def test_the_report_holds_no_text_of_a_mail(first: Taught) -> None:
    second = taught(samples(60), first)
    assert "Mándame" not in str(second.report)


def test_the_learning_curve_has_bounds_around_each_figure(first: Taught) -> None:
    second = taught(samples(120), first)
    points = second.report["learning_curve"]
    assert [point["labels"] for point in points] == [48, 96]
    assert all(point["low"] <= point["accuracy"] <= point["high"] for point in points)


def test_a_file_sorted_by_category_is_judged_on_all_of_its_categories() -> None:
    mixed = [replace(sample, key=str(at)) for at, sample in enumerate(samples(120))]
    report = taught(sorted(mixed, key=lambda sample: sample.label)).report
    assert report["learning_curve_tested"] == "drawn"
    assert [point["n"] for point in report["learning_curve"]] == [24, 24]
    assert report["learning_curve"][-1]["accuracy"] > 0.9


def test_where_days_are_known_the_newest_are_tested() -> None:
    own = sorted(samples(120), key=lambda sample: sample.label)
    days = {sample.key: date(2024, 1, 1 + at // 24) for at, sample in enumerate(own)}
    report = taught(own, days=days).report
    assert report["learning_curve_tested"] == "newest"
    assert report["learning_curve"][0]["accuracy"] == 0  # of a category that only they have


def test_below_fifty_labels_no_curve_is_told(first: Taught) -> None:
    assert first.report["learning_curve"] == []


def test_a_label_that_looks_wrong_is_named() -> None:
    wrong = [replace(s, label="pedido") if s.key == "31" else s for s in samples(90)]
    found = taught(wrong).report["suspects"]
    assert [suspect["key"] for suspect in found][:1] == ["31"]


def test_each_step_is_told_with_a_share_that_grows() -> None:
    shares: list[float] = []
    teach(Order(own=samples(45), with_starter=False), lambda share, _: shares.append(share))
    assert shares == sorted(shares)
    assert 0 <= shares[0] < shares[-1] <= 1


def test_private_numbers_are_not_learnt_from() -> None:
    texts = ("Llamen al 612 345 678", "Llamen al 698 765 432", "Es el pedido 4500118273")
    numbers = [Sample("", text, "consulta", key=f"n{n}") for n, text in enumerate(texts)]
    told = taught([*samples(45), *numbers], mask=mask).report["trained_on"]
    assert (told["own"], told["same_text_twice"]) == (47, 1)


def unlabelled(count: int) -> list[tuple[str, str]]:
    return [("", text) for text, _ in lessons(count, 100)]


def test_where_little_is_labelled_as_many_mails_without_a_label_are_learnt_from_too() -> None:
    few, enough = (taught(samples(45), unlabelled=unlabelled(count)) for count in (44, 45))
    assert few.report["trained_on"]["unlabelled"] == 0
    assert enough.report["trained_on"]["unlabelled"] == 45
    assert enough.artifact.version != few.artifact.version


def test_mails_without_a_label_are_read_as_those_with_one() -> None:
    mails = unlabelled(45)
    quoting = [(subject, f"{body} > cita") for subject, body in mails]
    cut = taught(samples(45), unlabelled=quoting, prepare=lambda body: body.split(" > ")[0])
    assert cut.artifact.version == taught(samples(45), unlabelled=mails).artifact.version


def test_beside_the_starter_corpus_or_many_labels_they_are_not_wanted() -> None:
    retired: dict[str, str | None] = {n: None for n in CATEGORIES if n != "otro"}
    assert wants_unlabelled(Order(own=samples(45), with_starter=False))
    assert wants_unlabelled(Order(own=samples(45), labels=retired))
    assert not wants_unlabelled(Order(own=samples(45)))
    assert not wants_unlabelled(Order(own=samples(45), labels=retired | {"pedido": "compra"}))
    assert not wants_unlabelled(Order(own=samples(FEW + 1), with_starter=False))
