"""`buzon user` and `buzon token`, as somebody types them."""

import re

from cli.test_cli import Shell, buzon

__all__ = ["buzon"]


def test_somebody_is_let_in_changed_and_disabled(buzon: Shell) -> None:
    done = buzon("user", "add", "eva@example.com", "--role", "viewer", "--name", "Eva Sanz")
    first = re.search(r"http://127\.0\.0\.1:8000/sign-in/\S{20,}", done.stdout)
    assert first, done.stderr
    assert re.search(
        r"Eva Sanz.*eva@example.com.*viewer.*no password", buzon("user", "list").stdout
    )
    second = buzon("user", "link", "EVA@example.com").stdout
    assert "/sign-in/" in second
    assert first[0] not in second
    assert "Eva Sanz is operator now" in buzon("user", "role", "eva@example.com", "operator").stdout
    assert buzon("user", "disable", "eva@example.com").returncode == 0
    assert "disabled" in buzon("user", "list").stdout
    assert "They are disabled" in buzon("user", "link", "eva@example.com").stderr
    assert "can sign in again" in buzon("user", "enable", "eva@example.com").stdout


def test_a_name_that_is_not_given_is_that_of_the_address(buzon: Shell) -> None:
    buzon("user", "add", "luis.gil@example.com", "--role", "operator")
    assert "luis.gil " in buzon("user", "list").stdout


def test_what_is_wrong_about_somebody_is_a_sentence(buzon: Shell) -> None:
    assert "no e-mail address" in buzon("user", "add", "eva", "--role", "viewer").stderr
    assert "no user eva@example.com" in buzon("user", "disable", "eva@example.com").stderr


def test_a_token_has_the_scopes_and_days_that_are_asked_for(buzon: Shell) -> None:
    done = buzon("token", "add", "shop", "--scope", "read", "--scope", "intake", "--days", "90")
    assert done.stdout.startswith("bz_"), done.stderr
    buzon("token", "add", "all")
    shown = buzon("token", "list").stdout
    assert re.search(r"shop.*read, intake", shown)
    assert "until" in shown
    assert "never" in shown
    assert "no scope all" in buzon("token", "add", "other", "--scope", "all").stderr
    assert buzon("token", "revoke", "shop").returncode == 0
    assert "shop" not in buzon("token", "list").stdout
