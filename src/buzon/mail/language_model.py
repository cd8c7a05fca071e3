"""py3langid's naive Bayes model over the n-grams of bytes, in WebAssembly (wasm/language.c)."""

import lzma
from collections.abc import Sequence
from importlib.resources import files
from io import BytesIO
from threading import Lock
from unicodedata import normalize

import numpy as np

from buzon.mail.automaton import NODE, STATE, taken_apart
from buzon.webassembly import Running

MOST = 600  # characters of a text
_FILE = files("py3langid") / "data" / "model.npz.xz"
_AT_ONCE = 128  # texts
_BYTES = 12 * MOST + 1  # of a text: four a character, of which NFC may make three; and its end
_RANKING = np.dtype([("best", "u4"), ("spoken", "u4"), ("lead", "f4"), ("ahead", "f4")])

# The likeliest language, the likeliest of those spoken, and by how many nats the first is likelier
# than the second, and than the one spoken.
Ranking = tuple[str, str, float, float]


class LanguageModel:
    """Knows only these languages of the model's, of which some are `spoken`. For any thread, one
    at a time. Takes half a second, and 13 MB."""

    def __init__(self, spoken: Sequence[str], others: Sequence[str]) -> None:
        model = np.load(BytesIO(lzma.decompress(_FILE.read_bytes())))
        names = model["classes"].tolist()
        columns = [at for some in (spoken, others) for at, name in enumerate(names) if name in some]
        self._names = [names[at] for at in columns]
        nodes, states = taken_apart(
            model["nextmove"].reshape(-1, 256), model["nextmove_row"], model["out_feat"]
        )
        weights = model["ptc"]
        self._lock = Lock()
        self._running = Running("buzon.mail", "language")
        starts, arrays = self._running.lay_out({
            "node": (NODE, len(nodes)), "state": (STATE, len(states)),
            "weights": ("f2", len(weights) + 1, len(columns)),  # the C reads somewhat further
            "prior": ("f4", len(columns)), "logarithm": ("f4", _BYTES),
            "often": ("u2", len(weights)),
        })  # fmt: skip
        arrays["node"][:], arrays["state"][:] = nodes, states
        np.take(weights, columns, axis=1, out=arrays["weights"][:-1], mode="clip")
        arrays["prior"][:] = model["pc"][columns]
        np.log1p(np.arange(_BYTES, dtype=np.float32), out=arrays["logarithm"])
        self._running.call("know", len(columns), len(spoken), *starts.values())
        memory = self._running.memory
        self._text, self._rankings = (
            memory[self._running.address(name) :][: _AT_ONCE * size].view(kind)
            for name, size, kind in (
                ("bytes", _BYTES, np.dtype("u1")),
                ("rankings", _RANKING.itemsize, _RANKING),
            )
        )

    def rank(self, texts: Sequence[str]) -> list[Ranking]:
        """Of texts in lower case that have no white space but spaces; of MOST characters each."""
        starts = range(0, len(texts), _AT_ONCE)
        return [each for at in starts for each in self._rank(texts[at : at + _AT_ONCE])]

    def _rank(self, texts: Sequence[str]) -> list[Ranking]:
        lines = normalize("NFC", "\n".join([text[:MOST] for text in texts])) + "\n"
        content = np.frombuffer(lines.encode("utf-8", "surrogatepass"), dtype=np.uint8)
        with self._lock:
            self._text[: len(content)] = content
            self._running.call("rank", len(texts))
            found = self._rankings[: len(texts)].tolist()
        return [
            (self._names[best], self._names[spoken], lead, ahead)
            for best, spoken, lead, ahead in found
        ]
