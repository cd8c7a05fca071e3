"""What mkdocs does to the pages on their way into the manual (mkdocs.yml, `hooks`).

The same files are read in the repository, where a link may lead out of this folder and a picture
can't know whether the reader prefers the dark. So nothing here is needed to read them there.
"""

import re
import shutil
from pathlib import Path
from posixpath import normpath
from typing import Any

from mkdocs.structure.pages import Page
from reference import PARTS, ROOT, sayer

STATIC = ROOT / "src/buzon/web/static"

# What stands elsewhere in the repository and is a page here, or part of one.
PAGES = {
    "n8n/README.md": "n8n.md",
    "n8n/README.es.md": "n8n.md",
    "metabase/README.md": "metabase.md",
    "metabase/README.es.md": "metabase.md",
}
ALONE = re.compile(r"^\[[^\]\n]+\]\(\.\./([\w/.]+\.md)\)$", re.MULTILINE)
REFERENCE = re.compile(r"^<!-- reference: (\w+) -->$", re.MULTILINE)
LINK = re.compile(
    r"(?<!!)\[((?:[^\[\]]|\[[^\]]*\])+)\]"  # the text, which may hold brackets itself
    r"\((?!https?:|mailto:|#)([^)#\s]+)(#[^)\s]+)?\)"
)
NAME = re.compile(r"[\w./-]+\.md$")  # a link that only names its file
DRAWING = re.compile(r"^!\[([^\]]*)\]\((pictures/[\w-]+\.svg)\)$", re.MULTILINE)
LIGHT = re.compile(r"!\[([^\]]*)\]\((pictures/[\w-]+)-light((?:\.es)?\.png)\)")


def on_page_markdown(markdown: str, page: Page, config: Any, **_: Any) -> str:
    """Put in what is made of the program, and lead links to where things are in the manual."""
    language = config.plugins["i18n"].current_language
    markdown = ALONE.sub(lambda found: _included(found[1]), markdown)
    markdown = REFERENCE.sub(lambda found: PARTS[found[1]](sayer(language)), markdown)
    markdown = LINK.sub(lambda found: _link(found, language), markdown)
    markdown = DRAWING.sub(lambda found: _drawing(found, language), markdown)
    markdown = LIGHT.sub(r"![\1](\2-light\3#only-light)![\1](\2-dark\3#only-dark)", markdown)
    if "\n## " not in markdown:
        page.meta["hide"] = ["toc"]  # it would be empty, and the page is wider without
    return markdown


def _included(path: str) -> str:
    """A document of elsewhere without its title; its links as from here."""
    _, _, text = (ROOT / path).read_text("utf-8").partition("\n")
    folder = Path(path).parent
    return LINK.sub(
        lambda found: f"[{found[1]}](../{normpath(folder / found[2])}{found[3] or ''})", text
    )


def _link(found: re.Match[str], language: str) -> str:
    """A link within the manual; what is not in it is only named."""
    text, path, anchor = found[1], found[2], found[3] or ""
    inside = normpath(f"docs/{path}")
    if not inside.startswith("docs/"):
        return f"[{text}]({PAGES[inside]})" if inside in PAGES else text
    page = inside.removeprefix("docs/").replace(".es.md", ".md")
    translated = ROOT / f"docs/{page}".replace(".md", f".{language}.md")
    if NAME.match(text):
        text = _title(translated if translated.exists() else ROOT / "docs" / page)
    return f"[{text}]({page}{anchor})"


def _title(file: Path) -> str:
    return file.read_text("utf-8").partition("\n")[0].removeprefix("# ")


def _drawing(found: re.Match[str], language: str) -> str:
    """A drawing stands in the page itself, so that it takes the colours of the page."""
    file = ROOT / "docs" / found[2]
    translated = file.with_suffix(f".{language}.svg")
    drawn = (translated if translated.exists() else file).read_text("utf-8")
    return f'<figure class="drawing" role="img" aria-label="{found[1]}">{drawn}</figure>'


def on_post_build(config: Any) -> None:
    """Colours and icon of the manual are those of the program's pages."""
    light = (STATIC / "tokens.css").read_text("utf-8")
    dark = (STATIC / "dark.css").read_text("utf-8")
    dark = dark.replace(":root", '[data-md-color-scheme="slate"]')
    site = Path(config.site_dir)
    (site / "house.css").write_text(light + dark, "utf-8")
    shutil.copy(STATIC / "icon.svg", site)
