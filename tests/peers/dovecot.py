"""A private Dovecot: its own folders, ports and users; nothing of the system's configuration."""

import imaplib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from datetime import datetime
from itertools import cycle, islice
from pathlib import Path
from typing import Self

from peers import find

PASSWORD = "secreto"
START_SECONDS = 10.0

PORTS = range(20_000, 32_000)
_ports = islice(cycle(PORTS), os.getpid() * 997 % len(PORTS), None)

CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = {host}
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login{mechanisms}
auth_failure_delay = 0
first_valid_uid = 0
mail_uid = {user}
mail_gid = {group}
mail_location = maildir:{folder}/mail/%u
mail_max_userip_connections = 1000
mailbox_idle_check_interval = 1 s
imap_max_line_length = 4 k
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
{tokens}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
"""

TOKENS = """
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {folder}/oauth2
}}
"""
ASKED = """
introspection_mode = post
introspection_url = http://dovecot:dovecot@127.0.0.1:{port}/token/introspection
force_introspection = yes
username_attribute = sub
active_attribute = active
active_value = true
"""


class Dovecot:
    """An IMAP server for the length of a `with`. `port` is for STARTTLS or none, `tls_port` for
    TLS; `certificate` is the file that vouches for it. It also takes access tokens of the provider
    that listens at `tokens_of`."""

    def __init__(
        self, folder: Path, *, tokens_of: int = 0, mechanisms: str = "", host: str = "127.0.0.1"
    ) -> None:
        self.folder, self.host = folder, host
        self.tokens_of = tokens_of
        self.mechanisms = mechanisms or (" xoauth2 oauthbearer" if tokens_of else "")
        self.port, self.tls_port = free_port(), free_port()
        self.certificate = folder / "cert.pem"
        self._process: subprocess.Popen[bytes] | None = None
        self._number = 0
        me = pwd.getpwuid(os.geteuid())
        self._mail_user = pwd.getpwnam("nobody") if me.pw_uid == 0 else me  # root reads no mail

    def __enter__(self) -> Self:
        for name in ("run", "mail"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self._own(self.folder / "mail")
        for parent in (self.folder, *self.folder.parents):
            with suppress(PermissionError):
                parent.chmod(parent.stat().st_mode | 0o011)
        make_certificate(self.certificate, self.folder / "key.pem")
        (self.folder / "users").touch()
        (self.folder / "oauth2").write_text(ASKED.format(port=self.tokens_of))
        (self.folder / "dovecot.conf").write_text(self._configuration())
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def _configuration(self) -> str:
        root = os.geteuid() == 0
        me, group = self._mail_user.pw_name, _group(self._mail_user.pw_gid)
        return CONFIGURATION.format(
            host=self.host,
            folder=self.folder,
            mechanisms=self.mechanisms,
            tokens=TOKENS.format(folder=self.folder) if self.tokens_of else "",
            port=self.port,
            tls_port=self.tls_port,
            user=me,
            group=group,
            internal="dovecot" if root else me,
            internal_group="dovecot" if root else group,
            login="dovenull" if root else me,
        )

    def start(self) -> None:
        program = find("dovecot")
        assert program is not None, "dovecot is not installed"
        self._process = subprocess.Popen(
            [program, "-F", "-c", self.folder / "dovecot.conf"],
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for_port(self.host, self.port, START_SECONDS, lambda: self.log)

    @property
    def running(self) -> bool:
        return self._process is not None

    def stop(self) -> None:
        """As an operator would: connections are closed."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(10)
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process = None
        (self.folder / "run" / "master.pid").unlink(missing_ok=True)

    @property
    def log(self) -> str:
        file = self.folder / "log"
        return file.read_text(errors="replace") if file.exists() else ""

    def add_user(self, name: str, password: str = PASSWORD) -> None:
        with (self.folder / "users").open("a") as users:
            users.write(f"{name}:{{PLAIN}}{password}\n")
        for sub in ("new", "cur", "tmp"):
            (self._maildir(name) / sub).mkdir(parents=True, exist_ok=True)
        for path in (self._maildir(name), *self._maildir(name).iterdir()):
            self._own(path)

    def as_setting(self, name: str, password: str = PASSWORD) -> str:
        """This user's mailbox as buzon.toml has it."""
        return f'''
[[mailbox]]
host = "{self.host}"
port = {self.port}
security = "none"
user = "{name}"
password = "{password}"
'''

    def set_password(self, name: str, password: str) -> None:
        users = self.folder / "users"
        kept = [line for line in users.read_text().splitlines() if not line.startswith(f"{name}:")]
        users.write_text("\n".join([*kept, f"{name}:{{PLAIN}}{password}", ""]))

    def deliver(self, user: str, raw: bytes, *, readable: bool = True) -> None:
        """Drop a mail into INBOX as a delivery agent does: written aside, then moved in. Dovecot
        hangs up on who asks for one that isn't readable."""
        self._number += 1
        name = f"{time.time():.6f}.{os.getpid()}_{self._number}.test"
        aside = self._maildir(user) / "tmp" / name
        aside.write_bytes(raw)
        self._own(aside)
        aside.chmod(0o600 if readable else 0)
        aside.rename(self._maildir(user) / "new" / name)

    def append(self, user: str, raw: bytes, when: datetime) -> None:
        """Put a mail there with a date of arrival of its own."""
        with imaplib.IMAP4(self.host, self.port) as client:
            client.login(user, PASSWORD)
            client.append("INBOX", "", imaplib.Time2Internaldate(when), raw)

    def messages(self, user: str, folder: str = "INBOX") -> list[tuple[str, str]]:
        """UID and flags of what is in a folder."""
        with imaplib.IMAP4(self.host, self.port) as client:
            client.login(user, PASSWORD)
            client.select(folder, readonly=True)
            _, found = client.uid("FETCH", "1:*", "(FLAGS)")
        # What changes meanwhile is told without UID.
        lines = [line.decode() for line in found if isinstance(line, bytes) and b"UID " in line]
        return [(_between(line, "UID ", " )"), _between(line, "FLAGS (", ")")) for line in lines]

    def make_folder(self, user: str, folder: str) -> None:
        with imaplib.IMAP4(self.host, self.port) as client:
            client.login(user, PASSWORD)
            client.create(folder)

    def change_uidvalidity(self, user: str) -> None:
        """Forget all UIDs, as a restored or moved mailbox does; the mails stay."""
        running = self.running
        self.stop()
        for file in self._maildir(user).glob("dovecot*"):
            file.unlink()
        # The new validity is the time in seconds: it must be another second.
        (self._maildir(user) / "dovecot-uidlist").write_text(f"3 V{int(time.time()) + 7} N1000\n")
        self._own(self._maildir(user) / "dovecot-uidlist")
        if running:
            self.start()

    def empty(self, user: str) -> list[bytes]:
        """Take all mails out of INBOX; what they were."""
        taken = []
        for sub in ("new", "cur"):
            for file in (self._maildir(user) / sub).iterdir():
                with suppress(FileNotFoundError):  # Dovecot moves and renames them
                    content = file.read_bytes()
                    file.unlink()
                    taken.append(content)
        return taken

    def _maildir(self, user: str) -> Path:
        return self.folder / "mail" / user

    def _own(self, path: Path) -> None:
        if os.geteuid() == 0:
            os.chown(path, self._mail_user.pw_uid, self._mail_user.pw_gid)


def _between(line: str, start: str, ends: str) -> str:
    rest = line.split(start)[1]
    return rest[: next((n for n, c in enumerate(rest) if c in ends), len(rest))]


def _group(number: int) -> str:
    import grp

    return grp.getgrgid(number).gr_name


def free_port() -> int:
    """Nobody gets it before it is used, nor while who listens there is away for a while: it is
    below those that the system gives to connections, and each process counts from elsewhere."""
    for port in islice(_ports, len(PORTS)):
        with suppress(OSError), socket.socket() as trial:
            trial.bind(("127.0.0.1", port))
            return port
    raise OSError(f"Every port of {PORTS} is taken: see ss -tln")


def wait_for_port(host: str, port: int, seconds: float, why: object) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection((host, port), 1):
            return
        time.sleep(0.02)
    raise TimeoutError(f"Nothing listens on {host}:{port}: {why() if callable(why) else why}")


def make_certificate(certificate: Path, key: Path) -> None:
    openssl = shutil.which("openssl")
    assert openssl, "openssl is not installed"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )  # fmt: skip
