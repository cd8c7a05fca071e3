"""`buzon loadtest`: so many mails a second for a test installation, and how it bears them.

Every sender is under a domain that nobody can have (RFC 2606), so no answer reaches anybody;
but an installation that sends for real would hand them to its SMTP server, be refused, and spend
its good name. So a first mail alone looks what becomes of its answer.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any, Literal

import aiosmtplib
import httpx2

from buzon.cli.simulate import samples
from buzon.errors import SendError, SettingsError

Way = Literal["smtp", "classify", "messages"]

DOMAIN = "loadtest.example.org"  # of the senders; mails from .invalid would not be answered
RESERVED = ("example", "invalid", "test", "localhost", "example.com", "example.net", "example.org")
CONNECTIONS = 16
PROBE_SECONDS = 30.0
SETTLE_SECONDS = 60.0  # how long what was accepted is waited for
LOOK = 0.5  # seconds
PAGE = 200


@dataclass(frozen=True, slots=True)
class Target:
    """An installation: its API, with a token of the scopes read and intake, and by which way it
    gets mail; by SMTP at `smtp`, HOST:PORT."""

    url: str
    token: str
    to: str
    way: Way
    smtp: str = ""


@dataclass
class Course:
    """What came of it, in seconds since the beginning."""

    began: float
    accepted: dict[str, float] = field(default_factory=dict)  # by the sender
    waited: list[float] = field(default_factory=list)  # for being accepted
    refused: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)  # looks that the API didn't answer
    visible: dict[str, float] = field(default_factory=dict)
    settled: dict[str, float] = field(default_factory=dict)  # answered, or never to be
    all_sent: bool = False

    @property
    def over(self) -> bool:
        return self.all_sent and self.accepted.keys() <= self.settled.keys()

    def now(self) -> float:
        return time.monotonic() - self.began


async def measure(target: Target, rate: float, seconds: float, *, agreed: bool) -> None:
    """Offer the mails, and print the figures. Raises as `loadtest`."""
    course = await loadtest(target, rate, seconds, agreed=agreed, tell=print)
    print("\n".join(report(course, rate)))


async def loadtest(
    target: Target, rate: float, seconds: float, *, agreed: bool, tell: Callable[[str], None]
) -> Course:
    """Raises SettingsError where that could do harm, SendError where nothing is accepted."""
    refuse_harm(target)
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(
            httpx2.AsyncClient(
                base_url=target.url,
                headers={"Authorization": f"Bearer {target.token}"},
                timeout=30,
                limits=httpx2.Limits(max_connections=2 * CONNECTIONS),
            )
        )
        hand_over = await _way(target, api, stack)
        run = secrets.token_hex(3)
        last = await _probe(target, api, hand_over, run, agreed=agreed)
        course = Course(time.monotonic())
        watching = asyncio.create_task(_watch(api, course, last, f"-{run}@{DOMAIN}"))
        try:
            await _send(target, hand_over, course, run, rate, seconds)
            tell(
                f"{len(course.accepted)} accepted, {len(course.refused)} refused; waiting for them…"
            )
            course.all_sent = True
            await asyncio.wait([watching], timeout=SETTLE_SECONDS)
        finally:
            watching.cancel()
            await asyncio.wait([watching])
    if not watching.cancelled():
        watching.result()
    return course


def refuse_harm(target: Target) -> None:
    """Raise SettingsError unless the recipient is nobody's."""
    domain = target.to.rpartition("@")[2].lower()
    mine = any(domain == name or domain.endswith(f".{name}") for name in RESERVED)
    if target.way == "smtp" and not mine:
        raise SettingsError(
            f"{target.to} may be somebody's address: {domain} is no domain for tests.",
            "Name a recipient under example.com, example.org, .test or .invalid, which the test"
            " installation takes mail for.",
        )


# ── handing over ───────────────────────────────────────────────────────────────────────────────

HandOver = Callable[[Mapping[str, str]], Awaitable[None]]


