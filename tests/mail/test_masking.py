"""Which numbers are masked, and which are not."""

import re
from typing import get_args

import pytest

from buzon.classifier.corpus import starter
from buzon.classifier.features import HashedNgrams
from buzon.classifier.reading import Analyzer
from buzon.mail.masking import mask

MASKED = [
    # Cards: the test numbers that payment services publish.
    "4111 1111 1111 1111",
    "4111111111111111",
    "5555-5555-5555-4444",
    "2223 0031 2200 3222",
    "3782 822463 10005",
    "378282246310005",
    "3056 930902 5904",
    "6011 1111 1111 1117",
    "3530.1113.3330.0000",
    "Tarjeta:4012\u00a08888\u00a08888\u00a01881.",
    "mi tarjeta es la 4242 4242 4242 4242, caduca pronto",
    # IBANs: the examples of the registry.
    "ES91 2100 0418 4502 0005 1332",
    "ES9121000418450200051332",
    "es79-2100-0813-6101-2345-6789",
    "DE89 3704 0044 0532 0130 00",
    "FR14 2004 1010 0505 0001 3M02 606",
    "GB29 NWBK 6016 1331 9268 19",
    "IT60 X054 2811 1010 0000 0123 456",
    "PT50 0002 0123 1234 5678 9015 4",
    "NL91ABNA0417164300",
    "IBAN ES91 2100 0418 4502 0005 1332 a nombre de Ana",
    # DNI and NIE.
    "12345678Z",
    "12345678-Z",
    "12345678 Z",
    "12345678z",
    "12.345.678-Z",
    "DNI:00000001R",
    "NIF/87654321X,",
    "X1234567L",
    "X-1234567-L",
    "Y1234567X",
    "z7654321h",
    # Telephones.
    "+34 612 345 678",
    "+34612345678",
    "(+34) 612 34 56 78",
    "0034 912 345 678",
    "0034912345678",
    "+49 151 23456789",
    "+44 (0)20 7946 0958",
    "+33 6 12 34 56 78",
    "+1 (212) 555-0142",
    "+351 912 345 678",
    "612345678",
    "612 345 678",
    "612.345.678",
    "612-34-56-78",
    "712 345 678",
    "912 345 678",
    "91 234 56 78",
    "93 2345678",
    "971 00 00 19",
    "llámeme al 612345678.",
    "Pedido 4500118273, teléfono 612345678",
    "Mi pedido es el 4500118273 y mi móvil 612 345 678",
    "teléfono nº 612345678",
    "06 12 34 56 78",
    "06.12.34.56.78",
    "0612345678",
    "0171 3920077",
    "07700 900871",
    "01632 960 821",
    "Tel. 555-0142-77",
    "Tel: (602) 555-0148",
    "Handy: 3451234567",
    "cell. 347 123 4567",
    "WhatsApp 5512345678",
    "please call me on 602-555-0148",
]
KEPT = [
    # Orders and the like, also where a number could be a telephone's.
    "Pedido 4500118273",
    "pedido nº 612345678",
    "número de pedido: 612345678",
    "Order #612345678",
    "Factura 2025-0188",
    "factura F-612345678",
    "Rechnung 0123456789",
    "Albarán 881220119",
    "ref. 0171 3920077",
    "tracking 1234 5678 9012 3456",
    "PED-2026-612345678",
    "tel 612345678x",
    "EAN 8412345678905",
    "ISBN 978-84-0000-312-7",
    "4111 1111 1111 1112",
    "4111111111111112",
    "1111 2222 3333 4444",
    "ES9121000418450200051333",
    "DE89370400440532013001",
    "Registro telemático 2025/00871",
    "ES91 2100 0418",
    "ZZ9121000418450200051332",
    "12345678A",
    "12345678 a las cinco",
    "X1234567A",
    "AX12345678Z",
    "12345678-Z-2026",
    "0091-2231",
    "0004-00018821",
    "001-22871",
    "300 118 7724",
    "81 0000 7740",
    "7720 4419 003",
    "25-009914",
    "550 5.1.1",
    "203.0.113.41",
    "192.168.100.200",
    # Dates and times.
    "12/03/2026 10:30",
    "01.02.2025 10:30",
    "2026-11-27T11:43:09.123456Z",
    "2026-11-27T11:43:09+0100",
    "20250604-118827",
    "llámeme el 12-03-2026 10:30",
    "llame entre las 9 y las 14 h",
    "2026-2028",
    # Amounts.
    "1.234.567,89 €",
    "612.345.678 €",
    "612.345.678,00",
    "€ 612345678",
    "+12.500.000 €",
    "612 345 678 EUR",
    "14.500.000",
    "28013 Madrid",
    "",
]


def zeros(text: str) -> str:
    return re.sub("[0-9]", "0", text)


@pytest.mark.parametrize("text", MASKED)
def test_each_such_number_is_masked(text: str) -> None:
    number = re.split(r"4500118273", text)[-1]
    assert mask(text) == text.removesuffix(number) + zeros(number)
    assert mask(f"Hola:\n\n{text}\n\nGracias") == f"Hola:\n\n{mask(text)}\n\nGracias"


@pytest.mark.parametrize("text", KEPT)
def test_other_numbers_stay(text: str) -> None:
    assert mask(text) == text
    assert mask(f"Hola: {text}\n") == f"Hola: {text}\n"


def test_several_in_a_text_are_masked_and_nothing_else_changes() -> None:
    text = "Pedido 88120 de 12,50 €: 4111 1111 1111 1111, 12345678Z, +34 612 345 678 el 3/4/2026"
    told = "Pedido 88120 de 12,50 €: 0000 0000 0000 0000, 00000000Z, +00 000 000 000 el 3/4/2026"
    assert mask(text) == mask(told) == told


@pytest.mark.parametrize("analyzer", get_args(Analyzer))
def test_a_model_reads_a_masked_text_as_it_read_it_before(analyzer: Analyzer) -> None:
    texts = [text for text in [*MASKED, *(s.body for s in starter())] if mask(text) != text]
    assert len(texts) > len(MASKED) + 20
    vectoriser = HashedNgrams(analyzer)
    before, after = (vectoriser.transform(each) for each in (texts, map(mask, texts)))
    assert (before != after).nnz == 0
