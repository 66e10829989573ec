"""python tools/normalise.py [--execute | --check] NOTEBOOK …: see press/normalise.py."""

import sys

from press.normalise import main

if __name__ == "__main__":
    sys.exit(main())