async def _way(target: Target, api: httpx2.AsyncClient, stack: AsyncExitStack) -> HandOver:
    """What hands a mail over, by one of a few connections. Raises SendError."""
    if target.way == "smtp":
        return await _by_smtp(target, stack)

    async def by_http(mail: Mapping[str, str]) -> None:
        if target.way == "classify":
            answer = await api.post("/classify", json=dict(mail))
        else:
            raw = {"Content-Type": "message/rfc822"}
            answer = await api.post("/messages", content=_raw(mail), headers=raw)
        answer.raise_for_status()

    return by_http


async def _by_smtp(target: Target, stack: AsyncExitStack) -> HandOver:
    host, _, port = target.smtp.rpartition(":")
    idle: asyncio.Queue[aiosmtplib.SMTP] = asyncio.Queue()
    try:
        for _ in range(CONNECTIONS):
            client = aiosmtplib.SMTP(hostname=host, port=int(port), start_tls=False)
            idle.put_nowait(await stack.enter_async_context(client))
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        raise SendError(
            f"No mail can be handed over at {target.smtp}: {error}.",
            "Name the sandbox or the mail server of the test installation as HOST:PORT.",
        ) from error

    async def by_smtp(mail: Mapping[str, str]) -> None:
        client = await idle.get()
        try:
            await client.sendmail(mail["from"], [mail["to"]], _raw(mail))
        finally:
            idle.put_nowait(client)

    return by_smtp


def _mail(to: str, sender: str, number: int) -> Mapping[str, str]:
    deck = samples()
    sample = deck[number % len(deck)]
    return {
        "from": sender,
        "to": to,
        "subject": f"{sample.subject} {number}",
        "text": sample.body,
        "message_id": f"<{sender}>",
    }


def _raw(mail: Mapping[str, str]) -> bytes:
    found = EmailMessage()
    for name in ("from", "to", "subject"):
        found[name.title()] = mail[name]
    found["Message-ID"] = mail["message_id"]
    found.set_content(mail["text"])
    return found.as_bytes()


async def _send(
    target: Target, hand_over: HandOver, course: Course, run: str, rate: float, seconds: float
) -> None:
    """Each at its time, whether those before it are accepted yet or not; and what it has waited is
    reckoned from that time on."""

    async def one(number: int, due: float) -> None:
        sender = f"cliente{number}-{run}@{DOMAIN}"
        try:
            await hand_over(_mail(target.to, sender, number))
        except (httpx2.HTTPError, aiosmtplib.SMTPException, OSError) as error:
            course.refused.append(f"{error}"[:200] or repr(error))
        else:
            course.accepted[sender] = course.now()
            course.waited.append(course.now() - due)

    async with asyncio.TaskGroup() as tasks:
        for number in range(max(1, round(rate * seconds))):
            due = number / rate
            await asyncio.sleep(max(0.0, due - course.now()))
            tasks.create_task(one(number, due))
    if not course.accepted:
        raise SendError(
            f"Not one of {len(course.refused)} mails was accepted: {course.refused[0]}.",
            "See that the token has the scope intake, and that the mailbox exists.",
        )


# ── watching by the API ────────────────────────────────────────────────────────────────────────


async def _probe(
    target: Target, api: httpx2.AsyncClient, hand_over: HandOver, run: str, *, agreed: bool
) -> int:
    """The number of a first mail's event. Raises SettingsError where its answer would really be
    sent and that was not agreed to."""
    sender = f"primero-{run}@{DOMAIN}"
    began = datetime.now(UTC) - timedelta(minutes=10)
    try:
        await hand_over(_mail(target.to, sender, 0))
        found = await _wait_for(api, sender, began)
    except (httpx2.HTTPError, aiosmtplib.SMTPException, OSError, ValueError) as error:
        raise SendError(
            f"The first mail was not taken, or not found: {error or repr(error)}.",
            "See that address and token are right, and that the token has the scopes read and"
            " intake.",
        ) from error
    reply = found["reply"]
    if not agreed and reply and reply["status"] != "kept":
        raise SettingsError(
            f"{target.url} sends its answers ({reply['status']}): it is no sandbox.",
            "Take sending from it (BUZON_SMTP_HOST), or, if what it sends reaches only a test"
            " server, say --yes-this-is-a-test.",
        )
    return int(found["id"])


