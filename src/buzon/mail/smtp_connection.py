"""One connection to the SMTP server: opened when needed, one mail at a time."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPException,
    SMTPHeloError,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)

from buzon.errors import AccessError, DatabaseError, SendError
from buzon.mail.bearer import Bearer
from buzon.mail.borrowed import one_line
from buzon.mail.smtp_bearer import present as present_token
from buzon.mail.smtp_dialogue import UNAVAILABLE, Dialogue
from buzon.mail.smtp_envelope import COMPLETED, Envelope, NotOurs, present
from buzon.mail.wire import to_bytes
from buzon.records import Outcome, QueuedReply

DETAIL_LIMIT = 500
GOODBYE = 2.0  # seconds that a QUIT may take

# How long what we sent may go without acknowledgment. Otherwise a machine that was cut off with a
# mail half sent would go on with it once it is back, when others have sent that mail. They do so 15
# seconds after our lock was last seen, at the earliest (store/db.UNHEARD_MS, flow/letting_go), and
# until 8 seconds after that a text may be handed over (flow/delivery.SURE).
UNHEARD_MS = 6_000

TOO_LARGE = 552

# The whole configuration is wrong, not this mail: it waits until that is put right.
NOT_SIGNED_IN = (503, 530, 534, 535, 538)


@dataclass(frozen=True, kw_only=True)
class Server:
    """Where mail goes out, and how long we wait (seconds). Where there is a `bearer`, its access
    tokens take the password's place. `connections` is how many are kept;
    `mail_timeout` bounds one mail from MAIL to the answer to its final dot."""

    host: str
    port: int
    security: Literal["tls", "starttls", "none"] = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    bearer: Bearer | None = field(default=None, repr=False, compare=False)
    verify: bool = True
    connections: int = 8
    connect_timeout: float = 10
    command_timeout: float = 30
    mail_timeout: float = 600  # RFC 5321, section 4.5.3.2.6: who waits less sends twice
    idle_timeout: float = 30
    envelope_from: str = ""  # for replies that were queued before it was set
    local_hostname: str = ""

    def __str__(self) -> str:
        return f"The SMTP server {self.host}:{self.port}"

    @cached_property
    def tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    @cached_property
    def own_name(self) -> str:
        """How we present ourselves; without a full name an address literal (RFC 5321, section
        4.1.4). The DNS is not asked, for that can take seconds."""
        name = self.local_hostname or socket.gethostname()
        return name if "." in name and name.isascii() else "[127.0.0.1]"


class Connection:
    """Opens when needed and again when the server has closed it meanwhile."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.uses = 0
        self.handed_over = False  # the text of the mail that was tried last
        self._dialogue: Dialogue | None = None

    @property
    def is_open(self) -> bool:
        return self._dialogue is not None and self._dialogue.is_open

    async def ready(self) -> None:
        """Open the connection unless it is open. Raises SendError with the step that failed."""
        if not self.is_open:
            await self._open()

    async def _open(self) -> None:
        server = self.server
        self.uses = 0
        client = SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.security == "tls",
            start_tls=False,
            tls_context=None if server.security == "none" else server.tls,
            local_hostname=server.own_name,
            timeout=server.command_timeout,
        )
        try:
            await self._step(
                "greeting", "be reached", client.connect(timeout=server.connect_timeout)
            )
            _give_up_unheard(client)
            await self._step("greeting", "greet us", _greet(client))
            if server.security == "starttls":
                await self._step("tls", "start TLS", client.starttls())
                await self._step("tls", "greet us after STARTTLS", _greet(client))
            if server.bearer:
                await self._sign_in_by_token(client, server.bearer)
            elif server.user:
                signing_in = client.login(server.user, server.password)
                await self._step("sign-in", "let us sign in", signing_in)
            self._dialogue = Dialogue(client)
        except BaseException:
            client.close()
            raise

    async def _sign_in_by_token(self, client: SMTP, bearer: Bearer) -> None:
        server = self.server
        try:
            token = await bearer.token()
            try:
                signing_in = present_token(client, server.user, token, server.host, server.port)
                await self._step("sign-in", "let us sign in", signing_in)
            except SendError as error:
                refusal = error.__cause__
                if isinstance(refusal, SMTPAuthenticationError) and 500 <= refusal.code < 600:
                    await bearer.refused(token)
                raise
        except AccessError as error:
            raise SendError(error.what, error.do, step="sign-in", said=error.said) from error
        except DatabaseError as error:  # where the tokens are kept
            raise SendError(error.what, error.do, step="sign-in") from error

    async def _step(self, step: str, what: str, doing: Awaitable[object]) -> None:
        try:
            await doing
        except (SMTPException, OSError, ValueError) as error:
            in_tls = isinstance(error.__cause__ or error, ssl.SSLError)
            raise SendError(
                f"{self.server} can't {what}: {_words(error)}.",
                _advice(error, by_token=self.server.bearer is not None),
                step="tls" if in_tls else step,
                said=_words(error),
            ) from error

    async def deliver(
        self, queued: QueuedReply, still_ours: Callable[[], bool] = lambda: True
    ) -> Outcome:
        """Try one mail once. Raises NotOurs where, before its text is handed over, it isn't ours
        to send any more; and SendError only where the connection, closed by the server while idle,
        can't be opened again: the mail was not tried then."""
        self.handed_over = False
        try:
            async with asyncio.timeout(self.server.mail_timeout):
                answer = await self._hand_over(queued, still_ours)
        except NotOurs:
            await self._reset()
            raise
        except SMTPResponseException as refusal:
            await self._reset(refusal.code)
            return _judge(queued, refusal)
        except (SMTPException, OSError) as error:
            at = self._dialogue.at if self._dialogue else "MAIL"
            self.close()
            why = f"{self.server} broke off at {at}: {_words(error)}."
            return Outcome(queued.id, "retry", why)
        except ValueError as error:
            await self._reset()
            return Outcome(queued.id, "failed", f"This mail can't be sent: {_words(error)}")
        except asyncio.CancelledError:
            self.close()
            raise
        self.uses += 1
        return Outcome(queued.id, "sent", answer)

    async def _hand_over(self, queued: QueuedReply, still_ours: Callable[[], bool]) -> str:
        reply = queued.reply
        mail = _as_text(to_bytes(reply, queued.created_at))
        envelope = Envelope(reply.envelope_from or self.server.envelope_from, reply.recipient)
        await self._begin(envelope, still_ours)
        if not still_ours():
            self.close()  # nothing but the mail could end what DATA began
            raise NotOurs
        self.handed_over = True
        self._talk.say(mail)
        # No timeout but that of the whole mail: whoever hangs up before the answer sends twice.
        answer = await self._talk.answer()
        if answer.code != COMPLETED:
            raise SMTPDataError(answer.code, answer.message)
        return one_line(f"{answer.code} {answer.message}", DETAIL_LIMIT)

    async def _begin(self, envelope: Envelope, still_ours: Callable[[], bool]) -> None:
        """All but the mail. A connection that the server closed while it lay idle is opened again
        at once: the mail has not failed by that."""
        try:
            await self._present(envelope, still_ours)
        except (ConnectionError, SMTPSenderRefused):
            if self.is_open or not self.uses or (self._dialogue and self._dialogue.at != "MAIL"):
                raise
            await self._open()
            await self._present(envelope, still_ours)

    async def _present(self, envelope: Envelope, still_ours: Callable[[], bool]) -> None:
        dialogue = self._talk
        dialogue.at = "MAIL"
        if not envelope.is_ascii and "smtputf8" not in dialogue.extensions:
            raise ValueError(
                f"{self.server} takes no address like {envelope.recipient} (SMTPUTF8)."
            )
        await present(envelope, dialogue, self.server.command_timeout, still_ours)

    async def _reset(self, code: int = 0) -> None:
        """Make the connection ready for the next mail after one was refused, or give it up."""
        if not self.is_open or code == UNAVAILABLE or code < 0:
            return self.close()
        try:
            await self._order(b"RSET")
            self.uses += 1
        except (SMTPException, OSError):
            self.close()

    async def _order(self, command: bytes) -> None:
        answer = await self._talk.ask(command + b"\r\n", self.server.command_timeout)
        if answer.code != COMPLETED:
            raise SMTPResponseException(answer.code, answer.message)

    @property
    def _talk(self) -> Dialogue:
        if self._dialogue is None:
            raise SMTPServerDisconnected("not connected")
        return self._dialogue

    async def noop(self) -> None:
        await self._step("greeting", "answer NOOP", self._order(b"NOOP"))

    async def quit(self) -> None:
        """Part politely; a server that does not answer is left without a word."""
        if self._dialogue and self.is_open:
            with suppress(SMTPException, OSError):
                await self._dialogue.ask(b"QUIT\r\n", GOODBYE)
        self.close()

    def close(self) -> None:
        if self._dialogue is not None:
            self._dialogue.close()
        self._dialogue = None


