"""The calls as a page to read, made from the OpenAPI document. It loads nothing from anywhere:
the usual pages for OpenAPI fetch their scripts from another host."""

import json
from base64 import b64encode
from hashlib import sha256
from html import escape
from itertools import chain
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

router = APIRouter(include_in_schema=False)

STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem}"
    "code,pre{background:#8882;padding:.1em .3em;border-radius:3px}pre{overflow:auto}"
)
STYLE_HASH = b64encode(sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; "
    "form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Buzón: API</title><style>{style}</style>
<h1>Buzón: API</h1>
<p>Every call but the health checks needs <code>Authorization: Bearer …</code>; make a token with
<code>buzon token add NAME</code>. Errors are problem documents (RFC 9457). The answers in full, for
programs: <a href="openapi.json">openapi.json</a>.</p>
{calls}
</html>
"""


@router.get("/docs")
async def docs(request: Request) -> HTMLResponse:
    """What calls there are."""
    document = request.app.openapi()
    calls = [
        _call(document, f"{method.upper()} {path}", operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]
    return HTMLResponse(PAGE.format(style=STYLE, calls="\n".join(calls)), headers=HEADERS)


def _call(document: dict[str, Any], name: str, operation: dict[str, Any]) -> str:
    about = f"<h2><code>{escape(name)}</code></h2><p>{escape(operation.get('description', ''))}</p>"
    parameters = ", ".join(
        f"<code>{escape(parameter['name'])}</code>" for parameter in operation.get("parameters", ())
    )
    scopes = ", ".join(
        f"<code>{escape(scope)}</code>"
        for requirement in operation.get("security", ())
        for scope in chain(*requirement.values())
    )
    bodies = operation.get("requestBody", {}).get("content", {}).items()
    return "".join((
        about,
        scopes and f"<p>Scope of the token: {scopes}</p>",
        parameters and f"<p>Parameters: {parameters}</p>",
        *(_body(document, kind, content) for kind, content in bodies),
    ))  # fmt: skip


def _body(document: dict[str, Any], kind: str, content: dict[str, Any]) -> str:
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    schema = document["components"]["schemas"].get(name, {})
    fields = ", ".join(f"<code>{escape(field)}</code>" for field in schema.get("properties", ()))
    examples = [schema["example"]] if "example" in schema else schema.get("examples", [])
    shown = (json.dumps(example, ensure_ascii=False, indent=2) for example in examples)
    return f"<p>Body: <code>{escape(kind)}</code> {fields}</p>" + "".join(
        f"<pre>{escape(example)}</pre>" for example in shown
    )
