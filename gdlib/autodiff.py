"""Reverse-mode differentiation on NumPy arrays: every result remembers what it was made from, and how to go back.

`LOCAL` is the whole of calculus in it, one line for each operation; `Tensor.backward` is the chain rule. A function
written with NumPy's own names takes a Tensor as it is: ``np.tanh(X @ W + b)``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from gdlib._types import Array, ArrayLike
from gdlib._validation import frozen, function, real, shown

FLOAT = np.dtype(float)

# For each operation: what comes back to its inputs a (and b), given g at its output. This is the formula sheet.
# Where a function has a corner (abs, maximum at a tie) the table gives a convention, not a derivative.
LOCAL = {
    np.add: (lambda g, out, a, b: g, lambda g, out, a, b: g),
    np.subtract: (lambda g, out, a, b: g, lambda g, out, a, b: -g),
    np.multiply: (lambda g, out, a, b: g * b, lambda g, out, a, b: g * a),
    np.divide: (lambda g, out, a, b: g / b, lambda g, out, a, b: -g * out / b),
    np.power: (
        lambda g, out, a, b: g * b * a ** np.where(b, b - 1, 1),  # and 0 for b = 0, even at a = 0
        lambda g, out, a, b: g * out * np.log(a),
    ),
    np.matmul: (
        lambda g, out, a, b: (_rows(g, a, b) @ _column(b).T).reshape(a.shape),
        lambda g, out, a, b: (_row(a).T @ _rows(g, a, b)).reshape(b.shape),
    ),
    np.maximum: (lambda g, out, a, b: g * (a > b), lambda g, out, a, b: g * (b >= a)),
    np.logaddexp: (lambda g, out, a, b: g * np.exp(a - out), lambda g, out, a, b: g * np.exp(b - out)),
    np.negative: (lambda g, out, a: -g,),
    np.absolute: (lambda g, out, a: g * np.sign(a),),
    np.square: (lambda g, out, a: g * 2 * a,),
    np.sqrt: (lambda g, out, a: g / (2 * out),),
    np.exp: (lambda g, out, a: g * out,),
    np.log: (lambda g, out, a: g / a,),
    np.sin: (lambda g, out, a: g * np.cos(a),),
    np.cos: (lambda g, out, a: -g * np.sin(a),),
    np.tanh: (lambda g, out, a: g * (1 - out * out),),
}


class Tensor:
    """An array that remembers how it was made.

    Parameters
    ----------
    data : number or array
    name : str, optional
        For `graph`.

    Attributes
    ----------
    data : array of floats
    parents : tuple of (parent, vjp)
        The tensors it was made from; vjp takes the gradient at this tensor to the gradient at the parent
        (a vector-Jacobian product).
    grad : array or None
        The gradient of the last scalar on which `backward` was called, in the shape of `data`.

    Source: Griewank and Walther, Evaluating Derivatives (2008). Taught in chapter 12, Backpropagation.

    Examples
    --------
    >>> x, y = Tensor(2.0), Tensor(3.0)
    >>> f = x * y + np.sin(x)
    >>> f.backward()
    >>> print(x.grad.round(6), y.grad, (3 + np.cos(2)).round(6))
    2.583853 2.0 2.583853
    """

    __slots__ = ("data", "grad", "name", "parents")

    def __init__(self, data: Any, name: str = "", parents: tuple[tuple[Tensor, Callable], ...] = ()):
        known = type(data) is np.ndarray and data.dtype is FLOAT  # the quick way, for results of operations
        self.data: Array = data if known else real("data", data, "an array of real numbers")
        self.name = name
        self.parents = parents
        self.grad: Array | None = None

    def backward(self) -> None:
        """Set `grad` of every tensor that this scalar was made from. Earlier gradients are replaced, not added to."""
        if self.data.size != 1:
            raise ValueError(f"backward starts from a single number, but this tensor has shape {self.shape}")
        order = _children_first(self)
        for node in order:
            node.grad = None
        self.grad = np.ones(self.shape)
        for node in order:
            g = node.grad
            for parent, vjp in node.parents:
                share = _sum_to(vjp(g), parent.data.shape)
                parent.grad = share if parent.grad is None else parent.grad + share
        for node in order:
            if not node.parents:
                node.grad = node.grad.copy()  # the learner may change it; a sum hands the same array to both terms

    # What NumPy does not do through a ufunc

    def sum(self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False) -> Tensor:
        """As `numpy.sum` (whose signature this is, so that ``np.sum(tensor)`` finds it)."""
        shape = self.data.shape

        def spread(g):
            return np.ones(shape) * (g if axis is None or keepdims else np.expand_dims(g, axis))

        return Tensor(self.data.sum(axis=axis, keepdims=keepdims), "sum", ((self, spread),))

    def mean(self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False) -> Tensor:
        """As `numpy.mean`: the sum divided by the number of terms."""
        total = self.sum(axis=axis, keepdims=keepdims)
        return total * (total.data.size / self.data.size)

    def reshape(self, *shape: int) -> Tensor:
        """As `numpy.ndarray.reshape`."""
        return Tensor(self.data.reshape(*shape), "reshape", ((self, lambda g: g.reshape(self.data.shape)),))

    @property
    def T(self) -> Tensor:
        """The transpose, as `numpy.ndarray.T`."""
        return Tensor(self.data.T, "T", ((self, lambda g: g.T),))

    def __getitem__(self, index):
        def scatter(g):
            whole = np.zeros(self.data.shape)
            np.add.at(whole, index, g)  # an entry taken twice gets both shares
            return whole

        return Tensor(self.data[index], "[]", ((self, scatter),))

    # What NumPy does through a ufunc, and the operators that stand for it

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        if ufunc not in LOCAL or method != "__call__" or options:
            raise TypeError(f"no derivative is known here for numpy.{ufunc.__name__} used like this")
        return _apply(ufunc, *inputs)

    def __array__(self, *args, **options):
        raise TypeError(
            "a Tensor cannot become an array, for its gradient would be lost: use operations that autodiff knows, "
            "such as w[0] * w[1], X @ w or np.exp(w)"
        )

    def __add__(self, other):
        return _apply(np.add, self, other)

    def __radd__(self, other):
        return _apply(np.add, other, self)

    def __sub__(self, other):
        return _apply(np.subtract, self, other)

    def __rsub__(self, other):
        return _apply(np.subtract, other, self)

    def __mul__(self, other):
        return _apply(np.multiply, self, other)

    def __rmul__(self, other):
        return _apply(np.multiply, other, self)

    def __truediv__(self, other):
        return _apply(np.divide, self, other)

    def __rtruediv__(self, other):
        return _apply(np.divide, other, self)

    def __pow__(self, other):
        return _apply(np.power, self, other)

    def __rpow__(self, other):
        return _apply(np.power, other, self)

    def __matmul__(self, other):
        return _apply(np.matmul, self, other)

    def __rmatmul__(self, other):
        return _apply(np.matmul, other, self)

    def __neg__(self):
        return _apply(np.negative, self)

    def __abs__(self):
        return _apply(np.absolute, self)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the data."""
        return self.data.shape

    def __len__(self):
        return len(self.data)

    def __repr__(self):
        return f"Tensor({np.array2string(self.data, precision=6, separator=', ')})"


