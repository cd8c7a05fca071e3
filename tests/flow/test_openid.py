"""Speaking OpenID Connect with a real provider, right answers and wrong ones."""

import asyncio
from collections.abc import Iterator, Mapping

import pytest

from buzon.errors import NotLetIn, ProviderFailed
from buzon.flow.openid import Identity, Provider, Registration
from buzon.store.departures import Departure
from peers import needs_openid
from peers.openid import CLIENT, SECRET, OpenIdProvider, sign_in

pytestmark = needs_openid

BACK = "http://127.0.0.1:8000/sign-in/elsewhere/back"
Answer = tuple[Mapping[str, str], Departure]


@pytest.fixture(scope="module")
def peer() -> Iterator[OpenIdProvider]:
    with OpenIdProvider(BACK) as peer:
        yield peer


@pytest.fixture
def provider(peer: OpenIdProvider) -> Provider:
    return of(peer.issuer)


def of(issuer: str, secret: str = SECRET) -> Provider:
    return Provider(Registration(issuer, CLIENT, secret, "Casa", BACK))


async def answer_for(provider: Provider, login: str) -> Answer:
    """What comes back with somebody who signs in there."""
    url, state, departure = await provider.send("/")
    answer = await asyncio.to_thread(sign_in, url, login)
    assert answer["state"] == state
    return answer, departure


async def test_who_signed_in_there_is_known_by_account_address_and_name(
    provider: Provider, peer: OpenIdProvider
) -> None:
    who = await provider.identify(*await answer_for(provider, "ana.ruiz@example.com"))
    assert who == Identity(peer.issuer, "sub-ana.ruiz", "ana.ruiz@example.com", "ana ruiz")


@pytest.mark.parametrize("login", ["unverified@example.com", "ana=\N{KELVIN SIGN}@example.com"])
async def test_an_address_that_is_not_vouched_for_or_only_looks_like_one_is_none(
    provider: Provider, login: str
) -> None:
    assert (await provider.identify(*await answer_for(provider, login))).email == ""


@pytest.mark.parametrize(
    "login", ["expired", "foreign", "shared", "issuer", "nonce", "forged", "unsigned"]
)
async def test_a_token_that_is_wrong_in_one_way_is_not_believed(
    provider: Provider, login: str
) -> None:
    answer, departure = await answer_for(provider, login)
    with pytest.raises(NotLetIn, match="What Casa says of you can't be believed"):
        await provider.identify(answer, departure)


async def test_a_code_is_good_once_and_for_whoever_asked_for_it(provider: Provider) -> None:
    answer, departure = await answer_for(provider, "ana@example.com")
    _, _, other = await provider.send("/")
    with pytest.raises(NotLetIn, match="used before"):
        await provider.identify(answer, Departure(departure.nonce, other.verifier, "/"))
    answer, departure = await answer_for(provider, "ana@example.com")
    await provider.identify(answer, departure)
    with pytest.raises(NotLetIn, match="used before"):
        await provider.identify(answer, departure)


async def test_an_answer_of_another_provider_is_not_believed(provider: Provider) -> None:
    answer, departure = await answer_for(provider, "ana@example.com")
    with pytest.raises(NotLetIn, match="can't be believed"):
        await provider.identify({**answer, "iss": "https://elsewhere.example"}, departure)


async def test_who_turns_back_at_the_provider_is_told_so(provider: Provider) -> None:
    _, _, departure = await provider.send("/")
    with pytest.raises(NotLetIn, match="Casa did not sign you in"):
        await provider.identify({"error": "access_denied"}, departure)


async def test_keys_that_are_new_at_the_provider_are_fetched(peer: OpenIdProvider) -> None:
    provider, elsewhere = of(peer.issuer), of(peer.issuer)
    await provider.identify(*await answer_for(provider, "ana@example.com"))
    peer.stop()
    peer.start()
    # Another process sent them there: this one has the old keys still.
    who = await provider.identify(*await answer_for(elsewhere, "ana@example.com"))
    assert who.subject == "sub-ana"


async def test_a_provider_that_is_away_or_no_provider_fails(peer: OpenIdProvider) -> None:
    for issuer in ("http://127.0.0.1:9", peer.issuer + "/nowhere"):
        with pytest.raises(ProviderFailed, match="Casa does not answer"):
            await of(issuer).send("/")


async def test_a_provider_of_another_name_fails(peer: OpenIdProvider) -> None:
    with pytest.raises(ProviderFailed, match=f"says that it is {peer.issuer}"):
        await of(peer.issuer.replace("127.0.0.1", "localhost")).check()


async def test_a_provider_that_does_not_know_our_secret_refuses_us(peer: OpenIdProvider) -> None:
    provider = of(peer.issuer, secret="another")
    with pytest.raises(ProviderFailed, match="Casa refuses Buzón"):
        await provider.identify(*await answer_for(provider, "ana@example.com"))


def test_endpoints_without_https_are_refused() -> None:
    described = {
        "issuer": "https://login.example.com",
        "authorization_endpoint": "https://login.example.com/auth",
        "token_endpoint": "http://login.example.com/token",
        "jwks_uri": "https://login.example.com/keys",
    }
    with pytest.raises(ProviderFailed, match="no https address as its token_endpoint"):
        of("https://login.example.com")._client(described)
