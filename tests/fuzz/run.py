"""Look for mails that break parse, clean or loops, for a bounded time.

    make fuzz ARGS="--seconds 600"

Two ways share the time: hypothesis, which makes mails of the pieces that mails are made of, and
atheris, which changes real ones and follows the code. What is found is put into found/, where
test_found.py tries it ever after; give it a name that begins with the target's.
"""

import argparse
import importlib.util
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path
from random import randrange
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from fuzz.holds import TARGETS, hold
from mail.golden import MESSAGES

FOUND = Path(__file__).with_name("found")
EXAMPLES = 400  # between two looks at the clock
LONGEST = 16_384  # bytes of a mail that atheris makes

PIECES = (
    b"\r\n", b"\n", b"\r", b"\r\n\r\n", b" ", b"\t", b"\0", b"\xff", b"\xe2\x80\xae", b"=", b"--",
    b"From: ", b"To: ", b"Subject: ", b"Message-ID: <", b"Content-Type: ", b"Auto-Submitted: no",
    b"Content-Transfer-Encoding: ", b"base64", b"quoted-printable", b"8bit", b"x-uuencode",
    b"text/plain", b"text/html", b"multipart/mixed", b"message/rfc822", b"; boundary=b", b"--b--",
    b"--b\r\n", b"; charset=", b"utf-7", b"utf-8", b"iso-2022-jp", b"=?utf-8?q?", b"=?utf-8?b?",
    b"?=", b"filename*0*=", b'"', b"\\", b"(", b"<", b">", b",", b";", b":", b"@", b"a@b.example",
    b"<div hidden>", b"<!--", b"</", b"&#x0;", b"> ", b">>> ", b"-- \n", b"On Monday Ana wrote:\n",
    "El lun, 3 feb 2025 a las 10:15, Ana escribió:\n".encode(), b"-----Original Message-----\n",
    b"begin 644 a\n", b"hola ", b"x" * 1_000, "ñ".encode(), "\U0001f4a9".encode(),
)  # fmt: skip


def made_of_pieces(target: str, until: float) -> bytes | None:
    """A mail that hypothesis found and made small, if it did; looks until that time."""
    last = b""

    @settings(max_examples=EXAMPLES, deadline=None, database=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=12), max_size=120))
    def look(pieces: list[bytes]) -> None:
        nonlocal last
        last = b"".join(pieces)
        hold(target, last)

    while time.monotonic() < until:
        try:
            seed(randrange(2**32))(look)()
        except Exception as error:
            print(f"{target}: {error!r}")
            return last  # the last one tried is the smallest
    return None


def guided(target: str, seconds: float) -> bool:
    """Whether atheris found something, which is then in found/ already."""
    before = set(FOUND.iterdir())
    with TemporaryDirectory() as corpus:
        done = subprocess.run([
            sys.executable, "-m", "fuzz.guided", target, f"-max_total_time={max(1, int(seconds))}",
            f"-max_len={LONGEST}", f"-artifact_prefix={FOUND}/{target}-", "-timeout=20",
            "-report_slow_units=20", "-verbosity=0", "-print_final_stats=1", corpus,
            str(MESSAGES), str(FOUND),
        ])  # fmt: skip
    return done.returncode != 0 or set(FOUND.iterdir()) != before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=180, help="for all together")
    parser.add_argument("--target", choices=list(TARGETS), action="append")
    arguments = parser.parse_args()
    targets = arguments.target or list(TARGETS)
    FOUND.mkdir(exist_ok=True)
    has_atheris = importlib.util.find_spec("atheris") is not None
    if not has_atheris:
        print("atheris is not installed here (it has no wheel for this Python): hypothesis alone.")
    share = arguments.seconds / len(targets) / (2 if has_atheris else 1)
    broken = False
    for target in targets:
        print(f"{target}: {share:.0f} s of mails made of pieces", flush=True)
        if found := made_of_pieces(target, time.monotonic() + share):
            (FOUND / f"{target}-{sha256(found).hexdigest()[:12]}").write_bytes(found)
            broken = True
        if has_atheris:
            print(f"{target}: {share:.0f} s of atheris", flush=True)
            broken |= guided(target, share)
    print(f"Found something: look into {FOUND}." if broken else "Nothing found.")
    sys.exit(broken)


if __name__ == "__main__":
    main()
