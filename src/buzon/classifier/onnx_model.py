"""A sentence model in ONNX format, as the Hugging Face Hub lays it out: tokens, network, pooling.

`tokenizers` and `onnxruntime` do the work; no PyTorch is needed.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from buzon.errors import ModelError

Floats = NDArray[np.float32]

MAX_TOKENS = 512  # of one text, for memory and time grow with their square
_PLACES = ("model.onnx", "onnx/model.onnx")
_POOLINGS = ("mean", "cls")
_OLD_KEYS = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "cls"}


def has_onnx(folder: Path) -> bool:
    return _file(folder) is not None and (folder / "tokenizer.json").is_file()


class OnnxModel:
    """A network from tokens to a vector for each token, and what makes one vector of them.

    `folder` may hold the settings of sentence-transformers. Of these count the pooling (without
    it the mean over the tokens) and the longest text in tokens; layers after the pooling are left
    out. onnxruntime and the tokenizer keep no state between calls, so threads may share it.
    Raises ModelError where the folder asks for what isn't done here.
    """

    def __init__(self, folder: Path) -> None:
        from onnxruntime import InferenceSession
        from tokenizers import Tokenizer

        self._pooling = _pooling(folder)
        self._network = InferenceSession(_file(folder), providers=["CPUExecutionProvider"])
        self._inputs = {value.name for value in self._network.get_inputs()}
        if unknown := self._inputs - {"input_ids", "attention_mask", "token_type_ids"}:
            raise ModelError(
                f"The network in {folder} wants {', '.join(sorted(unknown))} beside tokens.",
                "Name a model that makes sentence embeddings.",
            )
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(_max_tokens(folder))
        self._tokenizer.enable_padding(**_padding(folder, self._tokenizer))

    def vectors(self, texts: list[str]) -> Floats:
        """One vector a text, of shape (n, width)."""
        encodings = self._tokenizer.encode_batch(texts)
        mask = np.array([encoding.attention_mask for encoding in encodings], dtype=np.int64)
        tokens = np.array([encoding.ids for encoding in encodings], dtype=np.int64)
        types = np.array([encoding.type_ids for encoding in encodings], dtype=np.int64)
        given = {"input_ids": tokens, "attention_mask": mask, "token_type_ids": types}
        wanted = {name: given[name] for name in self._inputs}
        of_tokens = self._network.run(None, wanted)[0].astype(np.float32)
        return _first(of_tokens) if self._pooling == "cls" else _mean(of_tokens, mask)


def _first(of_tokens: Floats) -> Floats:
    return of_tokens[:, 0]


def _mean(of_tokens: Floats, mask: NDArray[np.int64]) -> Floats:
    """The mean over the tokens that aren't padding (Reimers and Gurevych, 2019)."""
    heed = mask[:, :, None].astype(np.float32)
    mean: Floats = (of_tokens * heed).sum(axis=1) / np.maximum(heed.sum(axis=1), 1)
    return mean


def _file(folder: Path) -> Path | None:
    return next((folder / place for place in _PLACES if (folder / place).is_file()), None)


def _pooling(folder: Path) -> str:
    config = _read(folder / "1_Pooling" / "config.json")
    old = [_OLD_KEYS.get(key, key) for key, on in config.items() if on is True and "_mode_" in key]
    pooling = str(config.get("pooling_mode") or " and ".join(old) or "mean")
    if pooling not in _POOLINGS:
        raise ModelError(
            f"{folder} pools by {pooling}; an ONNX model's tokens can be pooled by "
            f"{' or '.join(_POOLINGS)} here.",
            "Name another model, or the same without its model.onnx.",
        )
    return pooling


def _max_tokens(folder: Path) -> int:
    said = _read(folder / "sentence_bert_config.json").get("max_seq_length")
    longest = said or _read(folder / "tokenizer_config.json").get("model_max_length")
    return int(min(longest or MAX_TOKENS, MAX_TOKENS))


def _padding(folder: Path, tokenizer: Any) -> dict[str, Any]:
    """The padding token: some networks count positions by it."""
    token = _read(folder / "tokenizer_config.json").get("pad_token")
    token = token["content"] if isinstance(token, dict) else token
    number = tokenizer.token_to_id(token) if token else None
    return {} if number is None else {"pad_id": number, "pad_token": token}


def _read(path: Path) -> dict[str, Any]:
    """The object in a JSON file; an empty one where there is no such file."""
    found = json.loads(path.read_bytes()) if path.is_file() else {}
    return found if isinstance(found, dict) else {}
