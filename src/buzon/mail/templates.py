"""What answers say: the templates that come with Buzón, one's own, and the small language both are
written in: text, {{ variables }} and {% if %}.

Nothing else of Jinja may stand in one's own: so no template takes long, reaches into Python, or
puts a customer's words where they don't belong.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

from jinja2 import Environment, StrictUndefined, TemplateSyntaxError, nodes
from jinja2 import Template as Compiled
from jinja2.sandbox import ImmutableSandboxedEnvironment

from buzon.errors import TextRefused
from buzon.mail.borrowed import JOINERS
from buzon.mail.slips import CONDITIONS, slip
from buzon.records import NEUTRAL, Template

ANSWERS = Path(__file__).with_name("answers")

TEXT_LIMIT, SUBJECT_LIMIT = 5000, 150  # characters


@dataclass(frozen=True, slots=True)
class Language:
    """How a language writes a date, greets with and without a name, and quotes; what it calls a
    mail without a subject, and a mail that is only a test."""

    date_format: str
    your_message: str
    greeting: str
    nameless: str
    quoted: str
    test: str


LANGUAGES = {
    "ca": Language(
        "%d/%m/%Y a les %H:%M (%Z)", "El seu missatge", "Hola, {}:", "Hola:", " «{}»", "Prova"
    ),
    "de": Language(
        "%d.%m.%Y um %H:%M Uhr (%Z)", "Ihre Nachricht", "Guten Tag {},", "Guten Tag,", " „{}“",
        "Test",
    ),
    "en": Language(
        "%Y-%m-%d at %H:%M (%Z)", "Your message", "Hello {},", "Hello,", " “{}”", "Test"
    ),
    "es": Language(
        "%d/%m/%Y a las %H:%M (%Z)", "Su mensaje", "Hola, {}:", "Hola:", " «{}»", "Prueba"
    ),
    "fr": Language(
        "%d/%m/%Y à %H:%M (%Z)", "Votre message", "Bonjour {},", "Bonjour,", " « {} »", "Test"
    ),
    "it": Language(
        "%d/%m/%Y alle %H:%M (%Z)", "Il Suo messaggio", "Buongiorno {},", "Buongiorno,", " «{}»",
        "Prova",
    ),
    "pt": Language(
        "%d/%m/%Y às %H:%M (%Z)", "A sua mensagem", "Olá, {},", "Olá,", " «{}»", "Teste"
    ),
}  # fmt: skip

# What comes from us may stand in a header, what comes from the customer only in the text.
OURS = ("company", "reference", "received")
VARIABLES = ("greeting", "name", "quoted_subject", "subject", *OURS)

LANGUAGE_OF_TEMPLATES = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.If,
    nodes.CondExpr, nodes.Concat, nodes.Not, nodes.And, nodes.Or,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Templates:
    """One's own templates by category and language; those that come with Buzón stand behind."""

    own: Mapping[tuple[str, str], Template] = field(default_factory=dict)

    def of(self, category: str, language: str) -> Template:
        """What answers to a category in one of LANGUAGES: one's own, the one that comes with
        Buzón, or where there is neither, the neutral one."""
        for name in (category, NEUTRAL):
            if found := self.own.get((name, language)) or built_in(name, language):
                return found
        raise LookupError(language)


def built_in(category: str, language: str) -> Template | None:
    """The template that comes with Buzón, if there is one."""
    return _built_in().get((category, language))


@cache
def _built_in() -> dict[tuple[str, str], Template]:
    found = {}
    for language in LANGUAGES:
        frame = (ANSWERS / "frame" / f"{language}.txt").read_text("utf-8")
        for file in (ANSWERS / language).glob("*.txt"):
            text = frame.replace("[answer]", file.read_text("utf-8").strip())
            found[file.stem, language] = Template(file.stem, language, "", text)
    return found


def render(source: str, values: Mapping[str, str]) -> str:
    """The text with its variables filled in. As `template.render`, but without Jinja's own names,
    such as `range`: to hand them over takes longer than the rest."""
    template = _compiled(source)
    context = template.new_context(dict(values), shared=True)
    return "".join(template.root_render_func(context))


@lru_cache(maxsize=512)
def _compiled(source: str) -> Compiled:
    return environment().from_string(source)


@cache
def environment() -> Environment:
    return ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def tidy(text: str) -> str:
    """A text as it is kept: lines end with LF, and what isn't printable is a space."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(
        "".join(c if c.isprintable() or c in JOINERS else " " for c in line).rstrip()
        for line in lines
    ).strip()


def refuse_unfit(template: Template) -> None:
    """Raise TextRefused for a template that can't answer: with the line, and what to do."""
    if not template.text.strip():
        raise TextRefused("The text is empty.", "Write what the customer is to read.")
    if len(template.text) > TEXT_LIMIT:
        raise TextRefused("The text has more than %(most)s characters.", most=TEXT_LIMIT)
    if len(template.subject) > SUBJECT_LIMIT or "\n" in template.subject:
        raise TextRefused(
            "The subject must be one line of at most %(most)s characters.", most=SUBJECT_LIMIT
        )
    _refuse_unknown(template.text, VARIABLES)
    _refuse_unfit_subject(template.subject)


def _refuse_unfit_subject(subject: str) -> None:
    try:
        _refuse_unknown(subject, VARIABLES)
    except TextRefused as error:
        raise TextRefused(
            "The subject can't be read: what stands between its braces makes no sense.",
            "Leave the subject empty to answer under the customer's own, or use %(names)s.",
            names=_listed(OURS),
        ) from error
    if foreign := _names(subject) - set(OURS):
        raise TextRefused(
            "{{ %(name)s }} can't stand in the subject: it comes from the customer.",
            "Leave the subject empty to answer under the customer's own, or use %(names)s.",
            name=min(foreign),
            names=_listed(OURS),
        )


def _refuse_unknown(source: str, known: Collection[str]) -> None:
    for node in _all(_tree(source)):
        if not isinstance(node, LANGUAGE_OF_TEMPLATES):
            raise TextRefused(
                "Line %(line)s: only variables and conditions can stand between braces.",
                CONDITIONS,
                line=node.lineno,
            )
        if isinstance(node, nodes.Name) and node.name not in known:
            raise TextRefused(
                "Line %(line)s: there is no variable “%(name)s”.",
                "There are %(names)s.",
                line=node.lineno,
                name=node.name,
                names=_listed(known),
            )
    try:
        _compiled(source)
    except (SyntaxError, RecursionError) as error:
        raise _too_deep() from error


def _too_deep() -> TextRefused:
    return TextRefused("The conditions are nested too deeply.", "Put fewer into each other.")


def _names(source: str) -> set[str]:
    return {node.name for node in _all(_tree(source)) if isinstance(node, nodes.Name)}


def _tree(source: str) -> nodes.Template:
    try:
        return environment().parse(source)
    except TemplateSyntaxError as error:
        raise slip(source, error, _listed(VARIABLES)) from error
    except RecursionError as error:
        raise _too_deep() from error


def _all(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for inner in node.iter_child_nodes():
        yield from _all(inner)


def _listed(names: Collection[str]) -> str:
    return ", ".join(f"{{{{ {name} }}}}" for name in names)