def relu(x: Tensor | ArrayLike) -> Tensor | Array:
    """max(x, 0), with derivative 0 at 0 by convention.

    Taught in chapter 12, Backpropagation.

    Examples
    --------
    >>> relu(Tensor([-1.0, 0.0, 2.0]))
    Tensor([0., 0., 2.])
    """
    return np.maximum(x, 0)


def sigmoid(x: Tensor | ArrayLike) -> Tensor | Array:
    """1 / (1 + exp(-x)), of a Tensor or of plain numbers, in a form that does not overflow.

    Taught in chapter 12, Backpropagation.

    Examples
    --------
    >>> sigmoid(Tensor([0.0, 1000.0]))
    Tensor([0.5, 1. ])
    """
    return 0.5 * (1 + np.tanh(np.multiply(0.5, x)))


def logsumexp(x: Tensor | ArrayLike, axis: int = -1) -> Tensor | Array:
    """log(sum(exp(x))) along an axis, which is kept; shifted by the largest entry, so that it does not overflow.

    The logarithm of softmax probabilities is ``x - logsumexp(x)``.

    Taught in chapter 12, Backpropagation.

    Examples
    --------
    >>> logsumexp(Tensor([1000.0, 1000.0]))
    Tensor([1000.693147])
    """
    x = x if isinstance(x, Tensor) else np.asarray(x, dtype=float)
    shift = (x.data if isinstance(x, Tensor) else x).max(axis=axis, keepdims=True)
    return np.log(np.exp(x - shift).sum(axis=axis, keepdims=True)) + shift


