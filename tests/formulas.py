"""Random formulas for graphs: what is written twice in them is one node."""

LEAVES = ["x", "y", "w1"]
BINARY = ["({0} + {1})", "({0} - {1})", "{0}*{1}", "{0}/(1 + {1}**2)"]
ALGEBRA = {"binary": BINARY[:3], "unary": ["-{0}", "{0}**2", "2*{0}", "abs({0})", "relu({0})", "({0} - 3)"]}
UNARY = ["sin({0})", "cos({0})", "tanh({0})", "exp(-{0}**2)", "abs({0})", "relu({0})", "sqrt(1 + {0}**2)", "{0}**3", "-{0}"]


def random_formula(rng, operations=6, binary=BINARY, unary=UNARY):
    """A formula of at most 15 nodes; earlier parts come again in it."""
    from gdlib.explore.formula_graph import FormulaGraph

    while True:
        parts = list(LEAVES)
        for _ in range(rng.randint(1, operations)):
            shape = rng.choice([*binary, *unary, *binary])
            parts.append(f"({shape.format(*rng.choices(parts, k=2))})")
        try:
            FormulaGraph(parts[-1])
        except ValueError:  # too many nodes
            continue
        return parts[-1]
