"""A formula, typed as text, made into the same function twice: for NumPy and for the browser.

The browser's instructions are made from NumPy's text, so the two do the same arithmetic in
the same order; polynomials agree to the last bit.
"""

import ast
import copy
import re

import numpy as np
import sympy
from sympy.printing.numpy import NumPyPrinter
from sympy.printing.precedence import PRECEDENCE

from .program import program

FUNCTIONS = {"abs": sympy.Abs, "Abs": sympy.Abs, "Piecewise": sympy.Piecewise} | {
    name: getattr(sympy, name) for name in ["sqrt", "exp", "log", "sin", "cos", "tan", "atan", "sinh", "cosh", "tanh"]
}
CONSTANTS = {"pi": sympy.pi, "e": sympy.E}
VARIABLES = ("w", "x", "y")
EXAMPLES = {1: "(w - 2)**2", 2: "x**2 + 10*y**2"}

_ALLOWED = (
    ast.Expression,
    ast.BinOp,
    ast.UnaryOp,
    ast.Call,
    ast.Name,
    ast.Load,
    ast.Constant,
    ast.Tuple,
    ast.Compare,
    ast.Lt,
    ast.LtE,
    ast.Gt,
    ast.GtE,  # the cases of a Piecewise
    ast.Add,
    ast.Sub,
    ast.Mult,
    ast.Div,
    ast.Pow,
    ast.USub,
    ast.UAdd,
)


class Formula:
    """A function of one or two variables and its gradient, from text such as ``"(w**2 - 1)**2/4"``.

    Parameters
    ----------
    text : str
        Numbers, the variables, ``+ - * / **``, brackets, pi, e, and abs, sqrt, exp, log, sin,
        cos, tan, atan, sinh, cosh, tanh.
    dimension : int
        1: one variable, w, x or y. 2: the variables x and y.
    constants : dict, optional
        Further names that the text may have, and the number that each stands for.

    Attributes
    ----------
    variables : tuple of str
        The variables' names.
    title : str
        ``f(w) = ...`` as it is written by hand.
    constants : dict
        The named numbers; `at` gives the same formula with others.
    value, gradient : callables
        f and its gradient, for a point (d,) or a batch (d, m). Outside f's domain they give nan
        or inf, and NumPy's warning, unless the caller has turned it off.
    program : dict
        The instructions for ``variables, constants -> [f, gradient...]`` in the browser.

    Raises
    ------
    ValueError
        If the text is not such a formula; the message says what is wrong and where.

    Examples
    --------
    >>> square = Formula("(w - 2)**2")
    >>> print(square.value([5.0]), square.gradient([5.0]))
    9.0 [6.]
    >>> Formula("x*y", dimension=2).program
    {'inputs': 2, 'constants': [], 'code': [['*', 0, 1]], 'results': [2, 1, 0]}
    """

    computed_in = "browser"

    def __init__(self, text, dimension=1, constants=None):
        self.constants = dict(constants or {})
        self.variables = _check(text, dimension, self.constants)
        named = "" if "Piecewise" in text else f" = {plain(text)}"  # cases are better told in the text beside
        self.title = f"f({', '.join(self.variables)}){named}"
        symbols = sympy.symbols(self.variables, real=True)
        numbers = {name: sympy.Symbol(name, real=True) for name in self.constants}
        names = {**FUNCTIONS, **CONSTANTS, **dict(zip(self.variables, symbols)), **numbers}
        try:
            f = sympy.sympify(text, locals=names)
        except Exception as error:  # sympy has no one error for this
            raise ValueError(f"formula {text!r} cannot be read: {error}") from None
        if not isinstance(f, sympy.Expr):
            raise ValueError(f"formula {text!r} is not a number but {f}")
        if f.has(sympy.zoo, sympy.nan, sympy.oo, -sympy.oo, sympy.I):
            raise ValueError(f"formula {text!r} is not a real number, wherever it is taken")
        texts = printed(f, symbols)
        self.program = program(texts, [*self.variables, *self.constants])
        self._parts = [self._numpy(text) for text in texts]

    def _numpy(self, text):
        # "+ 0*x": a constant, but of the variables' shape
        text += "".join(f" + 0*{name}" for name in self.variables if not re.search(rf"\b{name}\b", text))
        inputs = ", ".join([*self.variables, *self.constants])
        return eval(f"lambda {inputs}: {text}", {"numpy": np})  # our printer's text, never the reader's

    def value(self, w):
        """f at a point (d,) or at the columns of a batch (d, m)."""
        return self._parts[0](*w, *self.constants.values())

    def gradient(self, w):
        """The gradient there, of the shape of w."""
        return np.array([part(*w, *self.constants.values()) for part in self._parts[1:]])

    def hessian(self):
        """The second derivatives of a quadratic, array (d, d): what a step of 1 along an axis changes in the gradient.

        Raises
        ------
        ValueError
            If the formula is no quadratic, or has named numbers, which could make it one that has no lowest point.

        Examples
        --------
        >>> print(Formula("(x**2 + 10*y**2)/2", dimension=2).hessian())
        [[ 1.  0.]
         [ 0. 10.]]
        """
        flat = self.gradient(np.zeros(len(self.variables)))
        H = np.array([self.gradient(step) - flat for step in np.eye(len(self.variables))])
        w = np.array([[0.7, -3.0, 11.0], [2.3, 0.9, -7.0]])[: len(self.variables)]
        if self.constants or not np.allclose(self.gradient(w), H @ w + flat[:, None], rtol=1e-9):
            raise ValueError(f"an exact line search needs a quadratic without named numbers, and {self.title} is none")
        return H

    def at(self, numbers):
        """The same formula with other numbers for its constants, in their order."""
        other = copy.copy(self)
        other.constants = dict(zip(self.constants, numbers, strict=True))
        return other

    def defined_at(self, w):
        """Whether f and its gradient are finite at w."""
        w = np.array(w, dtype=float)
        with np.errstate(all="ignore"):
            return bool(np.isfinite(self.value(w)) and np.isfinite(self.gradient(w)).all())


