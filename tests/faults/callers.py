"""Programs that hand letters in by POST /classify, and try again under the same key until they are
told that it is there."""

import random
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from email import message_from_bytes, policy
from typing import Any

import httpx

from faults.post import Letter
from peers.service import Service

TOKEN = "a token that is given by the environment"
PAUSE = 0.5  # seconds between two tries
PATIENCE = 10.0  # seconds for one
AT_ONCE = 4
REFUSED = range(400, 500)
NOT_NOW = (408, 409, 425, 429)


class Callers:
    """Each copy of a letter has a caller of its own, who may come to any process with pages."""

    def __init__(self, services: Sequence[Service], seed: int) -> None:
        self.events: dict[int, set[int]] = defaultdict(set)  # of each letter, as they were told
        self.refused: list[str] = []
        self._services = [each for each in services if "--only" not in each.arguments]
        self._chance = random.Random(seed)
        self._at_once = threading.Semaphore(AT_ONCE)
        self._stopping = threading.Event()
        self._callers: list[threading.Thread] = []

    def hand_in(self, letter: Letter) -> None:
        for _ in range(letter.copies):
            caller = threading.Thread(target=self._insist, args=(letter,), daemon=True)
            self._callers.append(caller)
            caller.start()

    def waiting(self) -> int:
        """How many have not been told that theirs is there."""
        return sum(caller.is_alive() for caller in self._callers)

    def stop(self) -> None:
        self._stopping.set()
        for caller in self._callers:
            caller.join()

    def _insist(self, letter: Letter) -> None:
        mail = fields(letter)
        while not self._stopping.is_set():
            with self._at_once, suppress(httpx.HTTPError):
                answer = httpx.post(
                    f"{self._chance.choice(self._services).url}/classify",
                    json=mail,
                    headers={
                        "Authorization": f"Bearer {TOKEN}",
                        "Idempotency-Key": f"soak-{letter.number}",
                    },
                    timeout=PATIENCE,
                )
                if answer.status_code == httpx.codes.OK:
                    self.events[letter.number].add(answer.json()["event_id"])
                    return
                if answer.status_code in REFUSED and answer.status_code not in NOT_NOW:
                    self.refused.append(
                        f"{letter.number}: {answer.status_code} {answer.text[:200]}"
                    )
                    return
            time.sleep(PAUSE)


def fields(letter: Letter) -> dict[str, Any]:
    """The letter in its parts, as n8n hands one over."""
    mail = message_from_bytes(letter.raw, policy=policy.default)
    return {
        "from": letter.sender,
        "to": str(mail["To"]),
        "subject": str(mail["Subject"]),
        "text": mail.get_content(),
        "message_id": str(mail["Message-ID"]),
        "headers": {"X-Soak": str(mail["X-Soak"])},
    }
