"""Many mails at once for n8n that drives the naive recipe, and for Buzón, in the same run."""

import time
from statistics import median

import joblib

from bench.burst import drop, one_mail
from bench.classify import pipeline
from bench.lab import BUZON, Lab, Memory, pid_of
from bench.load import uvicorn
from bench.peers.n8n import NaiveN8n, installed
from bench.report import AT_LEAST, Report
from buzon.classifier.corpus import starter
from buzon.store.embedded import Embedded
from peers.dovecot import Dovecot
from peers.smtp_sink import SmtpSink

NAIVE = "naive@example.com"  # its mailbox
MAILS, QUICK_MAILS = 600, 200
ROUNDS, QUICK_ROUNDS = 3, 1
FIRST_SECONDS = 20  # n8n activates its workflow a little after it is ready


def measure(lab: Lab) -> Report:
    count, rounds = (QUICK_MAILS, QUICK_ROUNDS) if lab.quick else (MAILS, ROUNDS)
    found = Report(f"n8n + FastAPI + scikit-learn: {count:,} mails at once")
    program = installed()
    if program is None:
        found.notes.append("n8n is not installed (make test-n8n does that): nothing was measured.")
        return found
    folder = lab.new_folder("n8n")
    joblib.dump(pipeline([s for s in starter() if s.body]), folder / "model.joblib")
    server = Embedded(folder / "postgres")
    naive = {"MODEL": str(folder / "model.joblib"), "DATABASE_URL": server.start()}
    try:
        with Dovecot(folder / "dovecot") as dovecot, SmtpSink(folder) as sink:
            dovecot.add_user(BUZON)
            dovecot.add_user(NAIVE)
            with lab.service(folder / "buzon", dovecot=dovecot, smtp=sink) as service:
                one_mail(dovecot, BUZON, sink)
                with Memory(pid_of(service)) as memory:
                    us = [drop(dovecot, BUZON, sink, count, f"b{n}-") for n in range(rounds)]
            with (
                uvicorn("bench.peers.naive:app", naive, folder / "naive.log") as (url, api),
                NaiveN8n(folder / "n8n", program, url, dovecot, NAIVE, sink) as n8n,
            ):
                time.sleep(FIRST_SECONDS)
                one_mail(dovecot, NAIVE, sink)
                with Memory(api) as api_memory:
                    them = [drop(dovecot, NAIVE, sink, count, f"n{n}-") for n in range(rounds)]
                peak = n8n.peak_memory + api_memory.peak
    finally:
        server.stop()
    speed, naive_speed = (median(n / seconds for n, seconds in drops) for drops in (us, them))
    found.add("mails answered", speed, "1/s", "n8n + naive recipe", naive_speed)
    found.add("mails answered", speed / naive_speed, "times that", AT_LEAST, 18)
    found.add("memory, peak", memory.peak, "MB", "n8n + naive recipe", peak)
    each = (", ".join(f"{n:,} ({seconds:.2f} s)" for n, seconds in drops) for drops in (us, them))
    found.notes.append("Buzón answered {}; n8n {}. The median counts.".format(*each))
    return found
