"""How mail gets in by our own effort: reading mailboxes, and importing archives."""

from buzon.reception.archives import Progress, import_archive
from buzon.reception.mailbox import Reader, State
from buzon.reception.spread import Spread

__all__ = ["Progress", "Reader", "Spread", "State", "import_archive"]
