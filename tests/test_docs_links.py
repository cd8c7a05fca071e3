"""What the documents name is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(
    [each for folder in (".", "docs", "n8n", "metabase") for each in (ROOT / folder).glob("*.md")]
)
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
SOURCE = ROOT / "src" / "buzon"
PARTS = "flow|mail|classifier|store|reception|web|api|hooks|cli|config"
MODULE = re.compile(rf"`((?:{PARTS})/\w+|jobs)(?:\.(\w+))?`")
ROOM = re.compile(rf"^\| `({PARTS})/` \|(.*)$", re.MULTILINE)
NAMED = re.compile(r"`((?:src|tests|docs|deploy|bench)/[\w./-]+)`")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_of_a_document_leads_to_a_file(document: Path) -> None:
    text = document.read_text()
    missing = [link for link in LINK.findall(text) if not (document.parent / link).exists()]
    assert not missing


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_path_that_a_document_names_exists(document: Path) -> None:
    assert not [path for path in NAMED.findall(document.read_text()) if not (ROOT / path).exists()]


def test_every_module_and_name_of_one_that_the_architecture_tells_of_exists() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    told = set(MODULE.findall(text))
    rooms = ROOM.findall(text)
    told |= {
        (f"{room}/{each}", "") for room, row in rooms for each in re.findall(r"`(\w+)/?`", row)
    }
    assert len(rooms) == len(PARTS.split("|"))
    assert [each for each in sorted(told) if not is_there(*each)] == []


def is_there(module: str, name: str) -> bool:
    """A module or folder of them, or what stands at the top of a module."""
    file = SOURCE / f"{module}.py"
    if not name:
        return file.exists() or (SOURCE / module).is_dir()
    return file.exists() and name in defined(ast.parse(file.read_text("utf-8")))


def defined(module: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in module.body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(node.name)
            case ast.Assign():
                names |= {each.id for each in node.targets if isinstance(each, ast.Name)}
    return names


def test_every_function_of_the_schema_that_the_architecture_tells_of_exists() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    schema = (SOURCE / "store" / "schema" / "init.sql").read_text("utf-8")
    told = re.findall(r"`(\w+)` in\s+the\s+schema", text)
    assert len(told) > 3
    assert [name for name in told if f"FUNCTION {name}(" not in schema] == []
