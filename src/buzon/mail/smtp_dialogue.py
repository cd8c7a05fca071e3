"""What is said on a connection to an SMTP server that has let us in.

aiosmtplib, which opens it, says a command only when the last one is answered. A mail takes four
ways there and back by that, and two where the server takes commands together (RFC 2920).
"""

import asyncio
from collections import deque
from typing import cast

from aiosmtplib import (
    SMTP,
    SMTPReadTimeoutError,
    SMTPResponse,
    SMTPResponseException,
    SMTPServerDisconnected,
)

UNAVAILABLE = 421  # RFC 5321, section 3.8: the server says so and closes the connection
NO_ANSWER = -1  # in the place of a code, where what came is none
LONGEST = 32_768  # bytes of an answer


class Dialogue(asyncio.Protocol):
    """Takes an open connection over from aiosmtplib. Commands are said, one or several, and their
    answers taken in the same order."""

    def __init__(self, client: SMTP) -> None:
        if client.transport is None:
            raise SMTPServerDisconnected("not connected")
        self.at = "MAIL"  # the command whose answer is awaited
        self.extensions = frozenset(client.esmtp_extensions)
        self.transport = cast(asyncio.Transport, client.transport)
        self._unread = bytearray()
        self._lines: list[bytes] = []  # of an answer whose end is to come
        self._answers: deque[SMTPResponse | SMTPResponseException] = deque()
        self._owed = 0  # how many answers are to come, or to be taken
        self._end: SMTPServerDisconnected | None = None
        self._news: asyncio.Future[None] | None = None
        self.transport.set_protocol(self)

    @property
    def is_open(self) -> bool:
        return self._end is None and not self.transport.is_closing()

    @property
    def takes_several(self) -> bool:
        """Commands in one go, whose answers come later."""
        return "pipelining" in self.extensions

    def say(self, *commands: bytes) -> None:
        """Each of them is owed an answer. Raises SMTPServerDisconnected."""
        if not self.is_open:
            raise self._end or SMTPServerDisconnected("Connection lost")
        self._owed += len(commands)
        self.transport.write(b"".join(commands))

    async def answer(self, patience: float | None = None) -> SMTPResponse:
        """The first that is owed; waits for it so many seconds. Raises SMTPServerDisconnected,
        SMTPReadTimeoutError, and SMTPResponseException where what came is no answer; all of these
        end the connection, as 421 does."""
        while not self._answers:
            await self._more(patience)
        answer = self._answers.popleft()
        self._owed -= 1
        if isinstance(answer, SMTPResponseException):
            raise answer
        if answer.code == UNAVAILABLE:
            self.close()
        return answer

    async def ask(self, command: bytes, patience: float) -> SMTPResponse:
        self.say(command)
        return await self.answer(patience)

    async def _more(self, patience: float | None) -> None:
        if self._end:
            raise self._end
        self._news = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(patience):
                await self._news
        except TimeoutError as error:  # what comes late would be taken for another's answer
            self.close()
            raise SMTPReadTimeoutError("Timed out waiting for server response") from error
        finally:
            self._news = None

    def close(self) -> None:
        self.transport.close()

    def data_received(self, data: bytes) -> None:
        self._unread += data
        *lines, self._unread = self._unread.split(b"\n")
        for line in lines:
            self._lines.append(bytes(line))
            if line[3:4] != b"-":
                self._answers.append(_answer(self._lines))
                self._lines = []
        if len(self._unread) + sum(map(len, self._lines)) > LONGEST:
            self._answers.append(SMTPResponseException(NO_ANSWER, "Response too long"))
        if len(self._answers) > self._owed or (
            self._answers and isinstance(self._answers[-1], SMTPResponseException)
        ):
            self.close()  # what is said unasked, as 421, is no answer to what we say next
        self._wake()

    def eof_received(self) -> None:
        self._end = self._end or SMTPServerDisconnected("Unexpected EOF received")

    def connection_lost(self, error: Exception | None) -> None:
        if self._end is None:
            self._end = SMTPServerDisconnected("Connection lost")
            self._end.__cause__ = error
        self._wake()

    def _wake(self) -> None:
        if self._news and not self._news.done():
            self._news.set_result(None)


def _answer(lines: list[bytes]) -> SMTPResponse | SMTPResponseException:
    """Of one or several lines, each of which begins with the code."""
    try:
        code = int(lines[-1][:3])
    except ValueError:
        what = lines[-1].decode(errors="ignore")
        return SMTPResponseException(NO_ANSWER, f"Malformed SMTP response line: {what}")
    message = b"\n".join(line[4:].strip(b" \t\r") for line in lines)
    return SMTPResponse(code, message.decode("utf-8", "surrogateescape"))
