"""How much of the processor something takes, for tests that nothing grows out of hand."""

import gc
import time
from collections.abc import Callable


def seconds(call: Callable[[], object]) -> float:
    """The lesser of two times. Garbage of other tests isn't looked for meanwhile."""
    taken = []
    gc.disable()
    try:
        for _ in range(2):
            began = time.process_time()
            call()
            taken.append(time.process_time() - began)
    finally:
        gc.enable()
    return min(taken)
