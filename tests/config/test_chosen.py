"""What is chosen on the pages."""

import pytest

from buzon import config
from buzon.errors import WrongSettings


def test_what_is_chosen_stands_behind_what_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUZON_COMPANY", "Casa Fija")
    given = config.load()
    chosen = {"company": "Otra", "risk": 0.02, "allowed_lists": ["a", "b"], "port": 1}
    holds = config.complete(given, chosen)
    assert (holds.company, holds.risk, holds.allowed_lists) == ("Casa Fija", 0.02, ("a", "b"))
    assert holds.port == 8000  # is not to be chosen on a page
    assert given.risk == 0.05


def test_what_is_chosen_and_makes_no_sense_is_told_by_name() -> None:
    with pytest.raises(WrongSettings) as caught:
        config.complete(config.load(), {"risk": 7, "timezone": "Atlantis", "company": "Cajas"})
    assert caught.value.faults.keys() == {"risk", "timezone"}
    assert caught.value.faults["risk"][0] == "less_than"
