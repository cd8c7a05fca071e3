from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buzon.mail import charsets, headers


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ("=?utf-8?Q?caf=C3=A9_con_leche?=", "café con leche"),
        ("=?UTF-8?b?Y2Fmw6k=?=", "café"),
        ("=?utf-8*es?Q?ma=C3=B1ana?=", "mañana"),
        ("a =?utf-8?Q?b?= c", "a b c"),
        ("=?utf-8?Q?a?=  =?iso-8859-1?Q?=F1?=", "añ"),
        ("=?utf-8?B?w6?= =?utf-8?B?k=?=", "é"),
        ("=?utf-8?B?aG9sYQ=!!?=", "hola"),
        ("=?utf-8?B?a?=", ""),
        ("=?utf-8?X?hola?=", "=?utf-8?X?hola?="),
        ("=?utf-8?Q?hola", "=?utf-8?Q?hola"),
        ("=?x-unknown?Q?a=F1o?=", "año"),
        ("=?utf-16?B?aG9sYQ==?=", "hola"),
    ],
)
def test_encoded_words(value: str, text: str) -> None:
    assert headers.words(value) == text


@pytest.mark.parametrize(
    "codec", ["rot13", "hex", "zlib", "bz2", "idna", "punycode", "unicode_escape", "utf-7"]
)
def test_a_codec_of_python_is_no_charset(codec: str) -> None:
    assert charsets.codec(codec) == ""
    assert charsets.decode(b"+AD4- \\x41 ubyn", codec) == "+AD4- \\x41 ubyn"


@given(st.binary(max_size=50), st.sampled_from(["utf-8", "utf-16", "hz", "gb2312", "big5", "x"]))
def test_any_bytes_in_any_charset_are_text_that_can_be_stored(data: bytes, label: str) -> None:
    text = charsets.decode(data, label)
    assert "\0" not in text
    text.encode("utf-8")


@given(
    st.lists(
        st.binary(max_size=30).map(lambda data: b"=?%s?q?%s?=" % (b"big5", data))
        | st.tuples(
            st.sampled_from([b"utf-8", b"iso-2022-jp-3", b"gb18030", b""]), st.binary()
        ).map(lambda pair: b"=?%s?b?%s?=" % (pair[0], b64encode(pair[1])))
        | st.binary(max_size=30)
    ).map(b"".join)
)
def test_a_value_grows_no_longer_by_being_decoded(raw: bytes) -> None:
    assert len(headers.decode(raw, 100_000)) <= len(raw)
    assert headers.decode(raw, 100_000) == headers.decode(raw, max(1, len(raw)))


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"attachment; filename=a.pdf", "a.pdf"),
        (b'attachment; filename="a;b\\"c.pdf"', 'a;b"c.pdf'),
        (b"attachment; filename*=utf-8'es'a%C3%B1o.pdf", "año.pdf"),
        (b'attachment; filename*0="uno "; filename*1=dos; filename*3=x', "uno dos"),
        (b"attachment; filename*0*=utf-8''a%C3; filename*1*=%B1o; filename*2=.pdf", "año.pdf"),
        (b"attachment; filename*=rot13''ubyn", "ubyn"),
        (b'attachment; filename="=?utf-8?Q?a=C3=B1o?="', "año"),
        (b'attachment; filename="a\xf1o.pdf"', "año.pdf"),
        (b'attachment; filename="open', "open"),
        (b"attachment; filename*", ""),
        (b"attachment", ""),
    ],
)
def test_file_names(raw: bytes, name: str) -> None:
    kind, found = headers.parameters(raw)
    assert kind == "attachment"
    assert headers.parameter(found, "filename") == name


def test_a_value_is_on_one_line_and_shows_all_there_is() -> None:
    assert headers.decode(b"a\r\n\tb\x1b[31m", 100) == "a b [31m"
    assert headers.decode("factura\u202efdp.exe\u200b".encode(), 100) == "facturafdp.exe"
    assert headers.decode(b"x" * 200, 100) == "x" * 100
