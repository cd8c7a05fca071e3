"""What is no longer used, back to the system."""

import ctypes


def give_back() -> None:
    """glibc keeps what was freed for the next time: tens of megabytes after a model was made or
    opened, which is seldom. Other C libraries have no such call."""
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)
