"""The calls as a page to read, made from the OpenAPI document. It loads nothing from elsewhere:
the usual pages for OpenAPI fetch their scripts from another host."""

import json
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html import escape
from itertools import chain

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from buzon.api.described import CODES
from buzon.api.fields import Fields, Schema, in_html, left_out, paragraphs
from buzon.api.problems import FAILED, MEDIA_TYPE, WRONG_METHOD, codes

router = APIRouter(include_in_schema=False)

STYLE = (
    ".docs{max-width:48rem;margin:0 auto;padding:var(--space-6) var(--space-4) var(--space-16)}"
    ".docs h1{margin:var(--space-4) 0 var(--space-3);font-size:var(--text-xxl)}"
    ".docs h2{margin:var(--space-8) 0 var(--space-2);padding-top:var(--space-4);"
    "border-top:1px solid var(--line);font-size:var(--text-l)}"
    ".docs h3{margin:var(--space-3) 0 var(--space-1);font-size:var(--text-m)}"
    ".docs p,.docs pre{margin-bottom:var(--space-2)}.docs p,.shape{overflow-wrap:anywhere}"
    ".shape{margin-bottom:var(--space-2)}.shape li{padding-block:var(--space-1)}"
    ".shape li+li{border-top:1px solid var(--line)}"
    ".docs details{margin-bottom:var(--space-2)}"
    ".docs summary{padding-block:var(--space-1);color:var(--accent)}"
    ".docs details>:not(summary){margin-left:var(--space-3)}"
)
STYLE_HASH = b64encode(sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; "
    f"style-src 'self' 'sha256-{STYLE_HASH}'; "
    "form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}

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
<code>buzon token add NAME</code>, or on the page <a href="/settings/tokens">Tokens</a>. What goes
wrong is told by a <a href="#problems">problem document</a>. All of this for programs:
<a href="openapi.json">openapi.json</a>.</p>
{calls}
{problems}
</main></body>
</html>
"""


@router.get("/docs")
async def docs(request: Request) -> HTMLResponse:
    """What calls there are."""
    document = request.app.openapi()
    schemas = document["components"]["schemas"]
    calls = "\n".join(
        f"<h2>{_code(f'{method.upper()} {path}')}</h2>{''.join(_call(schemas, operation))}"
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    )
    page = PAGE.format(style=STYLE, calls=calls, problems=_problems(Fields(schemas)))
    return HTMLResponse(page, headers=HEADERS)


def _call(schemas: dict[str, Schema], operation: Schema) -> Iterator[str]:
    yield paragraphs(operation.get("description", ""))
    scopes = chain(*(chain(*each.values()) for each in operation.get("security", ())))
    if told := ", ".join(map(_code, scopes)):
        yield f"<p>Scope of the token: {told}</p>"
    given = Fields(schemas, given=True)
    if parameters := "".join(_parameter(given, each) for each in operation.get("parameters", ())):
        yield f'<h3>Parameters</h3><ul class="shape">{parameters}</ul>'
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<h3>Body: <code>{escape(kind)}</code></h3>{_content(given, content)}"
    refused = []
    for status, answer in operation["responses"].items():
        if CODES in answer:
            refused.append(f"{_code(status)} {' or '.join(map(_code, answer[CODES]))}")
        else:
            yield _answer(Fields(schemas), status, answer)
    if refused:
        yield f"<p>Problems: {', '.join(refused)}</p>"


def _parameter(fields: Fields, parameter: Schema) -> str:
    field = parameter["schema"] | {"description": parameter.get("description", "")}
    place = parameter["in"] if parameter["in"] != "query" else ""
    remarks = (place, "" if parameter.get("required") else left_out(field))
    return fields.item(parameter["name"], field, ", ".join(filter(None, remarks)))


def _answer(fields: Fields, status: str, answer: Schema) -> str:
    about = answer["description"].removeprefix("Successful Response")  # which is FastAPI's
    told = f"Answer {_code(status)}"
    if "content" not in answer:
        return f"<p>{told} {in_html(about)}</p>"
    ((kind, content),) = answer["content"].items()
    return (
        f"<details><summary>{told} <code>{escape(kind)}</code></summary>"
        f"{paragraphs(about)}{_content(fields, content)}</details>"
    )


def _content(fields: Fields, content: Schema) -> str:
    """Its fields, and examples of it."""
    schema = content.get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    shown = fields.schemas.get(name, schema)
    examples = [each["example"] for each in (content, shown) if "example" in each]
    return fields.about(shown) + "".join(
        f'<pre tabindex="0">{escape(_as_text(example))}</pre>'
        for example in (*examples, *shown.get("examples", ()))
    )


def _as_text(example: object) -> str:
    if isinstance(example, str):
        return example
    return json.dumps(example, ensure_ascii=False, indent=2)


def _problems(fields: Fields) -> str:
    """What stands in a problem document, and what each code means."""
    told = "".join(
        f"<li>{_code(str(code.status))} {_code(code.code)} {in_html(code.meaning)}</li>"
        for code in codes()
    )
    return (
        f'<h2 id="problems">Problem documents</h2><p>As <code>{MEDIA_TYPE}</code>. Any call may'
        f" also give {_code(FAILED.code)}, and any path {_code(WRONG_METHOD.code)}.</p>"
        f"{fields.about(fields.schemas['Problem'])}"
        f'<h3>Codes</h3><ul class="shape">{told}</ul>'
    )


def _code(told: str) -> str:
    return f"<code>{escape(told)}</code>"
