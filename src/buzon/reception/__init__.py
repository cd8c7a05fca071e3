"""How mail gets in by our own effort: reading mailboxes, and importing archives."""

from buzon.reception.archives import Progress, import_archive
from buzon.reception.mailbox import Reader, State

__all__ = ["Progress", "Reader", "State", "import_archive"]
