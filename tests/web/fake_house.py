"""How a Buzón is set up, in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from buzon import config
from buzon.config import Settings
from buzon.errors import Invalid, NotFound
from buzon.store.categories import Category, Colour
from buzon.store.changes import Change, Wanted
from buzon.store.renamings import Renaming
from buzon.web import Examples, Setting


class FakeHouse:
    """The web's `House`, from lists."""

    def __init__(self) -> None:
        self.noted: list[Change] = []
        self.learnt: dict[str, Examples] = {}

        self.under_way: list[Renaming] = []
        self.chosen: dict[str, Any] = {}
        self.settings_given = Settings(_env_file=None)
        self.chosen_by = ""

    known: list[Category]

    async def choosable(self) -> Sequence[Setting]:
        return [self._setting(name) for name in config.CHOSEN]

    async def fixed(self) -> Sequence[Setting]:
        return [self._setting(name) for name in config.ELSEWHERE]

    def _setting(self, name: str) -> Setting:
        hold = config.complete(self.settings_given, self.chosen)
        fields = Settings.model_fields
        return Setting(
            name, fields[name].description or "", getattr(hold, name), fields[name].default,
            config.origin(self.settings_given, self.chosen, name), config.choices(name),
        )  # fmt: skip

    async def choose(self, wanted: Mapping[str, str | None], who: str) -> None:
        chosen = {name: value for name, value in wanted.items() if value is not None}
        config.complete(self.settings_given, chosen)
        self.chosen, self.chosen_by = chosen, who

    async def examples(self) -> Mapping[str, Examples]:
        return self.learnt

    async def add_category(
        self, name: str, titles: Mapping[str, str], colour: Colour, who: str
    ) -> None:
        if any(c.name == name and c.retired_at is None for c in self.known):
            raise Invalid(f"There is a category {name}.", "Choose another name.")
        position = max(c.position for c in self.known) + 1
        others = [c for c in self.known if c.name != name]
        self.known = [
            *others,
            Category(name, dict(titles), None, None, colour=colour, position=position),
        ]

    async def dress_category(
        self, name: str, titles: Mapping[str, str], colour: Colour, key: str | None, who: str
    ) -> None:
        if key and any(c.key == key and c.name != name for c in self.known):
            raise Invalid(
                "Another category has this key.",
                "Choose another one, or give that one another first.",
            )
        self._change_category(name, titles=dict(titles), colour=colour, key=key)

    async def move_category(self, name: str, step: int, who: str) -> None:
        present = sorted((c for c in self.known if not c.retired_at), key=lambda c: c.position)
        names = [c.name for c in present]
        place = names.index(name) + step
        names.remove(name)
        names.insert(place, name)
        for position, each in enumerate(names, 1):
            self._change_category(each, position=position)

    async def renamings(self) -> Sequence[Renaming]:
        return self.under_way

    async def rename_category(self, name: str, becomes: str, who: str) -> None:
        self._change_category(name, retired_at=datetime.now(UTC), becomes=becomes)
        if becomes not in {c.name for c in self.known}:
            old = next(c for c in self.known if c.name == name)
            self.known.append(replace(old, name=becomes, retired_at=None, becomes=None))
        self.under_way.append(Renaming(1, name, becomes, who, 300, 1000))

    async def retire_category(self, name: str, who: str) -> None:
        if name == "otro":
            raise Invalid("otro can't be renamed or retired: what is called so is never answered.")
        if name in {c.name for c in self.known if c.retired_at}:
            raise NotFound(f"There is no category {name}.")
        self._change_category(name, retired_at=datetime.now(UTC))

    def _change_category(self, name: str, **changes: object) -> None:
        if name not in {c.name for c in self.known}:
            raise NotFound(f"There is no category {name}.")
        self.known = [
            replace(c, **changes) if c.name == name else c  # type: ignore[arg-type]
            for c in self.known
        ]

    async def log(self, wanted: Wanted, limit: int) -> Sequence[Change]:
        self.log_wanted = wanted
        return [
            change
            for change in reversed(self.noted)
            if (wanted.before is None or change.id < wanted.before)
            and wanted.by in {"", change.by}
            and wanted.what in {None, change.what}
        ][:limit]

    async def authors(self) -> Sequence[str]:
        return sorted({change.by for change in self.noted})

    def note(self, **changes: object) -> None:
        """Something was changed; unless told otherwise Luis's role."""
        change = Change(
            len(self.noted) + 1, datetime.now(UTC), "Ana Ruiz", "users", "Luis Gil",
            {"role": "viewer"}, {"role": "operator"},
        )  # fmt: skip
        self.noted.append(replace(change, **changes))  # type: ignore[arg-type]