def value_and_grad(f: Callable[[Any], Tensor]) -> Callable[[ArrayLike], tuple[float, Array]]:
    """Turn a function of one array into one that returns its value and its gradient.

    Raises
    ------
    ValueError
        In a call, if the value was not computed from w: then its gradient would be 0 everywhere, which is seldom meant.

    Taught in chapter 12, Backpropagation.

    Examples
    --------
    >>> value_and_grad(lambda w: (w * w).sum())(np.array([1.0, 2.0]))
    (5.0, array([2., 4.]))
    """

    f = function("f", f)

    def both(w):
        point = Tensor(frozen(real("w", w, "an array of real numbers").view()))
        value = f(point)
        if isinstance(value, Tensor):
            value.backward()
        if point.grad is None:
            raise ValueError(
                f"f(w) must be computed from w, got {shown(value)}, which does not lead back to w: "
                "in f use w itself, not w.data or a number made from it"
            )
        return value.data.item(), point.grad

    return both


def gradient(f: Callable[[Any], Tensor]) -> Callable[[ArrayLike], Array]:
    """The gradient of a function of one array, ready for `gradient_descent`.

    Taught in chapter 12, Backpropagation.

    Examples
    --------
    >>> from gdlib import gradient_descent
    >>> f = lambda w: (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2
    >>> gradient_descent(f, gradient(f), [-1.2, 1], eta=0.001, max_iter=1).w
    array([-0.9844,  1.088 ])
    """
    both = value_and_grad(f)
    return lambda w: both(w)[1]


class Node(NamedTuple):
    """One tensor in a `Graph`: its name or its operation, its value, and its gradient after `backward`.

    No chapter teaches it: a `Graph` is made of them.
    """

    name: str
    value: np.ndarray
    grad: np.ndarray | None


class Edge(NamedTuple):
    """One use of a tensor in an operation, from node `source` to node `target` (their positions in `Graph.nodes`).

    `derivative` is that of the target by the source, in the source's shape, where the target is a single number;
    elsewhere it would be a whole Jacobian, and is None.

    No chapter teaches it: a `Graph` is made of them.
    """

    source: int
    target: int
    derivative: np.ndarray | None


class Graph(NamedTuple):
    """How a tensor was made, for a picture: see `graph`.

    Attributes
    ----------
    nodes : list of Node
        Each tensor once, however often it is used, and after all that it was made from: the way forward. Backward they
        are taken in the opposite order. The last one is the result.
    edges : list of Edge
        Sorted by target, and then as the operation takes them: in ``x * x`` two edges lead from x to the product.

    Taught in chapter 12, Backpropagation.
    """

    nodes: list[Node]
    edges: list[Edge]

    def __repr__(self):
        sources: list[list[int]] = [[] for _ in self.nodes]
        for edge in self.edges:
            sources[edge.target].append(edge.source)
        lines, stack, seen = [], [(len(self.nodes) - 1, 0)], set()
        while stack:
            i, depth = stack.pop()
            lines.append(f"{'  ' * depth}{i}: {'see above' if i in seen else _said(self.nodes[i])}")
            if i not in seen:
                seen.add(i)
                stack.extend((source, depth + 1) for source in reversed(sources[i]))
        return "\n".join(lines)


