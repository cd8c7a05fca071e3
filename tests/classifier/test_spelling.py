from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from buzon.classifier.codes import chunks
from buzon.classifier.spelling import Spellings, spellings
from buzon.classifier.words import Words

plain_texts = st.text("abcxyz ?!,'-\n", max_size=60)


def spelt(*texts: str) -> Spellings:
    (codes,) = chunks(texts)
    return spellings(Words(codes))


@settings(deadline=None)  # the first call makes the tables
@given(plain_texts)
def test_characters_in_a_row_have_a_hash_of_their_own(text: str) -> None:
    words = [f" {word} " for word in set(text.split())]
    plain = Counter(
        w[i : i + n] for w in words for n in (2, 3, 4, 5) for i in range(len(w) - n + 1)
    )
    hashes, _ = spelt(text).ngrams(5)
    assert sorted(Counter(hashes.tolist()).values()) == sorted(plain.values())


def test_a_spelling_is_taken_once_however_many_texts_have_it() -> None:
    found = spelt("caja rota caja", "", "rota, caja")
    assert len(found.has) == 3
    assert found.has.matrix(3).sum(axis=1).ravel().tolist() == [[2, 0, 2]]
    assert found.codes.count == 3


def test_ngrams_come_in_the_order_of_their_spellings() -> None:
    _, number = spelt("uno dos", "dos tres cuatro").ngrams(4)
    assert number.tolist() == sorted(number.tolist())


@settings(deadline=None)  # the first call makes the tables
@given(plain_texts)
def test_ngrams_are_where_their_places_say(text: str) -> None:
    found = spelt(text)
    written = "".join(map(chr, found.codes.code.tolist())).replace("\0", " ")
    hashes, number = found.ngrams(4)
    start, end = found.places(4)
    pieces = [written[a:b] for a, b in zip(start.tolist(), end.tolist(), strict=True)]
    assert found.codes.text[start].tolist() == number.tolist()
    assert len(set(zip(pieces, hashes.tolist(), strict=True))) == len(set(pieces))
    assert len(set(hashes.tolist())) == len(set(pieces))


def test_each_piece_between_spaces_has_the_number_of_its_spelling() -> None:
    one, two, three, four = spelt("caja rota", "rota, caja").number.tolist()
    assert one == four
    assert len({one, two, three}) == 3
