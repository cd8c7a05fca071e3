"""JSON over HTTP."""

from buzon.api.app import create_api
from buzon.api.context import Context

__all__ = ["Context", "create_api"]
