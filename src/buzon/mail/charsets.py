"""Bytes to text, by the charset that the mail names where that can be believed."""

import re
from functools import lru_cache

# Labels are compared without case, "-", "_" and spaces. Only these are charsets: Python's codecs
# are many more (rot13, hex, zlib, idna, unicode_escape), and a mail could name any of them.
_SAME_NAME = """
utf-8 utf-16 utf-16le utf-16be utf-32 utf-32le utf-32be gb18030 gbk big5 big5hkscs shift_jis
euc-jp euc-kr iso-2022-jp iso-2022-jp-1 iso-2022-jp-2 iso-2022-jp-3 iso-2022-kr johab hz koi8-r
koi8-u koi8-t cp437 cp737 cp775 cp850 cp852 cp855 cp857 cp858 cp860 cp861 cp862 cp863 cp865 cp866
cp874 cp932 cp949 cp950 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 ptcp154
iso-8859-2 iso-8859-3 iso-8859-4 iso-8859-5 iso-8859-6 iso-8859-7 iso-8859-8 iso-8859-10
iso-8859-13 iso-8859-14 iso-8859-15 iso-8859-16 mac-roman mac-cyrillic mac-greek mac-turkish
"""
# What mails call them, and the wider charset that programs mean by the narrower one's name
# (WHATWG Encoding Standard, section 4.2).
_MEANT = """
utf8=utf-8 utf8mb4=utf-8 unicode11utf8=utf-8 cp65001=utf-8 utf8sig=utf-8
ascii=cp1252 usascii=cp1252 ansix341968=cp1252 iso646us=cp1252 iso88591=cp1252 latin1=cp1252
l1=cp1252 iso88591windows=cp1252 ansi=cp1252 ibm819=cp1252 cp819=cp1252
iso88599=cp1254 latin5=cp1254 iso885911=cp874 tis620=cp874 latin2=iso-8859-2 latin9=iso-8859-15
iso88598i=iso-8859-8 iso88598e=iso-8859-8 iso88596i=iso-8859-6 macintosh=mac-roman mac=mac-roman
xmaccyrillic=mac-cyrillic gb2312=gb18030 gbk=gb18030 cngb=gb18030 euccn=gb18030 xgbk=gb18030
hzgb2312=hz big5=big5hkscs cnbig5=big5hkscs xxbig5=big5hkscs shiftjis=cp932 sjis=cp932
xsjis=cp932 mskanji=cp932 windows31j=cp932 xeucjp=euc-jp ujis=euc-jp iso2022jpms=iso-2022-jp-2
euckr=cp949 ksc56011987=cp949 ksc5601=cp949 uhc=cp949 koi8=koi8-r koi8ru=koi8-u ucs2=utf-16
"""
_NO_NAME = str.maketrans("", "", "-_ ")
_CODECS = {name.translate(_NO_NAME): name for name in _SAME_NAME.split()}
_CODECS |= {f"windows{name[2:]}": name for name in _CODECS.values() if name.startswith("cp125")}
_CODECS |= {f"ibm{name[2:]}": name for name in _CODECS.values() if name.startswith("cp")}
_CODECS |= {"windows874": "cp874", "windows949": "cp949", "windows932": "cp932"}
_CODECS |= dict(pair.split("=") for pair in _MEANT.split())

_ESCAPES = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")


def codec(label: str) -> str:
    """The codec for a charset's name; "" where it is no charset's or unknown."""
    return _named(label[:40])


@lru_cache(maxsize=256)  # asked for each encoded word; few names are in use
def _named(label: str) -> str:
    return _CODECS.get(label.strip("\"' \t").lower().translate(_NO_NAME), "")


def decode(data: bytes, label: str = "") -> str:
    """The text of the bytes. Never fails: what makes no sense becomes U+FFFD.

    Bytes that are UTF-8 are read so whatever the mail says in favour of a western charset, and
    where it names none. Without control characters but tab and line breaks.
    """
    name = codec(label) or "utf-8"
    if name.startswith(("utf-16", "utf-32")) and b"\0" not in data:
        name = "utf-8"
    is_western = name in ("utf-8", "cp1252")
    return plain(_western(data, name) if is_western else data.decode(name, "replace"))


def plain(text: str) -> str:
    """The text without control characters, NUL and lone surrogates. Tab and line breaks stay."""
    return text if text.replace("\n", " ").isprintable() else _ESCAPES.sub("", text)


def _western(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        if name == "utf-8":
            return _broken_utf8(data)
        return data.decode("cp1252", "replace")


def _broken_utf8(data: bytes) -> str:
    """As UTF-8 where a fair part of what isn't ASCII is, which doesn't happen by chance; else it
    was Windows-1252 all along."""
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    sound = len(text) - broken - len(data.translate(None, _NOT_ASCII))
    return text if sound and 4 * sound >= broken else data.decode("cp1252", "replace")


_NOT_ASCII = bytes(range(128, 256))
