"""What becomes of a mail when the SMTP server does what servers do."""

import asyncio
import contextlib
import shutil
import ssl
import subprocess
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
import uvloop
from structlog.testing import capture_logs

from buzon.errors import DatabaseUnreachable, SendError
from buzon.mail import smtp, smtp_connection
from buzon.mail.compose import to_bytes
from buzon.mail.smtp import PATIENCE, PAUSES, Outgoing, Server, backoff
from buzon.records import Outcome, QueuedReply, Reply

WHEN = datetime(2025, 2, 3, 9, 16, tzinfo=UTC)
DROP, HANG = "drop", "hang"
TOGETHER = ["PIPELINING"]  # RFC 2920: commands come together, and are answered one by one
Script = Callable[[str, str], str | None]


class ScriptedServer:
    """An SMTP server that answers what its script says for a step, else what is right.

    Steps are the commands, CONNECT (the greeting) and DOT (after the whole mail).
    """

    def __init__(self, script: Script, extensions: Iterable[str], tls: ssl.SSLContext | None):
        self.script, self.tls = script, tls
        self.extensions = "".join(f"250-{extension}\r\n" for extension in extensions)
        self.mails: list[bytes] = []
        self.commands: list[str] = []
        self.writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await self.answer(writer, "CONNECT", "", "220 peer.example.com")
            while line := await reader.readline():
                await self.obey(line.decode().rstrip("\r\n"), reader, writer)
        writer.close()

    async def obey(
        self, line: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.commands.append(line)
        step = line.partition(" ")[0].upper()
        right = {
            "EHLO": f"250-peer.example.com\r\n{self.extensions}250 HELP",
            "STARTTLS": "220 go on",
            "AUTH": "235 welcome",
            "DATA": "354 go on",
            "QUIT": "221 bye",
        }.get(step, "250 2.0.0 Ok")
        answer = await self.answer(writer, step, line, right)
        if step == "STARTTLS" and self.tls:
            await writer.start_tls(self.tls)
        if answer.startswith("354"):
            mail = (await reader.readuntil(b"\r\n.\r\n"))[:-3]
            taken = (await self.answer(writer, "DOT", "", "250 2.0.0 Ok: queued")).startswith("250")
            if taken and mail != b"\r\n":  # which ends what DATA began, where nobody would get it
                self.mails.append(mail.replace(b"\r\n..", b"\r\n."))

    async def answer(self, writer: asyncio.StreamWriter, step: str, line: str, right: str) -> str:
        answer = self.script(step, line) or right
        if answer == DROP:
            raise ConnectionResetError
        if answer == HANG:
            await asyncio.Event().wait()
        writer.write(answer.encode() + b"\r\n")
        if answer.startswith(("421", "221")):
            raise ConnectionResetError
        return answer

    async def hang_up(self) -> None:
        """Close every connection, as a server does with idle ones."""
        for writer in self.writers:
            writer.close()
        await asyncio.sleep(0.05)


@asynccontextmanager
async def serving(
    script: Script = lambda step, line: None,
    extensions: Iterable[str] = (),
    tls: ssl.SSLContext | None = None,
    implicit_tls: bool = False,
    port: int = 0,
    **settings: Any,
) -> AsyncIterator[tuple[ScriptedServer, Outgoing]]:
    """A scripted server and what sends to it, with short timeouts."""
    peer = ScriptedServer(script, extensions, tls)
    listener = await asyncio.start_server(
        peer.serve, "127.0.0.1", port, ssl=tls if implicit_tls else None, limit=1 << 20
    )
    defaults: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": listener.sockets[0].getsockname()[1],
        "security": "none",
        "connections": 4,
        "connect_timeout": 3,
        "command_timeout": 1,
        "mail_timeout": 1.5,
    }
    outgoing = Outgoing(Server(**(defaults | settings)))
    try:
        yield peer, outgoing
    finally:
        await outgoing.close()
        listener.close()
        for writer in peer.writers:
            writer.close()


def on(step: str, answer: str, containing: str = "", times: int = 1_000_000) -> Script:
    """A script with one answer for a step, at most so many times."""
    left = [times]

    def script(at: str, line: str) -> str | None:
        if at != step or containing not in line or not left[0]:
            return None
        left[0] -= 1
        return answer

    return script


