"""The kinds of fault. Each begins something, and hands back what ends it, where it doesn't end by
itself. What can't be done here says why, by raising NotHere."""

import imaplib
import os
import resource
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

import psycopg

from buzon.api.memory import children_of
from faults.world import USER, World
from peers.disk import fill
from peers.dovecot import PASSWORD, Dovecot
from peers.smtp_server import BREAK_TLS, DROP, DROP_AFTER_STORING, HANG, OKAY

End = Callable[[], object]
Kind = Callable[[World], End | None]

PAGE = resource.getpagesize()
MEMORY_LEFT = 4 * 1024 * 1024  # bytes that a process with a limit may still take


class NotHere(Exception):
    """This fault can't be had on this machine, or just now."""


# ── processes ──────────────────────────────────────────────────────────────────────────────────


def process_killed(world: World) -> None:
    world.services[_one(world)].kill()


def process_beside_killed(world: World) -> None:
    """The one that understands mails for another."""
    process = world.services[_one(world)].process
    assert process is not None
    for child in children_of(process.pid):
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)


def process_frozen(world: World) -> End:
    number = _one(world)
    process = world.services[number].process
    assert process is not None
    world.frozen.add(number)
    process.send_signal(signal.SIGSTOP)

    def thaw() -> None:
        world.frozen.discard(number)
        process.send_signal(signal.SIGCONT)

    return thaw


def process_told_to_stop(world: World) -> None:
    world.services[_one(world)].process.send_signal(signal.SIGTERM)  # type: ignore[union-attr]


def memory_limited(world: World) -> End:
    process = world.services[_one(world)].process
    assert process is not None
    with suppress(OSError):
        taken = int(Path(f"/proc/{process.pid}/statm").read_text().split()[0]) * PAGE
        _limit(process.pid, taken + MEMORY_LEFT)
    return lambda: process.poll() is None and _limit(process.pid, resource.RLIM_INFINITY)


def clock_stepped(world: World) -> End:
    clock = world.clock
    if clock is None:
        raise NotHere("libfaketime is not installed; as root on Debian: apt-get install faketime")
    clock.write_text(f"{world.chance.choice((-5400, -600, 600, 5400)):+}")
    return lambda: clock.write_text("+0")


def _one(world: World) -> int:
    awake = world.awake()
    if not awake:
        raise NotHere("no process is awake")
    return world.chance.choice(awake)


def _limit(pid: int, most: int) -> None:
    with suppress(ProcessLookupError):
        resource.prlimit(pid, resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))


# ── database ───────────────────────────────────────────────────────────────────────────────────


def database_killed(world: World) -> End:
    for pid in world.database.processes():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return world.keep_away("database")


def database_restarted(world: World) -> End:
    if postmaster := world.database.postmaster():
        os.kill(postmaster, signal.SIGINT)
    return world.keep_away("database")


def connections_cut(world: World) -> None:
    with suppress(psycopg.Error):
        world.scene.cut_connections()


def database_s_disk_full(world: World) -> End:
    ballast = _fill(world, "database")
    let_back = world.keep_away("database")

    def free() -> None:
        ballast.unlink(missing_ok=True)
        let_back()

    return free


def data_s_disk_full(world: World) -> End:
    ballast = _fill(world, "data")
    return lambda: ballast.unlink(missing_ok=True)


def _fill(world: World, disk: str) -> Path:
    if disk not in world.disks:
        raise NotHere("only root can mount a small disk")
    ballast = world.disks[disk] / "ballast"
    if ballast.exists():
        raise NotHere("it is full already")
    fill(ballast)
    return ballast


# ── mailbox ────────────────────────────────────────────────────────────────────────────────────


def imap_stopped(world: World) -> End:
    _running(world).stop()
    return world.keep_away("imap")


def imap_killed(world: World) -> End:
    _running(world).kill()
    return world.keep_away("imap")


def mails_numbered_anew(world: World) -> None:
    _running(world).change_uidvalidity(USER)


