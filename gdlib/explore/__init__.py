"""Live pictures of gradient descent: the same in JupyterLab and on a static page."""

from .explorer import Explorer
from .family import compare, one_d, two_d

__all__ = ["Explorer", "compare", "one_d", "two_d"]