def queued(number: int = 1, recipient: str = "", **changes: Any) -> QueuedReply:
    reply = Reply(
        event_id=number,
        message_id=f"b.{number}@example.com",
        thread_id="t",
        mailbox="soporte",
        envelope_from="",
        from_header='"Muñoz" <soporte@example.com>',
        recipient=recipient or f"c{number}@example.org",
        subject="Re: Factura",
        text=f"Hola, {number}.\n.\nUn saludo\n",
        html="<p>Hola</p>",
        headers={"Auto-Submitted": "auto-replied"},
    )
    return QueuedReply(number, 1, WHEN, replace(reply, **changes))


async def outcomes(outgoing: Outgoing, *mails: QueuedReply) -> list[Outcome]:
    """The outcomes in the order of the mails, each reported once."""
    told: dict[int, Outcome] = {}

    async def done(outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            assert outcome.id not in told
            told[outcome.id] = outcome

    await outgoing.send(deque(mails), done)
    return [told[mail.id] for mail in mails]


async def outcome_of(outgoing: Outgoing, mail: QueuedReply) -> Outcome:
    return (await outcomes(outgoing, mail))[0]


async def test_a_mail_arrives_as_it_was_written_with_the_null_sender() -> None:
    async with serving() as (peer, outgoing):
        mail = queued()
        assert await outcome_of(outgoing, mail) == Outcome(1, "sent", "250 2.0.0 Ok: queued")
        assert peer.mails == [to_bytes(mail.reply, WHEN)]
        assert "MAIL FROM:<>" in peer.commands
        assert "RCPT TO:<c1@example.org>" in peer.commands


async def test_a_long_line_of_dots_arrives_whole_and_with_the_line_ends_of_mail() -> None:
    async with serving() as (peer, outgoing):
        mail = queued(html=f"<p>{'x' * 70}{'.' * 200}</p>", text="." * 300)
        assert (await outcome_of(outgoing, mail)).status == "sent"
        (arrived,) = peer.mails
        assert arrived == to_bytes(mail.reply, WHEN)
        assert arrived.count(b"\n") == arrived.count(b"\r\n")
        parts = message_from_bytes(arrived).get_payload()
        texts = [part.get_payload(decode=True).decode() for part in parts]  # type: ignore[union-attr]
        assert [text.strip() for text in texts] == [mail.reply.text, mail.reply.html]


@pytest.mark.parametrize(
    ("step", "answer", "status"),
    [
        ("RCPT", "550 5.1.1 no such user", "failed"),
        ("RCPT", "451 4.7.1 greylisted", "retry"),
        ("DATA", "554 5.7.1 no", "failed"),
        ("DATA", "452 4.3.1 full", "retry"),
        ("DOT", "554 5.7.1 spam", "failed"),
        ("DOT", "552 5.3.4 too large", "failed"),
        ("DOT", "451 4.3.0 try later", "retry"),
        ("MAIL", "552 5.3.4 too large", "failed"),
        ("MAIL", "451 4.3.0 later", "retry"),
        ("MAIL", "550 5.7.1 sender refused", "retry"),
        ("MAIL", "530 5.7.0 authentication required", "retry"),
        ("RCPT", "530 5.7.0 authentication required", "retry"),
        ("MAIL", "421 4.3.2 going down", "retry"),
        ("DOT", "421 4.3.2 going down", "retry"),
        ("MAIL", "nonsense", "retry"),
        ("RCPT", DROP, "retry"),
        ("DOT", DROP, "retry"),
        ("MAIL", HANG, "retry"),
        ("DOT", HANG, "retry"),
    ],
)
@pytest.mark.parametrize("extensions", [[], TOGETHER])
async def test_what_the_server_says_decides_whether_it_is_final(
    step: str, answer: str, status: str, extensions: list[str]
) -> None:
    async with serving(on(step, answer, times=1), extensions) as (peer, outgoing):
        outcome = await outcome_of(outgoing, queued())
        assert outcome.status == status
        assert peer.mails == []
        if answer[0].isdigit():
            assert answer in outcome.detail
        assert (await outcome_of(outgoing, queued(2))).status == "sent"


@pytest.mark.parametrize(
    ("sender", "words"),
    [
        ("", "Set BUZON_SMTP_ENVELOPE_FROM, the null sender is refused: "),
        ("ana@x.org", "Correct BUZON_SMTP_ENVELOPE_FROM, the sender ana@x.org is refused: "),
    ],
)
async def test_a_refused_sender_waits_for_its_setting_which_is_told_once(
    sender: str, words: str
) -> None:
    with capture_logs() as told:
        async with serving(on("MAIL", "550 5.1.0 sender rejected")) as (_, outgoing):
            mails = (queued(number, envelope_from=sender) for number in range(3))
            found = await outcomes(outgoing, *mails)
    assert {(o.status, o.detail) for o in found} == {("retry", words + "550 5.1.0 sender rejected")}
    assert [line["event"] for line in told] == ["smtp.refused"]


@pytest.mark.parametrize("extensions", [[], TOGETHER])
async def test_one_bad_recipient_does_not_disturb_the_others(extensions: list[str]) -> None:
    script = on("RCPT", "550 5.1.1 no such user", containing="c3@")
    async with serving(script, extensions, connections=1) as (peer, outgoing):
        found = await outcomes(outgoing, *map(queued, range(6)))
        assert [o.status for o in found] == ["sent"] * 3 + ["failed"] + ["sent"] * 2
        assert len(peer.writers) == 1
        assert len(peer.mails) == 5


async def test_a_mail_that_cannot_be_written_fails_alone() -> None:
    async with serving(connections=1) as (_, outgoing):
        broken = queued(2, subject="a\r\nBcc: b@example.net")
        found = await outcomes(outgoing, queued(1), broken, queued(3))
        assert [o.status for o in found] == ["sent", "failed", "sent"]
        assert "more than one line" in found[1].detail


async def test_the_servers_words_are_kept_on_one_bounded_line() -> None:
    words = "550-5.1.1 no\x1b[31m\r\n550 5.1.1 " + "é" * 2_000
    async with serving(on("RCPT", words)) as (_, outgoing):
        detail = (await outcome_of(outgoing, queued())).detail
        assert detail.startswith("550 5.1.1 no [31m 5.1.1 éé")
        assert detail.isprintable()
        assert len(detail) == 500


async def test_after_a_drop_behind_the_final_dot_the_same_mail_goes_out_again() -> None:
    taken: list[bytes] = []
    async with serving(on("DOT", DROP, times=1)) as (peer, outgoing):
        first = await outcome_of(outgoing, queued())
        assert first.status == "retry"
        assert "broke off at DATA" in first.detail
        assert (await outcome_of(outgoing, queued())).status == "sent"
        taken += peer.mails
    assert taken == [to_bytes(queued().reply, WHEN)]


async def test_connections_are_kept_between_calls() -> None:
    async with serving() as (peer, outgoing):
        for number in range(5):
            await outcome_of(outgoing, queued(number))
        assert len(peer.writers) == 1


@pytest.mark.parametrize("extensions", [[], TOGETHER])
@pytest.mark.parametrize("how", ["closed while idle", DROP, "421 4.4.2 idle for too long"])
async def test_a_kept_connection_that_died_is_replaced_without_a_failed_attempt(
    how: str, extensions: list[str]
) -> None:
    answers = iter([None, None if how == "closed while idle" else how])

    def script(step: str, line: str) -> str | None:
        return next(answers, None) if step == "MAIL" else None

    async with serving(script, extensions, connections=1) as (peer, outgoing):
        await outcome_of(outgoing, queued(1))
        if how == "closed while idle":
            await peer.hang_up()
        assert (await outcome_of(outgoing, queued(2))).status == "sent"
        assert len(peer.writers) == 2


async def test_a_kept_connection_that_cannot_be_replaced_leaves_its_mail_waiting() -> None:
    opened: list[str] = []

    def script(step: str, line: str) -> str | None:
        if step == "CONNECT":
            opened.append(step)
            return "554 5.3.2 closed for today" if len(opened) > 1 else None
        return DROP if step == "MAIL" and len(peer.mails) == 1 else None

    async with serving(script, connections=1) as (peer, outgoing):
        assert (await outcome_of(outgoing, queued(1))).status == "sent"
        found = await outcomes(outgoing, queued(2), queued(3))
        assert [o.status for o in found] == ["retry", "retry"]
        assert all("closed for today" in o.detail for o in found)
        assert len(opened) == 2


async def test_an_idle_connection_is_closed_politely_after_a_while() -> None:
    async with serving(idle_timeout=0.1) as (peer, outgoing):
        await outcome_of(outgoing, queued())
        await asyncio.sleep(0.3)
        assert peer.commands[-1] == "QUIT"


async def test_when_nobody_answers_all_mails_wait_and_the_log_says_so_once(
    unused_tcp_port: int,
) -> None:
    outgoing = Outgoing(Server(host="127.0.0.1", port=unused_tcp_port, security="none"))
    with capture_logs() as logs:
        for _ in range(2):
            found = await asyncio.wait_for(outcomes(outgoing, *map(queued, range(500))), 2)
            assert {o.status for o in found} == {"retry"}
            assert "can't be reached" in found[0].detail
        async with serving(port=unused_tcp_port):
            await outcomes(outgoing, *map(queued, range(20)))
        await outgoing.close()
    assert [line["event"] for line in logs] == ["smtp.unreachable", "smtp.reachable"]
    assert "Hola" not in str(logs)


async def test_a_server_that_hangs_at_its_greeting_is_tried_once_a_connection() -> None:
    async with serving(on("CONNECT", HANG), connect_timeout=0.2) as (peer, outgoing):
        found = await asyncio.wait_for(outcomes(outgoing, *map(queued, range(200))), 2)
        assert {o.status for o in found} == {"retry"}
        assert len(peer.writers) == 4


async def test_connections_beyond_what_the_server_allows_leave_the_work_to_the_others() -> None:
    places = iter([None, None])

    def script(step: str, line: str) -> str | None:
        return next(places, "421 4.7.0 too many connections") if step == "CONNECT" else None

    async with serving(script) as (_, outgoing):
        with capture_logs() as logs:
            found = await outcomes(outgoing, *map(queued, range(50)))
        assert {o.status for o in found} == {"sent"}
        assert logs == []


async def test_a_server_that_breaks_off_every_mail_is_not_given_all_of_them() -> None:
    async with serving(on("DOT", DROP), connections=2) as (peer, outgoing):
        found = await outcomes(outgoing, *map(queued, range(100)))
        assert {o.status for o in found} == {"retry"}
        assert peer.commands.count("DATA") == 2 * PATIENCE


async def test_no_more_mails_are_accepted_and_unrecorded_than_there_are_connections() -> None:
    recorded: list[int] = []
    async with serving(connections=3) as (peer, outgoing):

        async def record(outcomes: Sequence[Outcome]) -> None:
            await asyncio.sleep(0.002)
            recorded.extend(outcome.id for outcome in outcomes)
            assert len(peer.mails) - len(recorded) <= 3

        await outgoing.send(deque(map(queued, range(60))), record)
    assert sorted(recorded) == list(range(60))


async def test_outcomes_of_mails_that_are_under_way_together_are_reported_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(smtp, "GATHER", 5.0)
    told: list[int] = []
    async with serving(connections=4) as (_, outgoing):

        async def record(outcomes: Sequence[Outcome]) -> None:
            told.append(len(outcomes))

        await outgoing.send(deque(map(queued, range(40))), record)
    assert sum(told) == 40
    assert max(told) == 4


async def test_each_of_those_whose_outcomes_could_not_be_recorded_together_goes_no_further(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(smtp, "GATHER", 5.0)
    async with serving(connections=4) as (peer, outgoing):

        async def record(_outcomes: Sequence[Outcome]) -> None:
            raise OSError("the database is away")

        waiting = deque(map(queued, range(40)))
        with pytest.raises(OSError, match="database is away"):
            await outgoing.send(waiting, record)
    assert len(peer.mails) == 4
    assert [mail.id for mail in waiting] == list(range(4, 40))


async def test_a_mail_that_broke_us_before_its_text_was_handed_over_waits_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(reply: Reply, when: datetime) -> bytes:
        raise RuntimeError("out of threads")

    monkeypatch.setattr(smtp_connection, "to_bytes", broken)
    async with serving(connections=2) as (peer, outgoing):
        waiting = deque(map(queued, range(5)))
        with pytest.raises(RuntimeError, match="out of threads"):
            await outgoing.send(waiting, nothing_is_told)
    assert sorted(mail.id for mail in waiting) == [0, 1, 2, 3, 4]
    assert "DATA" not in peer.commands


async def nothing_is_told(outcomes: Sequence[Outcome]) -> None:
    raise AssertionError(outcomes)


async def test_where_tokens_are_kept_being_away_puts_the_mail_off() -> None:
    class Away:
        async def token(self) -> str:
            raise DatabaseUnreachable("The database does not answer.")

        async def refused(self, token: str) -> None:
            raise AssertionError(token)

    async with serving(bearer=Away(), user="ana@example.com") as (peer, outgoing):
        outcome = await outcome_of(outgoing, queued(1))
        assert (outcome.status, peer.mails) == ("retry", [])
        assert "does not answer" in outcome.detail


async def test_an_outcome_is_reported_while_another_mail_still_hangs() -> None:
    async with serving(on("DOT", HANG, times=1), connections=2, mail_timeout=1) as (_, outgoing):
        told: asyncio.Queue[Sequence[Outcome]] = asyncio.Queue()
        sending = asyncio.create_task(outgoing.send(deque([queued(1), queued(2)]), told.put))
        assert [each.status for each in await asyncio.wait_for(told.get(), 0.5)] == ["sent"]
        assert not sending.done()
        await sending
        assert [each.status for each in told.get_nowait()] == ["retry"]


async def test_when_an_outcome_cannot_be_recorded_no_further_mail_is_sent() -> None:
    recorded: list[int] = []

    async def record(outcomes: Sequence[Outcome]) -> None:
        told = [outcome.id for outcome in outcomes]
        if 5 in told:
            raise OSError("the database is away")
        recorded.extend(told)

    async with serving(connections=2) as (peer, outgoing):
        with pytest.raises(OSError, match="database is away"):
            await outgoing.send(deque(map(queued, range(100))), record)
        assert len(recorded) < len(peer.mails) <= len(recorded) + 2 < 10


async def test_when_stopped_the_mail_under_way_is_finished_and_recorded() -> None:
    recorded: list[Outcome] = []
    reached = asyncio.Event()

    def script(step: str, line: str) -> str | None:
        if step == "DOT":
            reached.set()
        return None

    async with serving(script, connections=1) as (peer, outgoing):

        async def record(outcomes: Sequence[Outcome]) -> None:
            recorded.extend(outcomes)

        sending = asyncio.create_task(outgoing.send(deque(map(queued, range(50))), record))
        await reached.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert [o.status for o in recorded] == ["sent"]
        assert len(peer.mails) == 1


async def test_an_address_beyond_ascii_needs_a_server_that_takes_it() -> None:
    mail = queued(recipient="josé@example.org")
    async with serving() as (_, outgoing):
        outcome = await outcome_of(outgoing, mail)
        assert outcome.status == "failed"
        assert "SMTPUTF8" in outcome.detail
    async with serving(extensions=["SMTPUTF8"]) as (peer, outgoing):
        assert (await outcome_of(outgoing, mail)).status == "sent"
        assert "MAIL FROM:<> SMTPUTF8" in peer.commands
        assert "RCPT TO:<josé@example.org>" in peer.commands


async def test_a_refused_password_makes_all_mails_wait_and_says_what_to_correct() -> None:
    refusal = on("AUTH", "535 5.7.8 bad credentials")
    settings = {"user": "soporte", "password": "sesame"}
    async with serving(refusal, ["AUTH PLAIN"], **settings) as (peer, outgoing):
        with capture_logs() as logs:
            found = await outcomes(outgoing, *map(queued, range(50)))
        assert {o.status for o in found} == {"retry"}
        assert "535 5.7.8 bad credentials" in found[0].detail
        assert "Correct BUZON_SMTP_USER and BUZON_SMTP_PASSWORD." in found[0].detail
        assert len(peer.writers) <= 4
        assert "sesame" not in f"{logs}{found}{outgoing.server!r}"


async def test_check_says_that_the_server_takes_us_without_sending_anything() -> None:
    settings = {"user": "soporte", "password": "sesame"}
    async with serving(extensions=["AUTH PLAIN"], **settings) as (peer, outgoing):
        assert await outgoing.check() == f"{outgoing.server} is ready."
        assert [line.partition(" ")[0] for line in peer.commands] == [
            "EHLO",
            "AUTH",
            "NOOP",
            "QUIT",
        ]


@pytest.mark.parametrize(
    ("settings", "script", "sentence"),
    [
        ({"host": "nowhere.invalid"}, on("", ""), "can't be reached.*Check BUZON_SMTP_HOST"),
        ({}, on("CONNECT", "554 go away"), "can't be reached: 554 go away"),
        ({}, on("EHLO", DROP), "can't greet us"),
        ({"security": "starttls"}, on("", ""), "can't start TLS.*not supported"),
        ({"security": "tls"}, on("", ""), "can't be reached.*SECURITY"),
        ({"user": "x"}, on("", ""), "can't let us sign in.*not supported"),
        ({}, on("NOOP", "451 no"), "can't answer NOOP: 451 no"),
    ],
)
async def test_check_says_which_step_failed_and_what_to_do(
    settings: dict[str, Any], script: Script, sentence: str
) -> None:
    async with serving(script, **settings) as (_, outgoing):
        with pytest.raises(SendError, match=sentence):
            await outgoing.check()


@pytest.fixture(scope="module")
def self_signed(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    folder: Path = tmp_path_factory.mktemp("tls")
    subprocess.run(
        f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
        f" -keyout {folder}/key.pem -out {folder}/certificate.pem".split(),
        check=True,
        capture_output=True,
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_mail_goes_over_tls_and_an_unknown_certificate_is_refused(
    security: str, loop: Callable[[], asyncio.AbstractEventLoop], self_signed: ssl.SSLContext
) -> None:
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(goes_over_tls(security, self_signed))


async def goes_over_tls(security: str, self_signed: ssl.SSLContext) -> None:
    peer_settings: dict[str, Any] = {
        "extensions": ["STARTTLS", *TOGETHER],
        "tls": self_signed,
        "implicit_tls": security == "tls",
        "security": security,
        "connect_timeout": 5,
        "command_timeout": 5,
        "mail_timeout": 5,
    }
    async with serving(**peer_settings) as (peer, outgoing):
        with pytest.raises(SendError, match=r"certificate verify failed.*server's certificate"):
            await outgoing.check()
        assert (await outcome_of(outgoing, queued())).status == "retry"
        assert peer.mails == []
    async with serving(**peer_settings, verify=False) as (peer, outgoing):
        assert (await outcome_of(outgoing, queued())).status == "sent"
        assert len(peer.mails) == 1


async def test_postfix_takes_two_thousand_mails(unused_tcp_port: int) -> None:
    sink = shutil.which("smtp-sink", path="/usr/sbin:/usr/bin")
    if not sink:
        pytest.skip("Postfix's smtp-sink is not installed")
    process = subprocess.Popen([sink, "-u", "nobody", f"127.0.0.1:{unused_tcp_port}", "100"])
    outgoing = Outgoing(Server(host="127.0.0.1", port=unused_tcp_port, security="none"))
    try:
        for _ in range(50):
            with contextlib.suppress(SendError):
                await outgoing.check()
                break
            await asyncio.sleep(0.1)
        found = await outcomes(outgoing, *map(queued, range(2_000)))
        assert {o.status for o in found} == {"sent"}
    finally:
        await outgoing.close()
        process.terminate()
        process.wait()


def test_pauses_grow_from_seconds_to_an_hour() -> None:
    pauses = [backoff(attempts) for attempts in range(1, 10)]
    assert timedelta(seconds=8) <= pauses[0] <= timedelta(seconds=12)
    assert pauses[:6] == sorted(pauses[:6])
    assert all(timedelta(minutes=48) <= pause <= timedelta(minutes=72) for pause in pauses[5:])
    assert timedelta(seconds=8) <= backoff(0) <= timedelta(seconds=12)
    assert sorted(PAUSES) == list(PAUSES)
