"""A formula as a list of instructions, for the browser: many sites forbid their pages to run text as a program.

The instructions are made from the very text that NumPy runs, so the browser does the same arithmetic in the same
order. `compile` in js/program.js makes a function of them.
"""

import ast
import math
import operator

ARITHMETIC = {
    ast.Add: ("+", operator.add),
    ast.Sub: ("-", operator.sub),
    ast.Mult: ("*", operator.mul),
    ast.Div: ("/", operator.truediv),
    ast.Pow: ("pow", None),
}
NAMES = {"arctan": "atan", "less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">="}  # NumPy's -> ours


def program(texts, inputs):
    """Instructions that compute the expressions `texts` from the numbers named in `inputs`.

    Returns
    -------
    dict
        Registers hold the inputs, then the ``constants``, then what each instruction of ``code`` gives, such as
        ``["*", 0, 2]``: its name and the registers it reads. ``results`` says where the values of `texts` stand then.
        What occurs twice is computed once.

    Examples
    --------
    >>> program(["x*x + 3*y", "2*x"], ["x", "y"])
    {'inputs': 2, 'constants': [3.0, 2.0],
     'code': [['*', 0, 0], ['*', 2, 1], ['+', 4, 5], ['*', 3, 0]], 'results': [6, 7]}
    """
    cells = dict.fromkeys(inputs)  # all that registers hold: names, numbers (None is nan), operations (tuples)
    results = [_cell(ast.parse(text, mode="eval").body, cells) for text in texts]
    operations = [cell for cell in cells if isinstance(cell, tuple)]
    constants = [cell for cell in cells if not isinstance(cell, (str, tuple))]
    place = {cell: i for i, cell in enumerate([*inputs, *constants, *operations])}
    return {
        "inputs": len(inputs),
        "constants": constants,
        "code": [[name, *(place[cell] for cell in read)] for name, *read in operations],
        "results": [place[cell] for cell in results],
    }


def _cell(node, cells):
    """The cell of a node of NumPy's text, put after those that it reads."""
    match node:
        case ast.Name(id=name):
            cell = name
        case ast.Constant(value=value):
            cell = float(value)
        case ast.Attribute(attr="pi" | "e" as name):
            cell = getattr(math, name)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            inner = _cell(operand, cells)
            cell = -inner if isinstance(inner, float) and inner else ("neg", inner)
        case ast.BinOp(op=op, left=left, right=right):
            cell = _folded(*ARITHMETIC[type(op)], _cell(left, cells), _cell(right, cells))
        case ast.Call(func=ast.Attribute(attr="select"), args=[conditions, values]):
            cell = _first(conditions.elts, values.elts, cells)
        case ast.Call(func=ast.Attribute(attr="reduce", value=ast.Attribute(attr=name)), args=[ast.Tuple(elts=conditions)]):
            cell = _all_or_any(name, [_cell(condition, cells) for condition in conditions], cells)
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), args=args):
            cell = (NAMES.get(name, name), *(_cell(arg, cells) for arg in args))
        case _:
            raise TypeError(f"no instruction for {ast.unparse(node)}")
    cells.setdefault(cell)
    return cell


def _folded(name, compute, left, right):
    """An operation; of two numbers its result, as Python gives it and JavaScript would."""
    numbers = isinstance(left, float) and isinstance(right, float)
    return compute(left, right) if numbers and compute and (right or name != "/") else (name, left, right)


def _first(conditions, values, cells):
    """The value that goes with the first condition that holds."""
    cell = None
    for condition, value in zip(reversed(conditions), reversed(values)):
        value = _cell(value, cells)
        if isinstance(condition, ast.Constant):  # True: for all the rest
            cell = value
        else:
            cells.setdefault(cell)
            cell = ("if", _cell(condition, cells), value, cell)
            cells.setdefault(cell)
    return cell


def _all_or_any(name, conditions, cells):
    cell = conditions[0]
    for other in conditions[1:]:
        cell = ("if", cell, *((other, cell) if name == "logical_and" else (cell, other)))
        cells.setdefault(cell)
    return cell
