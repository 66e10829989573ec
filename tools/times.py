"""python tools/times.py [--write]: see press/times.py."""

import sys

from press.times import main

if __name__ == "__main__":
    main(sys.argv[1:])
