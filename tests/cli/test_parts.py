import pytest
from pydantic import SecretStr

from buzon.cli.address import page_address
from buzon.cli.parts import external_url, make_entrance
from buzon.config import Settings
from buzon.errors import SettingsError


@pytest.mark.parametrize("password", ["p@s3cr3t", "p/s3cr3t", "p?s3cr3t", "p#s3cr3t", "p%s3cr3t"])
def test_a_database_password_that_is_not_escaped_is_refused_and_not_shown(password: str) -> None:
    url = f"postgresql://buzon:{password}@127.0.0.1:5432/buzon"
    with pytest.raises(SettingsError, match="write @ as %40") as caught:
        external_url(Settings(database_url=SecretStr(url)))
    assert "s3cr3t" not in str(caught.value)
    assert "127" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://buzon:p%40s%2Fx@[::1]:5432/buzon",
        "postgresql://buzon@/buzon?host=%2Ftmp&port=5432",
        "postgres:///buzon?sslmode=require",
    ],
)
def test_a_database_url_is_taken_as_it_is(url: str) -> None:
    assert external_url(Settings(database_url=SecretStr(url))) == url


def test_without_a_provider_nobody_signs_in_elsewhere() -> None:
    assert make_entrance(Settings(_env_file=None)) is None


def test_a_provider_without_a_name_is_called_by_its_host_and_lets_in_who_is_known() -> None:
    settings = Settings(_env_file=None, oidc_issuer="https://login.example.com/realms/acme")
    entrance = make_entrance(settings)
    assert entrance is not None
    assert (entrance.provider.name, entrance.role) == ("login.example.com", None)


def test_links_are_of_the_address_that_people_know() -> None:
    assert page_address(Settings(_env_file=None, host="0.0.0.0")) == "http://127.0.0.1:8000"
    known = Settings(_env_file=None, url="https://mail.example.com")
    assert page_address(known) == "https://mail.example.com"
