"""docs/security.md names tests that exist, and its Spanish edition the same."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
ROW = re.compile(r"^\| (?!threat|---)[^|]+\|[^|]+\|[^|]+\|(?P<tests>[^|]+)\|$", re.MULTILINE)


def in_file(file: Path) -> set[str]:
    return {
        node.name
        for node in ast.parse(file.read_text("utf-8")).body
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    }


def test_every_test_that_is_named_exists() -> None:
    named = NAMED.findall((ROOT / "docs" / "security.md").read_text("utf-8"))
    missing = [
        f"{file}::{test}"
        for file, test in named
        if not (ROOT / file).exists() or (test and test not in in_file(ROOT / file))
    ]
    assert len(named) > 70
    assert missing == []


def test_both_editions_name_the_same_tests_and_chapters_in_the_same_order() -> None:
    english, spanish = (
        [
            line.split(" | ")[-2:]
            for line in (ROOT / "docs" / name).read_text("utf-8").splitlines()
            if NAMED.search(line) and line.startswith("|")
        ]
        for name in ("security.md", "security.es.md")
    )
    assert len(english) > 40
    assert spanish == english


def test_every_threat_names_a_test() -> None:
    rows = ROW.findall((ROOT / "docs" / "security.md").read_text("utf-8"))
    assert len(rows) > 40
    assert [row for row in rows if not NAMED.search(row)] == []
