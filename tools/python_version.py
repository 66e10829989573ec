"""Say in one sentence if this Python is too old for the book. (Written so that an old Python can read it.)"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  (that is what this file is for)
    sys.exit(
        "Downhill needs Python 3.11 or newer, and this is {}.{}: name another, as in `make book PYTHON=python3.12`.".format(
            *sys.version_info[:2]
        )
    )
