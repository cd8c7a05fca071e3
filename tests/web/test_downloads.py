"""Files that are handed out to be saved."""

import pytest

from buzon.web.downloads import download


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("plano.pdf", "attachment; filename=\"plano.pdf\"; filename*=UTF-8''plano.pdf"),
        (
            "año 2.pdf",
            "attachment; filename=\"a_o 2.pdf\"; filename*=UTF-8''a%C3%B1o%202.pdf",
        ),
        (
            'a"; x=".pdf',
            "attachment; filename=\"a_; x=_.pdf\"; filename*=UTF-8''a%22%3B%20x%3D%22.pdf",
        ),
        ("100%.pdf", "attachment; filename=\"100_.pdf\"; filename*=UTF-8''100%25.pdf"),
    ],
)
def test_the_name_is_told_in_ascii_and_as_it_is(name: str, header: str) -> None:
    assert download(name, "application/pdf", b"").headers["content-disposition"] == header


@pytest.mark.parametrize(
    ("says", "told"),
    [
        ("application/pdf", "application/pdf"),
        ("image/png", "image/png"),
        ("text/html", "application/octet-stream"),
        ("image/svg+xml", "application/octet-stream"),
        ("application/x-msdownload", "application/octet-stream"),
        ("text/html\r\nX: y", "application/octet-stream"),
    ],
)
def test_only_a_harmless_type_is_told(says: str, told: str) -> None:
    assert download("x", says, b"").headers["content-type"] == told


def test_who_opens_it_all_the_same_opens_it_in_a_sandbox() -> None:
    assert "sandbox" in download("x", "text/plain", b"").headers["content-security-policy"]
