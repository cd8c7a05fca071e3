"""The classifier beside scikit-learn's own parts: speed, size, and quality on unseen writers."""

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from random import Random
from statistics import mean, median
from time import perf_counter
from typing import Any

import joblib
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import f1_score
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline, make_union
from sklearn.svm import LinearSVC

from bench.lab import Lab, Memory
from bench.report import AT_MOST, Report
from buzon.api.memory import memory_of
from buzon.classifier.codes import join_fields
from buzon.classifier.corpus import Sample, starter
from buzon.classifier.evaluate import evaluate
from buzon.classifier.measure import macro_f1
from buzon.classifier.model import Classifier
from buzon.classifier.teach import Order, teach
from buzon.classifier.tfidf import WORDS as WORD_PARTS
from buzon.classifier.tfidf import TfidfUnion
from buzon.classifier.train import train
from buzon.mail.clean import newest
from peers.public import out_of_scope_auroc, path_of, read

PEER = "scikit-learn"
BATCH = 500
WORDS = 150
# The files that the first model was measured on: later figures can be compared with its own.
SPANISH_FILES = ("es_a.jsonl", "es_b.jsonl", "es_c.jsonl", "es_d.jsonl", "es_e.jsonl")
SECOND_FILES = ("en_b.jsonl", "en_c.jsonl", "de_b.jsonl", "fr_b.jsonl", "it_b.jsonl", "pt_b.jsonl")


def measure(lab: Lab) -> Report:
    samples = starter()
    seconds, classifier = timed(lambda: train(samples, prepare=newest).classifier)
    peer_seconds, peer = timed(lambda: peer_of(samples))
    found = Report("The classifier, on one core")
    add_speed(found, classifier, peer, samples)
    found.add("training (ours is calibrated)", seconds, "s", PEER, peer_seconds)
    for count in (5_000,) if lab.quick else (5_000, 100_000):
        add_training(found, count)
    found.add("file", file_size(classifier), "MB", PEER, file_size(peer))
    loaded = memory_of_loaded(classifier)
    found.add("memory of a loaded model", loaded, "MB", PEER, memory_of_loaded(peer))
    found.add("memory of a loaded model", loaded, "MB", AT_MOST, 100)
    found.notes.append(out_of_fold(classifier.metrics))
    if not lab.quick:
        add_quality(found, held_out(samples))
        add_features(found, samples)
        add_public(found)
    return found


def out_of_fold(metrics: Mapping[str, float]) -> str:
    return (
        "The starter corpus, each mail judged by a model that has not seen its writer: accuracy "
        f"{metrics['accuracy']:.3f}, macro-F1 {metrics['macro_f1']:.3f}, ECE {metrics['ece']:.3f}; "
        f"{metrics['coverage_at_0.75']:.3f} of them with a confidence of 0.75 or more, of which "
        f"{metrics['accuracy_at_0.75']:.3f} right."
    )


def peer_of(samples: list[Sample]) -> Pipeline:
    """scikit-learn's union of words and characters with a linear machine, on the same texts."""
    pipeline = make_pipeline(peer_union(), LinearSVC(random_state=0))
    return pipeline.fit(texts_of(samples), [sample.label for sample in samples])


def peer_union() -> FeatureUnion:
    return make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
    )


def texts_of(samples: list[Sample]) -> list[str]:
    return [join_fields(sample.subject, newest(sample.body)) for sample in samples]


def union_alone(samples: list[Sample]) -> Callable[[list[str]], NDArray[np.intp]]:
    """Ours with the features that scikit-learn's union has, and no more: no concepts, no places."""
    union, texts = TfidfUnion(words=WORD_PARTS[:1]), texts_of(samples)
    machine = LinearSVC(fit_intercept=False, random_state=0)
    machine.fit(union.fit_transform(texts), [sample.label for sample in samples])
    weights = np.ascontiguousarray(machine.coef_.T, dtype=np.float32)
    return lambda mails: union.project(mails, weights).scores.argmax(axis=1)


