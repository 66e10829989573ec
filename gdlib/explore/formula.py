"""A formula, typed as text, made into the same function twice: for NumPy and for the browser.

Both come from one expression and are printed by one rule, so the two do the same
arithmetic in the same order; polynomials agree to the last bit.
"""

import ast

import numpy as np
import sympy
from sympy.printing.jscode import JavascriptCodePrinter
from sympy.printing.numpy import NumPyPrinter
from sympy.printing.precedence import PRECEDENCE


FUNCTIONS = {
    name: getattr(sympy, {"abs": "Abs"}.get(name, name))
    for name in "abs sqrt exp log sin cos tan atan sinh cosh tanh".split()
}
CONSTANTS = {"pi": sympy.pi, "e": sympy.E}
VARIABLES = ("w", "x", "y")

_ALLOWED = (
    ast.Expression, ast.BinOp, ast.UnaryOp, ast.Call, ast.Name, ast.Load, ast.Constant,
    ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.USub, ast.UAdd,
)  # fmt: skip


class Formula:
    """A function of one variable and its derivative, from text such as ``"(w**2 - 1)**2/4"``.

    Parameters
    ----------
    text : str
        Numbers, one variable (w, x or y), ``+ - * / **``, parentheses, pi, e, and
        abs, sqrt, exp, log, sin, cos, tan, atan, sinh, cosh, tanh.

    Attributes
    ----------
    variable : str
        The variable's name.
    value, slope : callables
        f and f', for a NumPy number or an array. Outside f's domain they give nan or inf, and
        NumPy's warning, unless the caller has turned it off.
    javascript : str
        The body of ``variable -> [f, f']`` in JavaScript.

    Raises
    ------
    ValueError
        If the text is not such a formula; the message says what is wrong and where.

    Examples
    --------
    >>> square = Formula("(w - 2)**2")
    >>> print(square.value(5.0), square.slope(5.0))
    9.0 6.0
    >>> square.javascript
    'return [((w - 2)*(w - 2)), 2*w - 4];'
    """

    def __init__(self, text):
        self.text = text
        self.variable = _check(text)
        symbol = sympy.Symbol(self.variable, real=True)
        names = {**FUNCTIONS, **CONSTANTS, self.variable: symbol}
        f = sympy.sympify(text, locals=names)
        if f.has(sympy.zoo, sympy.nan, sympy.oo, -sympy.oo, sympy.I):
            raise ValueError(f"formula {text!r} is not a real number, whatever {self.variable} is")
        slope = f.diff(symbol)
        self.javascript = f"return [{_JavaScript().doprint(f)}, {_JavaScript().doprint(slope)}];"
        self.value, self.slope = self._numpy(f), self._numpy(slope)

    def _numpy(self, expression):
        name, text = self.variable, _NumPy().doprint(expression)
        if not expression.free_symbols:
            text += f" + 0*{name}"  # a constant, but of the variable's shape
        return eval(f"lambda {name}: {text}", {"numpy": np})  # our printer's text, never the reader's

    def defined_at(self, w):
        """Whether f and f' are finite numbers at w."""
        w = np.float64(w)
        with np.errstate(all="ignore"):
            return bool(np.isfinite(self.value(w)) and np.isfinite(self.slope(w)))


def _check(text):
    """Name the variable of ``text``, or say what is wrong with it and in which column."""
    if not isinstance(text, str) or not text.strip():
        raise ValueError(
            'formula must be text such as "(w - 2)**2", or an objective of one variable; '
            f"got {text!r}"
        )
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError) as error:
        column = getattr(error, "offset", None) or len(text)
        raise ValueError(
            f"formula {text!r} cannot be read at column {column}: {getattr(error, 'msg', error)}"
        ) from None

    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    variables = {}
    for node in ast.walk(tree):
        if wrong := _wrong(node, id(node) in called):
            column = getattr(node, "col_offset", 0) + 1
            raise ValueError(f"formula {text!r}, column {column}: {wrong}")
        if getattr(node, "id", None) in VARIABLES:
            variables.setdefault(node.id, f"{node.id} at column {node.col_offset + 1}")
    if len(variables) != 1:
        found = ", ".join(variables.values()) or "none"
        raise ValueError(f"formula {text!r} must have exactly one variable, found {found}")
    return next(iter(variables))


def _wrong(node, called):
    """What is wrong with one node of the syntax tree, or None."""
    match node:
        case ast.Name(id=name) if name not in {*FUNCTIONS, *CONSTANTS, *VARIABLES}:
            return (
                f"unknown name {name!r}; known are the variable w (or x, y), pi, e, "
                f"and {', '.join(FUNCTIONS)}"
            )
        case ast.Name(id=name) if called and name not in FUNCTIONS:
            return f"{name!r} is not a function; for a product write *"
        case ast.Name(id=name) if name in FUNCTIONS and not called:
            return f"{name!r} is a function and needs brackets, as in {name}(w)"
        case ast.Call(args=args, keywords=keywords) if len(args) != 1 or keywords:
            return "a function here takes exactly one argument"
        case ast.BitXor():
            return "^ is not a power here; write **"
        case ast.Constant(value=value) if type(value) not in (int, float):
            return f"expected a number, got {value!r}"
        case ast.Constant(value=value) if not np.isfinite(value):
            return "a number is too large"
        case _ if not isinstance(node, _ALLOWED):
            return "only numbers, the variable, functions, + - * / ** and brackets may stand here"


class _SamePowers:
    """Print whole powers as products: ``**`` and ``Math.pow`` differ in the last digit."""

    def _print_Pow(self, expr, **_):
        base, exponent = expr.as_base_exp()
        if not (exponent.is_Integer and 2 <= abs(exponent) <= 8):
            return super()._print_Pow(expr)
        factor = self.parenthesize(base, PRECEDENCE["Pow"])
        product = "(" + "*".join([factor] * abs(int(exponent))) + ")"
        return product if exponent > 0 else f"1/{product}"

    def _print_Float(self, expr):
        return repr(float(expr))  # all 17 digits


class _JavaScript(_SamePowers, JavascriptCodePrinter):
    pass


class _NumPy(_SamePowers, NumPyPrinter):
    pass
