"""Many mails dropped at once: how many a second are answered, and what memory that takes."""

import time
from statistics import median

from bench.bare import bare_loop
from bench.lab import BARE, BUZON, Arrivals, Lab, Memory, pid_of, wait
from bench.report import AT_LEAST, AT_MOST, Report
from peers.dovecot import Dovecot
from peers.mails import customer_mail
from peers.smtp_sink import SmtpSink

MAILS, QUICK_MAILS = 2_000, 500
ROUNDS, QUICK_ROUNDS = 3, 1
ANSWER_SECONDS = 120.0
STANDSTILL = 5.0  # seconds without a reply after which the rest is taken for unanswered


def measure(lab: Lab) -> Report:
    count, rounds = (QUICK_MAILS, QUICK_ROUNDS) if lab.quick else (MAILS, ROUNDS)
    folder = lab.new_folder("burst")
    us, them = [], []
    with Dovecot(folder / "dovecot") as dovecot, SmtpSink(folder) as sink:
        dovecot.add_user(BUZON)
        dovecot.add_user(BARE)
        with lab.service(folder / "buzon", dovecot=dovecot, smtp=sink) as service:
            one_mail(dovecot, BUZON, sink)
            time.sleep(3)
            with Memory(pid_of(service)) as memory:
                rest = memory.now()
                us = [drop(dovecot, BUZON, sink, count, f"r{n}-") for n in range(rounds)]
            after = memory.now()
        with bare_loop(dovecot.port, sink.port, BARE) as pid:
            one_mail(dovecot, BARE, sink)
            with Memory(pid) as bare_memory:
                them = [drop(dovecot, BARE, sink, count, f"r{n}-") for n in range(rounds)]
    found = Report(f"Burst: {count:,} mails at once, first IDLE notice → last reply accepted")
    speed = median(n / seconds for n, seconds in us)
    bare_speed = median(n / seconds for n, seconds in them)
    found.add("mails answered", speed, "1/s", "bare loop", bare_speed)
    found.add("mails answered", speed, "1/s", AT_LEAST, 1000)
    found.add("mails answered", speed / bare_speed, "times the bare loop", AT_LEAST, 0.4)
    found.add("memory at rest", rest, "MB", AT_MOST, 300)
    found.add("memory, peak in the burst", memory.peak, "MB", AT_MOST, 500)
    found.add("memory, peak in the burst", memory.peak, "MB", "bare loop", bare_memory.peak)
    found.add("memory at rest after it", after, "MB", AT_MOST, 300)
    each = ", ".join(f"{n:,} ({seconds:.2f} s)" for n, seconds in us)
    bare_each = ", ".join(f"{n:,} ({seconds:.2f} s)" for n, seconds in them)
    found.notes += [
        f"Buzón answered {each}; the bare loop {bare_each}. The median counts.",
        "Replies go to Postfix's smtp-sink. Memory is the PSS of Buzón's own processes, without "
        "PostgreSQL; its database is the embedded one, and durable.",
    ]
    return found


def one_mail(dovecot: Dovecot, user: str, sink: SmtpSink) -> None:
    """Wait until the reader is there, by a mail that opens the connections too."""
    time.sleep(2)
    wanted = sink.count + 1
    dovecot.deliver(user, customer_mail(10**6))
    wait(lambda: sink.count >= wanted, ANSWER_SECONDS)


def drop(dovecot: Dovecot, user: str, sink: SmtpSink, count: int, marker: str) -> tuple[int, float]:
    """How many of the mails were answered, and in how many seconds."""
    prepare(dovecot, count, marker)
    before = sink.count
    with Arrivals(dovecot, user) as arrivals:
        folder = dovecot.folder / "mail" / user / "new"
        for file in sorted((dovecot.folder / "mail" / "prepared" / "new").iterdir()):
            file.rename(folder / file.name)
        answered, end = wait_for_answers(sink, before, count)
        return answered, end - arrivals.of(1)


def prepare(dovecot: Dovecot, count: int, marker: str) -> None:
    """Write the mails aside first: renaming all of them takes some milliseconds only."""
    dovecot.add_user("prepared")
    for number in range(count):
        # Each customer writes once: of a second mail the caps would leave some unanswered.
        mail = customer_mail(number, marker=marker)
        mail = mail.replace(b"@example.org", f"@{marker}example.org".encode())
        dovecot.deliver("prepared", mail)


def wait_for_answers(sink: SmtpSink, before: int, count: int) -> tuple[int, float]:
    """How many there were, and when the last one was (time.time())."""
    last, at, start = 0, time.time(), time.time()
    while last < count and time.time() - start < ANSWER_SECONDS:
        if (now := sink.count - before) > last:
            last, at = now, time.time()
        if last and time.time() - at > STANDSTILL:
            break
        time.sleep(0.005)
    return last, at
