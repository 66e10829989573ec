"""Live pictures of gradient descent: the same in JupyterLab and on a static page."""

from .explorer import Explorer
from .kinds import basins, compare, fit, one_d, sgd, sweep, two_d

__all__ = ["Explorer", "basins", "compare", "fit", "one_d", "sgd", "sweep", "two_d"]
