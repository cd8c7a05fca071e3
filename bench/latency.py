"""From the arrival of a single mail to its reply accepted: Buzón and the bare loop by turns."""

import random
import time
from statistics import median, quantiles

from bench.bare import bare_loop
from bench.lab import BARE, BUZON, Arrivals, Lab, wait
from bench.report import AT_MOST, Report
from peers.dovecot import Dovecot
from peers.mails import customer_mail
from peers.smtp_server import SmtpServer

MAILS, QUICK_MAILS = 60, 15
ANSWER_SECONDS = 30.0
WARM_UP = 2  # mails that are not counted: connections are opened by them


def measure(lab: Lab) -> Report:
    """Both run all the time, so that both meet the machine as it is; one works at a time."""
    folder, rounds = lab.new_folder("latency"), QUICK_MAILS if lab.quick else MAILS
    pauses = random.Random(1)
    with Dovecot(folder / "dovecot") as dovecot, SmtpServer() as ours, SmtpServer() as bares:
        for user in (BUZON, BARE):
            dovecot.add_user(user)
        with (
            lab.service(folder / "buzon", dovecot=dovecot, smtp=ours),
            bare_loop(dovecot.port, bares.port, BARE),
            Arrivals(dovecot, BUZON) as our_arrivals,
            Arrivals(dovecot, BARE) as bare_arrivals,
        ):
            time.sleep(2)  # Buzón's reader signs in after the page is up
            us: list[float] = []
            them: list[float] = []
            for number in range(1, WARM_UP + rounds + 1):
                us.append(answered(dovecot, BUZON, number, ours, our_arrivals))
                them.append(answered(dovecot, BARE, number, bares, bare_arrivals))
                time.sleep(pauses.uniform(0.3, 1.0))
    return report(us[WARM_UP:], them[WARM_UP:])


def answered(
    dovecot: Dovecot, user: str, number: int, smtp: SmtpServer, arrivals: Arrivals
) -> float:
    """Milliseconds from the IDLE notice of the mail with this number to its reply."""
    dovecot.deliver(user, customer_mail(number))
    wait(lambda: len(smtp.received) >= number, ANSWER_SECONDS, 0.02)
    return 1000 * (smtp.received[number - 1].at - arrivals.of(number))


def report(us: list[float], them: list[float]) -> Report:
    found = Report("Latency: the IMAP server's IDLE notice → reply accepted, single mails")
    middle, base = median(us), median(them)
    worst, worst_base = p95(us), p95(them)
    found.add("median", middle, "ms", "bare loop", base)
    found.add("p95", worst, "ms", "bare loop", worst_base)
    found.add("slowest", max(us), "ms", "bare loop", max(them))
    found.add("median", middle, "ms", AT_MOST, 60)
    found.add("p95", worst, "ms", AT_MOST, 200)
    found.notes.append(
        "The SMTP server is one in this process, which notes when it accepts; smtp-sink doesn't. "
        f"{len(us)} mails each, 0.3–1 s apart, by turns; the notice is that of a third connection, "
        "so a loop that is told earlier may be faster than 0."
    )
    return found


def p95(values: list[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[-1]
