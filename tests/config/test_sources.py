"""Where settings come from."""

from pathlib import Path

import pytest

from buzon import config
from buzon.config import Origin, Settings
from config.refusal import refused


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
