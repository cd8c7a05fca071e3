"""What happens to a mail: kept, judged, answered, delivered. Every change goes through here."""

from buzon.flow.at_work import AtWork
from buzon.flow.delivery import Courier
from buzon.flow.intake import Flow, ParseAll, handle_mails, judge, keep, parse_each
from buzon.flow.known import Handled, Judged

__all__ = [
    "AtWork",
    "Courier",
    "Flow",
    "Handled",
    "Judged",
    "ParseAll",
    "handle_mails",
    "judge",
    "keep",
    "parse_each",
]
