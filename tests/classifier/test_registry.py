import json
import os
import pickle
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import joblib
import pytest

from buzon.classifier.artifact import Artifact, pack
from buzon.classifier.model import Classifier
from buzon.classifier.registry import Registry
from buzon.classifier.teach import taught_before, teach_starter
from buzon.errors import ModelError

MAIL = [("Pedido", "Ponme veinte cajas más")]


class Bomb:
    """Unpickling it leaves a trace."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return Path.touch, (self.trace,)


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that another user may enter, unlike tmp_path."""
    path = Path(tempfile.mkdtemp(prefix="buzon-models-"))
    path.chmod(0o755)
    yield path
    path.chmod(0o755)
    shutil.rmtree(path)


@pytest.fixture
def registry(folder: Path, small_model: Classifier) -> Registry:
    """A registry that has a model."""
    registry = Registry(folder)
    registry.load_or_train(lambda: pack(small_model))
    return registry


def never() -> Artifact:
    raise AssertionError("a good model was trained anew")


@contextmanager
def without_rights(folder: Path) -> Iterator[None]:
    """The folder is read-only, also for us: root has to become somebody else for that."""
    folder.chmod(0o555)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@contextmanager
def disk_with_room_for(size: int) -> Iterator[None]:
    """Writing more than `size` bytes into a file fails, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def refused(folder: Path) -> list[Path]:
    return list(folder.glob("model.joblib.refused-*"))


def test_the_first_call_trains_and_the_next_loads(tmp_path: Path, small_model: Classifier) -> None:
    folder = tmp_path / "not" / "there"
    assert Registry(folder).load_or_train(lambda: pack(small_model)).version == small_model.version
    loaded = Registry(folder).load_or_train(never)
    assert loaded.version == small_model.version
    assert loaded.classify(MAIL) == small_model.classify(MAIL)


def test_the_file_opens_with_plain_joblib(registry: Registry, small_model: Classifier) -> None:
    loaded = joblib.load(registry.model)
    assert loaded.predict(["ponme cajas"]).tolist() == small_model.predict(["ponme cajas"]).tolist()


def test_what_the_model_is_can_be_read_beside_it(
    registry: Registry, small_model: Classifier
) -> None:
    about = json.loads(registry.about.read_text())
    assert about["version"] == small_model.version
    assert about["metrics"] == small_model.metrics


def test_no_other_file_is_left_behind(registry: Registry) -> None:
    names = {path.name for path in registry.folder.iterdir()}
    assert names == {"model.joblib", "model.json", "model.lock"}


def test_a_truncated_model_is_set_aside_and_a_new_one_trained(
    registry: Registry, small_model: Classifier
) -> None:
    whole = registry.model.read_bytes()
    registry.model.write_bytes(whole[: len(whole) // 2])
    assert registry.load_or_train(lambda: pack(small_model)).version == small_model.version
    (aside,) = refused(registry.folder)
    assert aside.read_bytes() == whole[: len(whole) // 2]
    assert registry.load_or_train(never).version == small_model.version


def test_a_foreign_model_is_never_opened(
    registry: Registry, small_model: Classifier, tmp_path: Path
) -> None:
    registry.model.write_bytes(pickle.dumps(Bomb(tmp_path / "exploded")))
    registry.load_or_train(lambda: pack(small_model))
    assert refused(registry.folder)
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize("about", [b"", b"[]", b"{", b'{"sha256": null}'])
def test_a_model_without_a_sound_description_is_refused(
    registry: Registry, small_model: Classifier, about: bytes
) -> None:
    registry.about.write_bytes(about)
    assert registry.load_or_train(lambda: pack(small_model)).version == small_model.version
    assert refused(registry.folder)


def test_a_refusal_is_logged(
    registry: Registry, small_model: Classifier, capsys: pytest.CaptureFixture[str]
) -> None:
    registry.model.write_bytes(b"x")
    registry.load_or_train(lambda: pack(small_model))
    assert "the model is refused" in capsys.readouterr().out


@pytest.mark.parametrize("part", ["recipe", "scikit-learn", "numpy"])
def test_a_model_that_this_program_reads_otherwise_is_trained_anew(
    registry: Registry, small_model: Classifier, part: str
) -> None:
    about = json.loads(registry.about.read_text())
    about["made_by"][part] = "another"
    registry.about.write_text(json.dumps(about))
    assert registry.load_or_train(lambda: pack(small_model)).version == small_model.version
    assert refused(registry.folder) == []
    registry.load_or_train(never)


@pytest.mark.parametrize("part", ["corpus", "embeddings"])
def test_what_is_learnt_from_today_does_not_matter_to_a_model_that_is_there(
    registry: Registry, part: str
) -> None:
    about = json.loads(registry.about.read_text())
    about["made_by"][part] = "another"
    registry.about.write_text(json.dumps(about))
    registry.load_or_train(never)


def test_a_good_model_loads_from_a_read_only_folder(registry: Registry) -> None:
    with without_rights(registry.folder):
        assert registry.load_or_train(never).classify(MAIL)


def test_a_read_only_folder_without_a_model_is_named_before_any_training(folder: Path) -> None:
    with without_rights(folder), pytest.raises(ModelError) as failure:
        Registry(folder).load_or_train(never)
    assert str(folder) in failure.value.what
    assert "Permission denied" in failure.value.what
    assert "BUZON_MODELS_DIR" in failure.value.do


def test_a_bad_model_in_a_read_only_folder_is_named(registry: Registry) -> None:
    registry.model.write_bytes(b"x")
    with without_rights(registry.folder), pytest.raises(ModelError) as failure:
        registry.load_or_train(never)
    assert str(registry.model) in failure.value.what


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("")
    with pytest.raises(ModelError, match=str(tmp_path / "models")):
        Registry(tmp_path / "models").load_or_train(never)


def test_a_full_disk_is_named_and_leaves_no_half_model(
    folder: Path, small_model: Classifier
) -> None:
    with disk_with_room_for(10_000), pytest.raises(ModelError, match=str(folder)):
        Registry(folder).load_or_train(lambda: pack(small_model))
    assert {path.name for path in folder.iterdir()} == {"model.lock"}


def test_processes_that_start_at_once_train_one_model(tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from buzon.classifier.artifact import pack
from buzon.classifier.corpus import Sample
from buzon.classifier.registry import Registry
from buzon.classifier.train import train

def make():
    print("trained", flush=True)
    words = {"pedido": "ponme cajas", "incidencia": "no funciona"}
    samples = [Sample("", f"{words[k]} {n}", k) for k in words for n in range(6)]
    return pack(train(samples).classifier)

print(Registry(Path(sys.argv[1])).load_or_train(make).version)
"""
    command = [sys.executable, "-c", program, str(tmp_path)]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = [process.communicate(timeout=60)[0].split() for process in started]
    assert [process.returncode for process in started] == [0, 0, 0]
    assert sum("trained" in words for words in said) == 1
    assert len({words[-1] for words in said}) == 1


def test_the_starter_model_of_an_earlier_command_is_there_for_the_first_start(
    tmp_path: Path,
) -> None:
    registry = Registry(tmp_path)
    assert registry.starter() is None
    made = teach_starter(str)
    registry.load_or_train(lambda: made)
    found = registry.starter()
    assert found is not None
    assert found.content == made.content
    assert taught_before(found).report["trained_on"]["own"] == 0


def test_no_other_model_is_taken_for_the_starter_model(registry: Registry) -> None:
    assert registry.starter() is None
