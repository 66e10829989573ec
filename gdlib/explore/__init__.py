"""Live pictures of gradient descent: the same in JupyterLab and on a static page."""

from .explorer import Explorer
from .graph_explorer import GraphExplorer
from .kinds import basins, compare, fit, graph, line, one_d, roots, sgd, sweep, two_d

__all__ = [
    "Explorer",
    "GraphExplorer",
    "basins",
    "compare",
    "fit",
    "graph",
    "line",
    "one_d",
    "roots",
    "sgd",
    "sweep",
    "two_d",
]
