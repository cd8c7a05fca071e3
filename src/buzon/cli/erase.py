"""`buzon erase ADDRESS`."""

import getpass
from contextlib import suppress

import typer

from buzon.cli.parts import open_store
from buzon.config import Settings
from buzon.flow import Person, Receipt, erase_person, find_person

LEFT = """\
Not erased, for Buzón can't: their mails in the mailbox itself and in backups; what webhooks, n8n or
Metabase were told; what other people's mails quote of them; the words that a trained model knows
(the next training learns without them)."""


async def erase(settings: Settings, address: str, *, sure: bool) -> None:
    async with open_store(settings) as store:
        person = await find_person(store.db, address)
        print(found(person))
        if not person:
            return
        if not sure:
            typer.confirm("Erase all of it for good?", abort=True)
        receipt = await erase_person(store.db, person, who())
    print(told(receipt))
    print(LEFT)


def found(person: Person) -> str:
    return (
        f"{person.address}: mails {len(person.mails)}, parked mails {len(person.parked)},"
        f" named as one of the recipients of mails {len(person.mentions)},"
        f" saved views {len(person.views)}."
    )


def told(receipt: Receipt) -> str:
    return f"""\
Receipt (kept in the log of changes)
  person            {receipt.person}
  erased            {receipt.at:%Y-%m-%d %H:%M:%S} UTC by {receipt.by}
  mails             {receipt.mails}, of which {receipt.raw_mails} were kept as they came
  answers           {receipt.answers}, of which {receipt.unsent} are not sent any more
  webhook messages  {receipt.webhook_messages}
  parked mails      {receipt.parked}
  named as one of the recipients of mails  {receipt.mentions}
  saved views       {receipt.views}"""


def who() -> str:
    """The command, and who is signed in to the machine where that is known."""
    with suppress(KeyError, OSError):
        return f"buzon erase ({getpass.getuser()})"
    return "buzon erase"
