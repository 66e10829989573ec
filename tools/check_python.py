"""Say in one sentence if this Python is too old for the book. (Written so that an old Python can read it.)"""

import sys

if sys.version_info < (3, 11):
    sys.exit(
        "Downhill needs Python 3.11 or newer, and this is %d.%d: name another, as in `make book PYTHON=python3.12`."
        % sys.version_info[:2]
    )
