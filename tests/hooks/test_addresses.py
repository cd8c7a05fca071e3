"""Where a webhook may go: any web address, but none of the machine's cloud."""

import ipaddress

import pytest

from buzon.errors import TextRefused
from buzon.hooks.addresses import is_refused, refuse_unusable, resolve


@pytest.mark.parametrize(
    "url",
    [
        "https://n8n.example.com/webhook/buzon?key=1",
        "http://127.0.0.1:5678/webhook/x",
        "http://10.0.0.4/x",
        "http://n8n:5678/webhook/x",
        "http://[::1]:5678/",
        "https://ñandú.example/",
    ],
)
def test_addresses_of_programs_are_taken_private_ones_too(url: str) -> None:
    refuse_unusable(url)


@pytest.mark.parametrize(
    "url",
    [
        "", "n8n.example.com", "ftp://n8n.example.com", "file:///etc/passwd", "https://",
        "http://n8n:70000/", "http://[::1/", "javascript:alert(1)", "http://a b/", "http://x/\n",
        "https://user:password@n8n.example.com/", "https://x/" + "a" * 2000,
        "http://169.254.169.254/latest/meta-data/", "http://[fe80::1]/", "http://0.0.0.0/",
        "http://[::ffff:169.254.169.254]/", "http://[fd00:ec2::254]/", "http://100.100.100.200/",
    ],
)  # fmt: skip
def test_what_is_no_address_or_of_the_machine_s_cloud_is_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(TextRefused) as refused:
        refuse_unusable(url)
    assert refused.value.what
    assert refused.value.do


@pytest.mark.parametrize(
    ("address", "refused"),
    [
        ("169.254.1.2", True),
        ("64:ff9b::a9fe:a9fe", True),
        ("ff02::1", True),
        ("192.168.1.2", False),
        ("64:ff9b::c0a8:102", False),
    ],
)
def test_an_address_within_another_counts_as_itself(address: str, refused: bool) -> None:
    assert is_refused(ipaddress.ip_address(address)) is refused


async def test_a_name_is_looked_up_before_each_attempt_and_what_is_refused_is_left_out() -> None:
    assert "127.0.0.1" in await resolve("localhost", 80)
    # Written in another way, it is the same address: only the resolver knows.
    assert await resolve("0xa9fea9fe", 80) == []
