"""The house style: chapters numbered by their file names."""

from sphinx.environment.collectors.toctree import TocTreeCollector


def setup(app):
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
