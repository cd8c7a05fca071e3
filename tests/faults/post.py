"""The mails of a soak, and what has to become of each; the same ones for the same seed."""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from peers.mails import customer_mail

# How often each kind comes, and how many answers its writer is to get in all: with None any number
# within the caps.
KINDS: Mapping[str, tuple[int, int | None]] = {
    "customer": (60, 1),
    "delivered twice": (10, 1),
    "goes on": (6, 1),  # two mails of one conversation
    "insists": (4, 2),  # three mails: two answers an hour are the most
    "machine": (14, 0),
    "hostile": (6, None),
    "by HTTP": (15, 1),  # handed in by two callers at once, under the same key
}

MACHINES: tuple[bytes, ...] = (
    b"Auto-Submitted: auto-generated",
    b"Precedence: bulk",
    b"List-Id: <noticias.example.org>",
    b"X-Autoreply: yes",
    b"X-Auto-Response-Suppress: All",
    b"Content-Description: Undelivered Message",
)


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as it is delivered; `number` stands in it, so that it is found again anywhere."""

    number: int
    kind: str
    sender: str
    raw: bytes
    copies: int = 1

    @property
    def by_http(self) -> bool:
        return self.kind == "by HTTP"


class Post:
    """Writes letters, and remembers them."""

    def __init__(self, seed: int, to: str) -> None:
        self.to = to
        self.letters: list[Letter] = []
        self._chance = random.Random(seed)

    def write(self) -> Iterator[Letter]:
        """What the next correspondent sends: one letter or some."""
        kinds = list(KINDS)
        (kind,) = self._chance.choices(kinds, [KINDS[name][0] for name in kinds])
        for letter in WRITERS[kind](self, kind):
            self.letters.append(letter)
            yield letter

    def expected(self) -> dict[str, int | None]:
        """How many answers each sender is to get."""
        return {letter.sender: KINDS[letter.kind][1] for letter in self.letters}

    def _customer(self, kind: str) -> Iterator[Letter]:
        yield self._letter(kind, copies=2 if kind in ("delivered twice", "by HTTP") else 1)

    def _goes_on(self, kind: str) -> Iterator[Letter]:
        first = self._letter(kind)
        yield first
        sender = first.sender.encode()
        again = f"In-Reply-To: <m{first.number}@mail.example.org>".encode()
        yield self._letter(kind, sender, again)

    def _insists(self, kind: str) -> Iterator[Letter]:
        sender = f"insiste{len(self.letters)}@example.org".encode()
        for _ in range(3):
            yield self._letter(kind, sender)

    def _machine(self, kind: str) -> Iterator[Letter]:
        header = self._chance.choice(MACHINES)
        name = "mailer-daemon" if b"Undelivered" in header else f"robot{len(self.letters)}"
        sender = f"{name}@n{len(self.letters)}.example.org".encode()
        yield self._letter(kind, sender, header)

    def _hostile(self, kind: str) -> Iterator[Letter]:
        letter = self._letter(kind)
        spoil = self._chance.choice(SPOILERS)
        yield Letter(letter.number, kind, letter.sender, spoil(letter.raw))

    def _letter(
        self, kind: str, sender: bytes = b"", header: bytes = b"", copies: int = 1
    ) -> Letter:
        number = len(self.letters)
        usual = f"cliente{number}@example.org".encode()
        raw = customer_mail(number, to=self.to).replace(usual, sender or usual)
        more = b"\r\n".join([f"X-Soak: soak-{number}-".encode(), *filter(None, [header])])
        raw = raw.replace(b"MIME-Version", more + b"\r\nMIME-Version", 1)
        return Letter(number, kind, (sender or usual).decode(), raw, copies)


WRITERS: Mapping[str, Callable[[Post, str], Iterator[Letter]]] = {
    "customer": Post._customer,
    "delivered twice": Post._customer,
    "goes on": Post._goes_on,
    "insists": Post._insists,
    "machine": Post._machine,
    "hostile": Post._hostile,
    "by HTTP": Post._customer,
}


def _nested(raw: bytes) -> bytes:
    head, _, body = raw.partition(b"\r\n\r\n")
    head = head.replace(b"Content-Type: text/plain; charset=utf-8", b"Content-Type: multipart/x")
    deep = b"".join(
        f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n'.encode()
        for n in range(300)
    )
    return head + b"; boundary=b\r\n\r\n--b\r\n" + deep + b"\r\n\r\n" + body


# Each makes of a good mail one that is wrong, or that wants something of us.
SPOILERS: tuple[Callable[[bytes], bytes], ...] = (
    _nested,
    lambda raw: raw.replace(b"Un saludo", b"\x00\x01\xff\xfe Un saludo"),
    lambda raw: raw.replace(b"Subject: ", b"Subject: =?utf-8?q?a=0D=0ABcc:_otro=40example.net?= "),
    lambda raw: raw.replace(b"utf-8", b"utf-7"),
    lambda raw: raw.replace(b"8bit", b"base64"),
    lambda raw: raw.replace(b"Message-ID: ", b"Message-ID: <a b>\r\n\tc "),
    lambda raw: raw.replace(b"Un saludo", b"<script>alert(1)</script>" + b"a" * 200_000),
    lambda raw: raw.replace(b"To: ", b"To: \xe2\x80\xae\xf0\x9f\x92\xa9 " + b"x" * 900),
    lambda raw: raw.replace(b"X-Soak", b": no name\r\n nothing\r\nX-Soak"),
    lambda raw: raw.replace(b"text/plain", b"text/html") + b"<div>" * 5_000,
)
