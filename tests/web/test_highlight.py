"""The words that were looked for, in the text that is shown."""

from buzon.web.highlight import Piece, fragment, pieces


def test_a_text_is_cut_where_the_words_begin_and_end() -> None:
    assert pieces("una caja rota", [(4, 8)]) == [
        Piece("una ", False), Piece("caja", True), Piece(" rota", False),
    ]  # fmt: skip
    assert pieces("caja", [(0, 4)]) == [Piece("caja", True)]
    assert pieces("", []) == []


def test_a_fragment_is_the_line_around_the_first_word() -> None:
    text = "a\n" * 100 + "caja\r\ny más" + "b" * 500
    found = fragment(text, [(200, 204)])
    assert found[0] == Piece("…", False)
    assert found[2] == Piece("caja", True)
    assert sum(len(piece.text) for piece in found) == 161
    assert "\n" not in "".join(piece.text for piece in found)


def test_a_word_that_is_cut_off_by_the_end_is_not_marked() -> None:
    text = "caja " + "x" * 150 + " cajas"
    assert [piece.text for piece in fragment(text, [(0, 4), (156, 161)]) if piece.found] == ["caja"]


def test_without_a_word_it_is_the_beginning() -> None:
    assert fragment("hola\nqué tal", []) == [Piece("hola qué tal", False)]
