"""Benchmarks: each figure beside a peer or a limit, measured in the same run.

`python -m bench --help` lists them; bench/__main__.py says what each is.
"""

import sys
from pathlib import Path

# The real peers are those of the tests.
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
