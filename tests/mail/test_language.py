import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unicodedata import normalize

import pytest

import buzon.classifier
from buzon.mail import language

CORPUS = Path(buzon.classifier.__file__).parent / "corpus"

FOREIGN = [
    ("Hoi, mijn pakket is nog niet aangekomen", "nl"),
    ("Dzień dobry, nie dostałem paczki", "pl"),
    ("Bună ziua, coletul meu nu a ajuns încă", "ro"),
    ("Hej, mitt paket har inte kommit fram än", "sv"),
    ("Kaixo, nire eskaera ez da oraindik iritsi", "eu"),
    ("Bo día, o meu pedido aínda non chegou e xa pasaron dez días.", "gl"),
    ("Здравствуйте, мой заказ ещё не пришёл", "ru"),
    ("Καλημέρα, η παραγγελία μου δεν ήρθε", "el"),
    ("مرحبا لم يصل طلبي بعد", "ar"),
    ("你好，我的订单还没有到", "zh"),
    ("ご注文の商品がまだ届きません", "ja"),
]


def every_mail() -> list[tuple[str, str]]:
    """(language, text) of the corpus."""
    rows = [
        json.loads(line)
        for path in sorted(CORPUS.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    return [(row["lang"], f"{row['subject']}\n{row['body']}") for row in rows]


def test_the_corpus_is_recognised() -> None:
    mails = every_mail()[::4]
    right = sum(language.detect(text) == expected for expected, text in mails)
    assert right / len(mails) >= 0.99


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hola", "es"),
        ("Ok, gracias", "es"),
        ("Buenos días", "es"),
        ("thanks", "en"),
        ("Merci", "fr"),
        ("Danke!", "de"),
        ("Grazie", "it"),
        ("Bom dia", "pt"),
        ("Bon dia", "ca"),
        ("Moltes gràcies", "ca"),
    ],
)
def test_a_greeting_alone_is_recognised(text: str, expected: str) -> None:
    assert language.detect(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", " \n\t", "ok", "12345", "👍", "¿¿??", "a", "+34 600 123 456", "https://www.example.com/a"],
)
def test_what_has_too_few_letters_has_no_language(text: str) -> None:
    assert language.detect(text) == ""


@pytest.mark.parametrize(("text", "expected"), FOREIGN)
def test_a_neighbour_is_not_taken_for_one_of_our_languages(text: str, expected: str) -> None:
    assert language.detect(text) == expected


def test_capitals_and_numbers_change_nothing() -> None:
    assert language.detect("LLEVO 11 DÍAS SIN FIBRA Y NADIE ME CONTESTA, PEDIDO 88123") == "es"


def test_addresses_do_not_count_as_words() -> None:
    text = "No funciona el enlace https://www.example.com/customer/login/reset-your-password-here"
    assert language.detect(text) == "es"


@pytest.mark.parametrize("text", ["\ud800 hola a todos los presentes", "x" * 1_000_000, "é" * 5000])
def test_odd_text_raises_nothing(text: str) -> None:
    assert isinstance(language.detect(text), str)


def test_threads_share_one_model() -> None:
    language._load.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(language.detect, ["¿Cuándo llega mi pedido de ayer?"] * 32))
    assert found == {"es"}
    assert language._load.cache_info().misses == 1


def alike(texts: list[str]) -> bool:
    together = [
        code for n in range(0, len(texts), 100) for code in language.detect_all(texts[n : n + 100])
    ]
    return together == [language.detect(text) for text in texts]


def test_many_texts_at_once_have_the_languages_that_each_has_alone() -> None:
    assert alike([text for _, text in every_mail()])


def test_so_have_short_odd_and_foreign_ones() -> None:
    texts = [text for _, text in every_mail()[::20]]
    decomposed = [normalize("NFD", text) for text in texts]
    cut = [text[:length] for text in texts for length in range(0, 40, 3)]
    odd = ["", "Hola", "ok", "x@y.z 12", "\ud800 hola a todos", "\x00\x01", "क़" * 9, "x" * 9_999]
    foreign = [text for text, _ in FOREIGN]
    assert alike([*decomposed, *cut, *odd, *foreign, *map(str.upper, texts)])


@pytest.mark.parametrize("text", ["", "12345", "ana@example.org"])
def test_many_without_a_word_have_no_language(text: str) -> None:
    assert language.detect_all([text] * 20) == [""] * 20


def test_a_language_is_no_clearer_beside_others() -> None:
    texts = [text for _, text in every_mail()[:200]]
    assert language.detect_all(texts) == language.detect_all(texts[::-1])[::-1]
    assert language.detect_all(texts[:9]) == language.detect_all(texts)[:9]
