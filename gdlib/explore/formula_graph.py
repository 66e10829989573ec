"""A formula as its computational graph: the nodes, the two sweeps by `gdlib.autodiff`, and what is said at each stage.

The sweeps and the sentences stand in ``js/sweeps.js`` too; a test in a real browser holds the two together.
"""

import ast
import math
from typing import NamedTuple

import numpy as np

from ..autodiff import Tensor, graph
from .formula import plain
from .layers import layers
from .sentence import coordinate, short

MOST = 15  # nodes: what can be taken in at a glance, and fits a phone
BINARY = {
    ast.Add: ("add", "+"),
    ast.Sub: ("subtract", "−"),
    ast.Mult: ("multiply", "·"),
    ast.Div: ("divide", "/"),
    ast.Pow: ("power", "^"),
}
FUNCTIONS = {"abs": "absolute", "relu": "maximum", **{name: name for name in "sqrt exp log sin cos tanh".split()}}
CONSTANTS = {"pi": math.pi, "e": math.e}
SIGNS = {"multiply": "×"}  # in a node, where a dot is easily missed


class Part(NamedTuple):
    """A node: a leaf, or the result of an operation (the name of a ufunc; operands are earlier nodes or numbers)."""

    formula: str
    operation: str = ""
    operands: tuple = ()  # the place of a node (int), or a number (float)
    sign: str = ""  # what stands in the node
    pieces: tuple = ()  # what is written around the values of its operands


class Numbers(NamedTuple):
    """What both sweeps compute, for each node in the order of computing."""

    values: list
    slopes: list  # for each operand that is a node the local derivative
    arrivals: list  # what is handed back to the node, in the order in which it comes
    grads: list


