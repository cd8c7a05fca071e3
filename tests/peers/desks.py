"""The pages' desk as `buzon serve` makes it, without readers and without worker."""

from buzon.cli.desk import StoreDesk
from buzon.cli.parts import Service, make_registry
from buzon.config import Settings
from buzon.flow import Flow, Follower


def make_desk(flow: Flow, settings: Settings) -> StoreDesk:
    follower = Follower(flow.db, flow.at_work, make_registry(settings), settings.confidence)
    return StoreDesk(Service.of(flow, follower, settings), [], settings)
