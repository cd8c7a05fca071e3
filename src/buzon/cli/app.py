"""The commands, and how failures end them: one sentence and an exit code, no traceback."""

import asyncio
import ctypes
import gc
import json
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
import uvloop

from buzon import config
from buzon.cli import logs
from buzon.config import Settings
from buzon.errors import BuzonError, Invalid

app = typer.Typer(
    name="buzon",
    help="Reads a support mailbox, sorts every mail, answers the customer at once.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
token_app = typer.Typer(help="Tokens for the API.", no_args_is_help=True)
app.add_typer(token_app, name="token")
user_app = typer.Typer(help="Who may look at the pages.", no_args_is_help=True)
app.add_typer(user_app, name="user")
mailbox_app = typer.Typer(help="Mailboxes that are read.", no_args_is_help=True)
app.add_typer(mailbox_app, name="mailbox")
secrets_app = typer.Typer(help="Passwords and tokens in the database.", no_args_is_help=True)
app.add_typer(secrets_app, name="secrets")
category_app = typer.Typer(help="What a mail can be.", no_args_is_help=True)
app.add_typer(category_app, name="category")

ModelFile = Annotated[
    Path | None, typer.Option(help="A model file that you trust; default: the model at work.")
]

INTERRUPTED = 130
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # malloc.h
KEPT = 128 * 1024  # bytes


class OnePart(Enum):
    """A part of `serve`, in the only shape that Typer takes a list of."""

    WEB = "web"
    MAIL = "mail"
    WORK = "work"


def main() -> None:
    """Run the command that the arguments name."""
    try:
        app()
    except BuzonError as error:
        typer.echo(f"buzon: {error}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def prepare(*, service: bool = False) -> Settings:
    if config.env_is_composes(config.Settings):
        typer.echo(
            f"buzon: .env is Compose's ({config.OF_COMPOSE} stands in it) and is not read here."
            " What this Buzón is to know goes into the environment or buzon.toml.",
            err=True,
        )
    settings = config.load()
    logs.configure(settings.log_format, service=service)
    return settings


@contextmanager
def loading() -> Iterator[None]:
    """What modules make stays for good: looking for garbage in it takes a quarter of the start."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def hand_memory_back() -> None:
    """What is freed, to the system, as glibc does until the first large piece is freed: from then
    on it keeps pieces of that size for later, here 20 MB for good. Others have no such switch."""
    with suppress(AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_TRIM_THRESHOLD, KEPT)
        mallopt(M_MMAP_THRESHOLD, KEPT)


def run(work: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)


@app.command()
def serve(
    only: Annotated[
        list[OnePart] | None,
        typer.Option(
            help="Just one part: the pages and API, the mail readers, or the worker;"
            " may be given again."
        ),
    ] = None,
) -> None:
    """Run Buzón: pages, API, mail readers and worker, all of it."""
    hand_memory_back()
    with loading():
        from buzon.cli.beside import copied
        from buzon.cli.serve import serve

    settings = prepare(service=True)
    with copied() as understand_all:
        run(serve(settings, [part.value for part in only or ()], understand_all))


@app.command()
def work() -> None:
    """Run just the worker; the same as `serve --only work`."""
    serve([OnePart.WORK])


@app.command(name="import")
def import_(
    paths: Annotated[list[Path], typer.Argument(help="mbox, Maildir, .eml, .jsonl")],
    mailbox: Annotated[str, typer.Option(help="Whose mails they are; default: the first.")] = "",
) -> None:
    """Store old mails, sorted and never answered. Interrupted, it goes on where it was."""
    hand_memory_back()
    with loading():
        from buzon.cli.beside import BEHIND, copied
        from buzon.cli.imports import PROCESSES, import_all

    settings = prepare()
    with copied(PROCESSES, BEHIND) as understand_all:
        run(import_all(settings, paths, mailbox, understand_all))


@app.command()
def classify(
    file: Annotated[Path, typer.Argument(help="A mail or a text; - for standard input.")] = Path(
        "-"
    ),
    model: ModelFile = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Also which words spoke for it, and how much.")
    ] = False,
) -> None:
    """Sort one mail or text, print the outcome as JSON, and store nothing."""
    from buzon.cli.classify import classify

    settings = prepare()
    content = sys.stdin.buffer.read() if str(file) == "-" else _read(file)
    said = classify(settings, content, model, explain=explain)
    print(json.dumps(said, ensure_ascii=False, indent=2))


@app.command()
def train(
    more: Annotated[list[Path] | None, typer.Argument(hidden=True)] = None,
    data: Annotated[
        list[Path] | None,
        typer.Option("--data", "--extra", help="Labelled mails, JSON Lines; one file or several."),
    ] = None,
    starter: Annotated[
        bool, typer.Option("--starter/--no-starter", help="Whether to learn from it too.")
    ] = True,
    out: Annotated[
        Path | None, typer.Option(help="Only write the model there; the database isn't touched.")
    ] = None,
    unlabelled: Annotated[
        Path | None, typer.Option(help="With --out: mails without a label, JSON Lines.")
    ] = None,
) -> None:
    """Train from all that is labelled, and put the model to work if it is no worse."""
    from buzon.cli.train import train_and_compare, train_to_file

    settings, files = prepare(), [*(data or []), *(more or [])]
    if unlabelled and not out:
        raise Invalid(
            "--unlabelled is for a training without the database, which has such mails itself.",
            "Drop it, or name a file for the model with --out.",
        )
    if out:
        train_to_file(settings, files, unlabelled, out, with_starter=starter)
    else:
        run(train_and_compare(settings, files, with_starter=starter))


@app.command()
def evaluate(
    file: Annotated[Path, typer.Argument(help="Labelled mails, JSON Lines.")],
    model: ModelFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="All figures, as JSON.")] = False,
) -> None:
    """Say how good a model is on labelled mails."""
    from buzon.cli.evaluate import evaluate

    evaluate(prepare(), file, model, as_json=as_json)


@app.command()
def models() -> None:
    """Every model ever trained, and which is at work."""
    from buzon.cli.models import show

    run(show(prepare()))


@app.command()
def promote(version: Annotated[str, typer.Argument(help="As `buzon models` shows it.")]) -> None:
    """Put a model to work, or bring an older one back."""
    from buzon.cli.models import promote

    run(promote(prepare(), version))


@app.command()
def report(
    version: Annotated[str, typer.Argument(help="As `buzon models` shows it.")],
    as_json: Annotated[bool, typer.Option("--json", help="All of it, as JSON.")] = False,
) -> None:
    """What a model learnt from, and how good it is."""
    from buzon.cli.models import report

    run(report(prepare(), version, as_json=as_json))


@app.command()
def simulate(
    rate: Annotated[float, typer.Option(min=0.01, help="Mails a second.")] = 2.0,
    count: Annotated[int, typer.Option(min=0, help="How many; 0 for no end.")] = 0,
) -> None:
    """Play varied sample mails into the sandbox."""
    from buzon.cli.simulate import simulate

    run(simulate(prepare(), rate, count))


@app.command()
def loadtest(
    url: Annotated[str, typer.Option(help="Pages and API of the test installation.")],
    token: Annotated[
        str, typer.Option(envvar="BUZON_API_TOKEN", help="With the scopes read and intake.")
    ],
    way: Annotated[
        Literal["smtp", "classify", "messages"], typer.Option(help="How mails are handed over.")
    ] = "classify",
    smtp: Annotated[
        str, typer.Option(help="HOST:PORT of its sandbox or mail server, for --way smtp.")
    ] = "127.0.0.1:2525",
    to: Annotated[str, typer.Option(help="The recipient.")] = "soporte@example.com",
    rate: Annotated[float, typer.Option(min=0.01, max=10_000, help="Mails a second.")] = 10.0,
    seconds: Annotated[float, typer.Option(min=0.1, max=86_400, help="For how long.")] = 30.0,
    yes_this_is_a_test: Annotated[
        bool, typer.Option(help="Go on though the installation sends its answers to a server.")
    ] = False,
) -> None:
    """Offer a test installation so many mails a second, and tell how it bears them."""
    from buzon.cli.loadtest import Target, measure

    target = Target(url, token, to, way, smtp)
    run(measure(target, rate, seconds, agreed=yes_this_is_a_test))


@app.command()
def migrate() -> None:
    """Bring the tables of the database up to date."""
    from buzon.cli.migrate import migrate

    migrate(prepare())


@app.command()
def export(
    person: Annotated[
        str, typer.Option(help="Only what is kept of this address, as a zip file.")
    ] = "",
    out: Annotated[
        Path | None,
        typer.Option(help="A new file. Default: standard output; of a person ADDRESS.zip."),
    ] = None,
) -> None:
    """All mails as JSON Lines, or everything of a person."""
    from buzon.cli.export import export_all, export_person

    run(export_person(prepare(), person, out) if person else export_all(prepare(), out))


@app.command()
def erase(
    address: Annotated[str, typer.Argument(help="The person's e-mail address.")],
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask whether you are sure.")] = False,
) -> None:
    """Erase everything of a person, and print a receipt; what was counted stays."""
    from buzon.cli.erase import erase

    run(erase(prepare(), address, sure=yes))


@app.command()
def purge() -> None:
    """Delete at once what is kept longer than the settings say; a worker does so every hour."""
    from buzon.cli.purge import purge

    run(purge(prepare()))


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="A new file, such as buzon-2026-11-27.zip.")],
) -> None:
    """Write all that Buzón keeps to one file, while it works."""
    from buzon.cli.backup import backup

    backup(prepare(), file)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What `buzon backup` has written.")],
) -> None:
    """Bring a backup back, into a database in which nothing is kept. Answers stay off then."""
    from buzon.cli.restore import restore

    restore(prepare(), file)


@app.command()
def check() -> None:
    """Say in one line each what works and what doesn't."""
    from buzon.cli.checks import check

    settings = prepare()
    if not asyncio.run(check(settings)):
        raise typer.Exit(1)


@token_app.command("add")
def token_add(
    name: Annotated[str, typer.Argument(help="Who will use it.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(help="read, write, intake or admin; may be given again. Default: all."),
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=36500, help="For how long. Default: for ever.")
    ] = None,
) -> None:
    """Make a token and print it, this once."""
    from buzon.cli.tokens import add

    run(add(prepare(), name, scope, days))


@token_app.command("list")
def token_list() -> None:
    """The tokens that work."""
    from buzon.cli.tokens import show

    run(show(prepare()))


@token_app.command("revoke")
def token_revoke(name: str) -> None:
    """Make a token useless."""
    from buzon.cli.tokens import revoke

    run(revoke(prepare(), name))


@user_app.command("add")
def user_add(
    email: str,
    role: Annotated[
        Literal["viewer", "operator", "administrator"],
        typer.Option(help="viewer looks, operator labels too, administrator does everything."),
    ],
    name: Annotated[
        str, typer.Option(help="Under which their work is noted. Default: from the address.")
    ] = "",
) -> None:
    """Let somebody in, and print the one-time link with which they set their password."""
    from buzon.cli.users import add

    run(add(prepare(), email, name, role))


@user_app.command("link")
def user_link(email: str) -> None:
    """Print a one-time link with which somebody sets a new password."""
    from buzon.cli.users import link

    run(link(prepare(), email))


@user_app.command("list")
def user_list() -> None:
    """Everybody, also who is disabled."""
    from buzon.cli.users import show

    run(show(prepare()))


@user_app.command("role")
def user_role(email: str, role: Literal["viewer", "operator", "administrator"]) -> None:
    """Give somebody another role."""
    from buzon.cli.users import give_role

    run(give_role(prepare(), email, role))


@user_app.command("disable")
def user_disable(email: str) -> None:
    """Sign somebody out everywhere, and don't let them in any more."""
    from buzon.cli.users import disable

    run(disable(prepare(), email))


@user_app.command("enable")
def user_enable(email: str) -> None:
    """Let in again who was disabled."""
    from buzon.cli.users import enable

    run(enable(prepare(), email))


@mailbox_app.command("authorize")
def mailbox_authorize(
    name: Annotated[str, typer.Argument(help="The mailbox; sending is what answers go out by.")],
) -> None:
    """Let Buzón into a mailbox by OAuth2, from a browser on whichever machine."""
    from buzon.cli.mailboxes import authorize

    run(authorize(prepare(), name))


@secrets_app.command("rotate")
def secrets_rotate() -> None:
    """Lock all passwords and tokens in the database with a new key, while services run."""
    from buzon.cli.rotation import rotate

    run(rotate(prepare()))


@category_app.command("list")
def category_list() -> None:
    """The categories, also those that were renamed or retired."""
    from buzon.cli.categories import show

    run(show(prepare()))


@category_app.command("add")
def category_add(
    name: Annotated[str, typer.Argument(help="Small letters, digits, - and _.")],
    title: Annotated[str, typer.Option(help="What people see.")] = "",
) -> None:
    """A category more; it is predicted from five labelled mails on."""
    from buzon.cli.categories import add

    run(add(prepare(), name, title))


@category_app.command("rename")
def category_rename(
    name: str, becomes: Annotated[str, typer.Argument(help="A new name, or another category.")]
) -> None:
    """Give a category another name, or merge it with another one."""
    from buzon.cli.categories import rename

    run(rename(prepare(), name, becomes))


@category_app.command("retire")
def category_retire(name: str) -> None:
    """No mail is called so any more; labels given so far are kept."""
    from buzon.cli.categories import retire

    run(retire(prepare(), name))


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BuzonError(f"{file} can't be read: {error.strerror}.", "Correct the path.") from error
