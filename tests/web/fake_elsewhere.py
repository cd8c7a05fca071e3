"""An OpenID provider in memory, at which everybody is Ana Ruiz."""

from collections.abc import Mapping

from buzon.errors import NotFound, RequestError
from buzon.flow import Visitor
from web.fake_people import ANA, FakePeople

PROVIDER = "https://login.example.com"


class FakeElsewhere(FakePeople):
    """The web's `Elsewhere`. `refusal`: what is raised instead of letting anybody in."""

    def __init__(self) -> None:
        super().__init__()
        self.provided_by = ""
        self.departed: dict[str, str] = {}  # browser: the page it wanted
        self.elsewhere: set[int] = set()
        self.refusal: RequestError | None = None

    def provider(self) -> str:
        return self.provided_by

    async def depart(self, wanted: str, browser: str, visitor: Visitor) -> str:
        self._refuse()
        self.departed[browser] = wanted
        return f"{PROVIDER}/auth"

    async def come_back(
        self, answer: Mapping[str, str], browser: str, visitor: Visitor
    ) -> tuple[str, str]:
        self._refuse()
        return self._open(ANA.id, visitor), self.departed.pop(browser)

    def _refuse(self) -> None:
        if not self.provided_by:
            raise NotFound("People sign in here by password.")
        if self.refusal:
            raise self.refusal

    async def connected(self) -> set[int]:
        return self.elsewhere

    async def disconnect(self, id: int, who: str) -> None:
        if id not in self.users:
            raise NotFound("There is no such person.")
        self.elsewhere.discard(id)
