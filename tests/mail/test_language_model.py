"""The model in WebAssembly says what py3langid says."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from buzon.mail.language import NEIGHBOURS, SPOKEN
from buzon.mail.language_model import MOST, LanguageModel, Ranking

SENTENCE = "¿cuándo llega mi pedido de ayer? me dijisteis que saldría por la mañana "
TEXTS = [
    *("hola", "a", "ñ", "1", "buenos días a todos", "good morning", "vielen dank für alles"),
    *("здравствуйте мой заказ ещё не пришёл", "dobro jutro moja narudžba još nije stigla"),
    *(
        "добар дан моја поруџбина још није стигла",
        "你好 我的订单还没有到",
        "ご注文の商品",
        "حتى الآن",
    ),
    *(
        "\ud800 x\udfff y",
        "👍 👍🏽",
        "e\u0301 u\u0308 a\u0300",
        "ﬀ ﬁ ŉ",
        "𝔞𝔟 𝔠",
        "a" * 300,
        SENTENCE * 5,
    ),
    *("il mio ordine non è arrivato", "a minha encomenda não chegou", "la comanda no ha arribat"),
]


@pytest.fixture(scope="module")
def model() -> LanguageModel:
    return LanguageModel(SPOKEN, NEIGHBOURS)


@pytest.fixture(scope="module")
def expected() -> Callable[[str], Ranking]:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages([*SPOKEN, *NEIGHBOURS])

    def ranking(text: str) -> Ranking:
        (best, first), (_, second), *_ = ranked = identifier.rank(text)
        spoken, score = next(pair for pair in ranked if pair[0] in SPOKEN)
        return best, spoken, first - second, first - score

    return ranking


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_alone(text: str, model: LanguageModel, expected: Callable[[str], Ranking]) -> None:
    (best, spoken, lead, ahead), wanted = *model.rank([text]), expected(text)
    assert spoken == wanted[1]
    assert best == wanted[0] or wanted[2] == 0
    assert ahead == pytest.approx(wanted[3], abs=0.01)
    if best != "sr":  # which the model has twice
        assert lead == pytest.approx(wanted[2], abs=0.01)


def test_beside_others_each_is_told_as_it_is_alone(model: LanguageModel) -> None:
    many = [*TEXTS, "", *TEXTS[::-1]] * 9
    assert model.rank(many) == [ranking for text in many for ranking in model.rank([text])]


def test_none_is_none(model: LanguageModel) -> None:
    assert model.rank([]) == []


@pytest.mark.parametrize("text", ["", "a", " "])
def test_a_text_that_tells_nothing_is_as_likely_in_any_language(
    text: str, model: LanguageModel
) -> None:
    assert model.rank([text])[0][2:] == (0, 0)


@pytest.mark.parametrize("character", ["ñ", "𝅘𝅥𝅮", "\U0001d160", "ΐ", "\udcff", "שּׁ"])
def test_of_any_number_of_characters_the_first_are_looked_at(
    character: str, model: LanguageModel
) -> None:
    long = character * 3 * MOST
    assert model.rank([long[:MOST]] * 200) == model.rank([long] * 200)
    assert model.rank([SENTENCE, long, SENTENCE])[::2] == model.rank([SENTENCE] * 2)


def test_threads_take_turns(model: LanguageModel) -> None:
    alone = [model.rank([text] * 50) for text in TEXTS]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(model.rank, [[text] * 50 for text in TEXTS] * 20)) == alone * 20
