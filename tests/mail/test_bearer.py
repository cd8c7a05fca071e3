"""What is said to a server with an access token."""

import pytest

from buzon.mail.bearer import Mechanism, Saying


def saying(name: Mechanism, user: str = "user@example.com") -> Saying:
    return Saying(name, user, "vF9dft4qmT", "server.example.com", 143)


def test_oauthbearer_is_said_as_the_example_of_rfc_7628_has_it() -> None:
    """Section 4.1."""
    assert saying("OAUTHBEARER").answer(b"") == (
        b"n,a=user@example.com,\x01host=server.example.com\x01port=143\x01"
        b"auth=Bearer vF9dft4qmT\x01\x01"
    )


def test_xoauth2_is_said_as_google_and_microsoft_have_it() -> None:
    assert saying("XOAUTH2").answer(b"") == (
        b"user=user@example.com\x01auth=Bearer vF9dft4qmT\x01\x01"
    )


def test_a_user_can_t_add_to_what_is_said() -> None:
    said = saying("OAUTHBEARER", "a=b,c@example.com").answer(b"")
    assert said.startswith(b"n,a=a=3Db=2Cc@example.com,\x01")


@pytest.mark.parametrize(("name", "end"), [("OAUTHBEARER", b"\x01"), ("XOAUTH2", b"")])
def test_a_refusal_is_ended_and_its_status_kept(name: Mechanism, end: bytes) -> None:
    said = saying(name)
    said.answer(b"")
    assert said.answer(b'{"status":"invalid_token","scope":"mail"}') == end
    assert said.complaint == "(status invalid_token)"


@pytest.mark.parametrize("challenge", [b"", b"no JSON", b"[]", b"\xff", b'{"schemes":"bearer"}'])
def test_a_refusal_without_a_status_says_nothing(challenge: bytes) -> None:
    said = saying("XOAUTH2")
    said.answer(b"")
    said.answer(challenge)
    assert said.complaint == ""
