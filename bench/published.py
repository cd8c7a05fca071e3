"""bench/published: the reports that docs/performance.md shows. They are in the repository, whereas
bench/results holds what this machine measured last, of which not all is worth showing."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bench.report import RESULTS

PUBLISHED = Path(__file__).parent / "published"

Found = dict[str, Any]


def update(names: Iterable[str], results: Path = RESULTS, published: Path = PUBLISHED) -> None:
    """Take over what was measured since. A short run never takes the place of a whole one."""
    published.mkdir(exist_ok=True)
    for name in names:
        source, target = results / f"{name}.json", published / f"{name}.json"
        if source.exists() and _better(_read(source), _read(target) if target.exists() else None):
            target.write_text(source.read_text("utf-8"), "utf-8")


def reports(names: Iterable[str], published: Path = PUBLISHED) -> list[Found]:
    """Those of these benchmarks, in this order, that there are."""
    paths = (published / f"{name}.json" for name in names)
    return [_read(path) for path in paths if path.exists()]


def is_short(report: Found) -> bool:
    return bool(report["circumstances"]["quick"])


def _better(new: Found, old: Found | None) -> bool:
    if not new["figures"]:  # what it needs was not there
        return False
    if old is None:
        return True
    return bool(new["measured_at"] > old["measured_at"]) and (is_short(old) or not is_short(new))


def _read(path: Path) -> Found:
    return dict(json.loads(path.read_text("utf-8")))
