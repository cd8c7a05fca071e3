"""The calls as a page to read, made from the OpenAPI document. It loads nothing from anywhere:
the usual pages for OpenAPI fetch their scripts from another host."""

from base64 import b64encode
from hashlib import sha256
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

router = APIRouter(include_in_schema=False)

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem}"
    "code{background:#8882;padding:.1em .3em;border-radius:3px}h2{margin:2rem 0 0}"
    ":root{color-scheme:light dark}"
)
STYLE_HASH = b64encode(sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


@router.get("/docs")
async def docs(request: Request) -> HTMLResponse:
    document = request.app.openapi()
    calls = "".join(
        _call(method, path, operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    )
    return HTMLResponse(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Buzón: API</title>'
        f"<style>{STYLE}</style><h1>Buzón: API</h1><p>Every call but the health checks needs "
        "<code>Authorization: Bearer …</code>; make a token with <code>buzon token add NAME</code>."
        " For programs: <a href=\"openapi.json\">openapi.json</a>. Errors are problem documents "
        f"(RFC 9457).</p>{calls}</html>",
        headers=HEADERS,
    )


def _call(method: str, path: str, operation: dict[str, Any]) -> str:
    text = escape(operation.get("description", ""))
    return f"<h2><code>{method.upper()} {escape(path)}</code></h2><p>{text}</p>" + _inputs(operation)


def _inputs(operation: dict[str, Any]) -> str:
    """Query and path parameters, then what the body holds."""
    rows = [f"<code>{escape(p['name'])}</code> ({p['in']})" for p in operation.get("parameters", ())]
    rows += [
        f"body: <code>{escape(kind)}</code> {escape(content.get('schema', {}).get('$ref', ''))}"
        for kind, content in operation.get("requestBody", {}).get("content", {}).items()
    ]
    return "<ul>" + "".join(f"<li>{row}</li>" for row in rows) + "</ul>" if rows else ""
