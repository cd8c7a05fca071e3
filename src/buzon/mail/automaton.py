"""An automaton that finds words in bytes, taken apart into the tree of the words' beginnings.

As a table, with a row of 256 moves for each state, it is large. But only few bytes lead to a longer
beginning: with the others a state goes on as its longest ending that is a beginning too (Aho and
Corasick, 1975).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

States = NDArray[np.uint32]

# As `struct node` and `struct state` in wasm/language.c.
NODE = np.dtype([("goes_on", "u8", 4), ("first", "u4"), ("shorter", "u4")])
STATE = np.dtype([("node", "u4"), ("feature", "i4")])


def taken_apart(
    moves: States, row: NDArray[np.uint16], features: NDArray[np.int32]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """The nodes and the states, the shorter ones first.

    `moves`, of shape (rows, 256), are the states that bytes lead to; `row` and `features`, of shape
    (states,), each state's row, and the word that is met there, below zero where none is. State 0
    is the beginning of all. States that no byte leads on from have the row of their ending.
    """
    known = np.zeros(len(row), dtype=bool)
    ending = np.zeros(len(row), dtype=np.uint32)
    node = np.full(len(moves), -1)  # of those that have a row
    level, nodes, order = np.zeros(1, dtype=np.uint32), [np.empty(0, NODE)], []
    while len(level):
        known[level] = True
        order.append(level)
        leading = level[node[row[level]] < 0]
        node[row[leading]] = np.arange(len(leading)) + sum(map(len, nodes))
        targets = moves[row[leading]]
        longer = ~known[targets]
        found = np.zeros(len(leading), NODE)
        found["goes_on"] = np.packbits(longer, axis=1, bitorder="little").view("<u8")
        counts = longer.sum(axis=1)
        found["first"] = sum(map(len, order)) + np.cumsum(counts) - counts
        found["shorter"] = node[row[ending[leading]]]
        nodes.append(found)
        level, (leads, byte) = targets[longer], np.nonzero(longer)
        reached = moves[row[ending[leading[leads]]], byte]
        ending[level] = np.where(reached == level, 0, reached)  # of a single byte it is empty
    numbers = np.concatenate(order)
    states = np.empty(len(numbers), STATE)
    states["node"], states["feature"] = node[row[numbers]], features[numbers]
    return np.concatenate(nodes), states
