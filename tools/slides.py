"""python tools/slides.py: slides of the built book, see press/slides.py."""

import sys

from press.slides import SITE, main

if __name__ == "__main__":
    if not (SITE / "index.html").exists():
        sys.exit("There is no built book yet: run `make book` first.")
    print(f"The slides: {main()}")
