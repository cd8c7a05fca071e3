"""What is wrong with settings is told, by name and without secrets."""

from pathlib import Path

import pytest

from buzon import config
from config.refusal import MAILBOX, refused

ELSEWHERE = {
    "BUZON_URL": "https://Mail.example.com/",
    "BUZON_OIDC_ISSUER": "https://login.example.com",
    "BUZON_OIDC_CLIENT_ID": "buzon",
}


def test_two_mailboxes_with_one_name_are_refused() -> None:
    Path("buzon.toml").write_text(MAILBOX.format(name="ventas") * 2)
    assert refused().startswith("Two mailboxes are called ventas. Give each")


def test_one_table_for_the_mailboxes_is_refused_with_the_right_spelling() -> None:
    Path("buzon.toml").write_text(MAILBOX.replace("[[mailbox]]", "[mailbox]"))
    assert "under [[mailbox]], in double brackets" in refused()


def test_a_mailbox_without_its_user_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUZON_IMAP_HOST", "imap.example.com")
    assert refused() == "BUZON_IMAP_HOST is set, but not BUZON_IMAP_USER. Set it too."


def test_sending_without_an_address_to_send_from_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BUZON_SMTP_HOST", "smtp.example.com")
    assert refused().endswith("Set BUZON_SMTP_FROM.")


def test_sending_by_token_without_a_user_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUZON_SMTP_HOST", "smtp.example.com")
    monkeypatch.setenv("BUZON_SMTP_AUTH", "oauth2")
    assert "BUZON_SMTP_AUTH=oauth2 is set, but not BUZON_SMTP_USER" in refused()


def test_a_mailbox_by_token_needs_no_password_and_another_one_does() -> None:
    without = MAILBOX.format(name="ventas").replace('password = "hunter2"', "")
    Path("buzon.toml").write_text(without + 'auth = "oauth2"\n')
    assert config.load().mailboxes[0].auth == "oauth2"
    Path("buzon.toml").write_text(without)
    assert "password" in refused()


def test_a_token_goes_unencrypted_to_this_machine_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"HOST": "smtp.example.com", "SECURITY": "none", "FROM": "u@x.es"}.items():
        monkeypatch.setenv(f"BUZON_SMTP_{name}", value)
    monkeypatch.setenv("BUZON_SMTP_USER", "u@x.es")
    monkeypatch.setenv("BUZON_SMTP_AUTH", "oauth2")
    assert "BUZON_SMTP_AUTH=oauth2: the token would go there in clear" in refused()
    monkeypatch.setenv("BUZON_SMTP_HOST", "127.0.0.1")
    assert config.load().smtp_auth == "oauth2"
    table = '[[mailbox]]\nhost = "{}"\nuser = "u@x.es"\nsecurity = "none"\nauth = "oauth2"\n'
    Path("buzon.toml").write_text(table.format("imap.example.com"))
    assert "[[mailbox]] 1, auth=oauth2: the token would go there in clear" in refused()
    Path("buzon.toml").write_text(table.format("localhost"))
    assert config.load().mailboxes[0].auth == "oauth2"


def test_an_unknown_key_of_a_mailbox_is_refused_and_not_repeated() -> None:
    Path("buzon.toml").write_text(MAILBOX.format(name="v") + 'passwort = "hunter2"\n')
    assert refused().startswith("[[mailbox]] 1, passwort: there are name, host, port, ")


