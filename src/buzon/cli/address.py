"""Where the pages are."""

from buzon.config import Settings


def page_address(settings: Settings) -> str:
    """Where the pages are: as people know them, or as seen from this machine."""
    if settings.url:
        return settings.url
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"
