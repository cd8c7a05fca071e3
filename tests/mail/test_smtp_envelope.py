"""MAIL, RCPT and DATA, said to a server that takes them together, and to one that doesn't."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from buzon.mail.smtp_connection import Connection, Server
from buzon.mail.smtp_envelope import Envelope
from buzon.records import Outcome
from mail.test_smtp import queued

Reading = Callable[[], Awaitable[bytes]]
Session = Callable[[Reading, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def greeted(session: Session) -> AsyncIterator[Connection]:
    """A connection to a server that takes commands together, and goes on as the session says."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 peer.example.com\r\n")
        await reader.readline()
        writer.write(b"250-peer.example.com\r\n250 PIPELINING\r\n")
        await session(reader.readline, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    connection = Connection(
        Server(host="127.0.0.1", port=port, security="none", command_timeout=2, mail_timeout=5)
    )
    try:
        await connection.ready()
        yield connection
    finally:
        connection.close()
        server.close()


async def sent(session: Session) -> Outcome:
    async with greeted(session) as connection:
        return await connection.deliver(queued())


async def commands(read: Reading) -> list[bytes]:
    return [(await read())[:4] for _ in range(3)]


async def mail(read: Reading) -> bytes:
    lines = []
    while (line := await read()) != b".\r\n":
        lines.append(line)
    return b"".join(lines)


async def test_commands_go_out_together_and_the_mail_only_when_it_is_wanted() -> None:
    taken: list[bytes] = []

    async def session(read: Reading, writer: asyncio.StreamWriter) -> None:
        assert await commands(read) == [b"MAIL", b"RCPT", b"DATA"]
        writer.write(b"250 ok\r\n250 ok\r\n")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(read(), 0.2)
        writer.write(b"354 go on\r\n")
        taken.append(await mail(read))
        writer.write(b"250 queued\r\n")

    assert (await sent(session)).status == "sent"
    assert b"Re: Factura" in taken[0]


async def test_answers_may_come_in_any_pieces() -> None:
    async def session(read: Reading, writer: asyncio.StreamWriter) -> None:
        await commands(read)
        for byte in b"250-one\r\n250 two\r\n250 ok\r\n354 go on\r\n":
            writer.write(bytes([byte]))
            await asyncio.sleep(0.002)
        await mail(read)
        writer.write(b"250-kept\r\n250 as 77\r\n")

    assert (await sent(session)).detail == "250 kept as 77"


async def test_the_first_refusal_counts_also_where_the_server_hangs_up_then() -> None:
    async def session(read: Reading, writer: asyncio.StreamWriter) -> None:
        await commands(read)
        writer.write(b"250 ok\r\n550 5.1.1 no such user\r\n")
        writer.close()

    outcome = await sent(session)
    assert (outcome.status, outcome.detail) == ("failed", "550 5.1.1 no such user")


async def test_what_a_server_says_unasked_is_no_answer_to_the_next_command() -> None:
    async def session(read: Reading, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.1)  # by then the connection is ready
        writer.write(b"250 hello again\r\n")

    async with greeted(session) as connection, asyncio.timeout(5):
        assert connection.is_open
        while connection.is_open:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("then", ["hangs up", "is silent", "says nonsense"])
@pytest.mark.parametrize("to_data", [b"354 go on\r\n", b""])
async def test_a_refusal_counts_whatever_becomes_of_the_mail_that_is_called_off(
    then: str, to_data: bytes
) -> None:
    said: list[bytes] = []

    async def session(read: Reading, writer: asyncio.StreamWriter) -> None:
        await commands(read)
        writer.write(b"250 ok\r\n550 5.1.1 no such user\r\n" + to_data)
        if to_data:
            said.append(await mail(read))
        if then == "hangs up":
            writer.close()
        elif then == "says nonsense":
            writer.write(b"what?\r\n")
        else:
            await asyncio.sleep(5)

    async with asyncio.timeout(4):  # a mail is given five seconds
        outcome = await sent(session)
    assert (outcome.status, outcome.detail) == ("failed", "550 5.1.1 no such user")
    assert said == [b"\r\n"] * bool(to_data)


async def test_nothing_is_said_to_who_may_have_taken_the_recipient_after_all() -> None:
    said: asyncio.Queue[bytes] = asyncio.Queue()

    async def session(read: Reading, writer: asyncio.StreamWriter) -> None:
        await commands(read)
        writer.write(b"250 ok\r\n252 perhaps\r\n354 go on\r\n")
        said.put_nowait(await read())

    async with greeted(session) as connection, asyncio.timeout(4):
        assert (await connection.deliver(queued())).status == "retry"
        assert await said.get() == b""


@pytest.mark.parametrize(
    "address",
    ["a b@x.org", "a@x.org\r\nRSET", "a@x.org\n", "a\x00@x.org", '"a\tb"@x.org', "\x7f@x.org"],
)
def test_what_can_not_stand_in_a_command_is_refused(address: str) -> None:
    for envelope in (Envelope("", address), Envelope(address, "a@x.org")):
        with pytest.raises(ValueError, match="not permitted"):
            envelope.commands()


def test_an_address_can_not_become_a_command() -> None:
    said = Envelope("", "a@x.org> NOTIFY=NEVER").commands()
    assert said["RCPT"] == b"RCPT TO:<a@x.org>\r\n"


def test_the_null_sender_and_a_quoted_address_are_written_as_they_are() -> None:
    said = Envelope("", '"john doe"@x.org').commands()
    assert said["MAIL"] == b"MAIL FROM:<>\r\n"
    assert said["RCPT"] == b'RCPT TO:<"john doe"@x.org>\r\n'
