"""The commands for learning, as somebody types them."""

import json
from pathlib import Path

import joblib
import pytest

from buzon.cli import labelled
from buzon.records import CATEGORIES
from cli.test_cli import Shell, buzon
from peers.lessons import lessons

__all__ = ["buzon"]


def write(path: Path, pairs: list[tuple[str, str]]) -> Path:
    lines = [json.dumps({"subject": "", "body": text, "label": label}) for text, label in pairs]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_model_is_trained_from_a_file_and_measured_on_another_without_a_database(
    buzon: Shell,
) -> None:
    del buzon.environment["BUZON_DATABASE_URL"]
    files = [write(buzon.folder / f"{n}.jsonl", lessons(30, start=n)) for n in (0, 30)]
    test = write(buzon.folder / "test.jsonl", lessons(30, start=60))
    done = buzon("train", "--data", *map(str, files), "--no-starter", "--out", "m.joblib")
    assert done.returncode == 0, done.stderr
    assert "60 labelled mails" in done.stdout
    assert not (buzon.folder / "var").exists()
    done = buzon("evaluate", str(test), "--model", "m.joblib", "--json")
    figures = json.loads(done.stdout)
    assert figures["n"] == 30
    assert figures["accuracy"] > 0.8
    assert set(figures["coverage_at_risk"]) == {"0.02", "0.05"}
    text = "Mándame 9 codos como la última vez, por favor."
    said = json.loads(buzon("classify", "--model", "m.joblib", stdin=text).stdout)
    assert said["category"] == "pedido"
    assert said["model_version"].startswith("own-")
    model = joblib.load(buzon.folder / "m.joblib")
    assert model.predict(["Mándame 9 codos como la última vez, por favor."]) == ["pedido"]


def test_mails_without_a_label_may_stand_in_a_file_of_their_own(buzon: Shell) -> None:
    del buzon.environment["BUZON_DATABASE_URL"]
    data = write(buzon.folder / "data.jsonl", lessons(30))
    mails = buzon.folder / "mails.jsonl"
    mails.write_text("\n".join(json.dumps({"body": text}) for text, _ in lessons(40, 100)), "utf-8")
    train = ("train", "--data", str(data), "--no-starter")
    done = buzon(*train, "--out", "m.joblib", "--unlabelled", str(mails))
    assert done.returncode == 0, done.stderr
    assert "from 40 mails without a label" in done.stdout
    refused = buzon(*train, "--unlabelled", str(mails))
    assert refused.returncode != 0
    assert "--out" in refused.stderr
    mails.write_text('{"subject": 7, "body": "a"}', "utf-8")
    broken = buzon(*train, "--out", "n.joblib", "--unlabelled", str(mails))
    assert "mails.jsonl, line 1" in broken.stderr


def test_the_model_at_work_is_measured_where_none_is_named(buzon: Shell) -> None:
    test = write(buzon.folder / "test.jsonl", lessons(9))
    done = buzon("evaluate", str(test))
    assert done.returncode == 0, done.stderr
    assert "on 9 mails" in done.stdout
    assert "pedido" in done.stdout


def test_labelled_mails_of_a_file_are_taken_in_learnt_and_put_to_work(buzon: Shell) -> None:
    data = write(buzon.folder / "data.jsonl", lessons(60))
    buzon("migrate")
    done = buzon("train", "--data", str(data))
    assert done.returncode == 0, done.stderr
    assert "put to work" in done.stdout
    assert done.stderr.strip() == ""
    version = done.stdout.split(":")[0]
    shown = buzon("models").stdout
    assert version in shown
    assert "at work" in shown
    report = json.loads(buzon("report", version, "--json").stdout)
    assert report["trained_on"]["own"] == 60
    shown_report = buzon("report", version).stdout
    assert "60 labelled mails" in shown_report
    rows = [word for word in shown_report.split() if word in CATEGORIES]
    assert rows[: len(CATEGORIES)] == list(CATEGORIES)
    starter = next(word for word in shown.split() if word.startswith("starter-"))
    assert f"{starter} is at work" in buzon("promote", starter).stdout


def test_of_several_labels_for_one_text_in_a_file_the_last_counts_and_they_are_named(
    buzon: Shell,
) -> None:
    pairs = [*lessons(30), *(("Cuarenta metros", name) for name in ("pedido", "otro", "pedido"))]
    data = write(buzon.folder / "data.jsonl", pairs)
    buzon("migrate")
    done = buzon("train", "--data", str(data))
    assert done.returncode == 0, done.stderr
    assert "the last counts: " in done.stdout
    assert all(f"data.jsonl, line {number}" in done.stdout for number in (31, 32, 33))
    mails = [json.loads(line) for line in buzon("export").stdout.splitlines()]
    assert [m["true_label"] for m in mails if "Cuarenta" in m["body"]] == ["pedido"]


