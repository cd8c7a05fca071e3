"""What follows from settings."""

from pathlib import Path

import pytest

from buzon import config
from config.refusal import MAILBOX, refused


def test_without_settings_it_is_the_sandbox_and_nothing_is_sent() -> None:
    settings = config.load()
    assert settings.sandbox == ("127.0.0.1", 2525)
    assert settings.smtp is None
    assert settings.mailboxes == ()
    assert settings.database_url is None
    assert settings.default_mailbox == "sandbox"


def test_there_may_be_several_mailboxes(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("buzon.toml").write_text(MAILBOX.format(name="ventas") + MAILBOX.format(name=""))
    monkeypatch.setenv("BUZON_IMAP_HOST", "imap.example.org")
    monkeypatch.setenv("BUZON_IMAP_USER", "soporte@example.org")
    monkeypatch.setenv("BUZON_IMAP_SECURITY", "starttls")
    first, second, third = config.load().mailboxes
    assert (first.key, first.actual_port) == ("soporte@example.org", 143)
    assert (second.key, second.actual_port) == ("ventas", 993)
    assert third.key == "ventas@example.com"
    assert second.password.get_secret_value() == "hunter2"
    assert config.load().sandbox is None


def test_an_external_sender_leaves_nothing_to_read_or_send(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {
        "MAIL": "external",
        "IMAP_HOST": "imap.example.com",
        "IMAP_USER": "soporte@example.com",
        "SMTP_HOST": "smtp.example.com",
    }.items():
        monkeypatch.setenv(f"BUZON_{name}", value)
    settings = config.load()
    assert (settings.mailboxes, settings.smtp, settings.sandbox) == ((), None, None)
    assert settings.default_mailbox == "soporte@example.com"


def test_buzon_sends_what_an_external_sender_did_not_report_only_where_that_is_chosen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {"MAIL": "external", "SMTP_FROM": "a@example.com"}.items():
        monkeypatch.setenv(f"BUZON_{name}", value)
    monkeypatch.setenv("BUZON_STALE", "send")
    assert refused() == "BUZON_STALE=send is set, but not BUZON_SMTP_HOST. Set it too."
    monkeypatch.setenv("BUZON_SMTP_HOST", "smtp.example.com")
    assert config.load().smtp is not None
    monkeypatch.setenv("BUZON_STALE", "hand-out")
    assert config.load().smtp is None


@pytest.mark.parametrize(("security", "port"), [("tls", 465), ("starttls", 587), ("none", 25)])
def test_the_port_follows_from_the_security(
    security: str, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUZON_SMTP_HOST", "smtp.example.com")
    monkeypatch.setenv("BUZON_SMTP_FROM", "soporte@example.com")
    monkeypatch.setenv("BUZON_SMTP_SECURITY", security)
    smtp = config.load().smtp
    assert smtp is not None
    assert smtp.port == port


def test_the_sandbox_may_listen_on_ipv6(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUZON_SANDBOX_SMTP", "[::1]:2526")
    assert config.load().sandbox == ("::1", 2526)


def test_the_address_is_kept_without_what_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUZON_URL", "https://Mail.example.com/")
    assert config.load().url == "https://mail.example.com"
