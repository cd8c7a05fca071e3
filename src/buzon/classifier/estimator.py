"""scikit-learn's estimator interface, without scikit-learn: importing it takes a second and 55 MB,
which each process that sorts mails would pay."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from inspect import signature
from typing import Any, Self

from scipy.sparse import csr_matrix


class Transformer(ABC):
    """What `clone`, pipelines and searches of scikit-learn ask of a transformer of texts. As there,
    what `__init__` is given is kept under the names of its parameters.

    https://scikit-learn.org/stable/developers/develop.html
    """

    @abstractmethod
    def fit(self, texts: Iterable[str], y: Any = None) -> Self:
        """Learns what `transform` needs to know of the training texts."""

    @abstractmethod
    def transform(self, texts: Iterable[str]) -> csr_matrix:
        """The features of texts, a row each."""

    def fit_transform(self, texts: Iterable[str], y: Any = None) -> csr_matrix:
        """What `transform` makes of the texts that it is fitted to."""
        texts = list(texts)
        return self.fit(texts).transform(texts)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """What `__init__` was given, by name. None of these is an estimator with parameters of its
        own, so `deep` changes nothing."""
        return {name: getattr(self, name) for name in signature(type(self)).parameters}

    def set_params(self, **params: Any) -> Self:
        """Raises ValueError for a parameter that there isn't."""
        known = self.get_params()
        for name, value in params.items():
            if name not in known:
                kind = type(self).__name__
                raise ValueError(f"{kind} has no parameter {name!r}; it has {', '.join(known)}.")
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value!r}" for name, value in self.get_params().items())
        return f"{type(self).__name__}({given})"

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import InputTags, Tags, TargetTags, TransformerTags

        return Tags(
            estimator_type=None,
            target_tags=TargetTags(required=False),
            transformer_tags=TransformerTags(),
            input_tags=InputTags(string=True, two_d_array=False, sparse=False),
        )
