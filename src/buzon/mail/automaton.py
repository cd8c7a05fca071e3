"""An automaton that finds words in bytes, taken apart into the tree of the words' beginnings.

As a table, with a row of 256 moves for each state, it is large. But only few bytes lead to a longer
beginning: with the others a state goes on as its longest ending that is a beginning too (Aho and
Corasick, 1975).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

States = NDArray[np.uint32]
Rows = NDArray[np.uint16]

_AT_ONCE = 100  # rows: more leave the processor's caches

# As `struct node` and `struct state` in wasm/language.c.
NODE = np.dtype([("goes_on", "u8", 4), ("first", "u4"), ("shorter", "u4"), ("before", "u1", 8)])
STATE = np.dtype([("node", "u4"), ("feature", "i4")])


def taken_apart(
    moves: States, row: Rows, features: NDArray[np.int32]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """The nodes and the states, the shorter ones first.

    `moves`, of shape (rows, 256), are the states that bytes lead to; `row` and `features`, of shape
    (states,), each state's row, and the word that is met there, below zero where none is. State 0
    is the beginning of all. States that no byte leads on from have the row of their ending.
    """
    ending = np.zeros(len(row), dtype=np.uint32)
    node = np.full(len(moves), -1)  # of those that have a row
    level, nodes, order = np.zeros(1, dtype=np.uint32), [np.empty(0, NODE)], []
    while len(level):
        order.append(level)
        leading = level[node[row[level]] < 0]
        node[row[leading]] = np.arange(len(leading)) + sum(map(len, nodes))
        rows, shorter = row[leading], row[ending[leading]]
        found = np.zeros(len(leading), NODE)
        found["goes_on"], level, endings = _onward(moves, rows, shorter)
        before = np.cumsum(np.bitwise_count(found["goes_on"]), axis=1)
        found["before"][:, 1:4] = before[:, :3]
        counts = before[:, 3]
        found["first"] = sum(map(len, order)) + np.cumsum(counts) - counts
        found["shorter"] = node[shorter]
        nodes.append(found)
        ending[level] = endings
    numbers = np.concatenate(order)
    states = np.empty(len(numbers), STATE)
    states["node"], states["feature"] = node[row[numbers]], features[numbers]
    return np.concatenate(nodes), states


def _onward(moves: States, rows: Rows, shorter: Rows) -> tuple[NDArray[np.uint64], States, States]:
    """The bytes that lead on from states with these rows, where to, and the endings of these;
    `shorter`: the rows of the states' endings."""
    found = []
    for at in range(0, max(len(rows), 1), _AT_ONCE):  # a level may have none
        some, others = rows[at : at + _AT_ONCE], shorter[at : at + _AT_ONCE]
        targets, endings = moves[some], moves[others]
        endings[some == others] = 0  # the beginning of all has no ending
        longer = targets != endings
        bits = np.packbits(longer, axis=1, bitorder="little").view("<u8")
        found.append((bits, targets[longer], endings[longer]))
    bits, targets, endings = map(np.concatenate, zip(*found, strict=True))
    return bits, targets, endings