def test_a_mailbox_without_a_host_is_refused() -> None:
    Path("buzon.toml").write_text('[[mailbox]]\nuser = "a@example.com"\npassword = "hunter2"\n')
    assert refused().startswith("[[mailbox]] 1, host: Field required.")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("PORT", "ochenta", "BUZON_PORT=ochenta: Input should be a valid integer"),
        ("PORT", "70000", "BUZON_PORT=70000: Input should be less than or equal to 65535"),
        ("IMAP_SECURITY", "ssl", "BUZON_IMAP_SECURITY=ssl: Input should be 'tls', 'starttls'"),
        ("TIMEZONE", "Madrid", "BUZON_TIMEZONE=Madrid: is no time zone; write one like"),
        ("TIMEZONE", "../etc/passwd", "is no time zone"),
        ("SANDBOX_SMTP", "2525", "must be HOST:PORT, like 127.0.0.1:2525"),
        ("CONFIDENCE", "75", "BUZON_CONFIDENCE=75: Input should be less than or equal to 1"),
        ("API_TOKEN", "short", "BUZON_API_TOKEN: must have at least 32 characters"),
        ("SMTP_CONNECTIONS", "0", "BUZON_SMTP_CONNECTIONS=0: Input should be greater"),
        ("LANGUAGE", "eo", "BUZON_LANGUAGE=eo: "),
        ("MAILBOX", "{", 'can\'t be read: error parsing value for field "mailbox"'),
    ],
)
def test_a_bad_value_is_told_with_its_name_and_what_may_stand_there(
    name: str, value: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"BUZON_{name}", value)
    message = refused()
    assert told in message
    assert message.endswith((" Correct it and start again.", ". Correct it."))


def test_all_that_is_wrong_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUZON_PORT", "x")
    monkeypatch.setenv("BUZON_RISK", "y")
    told = refused()
    assert "BUZON_PORT" in told
    assert "BUZON_RISK" in told


def test_a_bad_secret_is_told_without_its_value() -> None:
    Path("buzon.toml").write_text('smtp_password = ["hunter2"]\n')
    assert refused().startswith("BUZON_SMTP_PASSWORD: Input should be a valid string")


def test_a_bad_password_of_a_mailbox_is_told_without_its_value() -> None:
    Path("buzon.toml").write_text(MAILBOX.format(name="v").replace('"hunter2"', "['hunter2']"))
    assert refused().startswith("[[mailbox]] 1, password: Input should be a valid string")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("BUZON_URL", "mail.example.com", "must be like https://mail.example.com"),
        ("BUZON_URL", "https://example.com/mail", "with nothing behind the host"),
        ("BUZON_TRUSTED_PROXIES", "10.0.0.5, traefik", "'traefik' does not appear to be"),
        ("BUZON_TRUSTED_PROXIES", "10.0.0.5/8", "has host bits set; write 10.0.0.5 or 10.0.0.0/8"),
        ("BUZON_OIDC_ISSUER", "http://login.example.com", "must begin with https://"),
        ("BUZON_OIDC_ISSUER", "http://127.0.0.1.example.com", "must begin with https://"),
        ("BUZON_OIDC_ISSUER", "https://", "must begin with https://"),
        ("BUZON_OIDC_CLIENT_ID", "", "BUZON_OIDC_ISSUER is set, but not BUZON_OIDC_CLIENT_ID"),
        ("BUZON_URL", "", "BUZON_OIDC_ISSUER is set, but not BUZON_URL"),
        ("BUZON_OIDC_ROLE", "viewer", "would let in everybody whom the provider knows"),
        ("BUZON_OIDC_ROLE", "administrator", "BUZON_OIDC_ROLE=administrator"),
        ("BUZON_OIDC_ROLES", "chiefs=owner", "'chiefs=owner' must be GROUP=viewer"),
        ("BUZON_OIDC_ROLES", "administrator", "'administrator' must be GROUP=viewer"),
        ("BUZON_OIDC_ROLES", "chiefs=operator", "only one is set. Set both"),
        ("BUZON_OIDC_ROLE_CLAIM", "groups", "only one is set. Set both"),
    ],
)
def test_what_would_let_in_others_is_refused(
    name: str, value: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for known, right in ELSEWHERE.items():
        monkeypatch.setenv(known, right)
    config.load()
    monkeypatch.setenv(name, value)
    assert told in refused()


def test_a_provider_on_this_machine_needs_no_https(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ELSEWHERE.items():
        monkeypatch.setenv(name, value)
    for issuer in ("http://127.0.0.1:3000", "http://localhost:3000", "http://[::1]:3000"):
        monkeypatch.setenv("BUZON_OIDC_ISSUER", issuer)
        assert config.load().oidc_issuer == issuer
