"""The API under load: mails that are stored one a request, and predictions a hundred at a time."""

import json
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import process_time

import joblib
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from bench.history import database
from bench.lab import Lab, pid_of
from bench.load import NO_WRK, Load, have_wrk, post, uvicorn
from bench.processor import Processor
from bench.report import AT_LEAST, AT_MOST, Report
from buzon.classifier.corpus import Sample, starter
from peers.service import Service

CONNECTIONS = 64
SECONDS, QUICK_SECONDS = 10, 4
ROUNDS, QUICK_ROUNDS = 3, 1
WARM_UP = 2
ITEMS = 100
PREDICTORS = 4  # connections that ask for predictions
MAILS = 2_000  # different texts
TOKEN = "bz_of-the-bench-and-of-nobody-else-0123456789"  # of a database of ours
NAIVE = "FastAPI + scikit-learn + INSERT"


def measure(lab: Lab) -> Report:
    found = Report(f"The API under load, {CONNECTIONS} connections: POST /classify, POST /predict")
    if not have_wrk():
        found.notes.append(NO_WRK)
        return found
    folder = lab.new_folder("classify")
    samples = [sample for sample in starter() if sample.body][:MAILS]
    mails, items = write_mails(folder, samples), write_items(folder, samples)
    model = pipeline(samples)
    joblib.dump(model, folder / "model.joblib")
    with database(lab, "classify's database") as url:
        service = lab.service(folder / "buzon", database_url=url)
        service.environment |= {
            "BUZON_API_TOKEN": TOKEN,
            "BUZON_MAIL": "external",  # each answer is composed, and handed to who asks
            "BUZON_REPLIES_PER_HOUR": "1000000",
        }
        naive = {"MODEL": str(folder / "model.joblib"), "DATABASE_URL": url}
        with service, uvicorn("bench.peers.naive:app", naive, folder / "naive.log") as other:
            storing(found, lab, service, other, mails)
            predicting(found, lab, service, items, model, samples)
    return found


def storing(found: Report, lab: Lab, service: Service, other: tuple[str, int], mails: Path) -> None:
    """By turns, so that both meet the machine as it is."""
    seconds, rounds = (QUICK_SECONDS, QUICK_ROUNDS) if lab.quick else (SECONDS, ROUNDS)
    us: list[Load] = []
    them: list[Load] = []
    own, naive = [], []
    post(f"{service.url}/classify", mails, "w", connections=8, seconds=WARM_UP, token=TOKEN)
    post(f"{other[0]}/classify", mails, "w", connections=8, seconds=WARM_UP)
    for number in range(rounds):
        mark = f"r{number}x"
        with Processor(other[1]) as processor:
            them.append(hammered(other[0], mails, mark, seconds))
        naive.append(processor)
        with Processor(pid_of(service)) as processor:
            us.append(hammered(service.url, mails, mark, seconds))
        own.append(processor)
    failed = sum(load.failed for load in (*us, *them))
    rate, naive_rate = median(load.rate for load in us), median(load.rate for load in them)
    found.add("POST /classify", rate, "requests/s", NAIVE, naive_rate)
    found.add("POST /classify", rate / naive_rate, "times that", AT_LEAST, 6)
    a_core, naive_a_core = each_second(us, own), each_second(them, naive)
    found.add("… of its own process", a_core, "requests/s a core", NAIVE, naive_a_core)
    p50, naive_p50 = median(load.p50 for load in us), median(load.p50 for load in them)
    found.add("… median", p50, "ms", NAIVE, naive_p50)
    p99, naive_p99 = median(load.p99 for load in us), median(load.p99 for load in them)
    found.add("… p99", p99, "ms", NAIVE, naive_p99)
    found.add("… p99", p99, "ms", AT_MOST, 100)
    found.notes += [
        f"Each an event of its own, {rounds} × {seconds} s by turns, {failed} failed. Buzón's are "
        "parsed, looked up, judged, answered (the answer is handed to who asks) and counted; the "
        "naive recipe's are one INSERT. The same PostgreSQL, with fsync, for both.",
        f"Of the {lab.cores} cores Buzón's process took {own[-1].cores:.2f}, the naive one "
        f"{naive[-1].cores:.2f}; the rest is PostgreSQL's, wrk's, and others'.",
    ]