def graph(tensor: Tensor) -> Graph:
    """The computational graph of a tensor: data for a picture, and printed an indented list.

    Before `backward` the nodes have no gradients. Along an edge the gradient of the target times the edge's derivative
    is what comes back to the source, and what comes back along all its edges adds up to its gradient. Numbers and arrays
    that are no tensors are no nodes: to see a constant, make it one, ``Tensor(1.0, name="1")``.

    Parameters
    ----------
    tensor : Tensor

    Returns
    -------
    Graph

    Taught in chapter 12, Backpropagation.

    Examples
    --------
    >>> x = Tensor(2.0, name="x")
    >>> f = x * x + 1
    >>> f.backward()
    >>> graph(f)
    2: add = 5, grad 1
      1: multiply = 4, grad 1
        0: x = 2, grad 4
        0: see above
    >>> [(edge.source, edge.target, float(edge.derivative)) for edge in graph(f).edges]
    [(0, 1, 2.0), (0, 1, 2.0), (1, 2, 1.0)]
    """
    if not isinstance(tensor, Tensor):
        raise ValueError(f"tensor must be a Tensor, got {shown(tensor)}")
    order = _children_first(tensor)[::-1]
    position = {node: i for i, node in enumerate(order)}
    edges = [
        Edge(position[parent], i, _sum_to(vjp(np.ones(node.shape)), parent.shape) if node.data.size == 1 else None)
        for i, node in enumerate(order)
        for parent, vjp in node.parents
    ]
    return Graph([Node(node.name or "leaf", node.data, node.grad) for node in order], edges)


def _said(node):
    grad = "" if node.grad is None else f", grad {_short(node.grad)}"
    return f"{node.name} = {_short(node.value)}{grad}"


def _apply(ufunc, *inputs):
    """Do the operation, and keep for each input that is a Tensor the way back to it."""
    values = [x.data if isinstance(x, Tensor) else np.asarray(x, dtype=float) for x in inputs]
    out = ufunc(*values)
    parents = [
        (x, lambda g, local=local: local(g, out, *values)) for x, local in zip(inputs, LOCAL[ufunc]) if type(x) is Tensor
    ]
    return Tensor(out, ufunc.__name__, tuple(parents))


def _children_first(root):
    """Every tensor that root was made from, each after all that were made from it. No recursion, however deep."""
    uses, stack = {root: 0}, [root]
    while stack:
        for parent, _ in stack.pop().parents:
            if parent not in uses:
                uses[parent] = 0
                stack.append(parent)
            uses[parent] += 1
    order, ready = [], [root]
    while ready:
        node = ready.pop()
        order.append(node)
        for parent, _ in node.parents:
            uses[parent] -= 1
            if not uses[parent]:
                ready.append(parent)
    return order


def _sum_to(g, shape):
    """Undo broadcasting: what was repeated in the way forward is added up on the way back."""
    if g.shape == shape:
        return g
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    repeated = tuple(i for i, size in enumerate(shape) if size == 1 and g.shape[i] != 1)
    return g.sum(axis=repeated, keepdims=True)


def _row(a):
    return a if a.ndim == 2 else a[np.newaxis]


def _column(b):
    return b if b.ndim == 2 else b[:, np.newaxis]


def _rows(g, a, b):
    """The gradient at a @ b as a matrix, also where a or b is a vector."""
    if max(a.ndim, b.ndim) > 2:
        raise ValueError(f"@ is differentiated for vectors and matrices only, got shapes {a.shape} and {b.shape}")
    return g.reshape(_row(a).shape[0], _column(b).shape[1])


def _short(array):
    return f"{array.item():.6g}" if array.size == 1 else f"array of shape {array.shape}"
