"""What happens to a mail: kept, judged, answered, delivered. Every change goes through here."""

from buzon.flow.delivery import Courier
from buzon.flow.intake import Flow, ParseAll, handle_mails, judge, keep, parse_each
from buzon.flow.known import Handled, Judged

__all__ = [
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