class FormulaGraph:
    """A formula such as ``"x*y + sin(x)"`` as its graph: what is written twice is one node.

    Parameters
    ----------
    formula : str
        Numbers, names of one letter (and digits), ``+ - * / **``, brackets, pi, e, and abs, cos, exp, log, relu, sin,
        sqrt, tanh.

    Attributes
    ----------
    parts : list of Part
        The nodes, each after its operands.
    variables : tuple of str
        The leaves, in the order of the text.
    edges : list of (source, target)
        Sorted by target, and then as the operation takes them.

    Raises
    ------
    ValueError
        If the text is no such formula, or its graph has more than 15 nodes.

    Examples
    --------
    >>> square = FormulaGraph("(x*y)*(x*y)")
    >>> [part.formula for part in square.parts], square.edges
    (['x', 'y', 'x·y', 'x·y·(x·y)'], [(0, 2), (1, 2), (2, 3), (2, 3)])
    >>> square.sweeps([2, 3]).grads
    [36.0, 24.0, 12.0, 1.0]
    """

    computed_in = "browser"
    program = {}  # noqa: RUF012  # js/sweeps.js computes it, node by node

    def __init__(self, formula):
        self.parts = list(_parts(formula))
        self.variables = tuple(part.formula for part in self.parts if not part.operation)
        self.title = f"f({', '.join(self.variables)}) = {plain(formula)}"
        self.operations = [i for i, part in enumerate(self.parts) if part.operation]
        self.edges = [(i, target) for target, part in enumerate(self.parts) for i in _sources(part)]
        self.last = 2 * len(self.operations) + 1  # stage: forward and backward step by step, and all of it

    def drawn(self):
        """The nodes and edges for the browser."""
        spots, ways = layers(len(self.parts), self.edges)
        nodes = [
            {
                **part._asdict(),
                "operands": [None if isinstance(i, int) else i for i in part.operands],  # the numbers among them
                "sources": _sources(part),
                "spot": spot,
            }
            for part, spot in zip(self.parts, spots)
        ]
        return {"nodes": nodes, "edges": [{"source": s, "target": t, "way": way} for (s, t), way in zip(self.edges, ways)]}

    def tensors(self, at):
        """Each node as a `Tensor`, for numbers at the leaves; `backward` has been called on the last."""
        tensors, numbers = [], iter(at)
        with np.errstate(all="ignore"):
            for part in self.parts:
                operands = [tensors[i] if isinstance(i, int) else i for i in part.operands]
                made = getattr(np, part.operation)(*operands) if part.operation else Tensor(next(numbers), part.formula)
                tensors.append(made)
            tensors[-1].backward()
        return tensors

    def graph(self, at):
        """The same as `gdlib.autodiff.graph` gives it."""
        with np.errstate(all="ignore"):
            return graph(self.tensors(at)[-1])

    def sweeps(self, at):
        """Forward and backward, with what arrives at each node."""
        tensors = self.tensors(at)
        with np.errstate(all="ignore"):
            slopes = [[vjp(np.ones(())).item() for _, vjp in tensor.parents] for tensor in tensors]
        grads, arrivals = [tensor.grad.item() for tensor in tensors], [[] for _ in tensors]
        for target in reversed(self.operations):
            for source, slope in zip(_sources(self.parts[target]), slopes[target]):
                arrivals[source].append(grads[target] * slope)
        return Numbers([tensor.data.item() for tensor in tensors], slopes, arrivals, grads)

    def value(self, at):
        """f, for numbers at the leaves."""
        return self.tensors(at)[-1].data.item()

    # --- what is said

    def say(self, at, stage, nudge=None):
        """What is computed at a stage: 0 the leaves, then forward, backward, and last of all the whole.

        `nudge` is the place of a leaf among the leaves and how far it moves.
        """
        numbers, n = self.sweeps(at), len(self.operations)
        if stage == 0:
            return f"Before the first step: {self._leaves(numbers)}."
        if stage <= n:
            return f"Forward, step {stage} of {n}: {self._forward(self.operations[stage - 1], numbers)}"
        if stage <= 2 * n:
            return f"Backward, step {stage - n} of {n}: {self._backward(self.operations[2 * n - stage], numbers)}"
        return self._whole(numbers) + (self._nudged(at, numbers, *nudge) if nudge else "")

    def _leaves(self, numbers):
        told = (f"{part.formula} = {write(v)}" for part, v in zip(self.parts, numbers.values) if not part.operation)
        return ", ".join(told)

    def _forward(self, i, numbers):
        part, sources = self.parts[i], _sources(self.parts[i])
        done = part.pieces[0] + "".join(
            bracketed(numbers.values[source]) + piece for source, piece in zip(sources, part.pieces[1:])
        )
        by = (f"{write(slope)} for {self.parts[source].formula}" for source, slope in zip(sources, numbers.slopes[i]))
        many = "Local derivatives" if len(sources) > 1 else "Local derivative"
        return f"{part.formula} = {done} = {write(numbers.values[i])}. {many}: {', '.join(by)}."

    def _backward(self, i, numbers):
        name, came, g, sources = self.parts[i].formula, numbers.arrivals[i], numbers.grads[i], _sources(self.parts[i])
        if not came:
            said = f"{name} is f itself, so its gradient is 1."
        elif len(came) == 1:
            said = f"the gradient at {name} is {write(g)}."
        else:
            said = f"all {len(came)} numbers have arrived at {name}, so its gradient is {summed(came, g)}."
        handed = (
            f"{write(g)} · {bracketed(slope)} = {write(g * slope)} to {self.parts[source].formula}"
            for source, slope in zip(sources, numbers.slopes[i])
        )
        return f"{said} It hands on {' and '.join(handed)}.{self._waiting(i, numbers)}"

    def _waiting(self, i, numbers):
        """Which of its operands still wait when node i has handed on."""
        said = ""
        for source in dict.fromkeys(_sources(self.parts[i])):
            wanted = len(numbers.arrivals[source])
            came = sum(s == source and target >= i for s, target in self.edges)
            if came < wanted:
                said += f" {self.parts[source].formula} has {came} of {wanted} numbers, and waits."
        return said

    def _whole(self, numbers):
        by = (
            f"∂f/∂{part.formula} = {summed(came, g)}"
            for part, came, g in zip(self.parts, numbers.arrivals, numbers.grads)
            if not part.operation
        )
        return f"f = {write(numbers.values[-1])} at {self._leaves(numbers)}. The gradient: {', '.join(by)}."

    def _nudged(self, at, numbers, which, h):
        leaf = [i for i, part in enumerate(self.parts) if not part.operation][which]
        g, f = numbers.grads[leaf], numbers.values[-1]
        came = self.value([v + h * (k == which) for k, v in enumerate(at)])
        return (
            f" If {self.variables[which]} moves by {write(h)}, the gradient promises "
            f"f + {write(h)} · {bracketed(g)} = {write(f + h * g)}; f becomes {write(came)}."
        )


def write(x):
    """A number in a node or a sentence: three decimals, or three digits where it is small or large.

    >>> write(2.583853), write(-0.0258), write(12345.6), write(float("nan"))
    ('2.584', '−0.0258', '12300', 'no number')
    """
    if not math.isfinite(x):
        return "no number"
    return coordinate(x) if 0.1 <= abs(x) < 1000 else short(x)


def bracketed(x):
    """The same, in brackets where it begins with a sign."""
    text = write(x)
    return f"({text})" if text.startswith("−") else text


def summed(terms, total):
    """Several numbers and their sum; one alone stands for itself."""
    if len(terms) < 2:
        return write(total)
    return f"{write(terms[0])}{''.join(f' + {bracketed(term)}' for term in terms[1:])} = {write(total)}"


