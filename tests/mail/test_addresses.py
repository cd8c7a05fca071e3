import pytest
from hypothesis import given
from hypothesis import strategies as st

from buzon.mail.addresses import mailboxes, single, usable, usable_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("ana@example.org", "ana@example.org"),
        ("Ana.Lopez+tag@Example.ORG", "Ana.Lopez+tag@example.org"),
        ("ana@example.org.", "ana@example.org"),
        ("ana@münchen.example", "ana@xn--mnchen-3ya.example"),
        ("ana@straße.example", "ana@xn--strae-oqa.example"),
        ("o'hara=x@sub.example.co", "o'hara=x@sub.example.co"),
        ("josé@example.org", "josé@example.org"),
    ],
)
def test_an_address_we_would_write_to(text: str, address: str) -> None:
    assert usable_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        *("", "@", "ana", "ana@", "@example.org", "ana@@example.org", "a@b@example.org"),
        *("-oQ/tmp/x@example.org", "|/bin/sh@example.org", "/etc/x@example.org"),
        *("ana@localhost", "ana@mail.localhost", "ana@x.invalid", "ana@[127.0.0.1]"),
        *("ana@127.0.0.1", "ana@[IPv6:::1]", "ana@example", "ana@-a.example", "ana@a..example"),
        *("ana @example.org", "ana@exam ple.org", " ana@example.org", "ana@example.org "),
        *("ana\r\nBcc:x@example.org", "ana@example.org\n", "a\0na@example.org"),
        *('"ana lopez"@example.org', "<ana@example.org>", "ana@example.org,eva@example.org"),
        *(".ana@example.org", "ana.@example.org", "a..b@example.org", "a%b@example.org"),
        *("ana@exam\u200bple.org", "an\u200ba@example.org", "ana@xn--" + "a" * 2_000 + ".example"),
        *("a" * 65 + "@example.org", "a@" + "b." * 130 + "example", "ana@example.org\u2028"),
    ],
)
def test_an_address_we_would_not_write_to(text: str) -> None:
    assert usable_address(text) == ""


@given(st.text(max_size=80) | st.from_regex(r"[^@]{1,9}@[^@]{1,9}\.[a-z]{2}", fullmatch=True))
def test_a_usable_address_has_nothing_to_break_a_header_or_a_command(text: str) -> None:
    address = usable_address(text)
    if address:
        assert address.isprintable()
        assert not set(address) & set(' <>",;:()[]\\|!%')
        assert address[0] not in "-/@"
        assert address.rpartition("@")[2].isascii()
        assert usable_address(address) == address


@pytest.mark.parametrize(
    ("value", "name", "address"),
    [
        ("Ana López <ana@example.org>", "Ana López", "ana@example.org"),
        ('"López, Ana" <ana@example.org>', "López, Ana", "ana@example.org"),
        ('"Ana \\"la jefa\\"" <ana@example.org>', 'Ana "la jefa"', "ana@example.org"),
        ("ana@example.org (Ana López)", "Ana López", "ana@example.org"),
        ("Ana <<ana@example.org>>", "Ana", "ana@example.org"),
        ("Ana <ana@example.org", "Ana", "ana@example.org"),
        ('"Ana <ana@example.org>', "Ana", "ana@example.org"),
        ("<@a.example,@b.example:ana@example.org>", "", "ana@example.org"),
        ("Compras: Ana <ana@example.org>;", "Ana", "ana@example.org"),
        ("=?utf-8?Q?<x@example.net>,?= <ana@example.org>", "<x@example.net>,", "ana@example.org"),
        ("ana@example.org, Ana <ana@example.org>", "", "ana@example.org"),
        ("Ana <ana@example.org>, Eva <eva@example.net>", "Ana", ""),
        ("Ana <ana@example.org> <eva@example.net>", "Ana", ""),
        ("Ana <ana@example.org>\r\n Bcc: eva@example.net", "Ana Bcc eva@example.net", ""),
        ("<ana@example.org> ORCPT=rfc822;v@example.net", "ORCPT=rfc822", ""),
        ("A: B: c@example.org;;", "", ""),
        ("undisclosed-recipients:;", "", ""),
        ("Solo Nombre", "Solo Nombre", ""),
        ('"', "", ""),
        ("(comentario)", "", ""),
        ("<>", "", ""),
        ("", "", ""),
    ],
)
def test_the_single_mailbox_of_a_header(value: str, name: str, address: str) -> None:
    found = single([value])
    assert (found.name, found.address) == (name, address)


def test_two_headers_that_disagree_name_nobody() -> None:
    assert single(["a@example.org", "b@example.org"]).address == ""
    assert single(["a@example.org", "A <a@example.org>"]).address == "a@example.org"


def test_recipients_are_the_usable_ones_each_once() -> None:
    values = ["Ana <a@example.org>, root@localhost", "G: b@example.org, a@example.org;"]
    assert usable(values) == ("a@example.org", "b@example.org")


def test_where_the_room_ends_no_address_is_cut_in_the_middle() -> None:
    value = ", ".join(f"cliente.{number:0>60}@example.org" for number in range(2_000))
    assert all(len(address) == 80 for address in usable([value]))
    assert len(mailboxes(value)) == 201


@given(st.text(alphabet='ab@.<>"\\(),;: \n=?qQ', max_size=60))
def test_any_value_gives_usable_addresses_or_none(value: str) -> None:
    for mailbox in mailboxes(value):
        assert usable_address(mailbox.address) == mailbox.address
