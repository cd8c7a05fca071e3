"""JSON over HTTP."""

from buzon.api.app import create_api
from buzon.api.context import Context
from buzon.api.stats import end_stats

__all__ = ["Context", "create_api", "end_stats"]