def _as_text(mail: bytes) -> bytes:
    """With its end, and each dot at the beginning of a line doubled (RFC 5321, section 4.5.2).
    Lines end in CRLF, the last one too."""
    return (b"\r\n" + mail).replace(b"\r\n.", b"\r\n..").removeprefix(b"\r\n") + b".\r\n"


def _give_up_unheard(client: SMTP) -> None:
    connected = client.get_transport_info("socket")
    if connected is not None and hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux has it
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNHEARD_MS)


async def _greet(client: SMTP) -> None:
    try:
        await client.ehlo()
    except SMTPHeloError:
        if not client.is_connected:
            raise
        await client.helo()


def _judge(queued: QueuedReply, refusal: SMTPResponseException) -> Outcome:
    """Final or not? 5xx is, 4xx is not (RFC 5321, section 4.2.1), and neither is what a setting
    would cure: the customer is not to lose his answer by it."""
    code, words, setting = refusal.code, _words(refusal), ""
    if code in NOT_SIGNED_IN:
        setting = "BUZON_SMTP_USER and BUZON_SMTP_PASSWORD"
        words = f"Correct {setting}, the server says: {words}"
    elif 500 <= code < 600 and isinstance(refusal, SMTPSenderRefused) and code != TOO_LARGE:
        setting = "BUZON_SMTP_ENVELOPE_FROM"
        what = f"the sender {refusal.sender}" if refusal.sender else "the null sender"
        words = f"{'Correct' if refusal.sender else 'Set'} {setting}, {what} is refused: {words}"
    elif 500 <= code < 600:
        return Outcome(queued.id, "failed", words)
    return Outcome(queued.id, "retry", one_line(words, DETAIL_LIMIT), setting)


