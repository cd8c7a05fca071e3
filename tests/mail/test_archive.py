from pathlib import Path

import pytest

from buzon.errors import Invalid
from buzon.mail.archive import HEAD, Item, open_archive, refuse_unreadable
from buzon.records import SIZE_LIMIT

ONE = b"From: a@example.org\nSubject: uno\n\nhola\n"
TWO = b"From: b@example.org\nSubject: dos\n\nadios\n"


def mbox(*mails: bytes, end: bytes = b"\n") -> bytes:
    return b"".join(b"From x@example.org Mon Feb  3 10:15:00 2025\n" + m + end for m in mails)


def written(folder: Path, name: str, content: bytes) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def items(path: Path, start: int = 0) -> list[Item]:
    return list(open_archive(path).read(start))


def test_an_mbox_is_read_mail_by_mail(tmp_path: Path) -> None:
    found = items(written(tmp_path, "a.mbox", mbox(ONE, TWO)))
    assert [item.content for item in found] == [ONE + b"\n", TWO + b"\n"]


def test_reading_goes_on_where_it_stopped(tmp_path: Path) -> None:
    file = written(tmp_path, "a.mbox", mbox(ONE, TWO, ONE))
    first = items(file)[0]
    assert [item.content for item in items(file, first.next)] == [TWO + b"\n", ONE + b"\n"]
    assert items(file, file.stat().st_size) == []


def test_a_marked_from_line_loses_its_mark_and_a_glued_one_starts_no_mail(tmp_path: Path) -> None:
    mail = b"Subject: x\n\n>From ayer\n>>From hoy\ntexto\nFrom aqui no empieza nada\n"
    (found,) = items(written(tmp_path, "a.mbox", mbox(mail)))
    assert found.content == (
        b"Subject: x\n\nFrom ayer\n>From hoy\ntexto\nFrom aqui no empieza nada\n\n"
    )


def test_an_mbox_may_end_without_a_line_end(tmp_path: Path) -> None:
    found = items(written(tmp_path, "a.mbox", mbox(ONE, TWO.rstrip(), end=b"\n").rstrip()))
    assert len(found) == 2


def test_a_mail_over_the_limit_is_cut_and_its_size_is_told(tmp_path: Path) -> None:
    big = b"Subject: x\n\n" + b"a" * (SIZE_LIMIT + 5_000_000) + b"\n"
    first, second = items(written(tmp_path, "a.mbox", mbox(big, ONE)))
    assert len(first.content) == SIZE_LIMIT
    assert first.size == len(big) + 1
    assert second.content == ONE + b"\n"


def test_a_maildir_is_read_with_its_subfolders(tmp_path: Path) -> None:
    written(tmp_path, "box/cur/1:2,S", ONE)
    written(tmp_path, "box/new/2", TWO)
    written(tmp_path, "box/.Viejos/cur/3:2,S", ONE)
    written(tmp_path, "box/dovecot-uidlist", b"no mail")
    assert len(items(tmp_path / "box")) == 3


def test_a_tree_of_eml_files_is_read_and_so_is_one_file(tmp_path: Path) -> None:
    written(tmp_path, "tree/a.eml", ONE)
    file = written(tmp_path, "tree/sub/b.eml", TWO)
    written(tmp_path, "tree/notes.txt", b"no mail")
    assert [item.content for item in items(tmp_path / "tree")] == [ONE, TWO]
    assert [item.content for item in items(file)] == [TWO]


def test_json_lines_become_mails_and_a_broken_line_is_told(tmp_path: Path) -> None:
    lines = [
        b'{"from": "ana@example.org", "subject": "uno", "text": "hola"}',
        b'{"from": "ana@example.org", "sub',
        b'{"from": 5, "subject": "tres"}',
        b"[1, 2]",
        b'{"id": 7}',
        b"",
        b'{"from": "luis@example.org", "subject": "seis", "body": "adios"}',
    ]
    found = items(written(tmp_path, "a.jsonl", b"\n".join(lines)))
    assert [bool(item.fault) for item in found] == [False, True, True, True, True, False]
    assert b"ana@example.org" in found[0].content
    assert "from must be a text" in found[2].fault


@pytest.mark.parametrize(
    ("name", "content"), [("a.txt", b"hola"), ("a.mbox", b""), ("a.zip", b"PK\x03\x04")]
)
def test_what_is_no_archive_is_refused_with_what_would_be_one(
    tmp_path: Path, name: str, content: bytes
) -> None:
    with pytest.raises(Invalid, match=r"no mbox"):
        open_archive(written(tmp_path, name, content))


def test_a_missing_path_and_an_empty_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"There is no file or folder"):
        open_archive(tmp_path / "nada")
    with pytest.raises(Invalid, match=r"neither a Maildir"):
        open_archive(tmp_path)


@pytest.mark.parametrize(
    "line", [b"", b"hola", b"[1]", b'{"id": 7}', b'{"text": "hola"}', b'{"from": "a@example.org"}']
)
def test_json_lines_of_something_else_are_refused_by_their_first(
    tmp_path: Path, line: bytes
) -> None:
    good = b'{"from": "ana@example.org", "text": "hola"}'
    with pytest.raises(Invalid, match="first line"):
        open_archive(written(tmp_path, "a.jsonl", line + b"\n"))
    assert len(items(written(tmp_path, "b.jsonl", b"\n" + good + b"\n" + line + b"\n"))) <= 2


def test_a_first_line_that_is_longer_than_what_is_looked_at_is_taken(tmp_path: Path) -> None:
    line = b'\xef\xbb\xbf{"from": "ana@example.org", "text": "' + b"x" * HEAD + b'"}\n'
    (found,) = items(written(tmp_path, "a.jsonl", line))
    assert not found.fault


def test_a_file_of_which_nothing_can_be_read_is_refused_whole(tmp_path: Path) -> None:
    bad = b'{"from": 5, "text": "hola"}\n'
    good = b'{"from": "ana@example.org", "text": "hola"}\n'
    with pytest.raises(Invalid, match=r"None of the first lines.*from must be a text"):
        refuse_unreadable(open_archive(written(tmp_path, "a.jsonl", bad * 100 + good)))
    refuse_unreadable(open_archive(written(tmp_path, "b.jsonl", bad * 99 + good)))
    refuse_unreadable(open_archive(written(tmp_path, "c.mbox", mbox(ONE))))
