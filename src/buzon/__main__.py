"""`python -m buzon` is `buzon`."""

from buzon.cli import main

if __name__ == "__main__":
    main()
