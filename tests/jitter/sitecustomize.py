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
import struct
import zlib
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
OURS = re.compile(re.escape(f"{ROOT}{os.sep}") + r"(gdlib|tests|coursework)\b|<doctest |<lambdifygenerated|.*ipykernel_")
SUMS = {"dot", "vdot", "inner", "einsum", "sum", "mean", "average", "var", "std", "norm", "tensordot", "corrcoef"}
LAPACK = {"eigvalsh", "eigvals", "eigh", "eig", "svd", "qr", "cholesky"}
LAPACK |= {"solve", "lstsq", "inv", "pinv", "det", "cond", "polyfit"}
CURVES = {"pow", "power", "logspace", "geomspace", "prod", "hypot", "cbrt"}
CURVES |= {"exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "logaddexp", "sin", "cos", "tan", "sinh", "cosh", "tanh"}
CURVES |= {"arcsin", "arccos", "arctan", "arctan2", "asin", "acos", "atan", "atan2"}
LOW = 2**29 - 1  # the bits that a short number does not use
STEPS = np.random.default_rng(int(os.environ["JITTER"])).integers(-1, 2, 4099).astype(float)  # in last bits


def jitter(name, function, *args, **kwargs):
    """function(*args, **kwargs), its floats moved in the last bit."""
    if name == "sum" and args and hasattr(args[0], "__next__"):  # its terms are needed twice
        args = ([*args[0]], *args[1:])
    result = function(*args, **kwargs)
    args = [x for x in (getattr(function, "__self__", None), *args) if isinstance(x, (int, float, list, tuple, np.ndarray))]
    if not isinstance(result, tuple):
        return move(name, result, args)
    moved = [move(name, value, args) for value in result]  # eigenvalues and eigenvectors
    return type(result)(*moved) if hasattr(result, "_fields") else tuple(moved)


def move(name, value, args):
    if isinstance(value, float):  # np.float64 is one
        bits = struct.pack("<d", value)
        if not math.isfinite(value) or (name in CURVES and not int.from_bytes(bits, "little") & LOW):
            return value
        size = abs(value) if name in CURVES else error(name, value, args)
        step = float(STEPS[zlib.crc32(bits, len(type(value).__name__)) % len(STEPS)])
        return type(value)(value + step * math.ulp(size)) if size else value
    if not isinstance(value, np.ndarray) or value.dtype != np.float64 or not value.size or not np.isfinite(value).all():
        return value
    start = zlib.crc32(value.tobytes(), value.size) % len(STEPS)
    steps = STEPS.take(range(start, start + value.size), mode="wrap").reshape(value.shape)
    if name in CURVES:
        return value + steps * ~short(value) * np.spacing(np.abs(value))
    size = error(name, value, args)
    return value + steps * (size != 0) * np.spacing(size)


def short(x):
    """A number of 24 bits at most: the product of two such numbers has no rounding error."""
    return x.view(np.int64) & LOW == 0


def error(name, value, args):
    """What the rounding errors are relative to; 0 where nothing is rounded."""
    given = [np.asarray(x, float) for x in args]
    if name in SUMS and given and (all(short(x).all() for x in given) or np.count_nonzero(given[0]) <= 1):
        return 0 * abs(value)
    if name == "dot" and len(given) == 2:  # errors are as large as the terms, also where these cancel
        a, b = given
        terms = (a != 0).astype(float) @ (b != 0)
        return np.where(terms > 1, np.fmax(abs(value), abs(a) @ abs(b)), 0)[()]
    if name in ("sum", "mean") and len(given) == 1 and np.ndim(value) == 0:
        return np.fmax(abs(value), getattr(np, name)(abs(given[0])))
    if name in LAPACK:
        diagonal = given[0].ndim == 2 and np.array_equal(given[0], np.diag(np.diag(given[0])))
        return np.max(np.abs(value)) * np.ones_like(value) * (not diagonal)
    return abs(value)


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
        known = name in SUMS | LAPACK | CURVES
        return self.call(node, name, node.func, node.args, node.keywords) if known else node


def rewriting(source, filename, mode, flags=0, *args, **kwargs):
    if OURS.match(os.fsdecode(filename)) and not flags & ast.PyCF_ONLY_AST:
        tree = source if isinstance(source, ast.AST) else ast.parse(source, filename, mode)
        source = Rewrite().visit(tree)
    return compile_as_it_is(source, filename, mode, flags, *args, **kwargs)


compile_as_it_is, builtins.compile = builtins.compile, rewriting
builtins.__jitter__, builtins.__matmul__, builtins.__pow__ = jitter, operator.matmul, operator.pow
