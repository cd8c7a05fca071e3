"""atheris on one target, led by what the code does with what it is given.

python -m fuzz.guided TARGET [options of libFuzzer] [folders of mails to begin with]
"""

import sys
from functools import partial

import atheris

with atheris.instrument_imports(include=["buzon.mail"], enable_loader_override=False):
    from fuzz.holds import hold


def main() -> None:
    program, target, *others = sys.argv
    hold(target, b"Subject: the first one\r\n\r\nloads what is needed\r\n", seconds=60)
    atheris.Setup([program, *others], partial(hold, target))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
