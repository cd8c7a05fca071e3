"""Which key sets which category."""

import re
from collections.abc import Mapping

import pytest

from buzon.store.categories import Category
from buzon.web.assets import STATIC
from buzon.web.category_keys import KEYS, keys_of
from buzon.web.render import TEMPLATES


def made(chosen: Mapping[str, str], names: str) -> list[Category]:
    return [
        Category(name, {}, None, None, position=place, key=chosen.get(name))
        for place, name in enumerate(names)
    ]


@pytest.mark.parametrize(
    ("chosen", "keys"),
    [
        ({}, "123456789-"),
        ({"j": "q"}, "123456789q"),  # nobody else's moves
        ({"c": "r"}, "12r4567893"),  # who had none takes what is left
        ({"c": "1"}, "321456789-"),
        ({"a": "b", "j": "1"}, "b234567891"),
    ],
)
def test_each_has_the_chosen_one_else_that_of_its_place(
    chosen: Mapping[str, str], keys: str
) -> None:
    found = keys_of(made(chosen, "abcdefghij"))
    assert "".join(found.get(name, "-") for name in "abcdefghij") == keys


def test_no_key_that_does_something_else_on_the_pages_of_mails_can_be_chosen() -> None:
    scripts = "".join(file.read_text() for file in STATIC.glob("*.js"))
    templates = "".join(file.read_text() for file in TEMPLATES.glob("*.html"))
    taken = set(re.findall(r'data-key="(\w)"', templates))
    taken |= set(re.findall(r'key === "(\w)"', scripts))
    assert {"j", "k", "u", "e", "x", "w", "h"} <= taken
    assert not taken & set(KEYS)
