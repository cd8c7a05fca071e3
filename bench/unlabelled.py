"""What the unlabelled mail of a company brings, where little of it is labelled.

Each company is drawn ten times anew: by chance so many of its texts are labelled, at least five of
each category, and the others are its archive. Two models learn from the same labels, one of them
from the archive too, and both are judged on the same texts that neither has seen.
"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import process_time

import numpy as np
from numpy.typing import NDArray

from bench.lab import Lab
from bench.report import Report
from bench.stream import desk_of
from buzon.classifier.codes import join_fields
from buzon.classifier.corpus import Sample, starter
from buzon.classifier.measure import accuracy, expected_calibration_error
from buzon.classifier.train import train
from buzon.mail.clean import newest
from buzon.records import FEWEST_EXAMPLES, NOT_ANSWERED
from peers.public import path_of, read

Draws = NDArray[np.float64]  # a row a draw: without, and with the archive

DRAWS, QUICK_DRAWS = 10, 3
TESTED = 1500
NEW_WRITERS = ("es_f", "es_g", "es_h", "es_i", "es_j")


@dataclass(frozen=True, slots=True)
class Company:
    """Its mails, each with its category; texts that it is judged on, where these are given; and
    labelled texts of others, from which it learns too."""

    name: str
    labels: Sequence[int]
    mails: Sequence[Sample]
    tested: Sequence[Sample] = ()
    behind: Sequence[Sample] = ()


@dataclass(frozen=True, slots=True)
class Drawn:
    labelled: Sequence[Sample]
    archive: Sequence[str]
    tested: Sequence[Sample]


def measure(lab: Lab) -> Report:
    found = Report("What unlabelled mails bring, where little is labelled")
    draws = QUICK_DRAWS if lab.quick else DRAWS
    found.short = lab.quick
    companies = [*public(), *corpus()]
    for company, labels in ((c, n) for c in companies for n in c.labels):
        both = [compared(drawn(company, labels, seed)) for seed in range(draws)]
        right, error, seconds = np.array(both).transpose(1, 0, 2)
        found.details.append(row(company, labels, right, error))
        found.add(
            f"training, {company.name}, {labels} labels",
            seconds[:, 1].mean(),
            "s of CPU",
            "without the archive",
            seconds[:, 0].mean(),
        )
    found.notes.append(f"{draws} draws; ± is half the 95% interval of the paired difference.")
    return found


def public() -> list[Company]:
    """Short texts with categories of their own, where they lie beside the repository."""
    found = []
    for name, labels in (("banking77", (1000, 2000, 3000)), ("clinc150", (1000, 2000))):
        if not path_of(name).exists():
            continue
        splits = read(name)
        mails, tested = splits["train"], splits["test"]
        if name == "banking77":
            of_desks = [replace(each, label=desk_of(each.label)) for each in (*mails, *tested)]
            by_desk = of_desks[: len(mails)], of_desks[len(mails) :]
            found.append(Company("8 desks of a bank", (50, 200, 1000), *by_desk))
            beside = "8 desks of a bank beside the starter's otro"
            found.append(Company(beside, (50, 200, 600), *by_desk, behind=no_requests()))
        found.append(Company(name, labels, mails, tested))
    return found


def no_requests() -> list[Sample]:
    """What a company with categories of its own learns from the starter corpus all the same."""
    found = [sample for sample in starter() if sample.label == NOT_ANSWERED]
    return [replace(sample, body=newest(sample.body)) for sample in found]


def corpus() -> list[Company]:
    """Mails of the usual length: a company that begins with nothing, and one beside mails of other
    writers, more and more of them."""
    samples = [replace(sample, body=newest(sample.body)) for sample in starter()]
    spanish = [sample for sample in samples if sample.lang == "es"]
    new = [sample for sample in samples if sample.group.startswith(NEW_WRITERS)]
    others = [sample for sample in samples if not sample.group.startswith(NEW_WRITERS)]
    random.Random(1).shuffle(others)
    return [
        Company("Spanish mails alone", (50, 200, 1000, 2500), spanish),
        *(
            Company(f"Spanish mails beside {count} others", (200,), new, behind=others[:count])
            for count in (600, 2000, len(others))
        ),
    ]


def drawn(company: Company, labels: int, seed: int) -> Drawn:
    mails = random.Random(seed).sample(company.mails, len(company.mails))
    if not company.tested:
        tested, mails = mails[:TESTED], mails[TESTED:]
    so_far: Counter[str] = Counter()
    first, rest = [], []
    for mail in mails:
        so_far[mail.label] += 1
        (first if so_far[mail.label] <= FEWEST_EXAMPLES else rest).append(mail)
    more = max(labels - len(first), 0)
    archive = [join_fields(mail.subject, mail.body) for mail in rest[more:]]
    return Drawn([*first, *rest[:more], *company.behind], archive, company.tested or tested)


def compared(mails: Drawn) -> tuple[list[float], list[float], list[float]]:
    """Without and with the archive: the share that is right, the expected calibration error, and
    seconds of CPU time."""
    right, error, seconds = [], [], []
    for archive in ((), mails.archive):
        start = process_time()
        model = train(mails.labelled, unlabelled=archive).classifier
        seconds.append(process_time() - start)
        said = model.predict_proba(join_fields(mail.subject, mail.body) for mail in mails.tested)
        truth = np.array([model.classes.index(mail.label) for mail in mails.tested])
        right.append(accuracy(said, truth))
        error.append(expected_calibration_error(said, truth))
    return right, error, seconds


def row(company: Company, labels: int, right: Draws, error: Draws) -> dict[str, object]:
    gains = right[:, 1] - right[:, 0]
    return {
        "company": company.name,
        "labels": labels,
        "right without": float(right[:, 0].mean()),
        "right with": float(right[:, 1].mean()),
        "gain": float(gains.mean()),
        "±": float(1.96 * gains.std(ddof=1) / len(gains) ** 0.5),
        "ECE without": float(error[:, 0].mean()),
        "ECE with": float(error[:, 1].mean()),
    }
