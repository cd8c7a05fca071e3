"""`buzon mailbox authorize`: letting Buzón into a mailbox by OAuth2 from the console."""

import asyncio
import secrets
from urllib.parse import parse_qsl, urlsplit

from buzon.cli.mail_access import make_grants
from buzon.cli.parts import open_store
from buzon.config import Settings
from buzon.errors import NotFound
from buzon.flow import Grants
from buzon.store.mail_grants import ProviderName

WHO = "buzon mailbox"
SENDING = "sending"


async def authorize(given: Settings, name: str) -> None:
    """By a code that is typed at the provider; where it hands out none for mail, as Google doesn't,
    by the address to which a browser is sent back. Raises NotFound, Conflict, ProviderFailed."""
    async with open_store(given) as store:
        grants = make_grants(store.settings, store.db)
        account, host = _account(store.settings, name)
        if (provider := grants.by_code(host)) is None:
            await _by_address(grants, account, host)
        else:
            await _by_code(grants, account, provider)
    print(f"{account} lets Buzón in now.")


def _account(settings: Settings, name: str) -> tuple[str, str]:
    for mailbox in settings.mailboxes:
        if mailbox.key == name:
            return mailbox.user, mailbox.host
    if name == SENDING and settings.smtp and settings.smtp.user:
        return settings.smtp.user, settings.smtp.host
    known = [mailbox.key for mailbox in settings.mailboxes]
    raise NotFound(f"There is no mailbox {name}.", f"There are: {', '.join(known) or 'none'}.")


async def _by_code(grants: Grants, account: str, name: ProviderName) -> None:
    provider = grants.provider(name)
    code = await provider.ask_for_code()
    print(f"Open {code.address} in a browser, as {account}, and type {code.user_code}", flush=True)
    await grants.keep(account, name, await provider.wait_for(code), WHO)


async def _by_address(grants: Grants, account: str, host: str) -> None:
    browser = secrets.token_urlsafe(32)  # only this process takes the answer
    url = await grants.depart(account, host, browser)
    print(f"Open this in a browser, as {account}:\n\n{url}\n")
    print("The browser ends at an address of Buzón, or at an error there. Paste that address here:")
    address = await asyncio.to_thread(input)
    answer = dict(parse_qsl(urlsplit(address.strip()).query))
    await grants.come_back(answer, browser, WHO)
