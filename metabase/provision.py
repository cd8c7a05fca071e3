"""Sets Metabase up for Buzón, and sees that it stays so: run it as often as you like.

    python metabase/provision.py

Needs nothing but Python 3.11. What it reads from the environment, what it leaves alone, and what
its exit codes mean stands in README.md beside it.
"""

import sys

import action
import arrival
import cards
import dashboard
import database
import fields
import questions
import settings
from client import Metabase
from trouble import Trouble


def main() -> int:
    try:
        metabase = provision(settings.from_environment())
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return trouble.exit_code
    done = f"{len(metabase.changes)} changes" if metabase.changes else "nothing to change"
    print(f"Metabase at {metabase.url} is set up: {done}.")
    return 0


def provision(wanted: settings.Settings) -> Metabase:
    """Make what is missing. Raises Trouble."""
    metabase = Metabase(wanted.url)
    arrival.arrive(metabase, wanted)
    asked = questions.read()
    filtered = {column for question in asked for column in question.filters.values()}
    chosen = {
        column
        for question in asked
        for name, column in question.filters.items()
        if name != "period"
    }
    buzon = database.connect(metabase, wanted, filtered | {"v_mails.id", "v_categories.name"})
    fields.describe(metabase, buzon, chosen)
    language = wanted.language
    collection = cards.collect(metabase, dashboard.TEXTS["collection"][language])
    made = cards.ask(metabase, asked, language, dashboard.NAMES, buzon, collection)
    categories = database.categories(metabase, buzon)
    correct = action.allow(metabase, language, buzon, made["mails"], categories)
    dashboard.show(metabase, asked, language, collection, made, correct)
    return metabase


if __name__ == "__main__":
    sys.exit(main())
