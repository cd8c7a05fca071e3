"""Reading a mailbox by IMAP (RFC 9051, RFC 2177 IDLE). Everything here blocks: run it in a thread.

Bodies are fetched with PEEK, so that nothing is marked as read, and only after the server has
told their sizes, so that memory stays bounded.
"""

import contextlib
import errno
import imaplib
import random
import re
import socket
import ssl
import threading
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError, LoginError

from buzon.config import Mailbox
from buzon.errors import MailboxError
from buzon.mail.bearer import MECHANISMS, Saying
from buzon.records import SIZE_LIMIT, RawMail

BATCH = 500
UNREACHED = {errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH}
MARK_BATCH = 500  # a server refuses a line of some thousand numbers
BATCH_BYTES = 16 * 1024 * 1024

# A SEARCH answers with one line, however many mails it finds; imaplib takes 1 MB for an attack.
imaplib._MAXLINE = 20_000_000  # type: ignore[attr-defined]

PATIENCE = SocketTimeout(connect=15.0, read=60.0)
STOP_CHECK = 1.0  # how soon a waiting reader notices that it should stop
POLL_WITHOUT_IDLE = 15.0

# What a server says when it is its own trouble and not the password (RFC 5530, section 3).
PASSING = ("UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG")


# Dovecot says when it was in trouble, and so the same trouble never in the same words.
TIME_OF_TROUBLE = re.compile(r" \[([\w.-]+:)?\d{4}-\d\d-\d\d [\d:]+\]")


@dataclass(frozen=True, slots=True)
class Folder:
    """What the server says of the folder: UIDs mean something only under one `uidvalidity`."""

    uidvalidity: int
    uidnext: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Mails in the order of their UIDs; with them everything up to `last_uid` has been read."""

    mails: list[RawMail]
    last_uid: int


class FetchRefused(MailboxError):
    """The server doesn't hand out one of these mails, or hangs up over it."""

    def __init__(self, uids: Sequence[int], error: MailboxError) -> None:
        super().__init__(error.what, error.do)
        self.uids = uids


def folder_of(selected: Mapping[bytes, Any], newest: Callable[[], Sequence[int]]) -> Folder:
    """What SELECT told. `newest` finds the UID of the last mail, for servers that don't tell
    UIDNEXT (RFC 9051, section 6.3.2, asks them to). Raises MailboxError without UIDVALIDITY."""
    if b"UIDVALIDITY" not in selected:
        raise MailboxError("The IMAP server tells no UIDVALIDITY.", "Use another.", permanent=True)
    told = selected.get(b"UIDNEXT")
    uidnext = int(told) if told is not None else max(newest(), default=0) + 1
    return Folder(int(selected[b"UIDVALIDITY"]), uidnext)


def raw_mail(mailbox: str, uid: int, content: bytes, told: Mapping[bytes, Any]) -> RawMail:
    """A mail as it came; without INTERNALDATE it arrived just now."""
    arrived = told.get(b"INTERNALDATE") or datetime.now(UTC)
    return RawMail(
        mailbox=mailbox,
        content=content,
        arrived_at=arrived.astimezone(UTC) if arrived.tzinfo else arrived.replace(tzinfo=UTC),
        source="imap",
        size=max(told.get(b"RFC822.SIZE", 0), len(content)),
        uid=uid,
    )


def _size(told: Mapping[bytes, Any]) -> int:
    """A mail whose size isn't told may be too large."""
    return int(told.get(b"RFC822.SIZE", SIZE_LIMIT + 1))


