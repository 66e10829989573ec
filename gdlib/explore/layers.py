"""Where the nodes of a graph stand: in layers, each node after its operands, with few edges that cross."""

from itertools import pairwise

ROUNDS = 8
LANE = 0.6  # of a node's room: an edge that passes a layer has a lane there, between the nodes


def layers(n, edges):
    """Where each node stands, and the way of each edge.

    Every node stands one layer before the first node that uses it, so the last layer is that of the result. Within a layer,
    nodes are sorted by the mean place of their neighbours, forward and backward in turn; the order with the fewest
    crossings stays.

    Parameters
    ----------
    n : int
        The number of nodes, which come after their operands.
    edges : list of (source, target)

    Returns
    -------
    spots : list of [layer, place]
        For each node: its layer from 0, and its place in it, in nodes; 0 is the first of all places.
    ways : list of list of [layer, place]
        For each edge the spots that it leads through, both ends included.

    Examples
    --------
    >>> layers(3, [(0, 2), (1, 2)])
    ([[0, 0.0], [0, 1.0], [1, 0.5]], [[[0, 0.0], [1, 0.5]], [[0, 1.0], [1, 0.5]]])
    """
    layer = _layers(n, edges)
    chains = [
        [source, *((k, column) for column in range(layer[source] + 1, layer[target])), target]
        for k, (source, target) in enumerate(edges)
    ]
    columns = [[i for i in range(n) if layer[i] == column] for column in range(max(layer) + 1)]
    for item, column in ((item, item[1]) for chain in chains for item in chain[1:-1]):
        columns[column].append(item)
    links = [link for chain in chains for link in pairwise(chain)]
    spots = _spots(_sorted(columns, links), links)
    return [spots[i] for i in range(n)], [[spots[item] for item in chain] for chain in chains]


def _layers(n, edges):
    """For each node the longest way from it to the result, counted from the far end."""
    left = [0] * n
    for source, target in sorted(edges, key=lambda edge: -edge[1]):
        left[source] = max(left[source], left[target] + 1)
    return [max(left) - steps for steps in left]


def _sorted(columns, links):
    """The columns in the order with the fewest crossings that was met."""
    best = columns
    for turn in range(ROUNDS):
        place = {item: i - (len(column) - 1) / 2 for column in columns for i, item in enumerate(column)}
        columns, forward = [list(column) for column in columns], turn % 2 == 0
        for column in columns if forward else columns[::-1]:
            near = {item: [place[link[not forward]] for link in links if link[forward] == item] for item in column}
            column.sort(key=lambda item: sum(near[item]) / len(near[item]) if near[item] else place[item])
            place |= {item: i - (len(column) - 1) / 2 for i, item in enumerate(column)}
        best = min(best, columns, key=lambda order: crossings(order, links))
    return best


def crossings(columns, links):
    """How many pairs of links between the items of neighbouring columns cross."""
    place = {item: (k, i) for k, column in enumerate(columns) for i, item in enumerate(column)}
    ends = [(*place[a], place[b][1]) for a, b in links]
    return sum(k == m and (a - c) * (b - d) < 0 for i, (k, a, b) in enumerate(ends) for m, c, d in ends[:i])


def _spots(columns, links):
    """For each item its layer and its place: near its neighbours', as far apart as the rooms of a layer need."""
    place = {item: i - (len(column) - 1) / 2 for column in columns for i, item in enumerate(column)}
    near = {item: [a if b == item else b for a, b in links if item in (a, b)] for item in place}
    for _ in range(ROUNDS):
        for column in columns:
            wanted = [sum(place[other] for other in near[item]) / len(near[item]) for item in column]
            place |= zip(column, _apart(wanted, [LANE if isinstance(item, tuple) else 1 for item in column]))
    first = min(place.values())
    return {item: [layer, round(place[item] - first, 3)] for layer, column in enumerate(columns) for item in column}


def _apart(wanted, rooms):
    """Places near the wanted ones, in their order, each with its room: between those pushed forward and those pushed back."""
    gaps = [(a + b) / 2 for a, b in pairwise(rooms)]
    forward, back = wanted[:1], wanted[-1:]
    for place, gap in zip(wanted[1:], gaps):
        forward.append(max(place, forward[-1] + gap))
    for place, gap in zip(wanted[-2::-1], gaps[::-1]):
        back.append(min(place, back[-1] - gap))
    return [(a + b) / 2 for a, b in zip(forward, back[::-1])]