def plain(text):
    """A formula as it is written by hand: ``3*w**2 + abs(w)`` as 3·w² + |w|."""
    raised = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
    text = re.sub(r"\*\*(\d+)(?![\d.])", lambda power: power[1].translate(raised), text)
    text = re.sub(r"\b[Aa]bs\(([^()]*)\)", r"|\1|", text).replace("+ -", "- ")
    return text.replace("**", "^").replace("*", "·").replace("-", "−")


def printed(f, slopes_in=()):
    """f and its slopes in some symbols, as text for NumPy."""
    return [_NumPy().doprint(part) for part in (f, *(f.diff(symbol) for symbol in slopes_in))]


def _check(text, dimension, constants):
    """Name the variables of ``text``, or say what is wrong with it and in which column."""
    if not isinstance(text, str) or not text.strip():
        raise ValueError(
            f'formula must be text such as "{EXAMPLES[dimension]}", or an objective of '
            f"{'one variable' if dimension == 1 else 'two variables'}; got {text!r}"
        )
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError) as error:
        column = getattr(error, "offset", None) or len(text)
        raise ValueError(f"formula {text!r} cannot be read at column {column}: {getattr(error, 'msg', error)}") from None

    for name in constants:
        if not name.isidentifier() or name in {*FUNCTIONS, *CONSTANTS, *VARIABLES}:
            raise ValueError(f"constants must have names of their own, such as 'a' or 'θ', got {name!r}")
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    variables = {}
    for node in ast.walk(tree):
        if wrong := _wrong(node, id(node) in called, constants):
            column = getattr(node, "col_offset", 0) + 1
            raise ValueError(f"formula {text!r}, column {column}: {wrong}")
        if getattr(node, "id", None) in VARIABLES:
            variables.setdefault(node.id, f"{node.id} at column {node.col_offset + 1}")
    found = ", ".join(variables.values()) or "none"
    if dimension == 2:
        if not variables or not variables.keys() <= {"x", "y"}:
            raise ValueError(f"formula {text!r} must have the variables x and y, found {found}")
        return ("x", "y")
    if len(variables) != 1:
        raise ValueError(f"formula {text!r} must have exactly one variable, found {found}")
    return tuple(variables)


def _wrong(node, called, constants):
    """What is wrong with one node of the syntax tree, or None."""
    match node:
        case ast.Name(id=name) if name not in {*FUNCTIONS, *CONSTANTS, *VARIABLES, *constants}:
            return (
                f"unknown name {name!r}; known are the variable w (or x, y), pi, e, "
                f"and {', '.join(sorted({*FUNCTIONS} - {'Abs'}))}"
            )
        case ast.Name(id=name) if called and name not in FUNCTIONS:
            return f"{name!r} is not a function; for a product write *"
        case ast.Name(id=name) if name in FUNCTIONS and not called:
            return f"{name!r} is a function and needs brackets, as in {name}(w)"
        case ast.Call(func=ast.Name(id="Piecewise"), args=args, keywords=[]) if args:
            if not all(isinstance(case, ast.Tuple) and len(case.elts) == 2 for case in args):
                return "Piecewise takes pairs, as in Piecewise((w**2, w < 1), (w, True))"
        case ast.Call(args=args, keywords=keywords) if len(args) != 1 or keywords:
            return "a function here takes exactly one argument"
        case ast.BitXor():
            return "^ is not a power here; write **"
        case ast.Constant(value=value) if type(value) not in (int, float, bool):
            return f"expected a number, got {value!r}"
        case ast.Constant(value=value) if not np.isfinite(value):
            return "a number is too large"
        case _ if not isinstance(node, _ALLOWED):
            return "only numbers, the variable, functions, + - * / ** and brackets may stand here"


class _NumPy(NumPyPrinter):
    def _print_Pow(self, expr, **_):
        """Print whole powers as products: ``**`` and ``Math.pow`` differ in the last digit."""
        base, exponent = expr.as_base_exp()
        if not (exponent.is_Integer and 1 <= abs(exponent) <= 8):
            return super()._print_Pow(expr)
        factor = self.parenthesize(base, PRECEDENCE["Pow"])
        product = "(" + "*".join([factor] * abs(int(exponent))) + ")"
        return product if exponent > 0 else f"1/{product}"

    def _print_Float(self, expr):
        return repr(float(expr))  # all 17 digits