def add_speed(found: Report, classifier: Classifier, peer: Pipeline, samples: list[Sample]) -> None:
    mails = long_mails(samples)
    what = f"{WORDS} words, batches of {BATCH}"
    ours, theirs_many = throughput(classifier.predict, mails), throughput(peer.predict, mails)
    found.add(what, ours, "mails/s", PEER, theirs_many)
    ours, theirs = latency(classifier.predict, mails), latency(peer.predict, mails)
    found.add("one mail", ours, "ms", PEER, theirs)
    union = union_alone(samples)
    found.add(
        f"words and characters alone, {what}",
        throughput(union, mails),
        "mails/s",
        PEER,
        theirs_many,
    )
    found.add("words and characters alone, one mail", latency(union, mails), "ms", PEER, theirs)
    whole = latency(lambda texts: classifier.classify([("", text) for text in texts]), mails)
    found.add("one mail with probabilities", whole, "ms", f"{PEER}, without", theirs)


def add_training(found: Report, count: int) -> None:
    """A whole training with its report, in a process of its own, as the service does it. Its memory
    is watched from here: beside a thread it wouldn't fork, and would learn on one core."""
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process,
        Memory(process.submit(os.getpid).result()) as memory,
    ):
        wall, cpu, learnt = process.submit(taught, count).result()
    found.add(f"training on {count:,} own mails, with its report", wall, "s")
    at_most = f"{cpu:.1f} s of processor time, {memory.peak:.0f} MB at most"
    found.notes.append(f"{count:,} own mails, {learnt:,} of them learnt from: {at_most}")


def taught(count: int) -> tuple[float, float, int]:
    """Seconds of wall and of processor time, with what it forks; and from how many of so many own
    mails it learnt."""
    order = Order(own=made_up(count), prepare=newest)
    before = sum(os.times()[:4])
    wall, done = timed(lambda: teach(order, lambda *_: None))
    return wall, sum(os.times()[:4]) - before, done.report["trained_on"]["own"]


