"""Python's search for unreachable cycles, made rare while the book is built: it took a third of the processor's time.

The documents are large trees whose nodes all refer to their parents. The search goes through every living one of them each time
and finds next to nothing. Rare, it needs about half as much memory again, 1 GB in all.
"""

import gc


def setup(_app):
    gc.set_threshold(100_000, 20, 20)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
