import pytest
from pydantic import SecretStr

from buzon.cli.parts import external_url
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
