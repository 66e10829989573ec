"""Live pictures of gradient descent: the same in JupyterLab and on a static page."""

from .clinic_explorer import ClinicExplorer
from .explorer import Explorer
from .graph_explorer import GraphExplorer
from .kinds import basins, clinic, compare, fit, graph, line, network, one_d, regimes, roots, sgd, swarm, sweep, two_d
from .network_explorer import NetworkExplorer
from .swarm_explorer import SwarmExplorer

__all__ = [
    "ClinicExplorer",
    "Explorer",
    "GraphExplorer",
    "NetworkExplorer",
    "SwarmExplorer",
    "basins",
    "clinic",
    "compare",
    "fit",
    "graph",
    "line",
    "network",
    "one_d",
    "regimes",
    "roots",
    "sgd",
    "swarm",
    "sweep",
    "two_d",
]
