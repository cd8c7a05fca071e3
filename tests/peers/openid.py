"""A real OpenID provider, and somebody who signs in there by its own pages."""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx

from peers import find
from peers.dovecot import free_port, wait_for_port

PROGRAM = Path(__file__).with_name("openid.mjs")
CLIENT, SECRET = "buzon", "a secret of ours"
ASKS = ("dovecot", "dovecot")  # the client that may ask whose a token is
START_SECONDS = 20.0


class OpenIdProvider:
    """Runs for the length of a `with`, for clients that people come back to at these addresses."""

    def __init__(self, *returns_to: str, access_seconds: int = 3600) -> None:
        self.port = free_port()
        self.returns_to = returns_to
        self.access_seconds = access_seconds
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        program = find("node")
        assert program is not None, "node is not installed"
        command = [program, PROGRAM, str(self.port), *self.returns_to]
        environment = {**os.environ, "ACCESS_TTL": str(self.access_seconds)}
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)
        wait_for_port("127.0.0.1", self.port, START_SECONDS, "the OpenID provider did not start")

    def told_of(self, token: str) -> Mapping[str, Any]:
        """What it says of an access token to whoever is shown it (RFC 7662)."""
        answer = httpx.post(f"{self.issuer}/token/introspection", data={"token": token}, auth=ASKS)
        told: Mapping[str, Any] = answer.json()
        return told

    def vouches(self, user: str, token: str) -> bool:
        told = self.told_of(token)
        return bool(told["active"]) and told["sub"] == user

    def revoke(self, token: str) -> None:
        """Take back a token, as an account's owner or its administrator may (RFC 7009)."""
        url = f"{self.issuer}/token/revocation"
        httpx.post(url, data={"token": token}, auth=(CLIENT, SECRET)).raise_for_status()

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None


def sign_in(url: str, login: str) -> Mapping[str, str]:
    """What the provider sends back with somebody who was sent to `url`, and signs in there."""
    with httpx.Client() as browser:
        answer = browser.get(url)
        while True:
            if answer.is_redirect:
                url = urljoin(str(answer.url), answer.headers["location"])
                if urlsplit(url).port != answer.url.port:
                    return dict(parse_qsl(urlsplit(url).query))
                answer = browser.get(url)
            else:
                answer = _fill(browser, answer, login)


def _fill(browser: httpx.Client, page: httpx.Response, login: str) -> httpx.Response:
    """The page for name and password, or that which asks what the client may know."""
    form = re.search(r'action="([^"]+)"', page.text)
    prompt = re.search(r'name="prompt" value="(\w+)"', page.text)
    assert form, page.text
    assert prompt, page.text
    fields = {"prompt": prompt[1], "login": login, "password": "any"}
    return browser.post(urljoin(str(page.url), form[1]), data=fields)


def type_code(address: str, login: str) -> None:
    """Type a code for devices at the provider, or follow the address that has it, and sign in."""
    with httpx.Client() as browser:
        answer = browser.get(address)
        while "Sign-in Success" not in answer.text:
            if answer.is_redirect:
                answer = browser.get(urljoin(str(answer.url), answer.headers["location"]))
            elif 'name="prompt"' in answer.text:
                answer = _fill(browser, answer, login)
            else:
                form = re.search(r'action="([^"]+)"', answer.text)
                assert form, answer.text
                fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', answer.text))
                answer = browser.post(
                    urljoin(str(answer.url), form[1]), data={**fields, "confirm": "yes"}
                )