def _words(error: BaseException) -> str:
    """What went wrong, as the server or the system puts it, on one line."""
    if isinstance(error, SMTPResponseException):
        return one_line(f"{error.code} {error.message}", DETAIL_LIMIT)
    cause = error.__cause__
    told = cause if isinstance(cause, OSError) and str(cause) else error
    if isinstance(told, TimeoutError):
        return "no answer in time"
    return one_line(str(told), DETAIL_LIMIT).rstrip(".") or type(error).__name__


def _advice(error: BaseException, *, by_token: bool = False) -> str:
    cause = error.__cause__ or error
    if isinstance(error, SMTPAuthenticationError) and by_token:
        return "Authorize the account again, as the user that sends."
    if isinstance(error, SMTPAuthenticationError):
        return "Correct BUZON_SMTP_USER and BUZON_SMTP_PASSWORD."
    if isinstance(cause, ssl.SSLCertVerificationError):
        return "Set BUZON_SMTP_HOST to a name in the server's certificate, or renew that."
    if isinstance(cause, ssl.SSLError):
        return "Correct BUZON_SMTP_SECURITY or BUZON_SMTP_PORT (465 tls, 587 starttls)."
    return "Check BUZON_SMTP_HOST, BUZON_SMTP_PORT and BUZON_SMTP_SECURITY."
