from collections import Counter

from buzon.classifier.corpus import Sample
from buzon.classifier.dataset import thinned


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


def test_mails_that_are_kept_stay_in_the_order_of_their_labels() -> None:
    samples = labelled(pedido=9, otro=9)
    kept = thinned(samples[::2] + samples[1::2], most=8)
    assert kept == [s for s in samples[::2] + samples[1::2] if s in kept]