async def _wait_for(api: httpx2.AsyncClient, sender: str, since: datetime) -> dict[str, Any]:
    deadline = time.monotonic() + PROBE_SECONDS
    while time.monotonic() < deadline:
        async for event in _events(api, 0, {"since": since.isoformat()}):
            if event["sender"] == sender:
                return event
        await asyncio.sleep(LOOK)
    raise SendError(
        f"The first mail can't be seen by the API {PROBE_SECONDS:.0f} s after it was taken.",
        "See that the recipient's mailbox is read by the installation at this address.",
    )


async def _events(
    api: httpx2.AsyncClient, after: int, wanted: Mapping[str, str] | None = None
) -> AsyncIterator[dict[str, Any]]:
    """Those behind this number, oldest first."""
    following: int | None = after
    while following is not None:
        asked = {**(wanted or {}), "after": str(following), "limit": str(PAGE)}
        answer = await api.get("/events", params=asked)
        answer.raise_for_status()
        page = answer.json()
        for event in page["items"]:
            yield event
        following = page["next"]


async def _watch(api: httpx2.AsyncClient, course: Course, after: int, ours: str) -> None:
    """Until all is over: when each mail is there, and when its answer is settled."""
    while not course.over:
        try:
            after = await _look(api, course, after, ours)
        except httpx2.HTTPError as error:  # too much load: the next look may be answered
            course.missed.append(str(error)[:200] or repr(error))
        await asyncio.sleep(LOOK)


async def _look(api: httpx2.AsyncClient, course: Course, after: int, ours: str) -> int:
    """Note what has become of the mails behind this number; up to which all are settled."""
    unbroken = True
    async for event in _events(api, after):
        if event["sender"].endswith(ours):
            course.visible.setdefault(event["sender"], course.now())
            reply = event["reply"]
            if not reply or reply["status"] in ("sent", "kept", "failed"):
                course.settled.setdefault(event["sender"], course.now())
            else:
                unbroken = False
        if unbroken:
            after = event["id"]
    return after


# ── what is told ───────────────────────────────────────────────────────────────────────────────


def report(course: Course, rate: float) -> Sequence[str]:
    took = max(course.accepted.values())
    lines = [
        f"accepted   {len(course.accepted) / took:8.1f} mails/s of {rate:g} offered"
        f" ({len(course.accepted)} in {took:.1f} s; {len(course.refused)} refused)",
        f"taken      {_quantiles(course.waited)}",
    ]
    for name, times in (("visible", course.visible), ("settled", course.settled)):
        waited = [times[sender] - at for sender, at in course.accepted.items() if sender in times]
        missing = len(course.accepted) - len(waited)
        late = f"; {missing} not within {SETTLE_SECONDS:.0f} s" if missing else ""
        lines.append(f"{name:<10} {_quantiles([max(0.0, each) for each in waited])}{late}")
    lines.append(
        f"Taken: from when a mail was due to its acceptance. Visible and settled (its answer sent,"
        f" kept, or none due): from acceptance on, looked at every {LOOK:g} s."
    )
    lines += [f"refused: {words}" for words in sorted(set(course.refused))[:5]]
    if course.missed:
        lines.append(f"{len(course.missed)} looks were not answered, such as: {course.missed[0]}")
    return lines


def _quantiles(seconds: Sequence[float]) -> str:
    if not seconds:
        return "never"
    ranked = sorted(seconds)
    told = (
        f"p{part} {1000 * ranked[min(len(ranked) - 1, len(ranked) * part // 100)]:7.0f} ms"
        for part in (50, 95, 99)
    )
    return "  ".join(told)
