"""Live pictures of gradient descent: the same in JupyterLab and on a static page."""

from .explorer import Explorer, one_d

__all__ = ["Explorer", "one_d"]
