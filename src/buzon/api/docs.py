"""The calls as a page to read, made from the OpenAPI document. It loads nothing from elsewhere:
the usual pages for OpenAPI fetch their scripts from another host."""

import json
import re
from base64 import b64encode
from hashlib import sha256
from html import escape
from itertools import chain
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

router = APIRouter(include_in_schema=False)

STYLE = (
    ".docs{max-width:48rem;margin:0 auto;padding:var(--space-6) var(--space-4) var(--space-16)}"
    ".docs h1{margin:var(--space-4) 0 var(--space-3);font-size:var(--text-xxl)}"
    ".docs h2{margin:var(--space-8) 0 var(--space-2);padding-top:var(--space-4);"
    "border-top:1px solid var(--line);font-size:var(--text-l)}"
    ".docs p,.docs pre{margin-bottom:var(--space-2)}.docs p{overflow-wrap:anywhere}"
)
STYLE_HASH = b64encode(sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; "
    f"style-src 'self' 'sha256-{STYLE_HASH}'; "
    "form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_CODE = re.compile("`([^`]+)`")

# The stylesheets are those of the pages.
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>API · Buzón</title>
<link rel="icon" href="/static/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/tokens.css">
<link rel="stylesheet" href="/static/dark.css" media="(prefers-color-scheme: dark)">
<link rel="stylesheet" href="/static/base.css">
<style>{style}</style></head>
<body><main class="docs">
<a class="page-link" href="/">← Buzón</a>
<h1>The API</h1>
<p class="small" lang="es">Esta página está solo en inglés.</p>
<p>Every call but the health checks needs <code>Authorization: Bearer …</code>; make a token with
<code>buzon token add NAME</code>, or on the page <a href="/settings/tokens">Tokens</a>. Errors are
problem documents (RFC 9457). The answers in full, for programs:
<a href="openapi.json">openapi.json</a>.</p>
{calls}
</main></body>
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
    about = f"<h2><code>{escape(name)}</code></h2>" + _text(operation.get("description", ""))
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


def _text(told: str) -> str:
    """Paragraphs, with what stands between backticks as code."""
    marked = _CODE.sub(r"<code>\1</code>", escape(told))
    return "".join(f"<p>{part}</p>" for part in marked.split("\n\n"))


def _body(document: dict[str, Any], kind: str, content: dict[str, Any]) -> str:
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    schema = document["components"]["schemas"].get(name, {})
    fields = ", ".join(f"<code>{escape(field)}</code>" for field in schema.get("properties", ()))
    examples = [schema["example"]] if "example" in schema else schema.get("examples", [])
    shown = (json.dumps(example, ensure_ascii=False, indent=2) for example in examples)
    return f"<p>Body: <code>{escape(kind)}</code> {fields}</p>" + "".join(
        f'<pre tabindex="0">{escape(example)}</pre>' for example in shown
    )