def each_second(loads: Sequence[Load], processors: Sequence[Processor]) -> float:
    """Requests in a second of the process' own time."""
    return sum(load.requests for load in loads) / sum(each.seconds for each in processors)


def hammered(url: str, mails: Path, mark: str, seconds: float) -> Load:
    return post(
        f"{url}/classify", mails, mark, connections=CONNECTIONS, seconds=seconds, token=TOKEN
    )


def predicting(
    found: Report,
    lab: Lab,
    service: Service,
    items: Path,
    model: Pipeline,
    samples: Sequence[Sample],
) -> None:
    seconds = QUICK_SECONDS if lab.quick else SECONDS
    ask = {"connections": PREDICTORS, "seconds": seconds, "token": TOKEN}
    with Processor(pid_of(service)) as own:
        ours = post(f"{service.url}/predict", items, "p", **ask)  # type: ignore[arg-type]
    assert ours.failed == 0, ours
    rate, a_core = ours.rate * ITEMS, ours.requests * ITEMS / own.seconds
    peer = alone(model, samples)
    name = f"POST /predict, {ITEMS} mails"
    found.add(name, a_core, "mails/s a core", "scikit-learn", peer)
    found.add(name, a_core, "mails/s a core", AT_LEAST, 8000)
    answer = {"ANSWER": str(ITEMS * 200)}
    with uvicorn("bench.peers.bare_route:app", answer, items.with_name("bare.log")) as (url, _):
        bare = post(f"{url}/predict", items, "b", **ask)  # type: ignore[arg-type]
    found.add("… over HTTP", rate, "mails/s", "a bare Starlette route", bare.rate * ITEMS)
    found.notes += [
        f"scikit-learn: its TfidfVectorizer and LogisticRegression on the same mails, {ITEMS} at a "
        "time, without HTTP. Buzón also leaves out what is quoted, and tells the language.",
        f"The bare route reads the same JSON and answers as much, {PREDICTORS} connections.",
    ]


def pipeline(samples: Sequence[Sample]) -> Pipeline:
    recipe = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LogisticRegression(max_iter=1000)
    )
    texts = [f"{sample.subject}\n{sample.body}" for sample in samples]
    return recipe.fit(texts, [sample.label for sample in samples])


def alone(model: Pipeline, samples: Sequence[Sample]) -> float:
    """Mails that it predicts in a second of one core."""
    texts = [f"{sample.subject}\n{sample.body}" for sample in samples]
    model.predict_proba(texts[:ITEMS])
    began = process_time()
    for start in range(0, len(texts), ITEMS):
        model.predict_proba(texts[start : start + ITEMS])
    return len(texts) / (process_time() - began)


def write_mails(folder: Path, samples: Sequence[Sample]) -> Path:
    """A line for each mail, as POST /classify takes it."""
    path = folder / "mails"
    with path.open("w") as file:
        for sample in samples:
            mail = {
                "message_id": "<@ID@@mail.example.org>",
                "from": "cliente@ID@@example.org",
                "subject": sample.subject,
                "text": sample.body,
            }
            file.write(json.dumps(mail, ensure_ascii=False) + "\n")
    return path


def write_items(folder: Path, samples: Sequence[Sample]) -> Path:
    """A line for each hundred mails, as POST /predict takes them."""
    path = folder / "items"
    with path.open("w") as file:
        for start in range(0, len(samples), ITEMS):
            some = samples[start : start + ITEMS]
            items = [{"subject": sample.subject, "text": sample.body} for sample in some]
            file.write(json.dumps({"items": items}, ensure_ascii=False) + "\n")
    return path
