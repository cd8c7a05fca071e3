"""A real Postfix that takes mail for everybody, queues it, and puts it into a Maildir."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import Self

from peers import find
from peers.dovecot import free_port, wait_for_port

START_SECONDS = 20.0
MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup   unix n - n 60 1 pickup
cleanup  unix n - n - 0 cleanup
qmgr     unix n - n 300 1 qmgr
tlsmgr   unix - - n 1000? 1 tlsmgr
rewrite  unix - - n - - trivial-rewrite
bounce   unix - - n - 0 bounce
defer    unix - - n - 0 bounce
trace    unix - - n - 0 bounce
verify   unix - - n - 1 verify
flush    unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp     unix - - n - - smtp
relay    unix - - n - - smtp
error    unix - - n - - error
retry    unix - - n - - error
discard  unix - - n - - discard
virtual  unix - n n - - virtual
anvil    unix - - n - 1 anvil
scache   unix - - n - 1 scache
postlog  unix-dgram n - n - 1 postlogd
"""
MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file_prefixes = {folder}
maillog_file = {folder}/log
inet_interfaces = loopback-only
inet_protocols = ipv4
myhostname = relay.example.com
mydestination =
alias_maps =
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = static:all
virtual_mailbox_maps = static:caught/
virtual_mailbox_base = {folder}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
"""


class Postfix:
    """Runs for the length of a `with`; only root can start it. The folder must be one that others
    may enter."""

    host = "127.0.0.1"

    def __init__(self, folder: Path) -> None:
        assert os.geteuid() == 0, "Postfix is started by root"
        self.folder, self.port = folder, free_port()

    def __enter__(self) -> Self:
        nobody = pwd.getpwnam("nobody")
        folder = self.folder
        folder.chmod(0o755)
        for name, owner in (("data", "postfix"), ("caught", "nobody"), ("queue", "root")):
            (folder / name).mkdir()
            shutil.chown(folder / name, owner)
        etc = folder / "etc"
        etc.mkdir()
        (etc / "master.cf").write_text(MASTER.format(port=self.port))
        (etc / "main.cf").write_text(
            MAIN.format(folder=folder, uid=nobody.pw_uid, gid=nobody.pw_gid)
        )
        self._postfix("start")
        wait_for_port(self.host, self.port, START_SECONDS, self.log)
        return self

    def __exit__(self, *_: object) -> None:
        self._postfix("stop")

    def _postfix(self, command: str) -> None:
        program = find("postfix")
        assert program is not None, "postfix is not installed"
        done = subprocess.run(
            [program, "-c", self.folder / "etc", command], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr + self.log()

    def log(self) -> str:
        file = self.folder / "log"
        return file.read_text(errors="replace") if file.exists() else ""

    def mails(self) -> list[bytes]:
        """What was delivered, whoever it was for."""
        return [file.read_bytes() for file in (self.folder / "caught/new").glob("*")]
