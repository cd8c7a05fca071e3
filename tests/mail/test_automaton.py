from itertools import product
from random import Random
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from buzon.mail.automaton import taken_apart

WORDS = [b"a", b"ab", b"abc", b"bca", b"c", b"caa", b"\x00\xff", b"\xff", b"\xff\x00\xff\x41"]


def table(words: list[bytes]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], list[bytes]]:
    """The moves, rows and features of the automaton that finds these words, and each state's
    beginning of a word; numbered at random, but for the first."""
    beginnings = sorted({word[:end] for word in words for end in range(len(word) + 1)}, key=len)
    middle = beginnings[1:]
    Random(4).shuffle(middle)
    number = {beginning: at for at, beginning in enumerate([b"", *middle])}

    def target(seen: bytes) -> int:
        return next(number[seen[at:]] for at in range(len(seen) + 1) if seen[at:] in number)

    all_moves = [[target(each + bytes([byte])) for byte in range(256)] for each in number]
    moves, row = np.unique(np.array(all_moves, dtype=np.uint32), axis=0, return_inverse=True)
    features = [words.index(each) if each in words else -1 for each in number]
    return moves, row.ravel().astype(np.uint16), np.array(features, dtype=np.int32), list(number)


def met(nodes: NDArray[Any], states: NDArray[Any], text: bytes) -> list[int]:
    """The features after each byte, by the rules that wasm/language.c goes by."""
    found, node = [], nodes[0]
    for byte in text:
        longer = [at for at in range(256) if int(node["goes_on"][at // 64]) >> at % 64 & 1]
        while byte not in longer and node != nodes[0]:
            node = nodes[node["shorter"]]
            longer = [at for at in range(256) if int(node["goes_on"][at // 64]) >> at % 64 & 1]
        if byte in longer:
            state = states[node["first"] + longer.index(byte)]
            node = nodes[state["node"]]
            found.append(int(state["feature"]))
        else:
            found.append(-1)
    return found


def test_taken_apart_it_meets_what_the_table_does() -> None:
    moves, row, features, _ = table(WORDS)
    nodes, states = taken_apart(moves, row, features)
    for text in map(bytes, product(b"abc\xff\x00", repeat=5)):
        state, expected = 0, []
        for byte in text:
            state = moves[row[state], byte]
            expected.append(int(features[state]))
        assert met(nodes, states, text) == expected


@pytest.mark.parametrize("words", [WORDS, [b"q"], [bytes([byte]) for byte in range(256)]])
def test_each_state_is_there_once_and_only_those_that_go_on_are_nodes(words: list[bytes]) -> None:
    moves, row, features, beginnings = table(words)
    nodes, states = taken_apart(moves, row, features)
    assert len(states) == len(beginnings)
    assert sorted(states["feature"].tolist()) == sorted(features.tolist())
    assert len(nodes) == len({each[:-1] for each in beginnings if each})