def mailbox_emptied(world: World) -> None:
    known = world.known()
    world.take_away(world.dovecot.empty(USER), known)


def mails_flagged(world: World) -> None:
    person = _signed_in(world)
    person.store("1:*", "+FLAGS", r"(\Seen \Flagged)")
    person.logout()


def mails_moved(world: World) -> None:
    """The newest ones, into a folder: by people who are faster than we."""
    person = _signed_in(world)
    person.create("Hechos")
    known = world.known()
    (count,) = person.select("INBOX")[1]
    newest = f"{max(1, int(count or b'0') - 10)}:*"
    _, told = person.fetch(newest, "(BODY.PEEK[])")
    world.take_away((each[1] for each in told if isinstance(each, tuple)), known)
    person.copy(newest, "Hechos")
    person.store(newest, "+FLAGS", r"(\Deleted)")
    person.logout()


def mails_put_back(world: World) -> None:
    """Copies of what is there, under the same Message-IDs, as a clumsy restore makes them."""
    person = _signed_in(world)
    (count,) = person.select("INBOX")[1]
    person.copy(f"1:{min(10, int(count or b'1'))}", "INBOX")
    person.logout()


def _running(world: World) -> Dovecot:
    if not world.dovecot.running:
        raise NotHere("the IMAP server is away just now")
    return world.dovecot


def _signed_in(world: World) -> imaplib.IMAP4:
    dovecot = _running(world)
    person = imaplib.IMAP4(dovecot.host, dovecot.port, timeout=10)
    person.login(USER, PASSWORD)
    if person.select("INBOX")[1] == [b"0"]:
        raise NotHere("the mailbox is empty")
    return person


# ── SMTP ───────────────────────────────────────────────────────────────────────────────────────


def smtp_away(world: World) -> End:
    world.smtp.stop()
    return world.smtp.start


def smtp_misbehaves(step: str, what: str, world: World, pause: float = 0, drip: float = 0) -> End:
    world.smtp.behave(step, what, times=world.chance.randint(1, 4), pause=pause, drip=drip)

    def be_good() -> None:
        world.smtp.be_good(step)
        world.smtp.hang_up()

    return be_good


def _smtp() -> Mapping[str, Kind]:
    bad = {f"smtp {what} at {step}": partial(smtp_misbehaves, step, what)
           for step in OKAY for what in (HANG, DROP, "451 4.3.0 not now")}  # fmt: skip
    slow = {f"smtp slow at {step}": partial(smtp_misbehaves, step, OKAY[step], pause=2, drip=0.1)
            for step in ("connect", "RCPT", "dot")}  # fmt: skip
    final = {f"smtp 5xx at {step}": partial(smtp_misbehaves, step, "550 5.7.1 no")
             for step in ("connect", "EHLO", "AUTH", "MAIL", "RCPT", "dot")}  # fmt: skip
    return {
        **bad,
        **slow,
        **final,
        "smtp breaks TLS": partial(smtp_misbehaves, "STARTTLS", BREAK_TLS),
        "smtp drops after storing": partial(smtp_misbehaves, "dot", DROP_AFTER_STORING),
        "smtp away": smtp_away,
    }


# By name, grouped: each group is as likely as any other.
KINDS: tuple[Mapping[str, Kind], ...] = (
    {"process killed": process_killed, "process beside killed": process_beside_killed},
    {"process frozen": process_frozen, "process told to stop": process_told_to_stop},
    {"memory limited": memory_limited, "clock stepped": clock_stepped},
    {"database killed": database_killed, "database restarted": database_restarted},
    {"connections cut": connections_cut},
    {"database's disk full": database_s_disk_full, "data's disk full": data_s_disk_full},
    {"imap stopped": imap_stopped, "imap killed": imap_killed},
    {
        "mails numbered anew": mails_numbered_anew,
        "mailbox emptied": mailbox_emptied,
        "mails flagged": mails_flagged,
        "mails moved": mails_moved,
        "mails put back": mails_put_back,
    },
    _smtp(),
    _smtp(),
)
