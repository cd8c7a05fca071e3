"""What happens to a mail: kept, judged, answered, delivered. Every change goes through here."""

from buzon.flow.delivery import Courier
from buzon.flow.intake import Flow, handle_mails
from buzon.flow.known import Handled

__all__ = ["Courier", "Flow", "Handled", "handle_mails"]
