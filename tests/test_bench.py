"""What `python -m bench --write` makes of figures: docs/performance.md and its Spanish edition."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT))

from bench import page, published, spanish  # noqa: E402
from bench.__main__ import MEASURES  # noqa: E402
from bench.processor import worked  # noqa: E402
from bench.report import number  # noqa: E402

EDITIONS = ("performance.md", "performance.es.md")
PICTURES = ("bench-beside", "bench-growth")
WORK = """
import sys, time
while time.process_time() < 0.3:
    pass
print(flush=True)
sys.stdin.read()
"""
NUMBER = re.compile(r"\d[\d.,\u00a0]*(?<=\d)")
BURST = published.reports(["burst"])[0]


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Of results and of what is published."""
    for name in ("results", "published"):
        (tmp_path / name).mkdir()
    return tmp_path / "results", tmp_path / "published"


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    (folder / "pictures").mkdir(parents=True)
    for name in EDITIONS:
        shutil.copy(ROOT / "docs" / name, folder)
    return folder


def report(at: str, quick: bool = False, **other: Any) -> dict[str, Any]:
    around = BURST["circumstances"] | {"quick": quick}
    return BURST | {"measured_at": at, "circumstances": around} | other


def save(folder: Path, found: dict[str, Any]) -> None:
    (folder / "burst.json").write_text(json.dumps(found))


def shown(folders: tuple[Path, Path]) -> list[str]:
    """When what is published of the burst was measured."""
    published.update(["burst"], *folders)
    return [each["measured_at"] for each in published.reports(["burst"], folders[1])]


def test_both_editions_and_their_pictures_are_what_was_published(docs: Path) -> None:
    page.write(published.reports(MEASURES), docs)
    pictures = [f"pictures/{name}{end}.svg" for name in PICTURES for end in ("", ".es")]
    for name in (*EDITIONS, *pictures):
        assert (docs / name).read_text() == (ROOT / "docs" / name).read_text(), name


def test_what_is_newer_is_published(folders: tuple[Path, Path]) -> None:
    save(folders[1], report("2026-11-27"))
    save(folders[0], report("2026-11-26"))
    assert shown(folders) == ["2026-11-27"]
    save(folders[0], report("2026-11-28"))
    assert shown(folders) == ["2026-11-28"]


def test_what_was_not_measured_here_stays(folders: tuple[Path, Path]) -> None:
    save(folders[1], report("2026-11-27"))
    assert shown(folders) == ["2026-11-27"]


def test_a_short_run_takes_the_place_of_a_short_one_alone(folders: tuple[Path, Path]) -> None:
    save(folders[0], report("2026-11-26", quick=True))
    assert shown(folders) == ["2026-11-26"]
    save(folders[0], report("2026-11-27"))
    assert shown(folders) == ["2026-11-27"]
    save(folders[0], report("2026-11-28", quick=True))
    assert shown(folders) == ["2026-11-27"]


def test_where_nothing_could_be_measured_nothing_is_published(folders: tuple[Path, Path]) -> None:
    save(folders[0], report("2026-11-27", figures=[]))
    assert shown(folders) == []


def test_a_short_run_is_called_so_and_stands_in_no_picture(docs: Path) -> None:
    page.write([report("2026-11-27", quick=True)], docs)
    english, spanish_one = ((docs / name).read_text() for name in EDITIONS)
    assert "last reply accepted (a short run)\n" in english
    assert "última respuesta aceptada (prueba corta)\n" in spanish_one
    assert not list((docs / "pictures").iterdir())


@pytest.mark.parametrize(
    ("benchmark", "unit", "names"),
    [
        ("latency", "ms", ("median", "p95")),
        ("burst", "1/s", ("mails answered",)),
        ("burst", "MB", ("memory at rest", "memory, peak in the burst")),
        ("n8n", "1/s", ("mails answered",)),
        ("n8n", "MB", ("memory, peak",)),
        ("archive", "mails/s", ("50,000 small mails (0.9 kB each)",)),
        ("start", "s", ("first start", "later start")),
    ],
)
def test_the_readme_gives_the_figures_that_are_published(
    benchmark: str, unit: str, names: tuple[str, ...]
) -> None:
    found = [
        each
        for each in published.reports([benchmark])[0]["figures"]
        if each["name"] in names and each["unit"] == unit
    ]
    told = {number(each["value"]) for each in found}
    told |= {number(each["beside_value"]) for each in found if "goal" not in each["beside"]}
    for name, written in (("README.md", str), ("README.es.md", spanish.figures)):
        figures = set(NUMBER.findall((ROOT / name).read_text("utf-8")))
        assert {written(each) for each in told} - figures == set(), name


@pytest.mark.parametrize(
    ("english", "expected"),
    [
        ("4,925", "4925"),
        ("12,345.5", "12\N{NO-BREAK SPACE}345,5"),
        ("2,000 (4.26 s), 0.5", "2000 (4,26 s), 0,5"),
        ("Python 3.11.7 on Linux 6.18.44-fc", "Python 3.11.7 on Linux 6.18.44-fc"),
        ("1.50 2.72.", "1,50 2,72."),
    ],
)
def test_numbers_are_written_as_spanish_has_them_and_versions_as_they_are(
    english: str, expected: str
) -> None:
    assert spanish.figures(english) == expected


def test_the_more_particular_text_is_taken() -> None:
    assert spanish.say("shifted, at worst: in memory 390 /").endswith("en memoria 390 /")


def test_a_text_without_spanish_is_told_with_what_to_do() -> None:
    with pytest.raises(LookupError, match=r"'mails lost'. Add it to .*spanish\.po"):
        spanish.say("mails lost")


def test_what_a_process_worked_counts_once_where_who_began_it_is_asked_for_too() -> None:
    command = [sys.executable, "-c", WORK]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout
        child.stdout.readline()
        alone, ours, both = worked(child.pid), worked(os.getpid()), worked(os.getpid(), child.pid)
    assert alone > 0.2
    assert both - ours < 0.1
