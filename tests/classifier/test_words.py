import numpy as np

from buzon.classifier.codes import chunks
from buzon.classifier.words import Words


def edges(*texts: str) -> list[tuple[str, str]]:
    """The letters with which the words of each text's opening and closing begin."""
    (codes,) = chunks(texts)
    words = Words(codes)
    letters = np.array([chr(code) for code in codes.code[words.start]])
    opening, closing = words.edges()
    of = [words.tokens.text == number for number in range(len(texts))]
    return [("".join(letters[opening & one]), "".join(letters[closing & one])) for one in of]


def test_the_first_and_the_last_two_sentences_are_the_edges() -> None:
    text = "s\n\na a a a. b b b b! c c c c\nd d d d? e e e e."
    assert edges(text) == [("aaaabbbb!", "dddd?eeee")]


def test_short_lines_as_greetings_and_names_are_no_sentences() -> None:
    assert edges("s\n\nh b t,\na a a a. b b b b. c c c c.\nu s.\nA B") == [("aaaabbbb", "bbbbcccc")]


def test_the_subject_is_no_sentence_of_the_body() -> None:
    assert edges("s s s s\n\na a a a.") == [("aaaa", "aaaa")]


def test_a_mail_without_a_long_sentence_is_edge_as_far_as_it_goes() -> None:
    assert edges("s\n\na a. b b. c c.", "a a", "") == [("saa", "bbcc"), ("aa", "aa"), ("", "")]


def test_edges_do_not_depend_on_the_texts_beside_them() -> None:
    texts = ["s\n\na a a a. b b b b. c c c c.", "", "d d d d", "e\n\nf f f f f. g\nh h h h h h"]
    assert edges(*texts) == [edges(text)[0] for text in texts]


def test_the_stem_of_a_word_has_the_hash_of_that_word() -> None:
    (codes,) = chunks(["el reembolso, reem", "a reembo"])
    words = Words(codes)
    stems = words.stems(np.array([1, 4]), np.array([6, 6]))
    assert stems.tolist() == [int(words.tokens.hash[4])] * 2