class Inbox:
    """A connection to one mailbox, with an access `token` where that takes the password's place.
    Every method raises MailboxError; after that it is closed."""

    def __init__(
        self, mailbox: Mailbox, patience: SocketTimeout = PATIENCE, token: str = ""
    ) -> None:
        self.mailbox = mailbox
        self.token = token
        self.patience = patience
        self._client: IMAPClient | None = None
        self._stop = threading.Event()

    def open(self) -> Folder:
        """Connect, sign in and select the folder."""
        box = self.mailbox
        with self._explained("connecting", "greeting"):
            client = self._connect()
        self._client = client
        with self._explained("signing in", "sign-in"):
            try:
                self._sign_in(client)
            except LoginError as error:
                raise self._refused(error) from error
        with self._explained(f"opening the folder {box.folder}", "folder"):
            selected = client.select_folder(box.folder, readonly=box.after == "none")
            return folder_of(selected, lambda: client.search(["UID", "*"]))

    def _connect(self) -> IMAPClient:
        box = self.mailbox
        context = ssl.create_default_context()
        client = IMAPClient(
            box.host,
            port=box.actual_port,
            ssl=box.security == "tls",
            ssl_context=context if box.security == "tls" else None,
            timeout=self.patience,
        )
        client.normalise_times = False
        if box.security == "starttls":
            client.starttls(context)
        return client

    def _sign_in(self, client: IMAPClient) -> None:
        box = self.mailbox
        password = box.password.get_secret_value()
        if box.auth == "oauth2":
            self._sign_in_by_token(client)
        elif box.user.isascii() and password.isascii():
            client.login(box.user, password)
        else:  # LOGIN knows no other letters; PLAIN takes UTF-8 (RFC 4616, section 2)
            client.plain_login(box.user, password)

    def _sign_in_by_token(self, client: IMAPClient) -> None:
        box = self.mailbox
        offered = [name for name in MECHANISMS if client.has_capability(f"AUTH={name}")]
        if not offered:
            raise LoginError("it offers neither OAUTHBEARER nor XOAUTH2")
        name = offered[0]
        said = Saying(name, box.user, self.token, box.host, box.actual_port)
        try:
            client.sasl_login(name, said.answer)
        except LoginError as error:
            raise LoginError(f"{_words(error)} {said.complaint}".strip()) from error

    def _refused(self, error: LoginError) -> MailboxError:
        box = self.mailbox
        words = _words(error)
        if any(f"[{code}]" in words for code in PASSING):
            return MailboxError(
                f"{box.host} can't let {box.user} in just now: {words}.",
                step="sign-in",
                said=words,
            )
        if box.auth == "oauth2":
            return MailboxError(
                f"{box.host} refuses the user {box.user} or the access token: {words}.",
                f"Authorize the mailbox again, as {box.user} itself.",
                permanent=True,
                step="sign-in",
                said=words,
            )
        return MailboxError(
            f"{box.host} refuses the user {box.user} or the password: {words}.",
            "Check the user and the password, on the page Mailboxes or in BUZON_IMAP_USER and"
            " BUZON_IMAP_PASSWORD; Gmail wants an app password.",
            permanent=True,
            step="sign-in",
            said=words,
        )

    def batches(self, after: int, *, singly_upto: int = 0) -> Iterator[Batch]:
        """The mails with a UID above `after`, oldest first, in batches of bounded size; up to
        `singly_upto` one by one. Raises FetchRefused for what the server doesn't hand out."""
        uids = self.uids(after)
        count = bisect_right(uids, singly_upto)
        for uid in uids[:count]:
            yield from self._fetch([uid])
        yield from self._in_batches(uids[count:])

    def hands_out_another(self, uid: int) -> bool:
        """Whether the folder has another mail than this one; raises MailboxError where the server
        doesn't hand that out either."""
        others = [other for other in self._search(["ALL"]) if other != uid]
        if not others:
            return False
        with self._explained("fetching a mail"):
            other = random.choice(others)  # noqa: S311 - no secret
            return bool(self._open.fetch([other], ["BODY.PEEK[]<0.1>"]))

    def since(self, day: datetime) -> Iterator[Batch]:
        """The mails that arrived at `day` or later, by the server's word."""
        # SINCE compares dates without time or zone: a day earlier is on the safe side.
        uids = self._search(["SINCE", (day - timedelta(days=1)).date()])
        for batch in self._in_batches(uids):
            recent = [mail for mail in batch.mails if mail.arrived_at >= day]
            yield Batch(recent, batch.last_uid)

    def uids(self, after: int, upto: int | None = None) -> list[int]:
        """The UIDs above `after` that the folder has, in order."""
        found = self._search(["UID", f"{after + 1}:{upto or '*'}"])
        # "5:*" also names the last mail, were it number 4 (RFC 9051, section 6.4.9).
        return [uid for uid in found if uid > after]

    def _search(self, criteria: Sequence[object]) -> list[int]:
        with self._explained("searching"):
            self._told_of_mail()  # what was told before this search is in its answer
            return sorted(self._open.search(criteria))

    def _told_of_mail(self) -> bool:
        """Whether the server told of new mail since the last call, beside its answers to commands:
        such a notice does not come again in IDLE."""
        return self._open._imap.response("EXISTS")[1] not in ([None], [])

    def _in_batches(self, uids: Sequence[int]) -> Iterator[Batch]:
        for start in range(0, len(uids), BATCH):
            yield from self._fetch(uids[start : start + BATCH])

    def _fetch(self, uids: Sequence[int]) -> Iterator[Batch]:
        with self._handing_out(uids):
            told = self._open.fetch(uids, ["RFC822.SIZE", "INTERNALDATE"])
        waiting: list[int] = []
        size = 0
        for uid in uids:
            more = min(_size(told[uid]), SIZE_LIMIT) if uid in told else 0
            if waiting and size + more > BATCH_BYTES:
                yield self._fetch_bodies(waiting, told)
                waiting, size = [], 0
            waiting.append(uid)
            size += more
        if waiting:
            yield self._fetch_bodies(waiting, told)

    def _fetch_bodies(self, uids: Sequence[int], told: dict[int, dict[bytes, Any]]) -> Batch:
        whole = [uid for uid in uids if uid in told and _size(told[uid]) <= SIZE_LIMIT]
        large = [uid for uid in uids if uid in told and uid not in set(whole)]
        with self._handing_out(uids):
            bodies = self._bodies(whole, "BODY.PEEK[]", b"BODY[]")
            bodies |= self._bodies(large, f"BODY.PEEK[]<0.{SIZE_LIMIT}>", b"BODY[]<0>")
        # A mail that is gone between the two questions was deleted by somebody; there is none.
        mails = [
            raw_mail(self.mailbox.key, uid, bodies[uid], told[uid]) for uid in uids if uid in bodies
        ]
        return Batch(mails, uids[-1])

    def _bodies(self, uids: Sequence[int], item: str, key: bytes) -> dict[int, bytes]:
        if not uids:
            return {}
        answer = self._open.fetch(uids, [item])
        return {uid: data[key] for uid, data in answer.items() if data.get(key) is not None}

    def wait(self, seconds: float) -> bool:
        """Until something happens in the folder, or the time is over, or `stop`: whether
        something happened."""
        if not self._open.has_capability("IDLE"):
            with self._explained("polling"):
                self._stop.wait(min(seconds, POLL_WITHOUT_IDLE))
                self._open.noop()
            return True
        if self._told_of_mail():
            return True
        deadline = time.monotonic() + seconds
        with self._explained("waiting"):
            self._open.idle()
            news: list[Any] = []
            while not (_new_mail(news) or self._has_unread_lines() or self._stop.is_set()):
                asked = time.monotonic()
                pause = min(deadline - asked, STOP_CHECK)
                if pause <= 0:
                    break
                news = self._open.idle_check(timeout=pause)
                if not news and time.monotonic() - asked < pause / 2:
                    break  # so IMAPClient tells the end of the connection: leaving IDLE shows it
            _, more = self._open.idle_done()
        return _new_mail([*news, *more])

    def _has_unread_lines(self) -> bool:
        """Whether Python has read more from the socket than we from Python: a server may tell of
        mail in the packet that begins IDLE, and IMAPClient would wait for another one."""
        sock = self._open.socket()
        patience = sock.gettimeout()
        sock.settimeout(0)
        try:
            return bool(self._open._imap.file.peek(1))
        except OSError:  # so TLS says that there is nothing
            return False
        finally:
            sock.settimeout(patience)

    def mark(self, uids: Sequence[int]) -> None:
        """What the settings ask for once mails are stored: nothing, \\Seen, or another folder."""
        after = self.mailbox.after
        if after == "none" or not uids:
            return
        if after == "seen":
            with self._explained("marking as read"):
                self._open.add_flags(uids, [rb"\Seen"], silent=True)
            return
        with self._explained(f"moving to the folder {after}"):
            if self._open.has_capability("MOVE"):
                self._open.move(uids, after)
            else:
                self._open.copy(uids, after)
                self._open.add_flags(uids, [rb"\Deleted"], silent=True)
                self._open.expunge(uids)

    def stop(self) -> None:
        """End a `wait` soon; may be called from another thread."""
        self._stop.set()

    def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(IMAPClientError, imaplib.IMAP4.error, OSError):
                client.shutdown()

    @property
    def _open(self) -> IMAPClient:
        if self._client is None:
            raise MailboxError(f"The connection to {self.mailbox.key} is closed.")
        return self._client

    @contextlib.contextmanager
    def _handing_out(self, uids: Sequence[int]) -> Iterator[None]:
        try:
            with self._explained("fetching mails"):
                yield
        except MailboxError as error:
            raise FetchRefused(uids, error) from error

    @contextlib.contextmanager
    def _explained(self, doing: str, step: str = "") -> Iterator[None]:
        box = self.mailbox
        try:
            yield
        except ssl.SSLError as error:
            self.close()
            raise MailboxError(
                f"{box.host}:{box.actual_port} fails at {doing}, in TLS: {_words(error)}.",
                "Check encryption and port, on the page Mailboxes or in BUZON_IMAP_SECURITY and"
                " BUZON_IMAP_PORT; the certificate must name this host.",
                step="tls",
                said=_words(error),
            ) from error
        except (IMAPClientError, imaplib.IMAP4.error, OSError, EOFError, ValueError) as error:
            self.close()
            raise MailboxError(
                f"{box.host}:{box.actual_port} fails at {doing}: {_words(error)}.",
                "Check server, port and folder, on the page Mailboxes or in BUZON_IMAP_HOST,"
                " BUZON_IMAP_PORT and BUZON_IMAP_FOLDER.",
                step=_step(error) or step,
                said=_words(error),
            ) from error


def _new_mail(news: Sequence[Any]) -> bool:
    """Whether the server's news can mean a new mail. "Still here" is none."""
    return any(len(item) > 1 and item[1] in (b"EXISTS", b"RECENT") for item in news)


def _step(error: BaseException) -> str:
    """Where it failed before the server could say a word; else ""."""
    if isinstance(error, socket.gaierror):
        return "name"
    unreached = isinstance(error, OSError) and error.errno in UNREACHED
    return "connection" if unreached else ""


def _words(error: BaseException) -> str:
    text = str(error).strip() or type(error).__name__
    text = TIME_OF_TROUBLE.sub("", text)
    return text.removeprefix("b'").rstrip("'.")[:200]
