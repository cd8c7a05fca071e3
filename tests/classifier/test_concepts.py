from collections import Counter
from itertools import groupby

import pytest

from buzon.classifier import concepts
from buzon.classifier.reading import reading


def meanings(text: str) -> list[int]:
    with reading(text) as found:
        return found["word_meaning"].tolist()


def hashes(text: str) -> tuple[int, ...]:
    with reading(text) as found:
        return tuple(found["word_hash"].tolist())


@pytest.mark.parametrize(
    "words",
    [
        "reembolso reembolsaran refund rimborso remboursement Erstattung reembossament",
        "abogado advocat advogada avvocato avocat lawyer Anwalt",
        "presupuesto orçamento preventivo devis quote Kostenvoranschlag",
        "lunes segunda-feira lunedì lundi monday montag dilluns",
    ],
)
def test_a_concept_has_its_words_in_every_language(words: str) -> None:
    found = Counter(meanings(words))
    assert found.most_common(1)[0][1] >= 6


def test_case_and_accents_do_not_matter() -> None:
    assert len(set(meanings("devolución DEVOLUCION Devolució"))) == 1


def test_a_word_that_means_nothing_known_has_no_meaning() -> None:
    assert meanings("xyzzy 5 qwrtz")[::2] == [0, 0]
    assert meanings("") == []


def test_a_whole_word_goes_before_its_stem_and_a_longer_stem_before_a_shorter() -> None:
    refund, complaint, law = meanings("reembolso queja derecho")
    assert meanings("reclamaciones derechos") == [complaint, law]
    assert meanings("devolución devolvedme")[0] == refund


def test_every_entry_is_one_word_and_none_stands_twice() -> None:
    folded = Counter()
    for _, word in concepts.entries():
        assert len(hashes(word.removesuffix("*"))) == 1, word
        folded[hashes(word.removesuffix("*")), word.endswith("*")] += 1
    assert folded.most_common(1)[0][1] == 1


def test_every_concept_stands_once_and_has_several_words() -> None:
    names = [name for name, _ in concepts.entries()]
    in_a_row = [name for name, _ in groupby(names)]
    assert len(in_a_row) == len(set(names))
