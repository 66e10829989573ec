"""python tools/release.py [hw1 …]: see press/release.py."""

from press.release import main

if __name__ == "__main__":
    main()
