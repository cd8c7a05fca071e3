from io import BytesIO
from typing import Any

import joblib
import pytest

from buzon.classifier.artifact import unpack_trusted
from buzon.classifier.model import Classifier
from buzon.errors import ModelError


class Earlier:
    """A model as it was written before it had its last field."""

    def __init__(self, model: Classifier) -> None:
        self._state = model.__getstate__()[:-1]  # type: ignore[attr-defined]

    def __reduce__(self) -> tuple[Any, ...]:
        return object.__new__, (Classifier,), self._state


def test_a_file_of_an_earlier_version_is_refused_with_the_way_out(small_model: Classifier) -> None:
    file = BytesIO()
    joblib.dump(Earlier(small_model), file)
    with pytest.raises(ModelError, match="earlier version of Buzón") as raised:
        unpack_trusted(file.getvalue())
    assert "buzon train" in raised.value.do
