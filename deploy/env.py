"""`make env`: .env for compose.yaml, from .env.example, with secrets that are made here.

A .env that is there is not touched; what it lacks is told, and ends this with 1.
"""

import os
import re
import secrets
import sys
from pathlib import Path

EXAMPLE, ENV = Path(".env.example"), Path(".env")
SECRET_BYTES = 24

# Buzón's own settings that the whole stack needs; the example has them as comments.
MADE = ("BUZON_SECRET_KEY", "BUZON_API_TOKEN", "BUZON_BI_PASSWORD")
SANDBOX = {
    "BUZON_SMTP_HOST": "mailpit",
    "BUZON_SMTP_PORT": "1025",
    "BUZON_SMTP_SECURITY": "none",
    "BUZON_SMTP_FROM": "soporte@example.com",
}


def main() -> int:
    wanted = filled(EXAMPLE.read_text(encoding="utf-8"))
    try:
        descriptor = os.open(ENV, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return told(lacking(wanted, ENV.read_text(encoding="utf-8")))
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(wanted)
    print("Made .env, for you alone to read. Answers go to the sandbox until it names your server.")
    return 0


def filled(example: str) -> str:
    """The example with every secret made, and sending set to the sandbox."""
    for name in MADE:
        example = example.replace(f"#{name}=\n", f"{name}=\n")
    for name, value in SANDBOX.items():
        example = re.sub(rf"^#{name}=.*$", f"{name}={value}", example, flags=re.MULTILINE)
    return re.sub(r"^(\w+)=$", _with_secret, example, flags=re.MULTILINE)


def _with_secret(line: re.Match[str]) -> str:
    # Hexadecimal: it must fit into a URL, and Metabase wants a digit in a password.
    return line[0] + secrets.token_hex(SECRET_BYTES)


def lacking(wanted: str, present: str) -> list[str]:
    """The lines with a secret that `present` doesn't have."""
    names = {line.partition("=")[0].strip() for line in present.splitlines() if "=" in line}
    empty = re.findall(r"^(\w+)=$", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    needed = {*MADE, *empty} - names
    return [line for line in wanted.splitlines() if line.partition("=")[0] in needed]


def told(lines: list[str]) -> int:
    if not lines:
        print(".env is there already and has every secret; it stays as it is.")
        return 0
    print(".env is there already and stays as it is. It lacks these lines:", *lines, sep="\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
