"""Where settings come from, and what is said of those that are wrong."""

import re
from pathlib import Path

import pytest

from buzon import config
from buzon.config import Origin, Settings
from buzon.errors import SettingsError, WrongSettings

MAILBOX = """
[[mailbox]]
name = "{name}"
host = "imap.example.com"
user = "ventas@example.com"
password = "hunter2"
"""


def refused() -> str:
    with pytest.raises(SettingsError) as caught:
        config.load()
    assert "hunter2" not in str(caught.value)
    return str(caught.value)


# ── where they come from ───────────────────────────────────────────────────────────────────


def test_without_settings_it_is_the_sandbox_and_nothing_is_sent() -> None:
    settings = config.load()
    assert settings.sandbox == ("127.0.0.1", 2525)
    assert settings.smtp is None
    assert settings.mailboxes == ()
    assert settings.database_url is None
    assert settings.default_mailbox == "sandbox"


def test_the_environment_wins_over_env_and_env_over_toml(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("buzon.toml").write_text('company = "toml"\nlanguage = "en"\nhost = "::1"\n')
    Path(".env").write_text("BUZON_COMPANY=fichero\nBUZON_LANGUAGE=fr\n")
    monkeypatch.setenv("BUZON_COMPANY", "entorno")
    settings = config.load()
    assert (settings.company, settings.language, settings.host) == ("entorno", "fr", "::1")


def test_an_empty_variable_is_as_if_it_were_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUZON_PORT", "")
    monkeypatch.setenv("BUZON_DATABASE_URL", "")
    settings = config.load()
    assert (settings.port, settings.database_url) == (8000, None)


def test_what_other_programs_keep_in_env_is_not_ours() -> None:
    Path(".env").write_text("POSTGRES_PASSWORD=hunter2\nCOMPOSE_PROJECT_NAME=correo\n")
    assert config.load() == Settings()


@pytest.mark.parametrize("place", ["environment", ".env"])
def test_a_secret_may_stand_in_a_file(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("secret").write_text("hunter2\n")
    if place == ".env":
        Path(".env").write_text("BUZON_SMTP_PASSWORD_FILE=secret\nBUZON_SMTP_PASSWORD=other\n")
    else:
        monkeypatch.setenv("BUZON_SMTP_PASSWORD_FILE", "secret")
    assert config.load().smtp_password.get_secret_value() == "hunter2"


def test_the_database_s_address_is_a_secret_too(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("url").write_text("postgresql://ana:hunter2@db.example/buzon")
    monkeypatch.setenv("BUZON_DATABASE_URL_FILE", "url")
    settings = config.load()
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value().endswith("@db.example/buzon")
    assert "hunter2" not in repr(settings)


def test_own_lists_are_parted_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUZON_ALLOWED_LISTS", "soporte.example.com, ventas.example.com,")
    assert config.load().allowed_lists == ("soporte.example.com", "ventas.example.com")


def test_own_lists_are_a_list_in_toml() -> None:
    Path("buzon.toml").write_text('allowed_lists = ["soporte.example.com"]\n')
    assert config.load().allowed_lists == ("soporte.example.com",)


# ── mailboxes and sending ──────────────────────────────────────────────────────────────────


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


def test_two_mailboxes_with_one_name_are_refused() -> None:
    Path("buzon.toml").write_text(MAILBOX.format(name="ventas") * 2)
    assert refused().startswith("Two mailboxes are called ventas. Give each")


def test_one_table_for_the_mailboxes_is_refused_with_the_right_spelling() -> None:
    Path("buzon.toml").write_text(MAILBOX.replace("[[mailbox]]", "[mailbox]"))
    assert "under [[mailbox]], in double brackets" in refused()


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


def test_the_sandbox_may_listen_on_ipv6(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUZON_SANDBOX_SMTP", "[::1]:2526")
    assert config.load().sandbox == ("::1", 2526)


# ── what is wrong is told ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("BUZON_IMPA_HOST", "Did you mean BUZON_IMAP_HOST?"),
        ("BUZON_PORT_FILE", "Did you mean"),  # no secret, so no file
        ("BUZON_QQQQQQQQ", "Remove it"),
    ],
)
@pytest.mark.parametrize("place", ["environment", ".env"])
def test_an_unknown_setting_is_refused_with_a_suggestion(
    name: str, suggestion: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if place == ".env":
        Path(".env").write_text(f"{name}=hunter2\n")
    else:
        monkeypatch.setenv(name, "hunter2")
    told = refused()
    assert told.startswith(f"{name} is not a setting of Buzón. ")
    assert suggestion in told


def test_an_unknown_key_in_toml_is_refused_with_a_suggestion() -> None:
    Path("buzon.toml").write_text('imap_hots = "hunter2"\n')
    told = refused()
    assert told == "imap_hots in buzon.toml is not a setting of Buzón. Did you mean imap_host?"


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


@pytest.mark.parametrize("content", [b"password = hunter2\n", b"\xff\xfe hunter2", b"a = 1\na = 2"])
def test_a_broken_toml_file_is_named(content: bytes) -> None:
    Path("buzon.toml").write_bytes(content)
    assert refused().startswith("buzon.toml or .env can't be read: ")


def test_a_broken_env_file_is_named() -> None:
    Path(".env").write_bytes(b"BUZON_COMPANY=Tel\xe9fonos hunter2\n")
    assert refused().startswith("buzon.toml or .env can't be read: ")


def test_a_secret_s_file_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUZON_IMAP_PASSWORD_FILE", "/nowhere/secret")
    told = refused()
    assert told.startswith("BUZON_IMAP_PASSWORD_FILE names /nowhere/secret, which can't be read")


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


# ── where people reach it, and where they sign in ──────────────────────────────────────────

ELSEWHERE = {
    "BUZON_URL": "https://Mail.example.com/",
    "BUZON_OIDC_ISSUER": "https://login.example.com",
    "BUZON_OIDC_CLIENT_ID": "buzon",
}


def test_the_address_is_kept_without_what_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUZON_URL", ELSEWHERE["BUZON_URL"])
    assert config.load().url == "https://mail.example.com"


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


# ── .env.example ───────────────────────────────────────────────────────────────────────────


def test_the_example_names_every_setting_with_its_help_and_default(repository: Path) -> None:
    lines = (repository / ".env.example").read_text().splitlines()
    shown = {
        match[1]: (match[2], lines[number - 1].removeprefix("# "))
        for number, line in enumerate(lines)
        if (match := re.fullmatch(r"#BUZON_(\w+)=(.*)", line))
    }
    settings = Settings.model_fields.items()
    # Several mailboxes stand in buzon.toml: the environment has no tables.
    wanted = {
        name.upper(): (_shown(field.default), field.description)
        for name, field in settings
        if name != "mailbox"
    }
    assert shown == wanted


def _shown(default: object) -> str:
    if default is None:
        return ""
    if isinstance(default, tuple):
        return ",".join(default)
    return str(getattr(default, "get_secret_value", lambda: default)())


def test_the_example_is_good_as_it_stands_once_its_lines_count(repository: Path) -> None:
    example = (repository / ".env.example").read_text()
    Path(".env").write_text(example.replace("#BUZON_", "BUZON_"))
    assert config.load() == Settings(_env_file=None)


def test_what_is_chosen_stands_behind_what_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUZON_COMPANY", "Casa Fija")
    given = config.load()
    chosen = {"company": "Otra", "risk": 0.02, "allowed_lists": ["a", "b"], "port": 1}
    holds = config.complete(given, chosen)
    assert (holds.company, holds.risk, holds.allowed_lists) == ("Casa Fija", 0.02, ("a", "b"))
    assert holds.port == 8000  # is not to be chosen on a page
    assert given.risk == 0.05


def test_what_is_chosen_and_makes_no_sense_is_told_by_name() -> None:
    with pytest.raises(WrongSettings) as caught:
        config.complete(config.load(), {"risk": 7, "timezone": "Atlantis", "company": "Cajas"})
    assert caught.value.faults.keys() == {"risk", "timezone"}
    assert caught.value.faults["risk"][0] == "less_than"


def test_where_a_setting_comes_from_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUZON_COMPANY", "Casa")
    Path(".env").write_text("BUZON_RISK=0.1\n")
    Path("buzon.toml").write_text('language = "en"\n')
    given = config.load()
    found = {
        name: config.origin(given, {"timezone"}, name)
        for name in ("company", "risk", "language", "timezone", "audit")
    }
    assert found == {
        "company": Origin("environment", "BUZON_COMPANY"),
        "risk": Origin(".env", "BUZON_RISK"),
        "language": Origin("buzon.toml", "language"),
        "timezone": Origin("pages"),
        "audit": Origin("default"),
    }
