"""The sandbox's door."""

import socket

import pytest

from buzon.errors import AddressInUse
from buzon.mail import smtpd


async def test_a_port_that_is_taken_is_told_in_words_and_with_another_one() -> None:
    async def store(_: object) -> None: ...

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(AddressInUse) as caught:
            await smtpd.listen("127.0.0.1", port, store)
    assert str(caught.value) == (
        f"The sandbox can't listen on 127.0.0.1:{port} (Address already in use). "
        "Set BUZON_SANDBOX_SMTP to another address, such as 127.0.0.1:2526."
    )
