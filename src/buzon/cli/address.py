"""Where the pages are, and how this program is called."""

import shutil
import sys
from pathlib import Path

from buzon.config import Settings


def page_address(settings: Settings) -> str:
    """Where the pages are: as people know them, or as seen from this machine."""
    if settings.url:
        return settings.url
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def program() -> str:
    """What somebody types in the same folder to call this program: it may not be on the PATH."""
    called = Path(sys.argv[0])
    if called.name == "__main__.py":
        return "python -m buzon"
    found = shutil.which(called.name)
    return called.name if found and Path(found).samefile(called) else str(called)
