from collections import Counter

from buzon.classifier import corpus
from buzon.records import CATEGORIES


def test_the_starter_corpus_has_every_category_and_language() -> None:
    samples = corpus.starter()
    assert len(samples) > 9_000
    assert {sample.label for sample in samples} == set(CATEGORIES)
    assert {sample.lang for sample in samples} == {"es", "en", "pt", "fr", "de", "it", "ca"}


def test_a_group_is_a_file_of_the_corpus() -> None:
    groups = Counter(sample.group for sample in corpus.starter())
    assert groups["es_a.jsonl"] == 420
    assert groups["es_f.jsonl"] == 650
    assert len({sample.key for sample in corpus.starter()}) == groups.total()


def test_every_mail_of_the_corpus_says_something() -> None:
    assert all((sample.subject + sample.body).strip() for sample in corpus.starter())