def test_a_category_of_one_s_own_is_made_renamed_and_retired(buzon: Shell) -> None:
    assert buzon("category", "add", "averia", "--title", "Avería").returncode == 0
    assert "Avería" in buzon("category", "list").stdout
    assert (
        "averia is desperfecto now" in buzon("category", "rename", "averia", "desperfecto").stdout
    )
    assert buzon("category", "retire", "desperfecto").returncode == 0
    assert "retired" in buzon("category", "list").stdout


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (['{"body": "a", "label": "x"}'] * 811 + ['{"body": '], "line 812"),
        (['{"label": "x"}'], '"body" or "text" is missing'),
        (['{"body": "hola", "label": ""}'], "the label is empty"),
        (['{"body": "hola", "label": 3}'], "label"),
        (
            [f'{{"body": "hola {n}", "label": "pedido"}}' for n in range(9)],
            "data.jsonl: A model needs two categories",
        ),
        (
            ['{"body": "hola", "label": "x"}', '{"body": " ", "label": "x"}'],
            "line 2: there is no text",
        ),
        ([""], "data.jsonl: There is no labelled mail"),
    ],
)
def test_a_file_that_cannot_be_learnt_from_is_told_with_line_and_remedy(
    buzon: Shell, lines: list[str], told: str
) -> None:
    data = buzon.folder / "data.jsonl"
    data.write_text("\n".join(lines), encoding="utf-8")
    done = buzon("train", "--data", str(data), "--no-starter", "--out", "m.joblib")
    assert done.returncode != 0
    assert told in done.stderr
    assert str(data) in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 3
    assert not (buzon.folder / "m.joblib").exists()


def test_a_label_with_three_examples_is_left_out_and_named(buzon: Shell) -> None:
    pairs = [*lessons(30), *((f"otra cosa {n}", "rara") for n in range(3))]
    data = write(buzon.folder / "data.jsonl", pairs)
    done = buzon("train", "--data", str(data), "--no-starter", "--out", "m.joblib")
    assert done.returncode == 0, done.stderr
    assert "“rara” has 3 examples" in done.stdout
    assert all(f"data.jsonl, line {number}" in done.stdout for number in (31, 32, 33))


def test_so_it_is_of_a_training_into_the_database(buzon: Shell) -> None:
    buzon("migrate")
    buzon("category", "add", "rara")
    pairs = [*lessons(9), *((f"otra cosa {n}", "rara") for n in range(3))]
    done = buzon("train", "--data", str(write(buzon.folder / "data.jsonl", pairs)))
    assert done.returncode == 0, done.stderr
    assert "“rara” has 3 examples" in done.stdout


def test_a_model_file_that_is_gone_or_another_comes_back_from_the_database(buzon: Shell) -> None:
    buzon("migrate")
    data = write(buzon.folder / "data.jsonl", lessons(30))
    version = buzon("train", "--data", str(data), "--no-starter").stdout.partition(":")[0]
    assert version.startswith("own-")
    assert buzon("promote", version).returncode == 0
    file = buzon.folder / "models" / "model.joblib"
    for content in (None, b"not what was put to work"):
        file.write_bytes(content) if content else file.unlink()
        said = json.loads(buzon("classify", stdin="Mándame 9 codos.").stdout)
        assert said["model_version"] == version
        assert joblib.load(file).version == version


def test_who_names_no_labelled_mails_is_told_how(buzon: Shell) -> None:
    done = buzon("train", "--no-starter", "--out", "m.joblib")
    assert done.returncode != 0
    assert "--data FILE" in done.stderr


def test_a_text_of_fifty_megabytes_is_read_as_far_as_a_model_reads(buzon: Shell) -> None:
    pairs = [*lessons(30), ("Mándame tubos. " * 3_500_000, "pedido")]
    data = write(buzon.folder / "data.jsonl", pairs)
    done = buzon("train", "--data", str(data), "--no-starter", "--out", "m.joblib")
    assert done.returncode == 0, done.stderr
    told = f"{data}, line 31: the text has 52,500,000 characters; "
    assert done.stderr.count(told) == 1
    assert "the first 20,000" in done.stderr
    done = buzon("evaluate", str(data), "--model", "m.joblib", "--json")
    assert json.loads(done.stdout)["n"] == 31
    assert told in done.stderr


def test_what_is_quoted_in_a_long_mail_is_not_told_to_be_cut(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "¿A qué hora abren?\n\n" + "> Exijo la devolución de mi dinero.\n" * 1000
    assert labelled.read([write(tmp_path / "data.jsonl", [(text, "consulta")])])
    assert not capsys.readouterr().err


def test_of_many_long_texts_the_first_ten_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write(tmp_path / "data.jsonl", [("Mándame tubos. " * 2000, "pedido")] * 13)
    assert len(labelled.read([data])) == 13
    told = capsys.readouterr().err
    assert (told.count("data.jsonl, line"), "Of 3 more texts" in told) == (10, True)


def test_an_unknown_label_is_named_with_the_way_to_add_it(buzon: Shell) -> None:
    buzon("migrate")
    data = write(buzon.folder / "data.jsonl", [("algo", "queja")] * 5)
    done = buzon("train", "--data", str(data))
    assert done.returncode != 0
    assert "“queja”" in done.stderr
    assert "buzon category add" in done.stderr


@pytest.mark.parametrize("content", [b"", b"x" * 100, b"\x80\x04N."])
def test_a_file_that_is_no_model_is_told(buzon: Shell, content: bytes) -> None:
    test = write(buzon.folder / "test.jsonl", lessons(3))
    (buzon.folder / "m.joblib").write_bytes(content)
    for done in (
        buzon("evaluate", str(test), "--model", "m.joblib"),
        buzon("classify", "--model", "m.joblib", stdin="Hola"),
    ):
        assert done.returncode == 6
        assert done.stderr.startswith("buzon: m.joblib: ")


def test_a_version_that_is_not_there_is_told(buzon: Shell) -> None:
    buzon("migrate")
    for command in ("promote", "report"):
        done = buzon(command, "own-nothing")
        assert done.returncode != 0
        assert "no model own-nothing" in done.stderr
