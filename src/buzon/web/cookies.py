"""What every cookie of the pages has in common."""

from typing import Literal, TypedDict

from fastapi import Request


class Safe(TypedDict):
    """Out of reach for scripts and other sites, and for who listens in."""

    httponly: bool
    samesite: Literal["lax"]
    secure: bool


def safe(request: Request) -> Safe:
    """Secure where we are reached by https: on a machine of one's own we may not be."""
    return {"httponly": True, "samesite": "lax", "secure": request.url.scheme == "https"}
