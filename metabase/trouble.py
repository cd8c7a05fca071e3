"""Every way to fail: what happened and what to do, with the exit code that tells them apart."""


class Trouble(Exception):
    """Something that a person has to mend."""

    exit_code = 1

    def __init__(self, what: str, do: str) -> None:
        super().__init__(f"{what} {do}")


class WrongSettings(Trouble):
    exit_code = 2


class NotUp(Trouble):
    """Metabase does not answer, or isn't ready in time."""

    exit_code = 3


class NotLetIn(Trouble):
    exit_code = 4


class DatabaseRefused(Trouble):
    """Metabase can't read Buzón's database, or not all of what it needs."""

    exit_code = 5


class InTheWay(Trouble):
    """Somebody changed in Metabase what is not ours to change back."""

    exit_code = 6


class Unexpected(Trouble):
    """Metabase answered what it should not; `status` and `body` are its answer."""

    exit_code = 7

    def __init__(self, what: str, status: int = 0, body: object = None) -> None:
        super().__init__(what, "Is it a version that metabase/README.md names?")
        self.status = status
        self.body = body
