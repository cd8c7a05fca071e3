"""Several processes on one database: mails answered a second by 1, 2 and 4 of them, and whose CPU
time takes. All run on this machine, so they share its cores with database and peers."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

import psycopg

from bench.burst import prepare, wait_for_answers
from bench.lab import Lab, pid_of, wait
from bench.processor import Processor, of_all, of_server
from bench.report import Report
from buzon.store.embedded import Embedded
from peers.dovecot import Dovecot
from peers.mails import customer_mail
from peers.postgres import migrate
from peers.service import Service, settings_for
from peers.smtp_sink import SmtpSink

WORKERS = (1, 2, 4)
BOXES = tuple(f"soporte{number}@example.com" for number in range(4))
MAILS, QUICK_MAILS = 2_000, 400  # divided among the mailboxes
ROUNDS, QUICK_ROUNDS = 3, 2
READY_SECONDS = 60.0


def measure(lab: Lab) -> Report:
    count, rounds = (QUICK_MAILS, QUICK_ROUNDS) if lab.quick else (MAILS, ROUNDS)
    found = Report("Several processes that read and answer, on one PostgreSQL and one machine")
    speeds: dict[int, float] = {}
    for number in WORKERS:
        folder = lab.new_folder(f"workers{number}")
        with (
            Dovecot(folder / "dovecot") as dovecot,
            SmtpSink(folder) as sink,
            processes(lab, folder, number, dovecot, sink) as (services, database, url),
        ):
            runs = [
                burst(dovecot, sink, count, f"w{number}r{turn}-", services, database, url)
                for turn in range(rounds)
            ]
        found.details += [{"processes": number, **run} for run in runs]
        speeds[number] = median(float(run["mails/s"]) for run in runs)
        found.add(f"mails answered by {number}", speeds[number], "1/s", "by 1", speeds[1])
    found.notes += [
        f"{count:,} mails at once in {len(BOXES)} mailboxes; {rounds} rounds, the median counts.",
        "CPU time in milliseconds a mail: Buzón's, PostgreSQL's, and that of all else on the "
        "machine (IMAP and SMTP server, and whoever else uses it).",
    ]
    return found


@contextmanager
def processes(
    lab: Lab, folder: Path, number: int, dovecot: Dovecot, sink: SmtpSink
) -> Iterator[tuple[Sequence[Service], Embedded, str]]:
    """So many of them, and their database, which is durable."""
    with ExitStack() as stack:
        database = Embedded(folder / "database", settings={"max_connections": "200"})
        url = database.start()
        stack.callback(database.stop)
        migrate(url)
        for user in BOXES:
            dovecot.add_user(user)
        boxes = "".join(map(dovecot.as_setting, BOXES))
        lab.service(folder / "model", dovecot=dovecot, smtp=sink)  # has it trained
        services = []
        for one in range(number):
            home = folder / f"buzon{one}"
            home.mkdir()
            (home / "buzon.toml").write_text(boxes)
            peers = settings_for(smtp=sink, user=BOXES[0], models=lab.folder / "models")  # type: ignore[arg-type]
            settings = {**peers, "BUZON_DATABASE_URL": url, "BUZON_REPLIES_PER_HOUR": "1000000"}
            service = Service(home, settings, "serve", "--only", "mail", "--only", "work")
            services.append(stack.enter_context(service))
        all_are_read(dovecot, sink)
        yield services, database, url


def all_are_read(dovecot: Dovecot, sink: SmtpSink) -> None:
    """Wait until each mailbox has its reader, by a mail to each that opens the connections too."""
    time.sleep(6)  # three looks of those that share the mailboxes among them
    wanted = sink.count + len(BOXES)
    for number, user in enumerate(BOXES):
        dovecot.deliver(user, customer_mail(10**6 + number, to=user))
    wait(lambda: sink.count >= wanted, READY_SECONDS)


def burst(
    dovecot: Dovecot,
    sink: SmtpSink,
    count: int,
    marker: str,
    services: Sequence[Service],
    database: Embedded,
    url: str,
) -> dict[str, object]:
    prepare(dovecot, count, marker)
    root = dovecot.folder / "mail"
    before, commits = sink.count, committed(url)
    with Processor(*map(pid_of, services)) as ours, Processor(of_server(database)) as theirs:
        all_of_it, start = of_all(), time.time()
        for number, file in enumerate(sorted((root / "prepared" / "new").iterdir())):
            file.rename(root / BOXES[number % len(BOXES)] / "new" / file.name)
        answered, end = wait_for_answers(sink, before, count)
        took, all_of_it = end - start, of_all() - all_of_it
    return {
        "mails/s": answered / took,
        "answered": answered,
        "Buzón ms": 1000 * ours.seconds / count,
        "PostgreSQL ms": 1000 * theirs.seconds / count,
        "all else ms": 1000 * (all_of_it - ours.seconds - theirs.seconds) / count,
        "database's share": theirs.seconds / (ours.seconds + theirs.seconds),
        "commits a mail": (committed(url) - commits) / count,
    }


def committed(url: str) -> int:
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("SELECT pg_stat_force_next_flush()")
        rows = db.execute(
            "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
        )
        return int(rows.fetchall()[0][0])
