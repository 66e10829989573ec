"""Live pictures of gradient descent: the same in JupyterLab and on a static page."""

from .explorer import Explorer
from .graph_explorer import GraphExplorer
from .kinds import basins, compare, fit, graph, line, network, one_d, regimes, roots, sgd, sweep, two_d
from .network_explorer import NetworkExplorer

__all__ = [
    "Explorer",
    "GraphExplorer",
    "NetworkExplorer",
    "basins",
    "compare",
    "fit",
    "graph",
    "line",
    "network",
    "one_d",
    "regimes",
    "roots",
    "sgd",
    "sweep",
    "two_d",
]
