"""Another machine: the last bit of every dot product, power and transcendental function is up to chance.

IEEE 754 says how `+ - * /` and `sqrt` round; how the rest rounds is up to the processor, BLAS and the C library. Python
imports this file at its start where its folder is on PYTHONPATH. From then on our own code (gdlib, tests, examples,
notebooks) is compiled with `a @ b`, `a ** b` and calls like `np.exp(x)` moved by -1, 0 or 1 in the last bit. JITTER is
the seed. The same operation on the same bits moves the same way again, as on a real machine; a number and an array that
holds it need not. What comes out the same everywhere stays: exp(0), and sums and products of short numbers (1/4, 12).
"""

import ast
import builtins
import math
import operator
import os
import re
import zlib
from pathlib import Path

SEED = os.environ["JITTER"]
NUMBERS = (int, float, list, tuple)
ROOT = Path(__file__).parents[2]
OURS = re.compile(re.escape(f"{ROOT}{os.sep}") + r"(gdlib|tests|coursework)\b|<doctest |<lambdifygenerated|.*ipykernel_")
SUMS = {"dot", "vdot", "inner", "einsum", "sum", "mean", "average", "var", "std", "norm", "tensordot", "corrcoef"}
LAPACK = {"eigvalsh", "eigvals", "eigh", "eig", "svd", "qr", "cholesky", "solve", "lstsq", "inv", "pinv", "det", "cond", "polyfit"}
POWERS = {"pow", "power", "logspace", "geomspace", "prod", "hypot"}
CURVES = {"exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "logaddexp", "cbrt", "sin", "cos", "tan", "sinh", "cosh", "tanh"}
CURVES |= {"arcsin", "arccos", "arctan", "arctan2", "asin", "acos", "atan", "atan2"}


def jitter(name, function, *args, **kwargs):
    """function(*args, **kwargs), its floats moved in the last bit."""
    import numpy as np

    result = function(*args, **kwargs)
    if not isinstance(result, (float, np.ndarray, tuple)):
        return result
    given = [np.asarray(x) for x in (getattr(function, "__self__", None), *args) if isinstance(x, NUMBERS + (np.ndarray,))]
    given = [x.astype(float) for x in given if x.dtype.kind in "fi"]
    if not isinstance(result, tuple):
        return move(np, name, result, given)
    moved = [move(np, name, value, given) for value in result]  # eigenvalues and eigenvectors
    return type(result)(*moved) if hasattr(result, "_fields") else tuple(moved)


def move(np, name, value, given):
    array = np.asarray(value)
    if array.dtype != np.float64 or array.size == 0 or exact(np, name, given):
        return value
    fixed = short(np, array) if name not in SUMS | LAPACK else single(name, given)
    key = f"{SEED} {name} {type(value).__name__} {[x.shape for x in given]}".encode()
    key = zlib.crc32(key + b"".join([x.tobytes() for x in given]))
    if array.ndim == 0:
        moved = float(value) + (key % 3 - 1) * math.ulp(size(np, name, value, given))
        return value if fixed or not math.isfinite(moved) else type(value)(moved)
    with np.errstate(all="ignore"):
        steps = (np.arange(key, key + array.size).reshape(array.shape) * 2654435761 >> 16) % 3 - 1
        moved = value + steps * np.spacing(size(np, name, value, given))
        return np.where(fixed | ~np.isfinite(moved), value, moved)


def short(np, x):
    """A number of 24 bits at most: the product of two such numbers has no rounding error."""
    return x.view(np.int64) & 0x1FFFFFFF == 0


def single(name, given):
    """A dot product with one term at most that is not 0: it is rounded as a product is."""
    return name == "dot" and len(given) == 2 and (given[0] != 0).astype(int) @ (given[1] != 0).astype(int) <= 1


def exact(np, name, given):
    """Nothing is rounded: a sum of short numbers, a diagonal matrix."""
    if name in SUMS:
        return bool(given) and all(short(np, x).all() for x in given)
    return name in LAPACK and given[0].ndim == 2 and np.array_equal(given[0], np.diag(np.diag(given[0])))


def size(np, name, value, given):
    """Rounding errors are as large as the terms of a sum, also where the terms cancel."""
    if name == "dot" and len(given) == 2:
        return np.fmax(abs(value), abs(given[0]) @ abs(given[1]))
    if name in ("sum", "mean") and given and np.ndim(value) == 0:
        return np.fmax(abs(value), getattr(np, name)(abs(given[0])))
    return np.max(abs(value)) * np.ones_like(value) if name in LAPACK else abs(value)


class Rewrite(ast.NodeTransformer):
    """`a @ b` becomes `__jitter__("dot", operator.matmul, a, b)`, and so on."""

    def call(self, old, name, function, args, keywords=()):
        new = ast.Call(ast.Name("__jitter__", ast.Load()), [ast.Constant(name), function, *args], list(keywords))
        for node in (new, new.func, *new.args[:2]):
            ast.copy_location(node, old)
        return new

    def visit_BinOp(self, node):
        self.generic_visit(node)
        name, function = {ast.MatMult: ("dot", "__matmul__"), ast.Pow: ("pow", "__pow__")}.get(type(node.op), (None, None))
        return self.call(node, name, ast.Name(function, ast.Load()), [node.left, node.right]) if name else node

    def visit_Call(self, node):
        self.generic_visit(node)
        name = getattr(node.func, "attr", getattr(node.func, "id", None))
        known = name in SUMS | LAPACK | POWERS | CURVES
        return self.call(node, name, node.func, node.args, node.keywords) if known else node


def rewriting(source, filename, mode, flags=0, *args, **kwargs):
    if OURS.match(os.fsdecode(filename)) and not flags & ast.PyCF_ONLY_AST:
        tree = source if isinstance(source, ast.AST) else ast.parse(source, filename, mode)
        source = Rewrite().visit(tree)
    return compile_as_it_is(source, filename, mode, flags, *args, **kwargs)


compile_as_it_is, builtins.compile = builtins.compile, rewriting
builtins.__jitter__, builtins.__matmul__, builtins.__pow__ = jitter, operator.matmul, operator.pow
