"""n8n with the workflow that people make first: mail in, ask an API what it is, send an answer."""

import json
import os
from pathlib import Path

from peers.dovecot import PASSWORD, Dovecot
from peers.n8n import N8n
from peers.smtp_sink import SmtpSink

WORKFLOW = Path(__file__).parent / "workflow.json"
ID = "naiveRecipe00001"


def installed() -> Path | None:
    """Where tests/peers/n8n.sh has put n8n; None where it never did."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "buzon"
    return next((ready.parent for ready in cache.glob("n8n-*/.ready")), None)


class NaiveN8n(N8n):
    """n8n that reads a mailbox, asks the API, and sends through the sink."""

    def __init__(
        self, folder: Path, program: Path, api: str, dovecot: Dovecot, user: str, sink: SmtpSink
    ) -> None:
        super().__init__(folder, program)
        # As it comes: what Buzón's own workflows are bounded by would hold it up.
        del self.environment["N8N_CONCURRENCY_PRODUCTION_LIMIT"]
        self._api = api
        self._credentials = [
            {
                "id": "naiveImap0000001",
                "name": "IMAP",
                "type": "imap",
                "data": {
                    "user": user,
                    "password": PASSWORD,
                    "host": dovecot.host,
                    "port": dovecot.port,
                    "secure": False,
                    "allowUnauthorizedCerts": True,
                },
            },
            {
                "id": "naiveSmtp0000001",
                "name": "SMTP",
                "type": "smtp",
                "data": {
                    "user": "",
                    "password": "",
                    "host": sink.host,
                    "port": sink.port,
                    "secure": False,
                    "disableStartTls": True,
                    "hostName": "",
                },
            },
        ]

    def set_up(self) -> None:
        workflow, credentials = self.folder / "workflow.json", self.folder / "credentials.json"
        workflow.write_text(WORKFLOW.read_text().replace("@API@", self._api))
        credentials.write_text(json.dumps(self._credentials))
        for command in (
            ("import:credentials", f"--input={credentials}"),
            ("import:workflow", f"--input={workflow}"),
            ("publish:workflow", f"--id={ID}"),
        ):
            self.run("n8n", *command)
        published = self.run("n8n", "list:workflow", "--active=true", "--onlyId")
        assert ID in published.stdout, published.stdout + published.stderr
