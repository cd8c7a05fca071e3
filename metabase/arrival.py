"""How we get in: Metabase is awaited, its first user made, an API key kept for the next time."""

import os
import time
from typing import Any

from client import Metabase, gist
from settings import Settings
from trouble import NotLetIn, NotUp, Unexpected, WrongSettings

ADMINISTRATORS = 2  # the group's id, the same in every Metabase
KEY_NAME = "buzon-provision"
PAUSE = 1.0  # seconds


def arrive(metabase: Metabase, settings: Settings) -> None:
    """Wait until Metabase is up and act as its administrator then. Raises NotUp, NotLetIn."""
    properties = wait_until_up(metabase, settings.wait)
    new = not properties.get("has-user-setup")
    if not new and use_kept_key(metabase, settings):
        return
    if not (new and make_first_user(metabase, settings, str(properties.get("setup-token", "")))):
        sign_in(metabase, settings)
    if new:
        keep_to_itself(metabase)
    make_key(metabase, settings)


def wait_until_up(metabase: Metabase, seconds: float) -> dict[str, Any]:
    """The server's public properties, once it tells them. Raises NotUp."""
    until = time.monotonic() + seconds
    while True:
        try:
            if metabase.get("/api/health").get("status") == "ok":
                return dict(metabase.get("/api/session/properties"))
            last = "it is starting"
        except (NotUp, Unexpected) as error:  # a starting one answers 503
            last = str(error)
        if time.monotonic() >= until:
            raise NotUp(
                f"Metabase at {metabase.url} was not up within {seconds:.0f} seconds: {last}",
                "Look into its log, or wait longer with METABASE_WAIT.",
            )
        time.sleep(min(PAUSE, seconds))


def use_kept_key(metabase: Metabase, settings: Settings) -> bool:
    """Whether the key of an earlier run lets us in."""
    try:
        key = settings.key_file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise WrongSettings(
            f"The key can't be read ({error}).", "See METABASE_KEY_FILE."
        ) from error
    metabase.headers = {"X-Api-Key": key}
    try:
        metabase.get("/api/user/current")
    except Unexpected as error:
        if error.status not in (401, 403):
            raise
        metabase.headers = {}
        return False
    return True


def make_first_user(metabase: Metabase, settings: Settings, token: str) -> bool:
    """Whether we were the first; else somebody was faster."""
    user = {
        "email": settings.email,
        "password": settings.password,
        "first_name": "Buzón",
        "last_name": "Admin",
    }
    prefs = {"site_name": "Buzón", "site_locale": settings.language}
    try:
        answer = metabase.post("/api/setup", {"token": token, "user": user, "prefs": prefs})
    except Unexpected as error:
        if error.status == 403:
            return False
        if error.status == 400:
            raise NotLetIn(
                f"Metabase refuses {settings.email} as its first user: {gist(error.body)}.",
                "Correct METABASE_EMAIL, or choose a longer METABASE_PASSWORD.",
            ) from error
        raise
    metabase.headers = {"X-Metabase-Session": answer["id"]}
    metabase.changed(f"First user: {settings.email}")
    return True


def sign_in(metabase: Metabase, settings: Settings) -> None:
    who = {"username": settings.email, "password": settings.password}
    try:
        answer = metabase.post("/api/session", who)
    except Unexpected as error:
        if error.status not in (400, 401, 403, 429):
            raise
        raise NotLetIn(
            f"Metabase does not let {settings.email} in: {gist(error.body)}.",
            "Set METABASE_EMAIL and METABASE_PASSWORD to those of an administrator.",
        ) from error
    metabase.headers = {"X-Metabase-Session": answer["id"]}


def keep_to_itself(metabase: Metabase) -> None:
    """Making the first user switches on that Metabase calls home, whatever was said of it; unless
    its environment says otherwise, and then it may refuse to be told."""
    properties = metabase.get("/api/session/properties")
    for setting in ("anon-tracking-enabled", "check-for-updates"):
        if properties.get(setting) is False:
            continue
        try:
            metabase.put(f"/api/setting/{setting}", {"value": False})
        except Unexpected as error:
            variable = f"MB_{setting.upper().replace('-', '_')}"
            print(f"Metabase may call home, for {error} See that {variable} is false there.")


def make_key(metabase: Metabase, settings: Settings) -> None:
    """Go on with a key that the next run finds. Where ours was lost, this run goes on signed in."""
    try:
        made = metabase.post("/api/api-key", {"name": KEY_NAME, "group_id": ADMINISTRATORS})
    except Unexpected as error:
        if error.status == 403:
            raise NotLetIn(
                f"{settings.email} is no administrator of Metabase.",
                "Set METABASE_EMAIL and METABASE_PASSWORD to those of one.",
            ) from error
        if error.status != 400:
            raise
        print(
            f"Metabase has a key {KEY_NAME} already, which {settings.key_file} does not hold: each"
            " run signs in. To end that, delete it at Admin → Settings → Authentication → API keys."
        )
        return
    keep(settings, made["unmasked_key"])
    metabase.send("DELETE", "/api/session")
    metabase.headers = {"X-Api-Key": made["unmasked_key"]}
    metabase.changed(f"API key {KEY_NAME}, kept in {settings.key_file}")


def keep(settings: Settings, key: str) -> None:
    try:
        settings.key_file.parent.mkdir(parents=True, exist_ok=True)
        opened = os.open(settings.key_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(opened, "w", encoding="utf-8") as file:
            file.write(key + "\n")
    except OSError as error:
        raise WrongSettings(
            f"The key can't be kept ({error}).",
            "Let METABASE_KEY_FILE be where this may write, and delete the key"
            f" {KEY_NAME} in Metabase.",
        ) from error
