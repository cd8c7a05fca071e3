"""What is asked of each cookie that the pages set."""

import httpx


def assert_out_of_reach(answer: httpx.Response, scheme: str) -> None:
    """For scripts and other sites, and for who listens in where there is https."""
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert ("secure" in cookie) == (scheme == "https")
