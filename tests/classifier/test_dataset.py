from collections import Counter

from buzon.classifier import calibrate, corpus
from buzon.classifier.corpus import Sample
from buzon.classifier.dataset import HALF, MOST, TOGETHER, assemble, beside, relabelled, thinned


def own(number: int, text: str, label: str = "pedido") -> Sample:
    return Sample("", text, label, key=str(number))


def starter(number: int, text: str, label: str = "pedido") -> Sample:
    return Sample("", text, label, group="es_a.jsonl", key=f"es_a.jsonl:{number}")


def test_own_mails_stand_first_and_weigh_one_and_the_starter_less_the_more_there_are() -> None:
    data = assemble([own(n, f"texto {n}") for n in range(HALF)], [starter(1, "otro texto")])
    assert [sample.weight for sample in data.samples] == [1.0] * HALF + [0.5]
    assert (data.own, data.starter, data.starter_weight) == (HALF, 1, 0.5)
    assert assemble([], [starter(1, "uno")]).starter_weight == 1


def test_it_is_told_how_many_of_some_samples_are_own() -> None:
    data = assemble([own(1, "uno"), own(2, "dos")], [starter(1, "tres")])
    assert data.own_among(data.samples[1:]) == [data.samples[1]]


def test_the_same_text_counts_once_whatever_its_case_and_spaces() -> None:
    data = assemble([own(1, "Hola  mundo"), own(2, "hola\nMUNDO ")], [])
    assert [sample.key for sample in data.samples] == ["2"]
    assert (data.doubled, data.contradictions) == (1, ())


def test_of_contradicting_labels_the_newest_counts_and_all_are_named() -> None:
    data = assemble([own(1, "hola", "pedido"), own(2, "hola", "consulta")], [])
    assert [(s.key, s.label) for s in data.samples] == [("2", "consulta")]
    assert (data.doubled, data.contradictions) == (0, (("1", "2"),))


def test_an_own_label_goes_before_the_starter_s_of_the_same_text() -> None:
    data = assemble([own(1, "hola", "consulta")], [starter(7, "Hola", "pedido")])
    assert [(s.key, s.label) for s in data.samples] == [("1", "consulta")]
    assert data.same_text["1"] == ("1", "es_a.jsonl:7")


def test_samples_take_the_present_names_of_categories_and_lose_those_of_retired_ones() -> None:
    names = {"incidencia": "averia", "otro": None}
    labels = ["incidencia", "otro", "pedido"]
    found = relabelled(
        [own(n, "x", label) for n, label in enumerate(labels)], lambda name: names.get(name, name)
    )
    assert [sample.label for sample in found] == ["averia", "pedido"]


def labelled(**sizes: int) -> list[Sample]:
    """So many mails of each category, category after category; keys number each one's mails."""
    return [Sample("", f"{k} {n}", k, key=str(n)) for k, size in sizes.items() for n in range(size)]


def test_few_mails_are_all_learnt_from() -> None:
    samples = labelled(pedido=3, otro=2)
    assert thinned(samples, most=5) == samples
    assert thinned([], most=5) == []


def test_of_many_mails_the_largest_categories_give_up_their_oldest() -> None:
    kept = thinned(labelled(pedido=50, otro=4, consulta=30), most=24)
    assert Counter(sample.label for sample in kept) == {"pedido": 10, "otro": 4, "consulta": 10}
    assert [s.key for s in kept if s.label == "consulta"] == [str(n) for n in range(20, 30)]


def test_a_text_that_came_again_and_again_takes_no_other_s_place() -> None:
    alert = [Sample("", "aviso", "otro", key=f"aviso {n}") for n in range(50)]
    kept = thinned([*labelled(otro=6, pedido=9), *alert], most=12)
    assert [sample.key for sample in kept if sample.label == "otro"] == [*"12345", "aviso 49"]


def test_mails_that_are_kept_stay_in_the_order_of_their_labels() -> None:
    samples = labelled(pedido=9, otro=9)
    kept = thinned(samples[::2] + samples[1::2], most=8)
    assert kept == [s for s in samples[::2] + samples[1::2] if s in kept]


def test_beside_many_own_mails_fewer_starter_texts_are_learnt_from() -> None:
    texts = [starter(n, f"muestra {n}") for n in range(9_000)]
    kept = {own: len(beside(own, texts)) for own in (4_000, 6_000, MOST)}
    assert kept == {4_000: 9_000, 6_000: 4_500, MOST: 4_500}
    assert all(own + starter <= TOGETHER for own, starter in kept.items())


def test_starter_texts_give_way_before_all_own_ones_would_be_judged_by_one_fold_only() -> None:
    texts = corpus.starter()
    assert all(own + len(beside(own, texts)) <= calibrate.MANY for own in range(0, 9_000, 50))
