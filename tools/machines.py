"""python tools/machines.py [own] [avx2] [sse] [jitter]: see press/machines.py."""

import sys

from press.machines import main

if __name__ == "__main__":
    main(sys.argv[1:])
