"""Static files."""

import gzip
import re

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from buzon.web.assets import JOINED, STATIC, static_url


async def test_a_file_asked_for_by_its_hash_is_kept_for_good(client: httpx.AsyncClient) -> None:
    answer = await client.get(static_url("desk.css"))
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]


async def test_a_file_that_a_browser_has_is_not_sent_again(client: httpx.AsyncClient) -> None:
    tag = (await client.get("/static/desk.css")).headers["etag"]
    answer = await client.get("/static/desk.css", headers={"If-None-Match": tag})
    assert (answer.status_code, answer.content) == (304, b"")


async def test_what_pages_always_ask_for_together_is_one_file(client: httpx.AsyncClient) -> None:
    for name, parts in JOINED.items():
        told = (await client.get(static_url(name))).text
        assert told == "\n".join((STATIC / part).read_text("utf-8") for part in parts)
    page = LexborHTMLParser((await client.get("/")).text)
    asked = [
        node.attributes.get("src") or node.attributes["href"] for node in page.css("script, link")
    ]
    names = [str(url).removeprefix("/static/").split("?")[0] for url in asked]
    assert JOINED.keys() <= set(names)
    assert not set(names) & {part for parts in JOINED.values() for part in parts}


async def test_a_file_asked_for_by_name_is_asked_for_again(client: httpx.AsyncClient) -> None:
    assert (await client.get("/static/desk.css")).headers["cache-control"] == "no-cache"


async def test_a_file_of_another_version_is_kept_by_nobody(client: httpx.AsyncClient) -> None:
    """A page of the new version may ask a process of the old one while it is restarted."""
    answer = await client.get("/static/desk.css?v=0123456789ab")
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("asked", ["{}", "W/{}", 'W/"another", {}'])
async def test_a_file_that_the_browser_has_is_not_sent_again(
    client: httpx.AsyncClient, asked: str
) -> None:
    tag = (await client.get("/static/desk.css")).headers["etag"].removeprefix("W/")
    answer = await client.get("/static/desk.css", headers={"If-None-Match": asked.format(tag)})
    assert (answer.status_code, answer.content) == (304, b"")
    other = await client.get("/static/desk.css", headers={"If-None-Match": '"another"'})
    assert other.status_code == 200


async def test_files_are_compressed_on_their_way_and_pages_are_not(
    client: httpx.AsyncClient,
) -> None:
    for path, coding in ((static_url("vendor/echarts.common.min.js"), "gzip"), ("/", None)):
        answer = await client.get(path, headers={"Accept-Encoding": "gzip"})
        assert answer.headers.get("content-encoding") == coding
    plain = await client.get(static_url("desk.css"), headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == (STATIC / "desk.css").read_text("utf-8")


async def test_nothing_outside_the_static_files_is_served(client: httpx.AsyncClient) -> None:
    for path in ("/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static/"):
        assert (await client.get(path)).status_code == 404


def test_scripts_and_styles_without_echarts_stay_below_120_kilobytes_gzipped() -> None:
    found = [*STATIC.rglob("*.js"), *STATIC.rglob("*.css")]
    files = [path for path in found if not path.name.startswith("echarts")]
    assert len(files) == len(found) - 1
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) <= 120_000


def test_every_vendored_file_has_its_version_and_licence() -> None:
    vendored = {p.name for p in (STATIC / "vendor").iterdir() if p.name != "VERSIONS"}
    lines = (STATIC / "vendor" / "VERSIONS").read_text("utf-8").splitlines()
    assert {line.split()[0] for line in lines} == vendored
    assert all(len(line.split()) == 4 for line in lines)


def test_the_font_is_asked_for_at_the_address_that_pages_preload() -> None:
    styles = (STATIC / "font.css").read_text("utf-8")
    asked = re.findall(r'url\("([^"]+)"\)', styles)
    assert [f"/static/{url}" for url in asked] == [
        static_url("vendor/inter-latin.woff2"),
        static_url("vendor/inter-latin-ext.woff2"),
    ]


def test_the_font_stays_below_70_kilobytes() -> None:
    assert sum(path.stat().st_size for path in STATIC.rglob("*.woff2")) <= 70_000


async def test_the_font_is_kept_for_good(client: httpx.AsyncClient) -> None:
    answer = await client.get(static_url("vendor/inter-latin.woff2"))
    assert answer.headers["content-type"] == "font/woff2"
    assert "immutable" in answer.headers["cache-control"]