# --- from the text to the nodes


def _sources(part):
    return [i for i in part.operands if isinstance(i, int)]


def _parts(formula):
    """The nodes of a formula; or a sentence that says what is wrong with it, and in which column."""
    if not isinstance(formula, str) or not formula.strip():
        raise ValueError(f'formula must be text such as "x*y + sin(x)", got {formula!r}')
    try:
        tree = ast.parse(formula.strip(), mode="eval").body
    except (SyntaxError, ValueError) as error:
        column = getattr(error, "offset", None) or len(formula)
        raise ValueError(f"formula {formula!r} cannot be read at column {column}: {getattr(error, 'msg', error)}") from None
    parts = {}  # (operation, operands) or a leaf's name -> Part
    try:
        _place(tree, parts)
    except _Wrong as wrong:
        node, why = wrong.args
        raise ValueError(f"formula {formula!r}, column {getattr(node, 'col_offset', 0) + 1}: {why}") from None
    if not any(part.operation for part in parts.values()):
        raise ValueError(f"formula {formula!r} must have a variable and an operation on it, such as x**2")
    if len(parts) > MOST:
        raise ValueError(
            f"formula {formula!r} has a graph of {len(parts)} nodes, and at most {MOST} can be drawn: take a part"
        )
    return parts.values()


class _Wrong(Exception):
    """A node of the syntax tree, and what is wrong with it."""


def _place(tree, parts):
    """The place of a syntax tree's node among the parts, put after its operands; of numbers alone the number."""
    match tree:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return _finite(tree, value)
        case ast.Name(id=name) if name in CONSTANTS:
            return CONSTANTS[name]
        case ast.Name(id=name):
            if name in FUNCTIONS:
                raise _Wrong(tree, f"{name!r} is a function and needs brackets, as in {name}(x)")
            if name == "f":
                raise _Wrong(tree, "f is the name of the result: give the variable another")
            if not (name[0].isalpha() and (name[1:].isdigit() or len(name) == 1)):
                raise _Wrong(tree, f"a variable is one letter, with digits if need be, such as x or w1; got {name!r}")
            return _put(parts, name, Part(name))
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _place(operand, parts)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _made(tree, parts, "negative", "−", operand)
        case ast.BinOp(op=op, left=left, right=right) if type(op) in BINARY:
            return _made(tree, parts, *BINARY[type(op)], left, right)
        case ast.BinOp(op=ast.BitXor()):
            raise _Wrong(tree, "^ is not a power here; write **")
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords):
            return _called(tree, parts, name, args, keywords)
    raise _Wrong(tree, "only numbers, variables, functions, + - * / ** and brackets may stand here")


def _called(tree, parts, name, args, keywords):
    if name not in FUNCTIONS:
        raise _Wrong(
            tree, f"{name!r} is no function here; known are {', '.join(sorted(FUNCTIONS))}, and for a product write *"
        )
    if len(args) != 1 or keywords:
        raise _Wrong(tree, "a function here takes exactly one argument")
    zero = [ast.Constant(0.0)] if name == "relu" else []
    return _made(tree, parts, FUNCTIONS[name], name, *args, *zero)


def _made(tree, parts, operation, sign, *operands):
    """An operation's place; of numbers alone its result."""
    places = tuple(_place(operand, parts) for operand in operands)
    if not any(isinstance(place, int) for place in places):
        with np.errstate(all="ignore"):
            return _finite(tree, getattr(np, operation)(*places))
    text = plain(ast.unparse(tree).replace(" * ", "*").replace(" / ", "/").replace(" ** ", "**"))
    return _put(parts, (operation, places), Part(text, operation, places, *_written(operation, sign, places)))


def _finite(tree, value):
    try:
        value = float(value)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise _Wrong(tree, "this is no finite number")
    return value


def _put(parts, key, part):
    """The place of a part, which is put at the end unless it is there."""
    parts.setdefault(key, part)
    return list(parts).index(key)


def _written(operation, sign, places):
    """What stands in a node, and what is written around its operands' values; a number is written with the sign."""
    if operation == "power" and places[1] == 2.0 and isinstance(places[1], float):
        return "square", ("", "²")
    if len(places) == 1 or operation == "maximum":
        return sign, (sign if sign == "−" else f"{sign} ", "")
    between = sign if operation == "power" else f" {sign} "
    left, right = ("" if isinstance(place, int) else bracketed(place) for place in places)
    pieces = (left + between, "") if left else ("", between + right) if right else ("", between, "")
    return f"{left} {SIGNS.get(operation, sign)} {right}".strip(), pieces