def made_up(count: int) -> list[Sample]:
    """Mails of about WORDS words: the corpus' own, filled up from others of their category and
    language, and without each fifth word."""
    random, base = Random(1), starter()
    alike: dict[tuple[str, str], list[Sample]] = {}
    for sample in base:
        alike.setdefault((sample.label, sample.lang), []).append(sample)
    mails = []
    for number in range(count):
        sample = random.choice(base)
        words = sample.body.split(" ")
        while len(words) < WORDS * 5 // 4:
            words += random.choice(alike[sample.label, sample.lang]).body.split(" ")
        body = " ".join(word for word in words[: WORDS * 5 // 4] if random.random() > 0.2)
        mails.append(replace(sample, body=body, group=f"writer {number % 2000}", key=str(number)))
    return mails


def long_mails(samples: list[Sample]) -> list[str]:
    """Texts of exactly WORDS words, cut from the corpus laid end to end."""
    words = [word for s in samples for word in join_fields(s.subject, newest(s.body)).split()]
    return [" ".join(words[at * WORDS : (at + 1) * WORDS]) for at in range(BATCH)]


def throughput(predict: Callable[[list[str]], Any], mails: list[str]) -> float:
    """Mails a second, the best of five: on a shared machine the others are somebody else's."""
    predict(mails)
    return len(mails) / min(timed(lambda: predict(mails))[0] for _ in range(5))


def latency(predict: Callable[[list[str]], Any], mails: list[str]) -> float:
    """Milliseconds for a single mail, the median of 200."""
    return 1000 * median(timed(lambda mail=mail: predict([mail]))[0] for mail in mails[:200])


def held_out(samples: list[Sample]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The figures of each of these files, by a model that saw all others."""
    for file in (*SPANISH_FILES, *SECOND_FILES):
        classifier = train([s for s in samples if s.group != file], prepare=newest).classifier
        unseen = [s for s in samples if s.group == file]
        yield file, evaluate(classifier, unseen, prepare=newest)


def add_quality(found: Report, results: Iterator[tuple[str, dict[str, Any]]]) -> None:
    scores: dict[str, list[float]] = {"Spanish": [], "other languages": []}
    counts: dict[str, list[NDArray[np.intp]]] = {group: [] for group in scores}
    for file, figures in results:
        group = "Spanish" if file.startswith("es_") else "other languages"
        scores[group].append(figures["macro_f1"])
        counts[group].append(np.array(figures["confusion"]["counts"]))
        found.details.append({
            "held out": file,
            "mails": figures["n"],
            "accuracy": figures["accuracy"],
            "macro-F1": figures["macro_f1"],
            "ECE": figures["ece"],
            "share with ≤ 5% wrong": figures["coverage_at_risk"]["0.05"],
        })  # fmt: skip
    for group, values in scores.items():
        together = macro_f1(np.sum(counts[group], axis=0))
        found.notes.append(
            f"Leave one file out, {group}: macro-F1 {together:.3f} of all their mails, "
            f"{mean(values):.3f} in the mean of the files."
        )


def add_features(found: Report, samples: list[Sample]) -> None:
    """What the features are worth: the same machine on each, each file left out in turn."""
    for name, features in {
        "ours": TfidfUnion(),
        "words and characters alone": TfidfUnion(words=WORD_PARTS[:1]),
        PEER: peer_union(),
    }.items():
        spanish, others = unseen_writers(
            csr_matrix(features.fit_transform(texts_of(samples))), samples
        )
        found.notes.append(
            f"Features, {name}: macro-F1 {spanish:.3f} in Spanish, {others:.3f} in other languages."
        )


def unseen_writers(features: csr_matrix, samples: list[Sample]) -> tuple[float, float]:
    """The macro-F1 of Spanish and of other mails, each judged by who didn't see its file."""
    groups, truth, languages = (
        np.array([getattr(sample, name) for sample in samples])
        for name in ("group", "label", "lang")
    )
    said = truth.copy()
    for file in np.unique(groups):
        out = groups == file
        said[out] = (
            LinearSVC(random_state=0).fit(features[~out], truth[~out]).predict(features[out])
        )
    return tuple(
        float(f1_score(truth[some], said[some], average="macro"))
        for some in (languages == "es", languages != "es")
    )


def add_public(found: Report) -> None:
    """The same recipe on public data, where they lie beside the repository."""
    for name in ("banking77", "clinc150"):
        path = path_of(name)
        if not path.exists():
            found.notes.append(f"{name} isn't measured: there is no {path}.")
            continue
        splits = read(name)
        seconds, trained = timed(lambda samples=splits["train"]: train(samples))
        figures = evaluate(trained.classifier, splits["test"])
        found.notes.append(
            f"{name}: accuracy {figures['accuracy']:.3f}, ECE {figures['ece']:.3f}, coverage at "
            f"98% accuracy {figures['coverage_at_risk']['0.02']:.3f}, trained in {seconds:.0f} s"
        )
        if "oos_test" in splits:
            auroc = out_of_scope_auroc(trained.classifier, splits["test"], splits["oos_test"])
            found.notes.append(f"{name}: out of scope, AUROC {auroc:.3f}")


def file_size(model: object) -> float:
    """Megabytes on disk, uncompressed."""
    with saved(model) as path:
        return path.stat().st_size / 1e6


def memory_of_loaded(model: object) -> float:
    """Megabytes by which a process grows that opens a model and sorts a mail with it; what both
    import was there before."""
    with (
        saved(model) as path,
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process,
    ):
        return process.submit(grown_by, path).result()


@contextmanager
def saved(model: object) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.joblib"
        joblib.dump(model, path)
        yield path


def grown_by(path: Path) -> float:
    before = memory_of(os.getpid())
    model = joblib.load(path)
    model.predict(["La caldera no enciende"])
    return (memory_of(os.getpid()) - before) / 1e6


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    start = perf_counter()
    result = call()
    return perf_counter() - start, result
