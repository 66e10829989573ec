"""Pictures: what is drawn is what was computed, opaque and tellable apart without colour; each has its sentence."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pytest

from gdlib import autodiff, basins, convexity, gradient_descent, models, objectives, optimizers, plots, trajectories
from gdlib.stochastic import sgd

BOWL, WELL = objectives.quadratic(kappa=10), objectives.double_well()
RUN = gradient_descent(BOWL, BOWL.grad, [1.5, 1], 0.1)
RUNS = [gradient_descent(BOWL, BOWL.grad, [1.5, 1], eta, max_iter=100) for eta in (0.02, 0.18, 0.21)]


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def line(ax, label):
    (found,) = [drawn for drawn in ax.lines if drawn.get_label() == label]
    return found.get_xydata()


def test_descent_1d_draws_curve_path_and_tangent():
    run = gradient_descent(WELL, WELL.grad, 1.6, 0.1)
    ax = plots.descent_1d(WELL, run)
    curve = ax.lines[0].get_xydata()
    np.testing.assert_allclose(curve[:, 1], WELL(curve[:, 0]))
    assert ax.get_xlim() == WELL.window[0] == (curve[0, 0], curve[-1, 0])
    np.testing.assert_allclose(line(ax, "gradient descent"), np.column_stack([run.path[:, 0], run.values]), atol=1e-12)
    np.testing.assert_allclose(line(ax, "start"), [[1.6, WELL(1.6)]])
    (x0, y0), (x1, y1) = line(ax, "tangent at the start")
    assert (y1 - y0) / (x1 - x0) == pytest.approx(WELL.grad(1.6), rel=1e-6)
    assert (x0 + x1) / 2 == pytest.approx(1.6) and (y0 + y1) / 2 == pytest.approx(WELL(1.6))
    assert ax.alt == f"The curve of f from w = -1.8 to 1.8, with the path on it. {plots.describe(run)}"


def test_descent_1d_takes_a_learners_functions_and_a_window():
    def square(w):
        return (w - 2) ** 2

    run = gradient_descent(square, lambda w: 2 * (w - 2), 4.0, 0.25)
    low, high = plots.descent_1d(square, run).get_xlim()
    assert low < run.path.min() and high > run.path.max()
    ax = plots.descent_1d(square, run, window=(1, 3))
    assert ax.get_xlim() == (1, 3) and len(line(ax, "gradient descent")) == len(run.path) - 1  # the start is outside
    assert "start" not in [drawn.get_label() for drawn in ax.lines]
    still = gradient_descent(square, lambda w: 2 * (w - 2), 2.0, 0.25)
    assert plots.descent_1d(square, still).get_xlim() == (1, 3)
    one_by_one = plots.descent_1d(lambda w: 1.0 if w[0] > 0 else -1.0, run, window=(-1, 1)).lines[0].get_ydata()
    assert set(one_by_one) == {1.0, -1.0}
    assert plots.descent_1d(lambda w: 5.0, run, window=(0, 1)).get_ylim() == (4, 6)


def test_the_objectives_window_grows_to_show_the_start():
    run = gradient_descent(WELL, WELL.grad, 2.5, 0.01)
    assert plots.descent_1d(WELL, run).get_xlim() == (-1.8, 2.5)


def test_pictures_of_diverging_runs():
    f = objectives.parabola()
    run = gradient_descent(f, f.grad, 1.0, 3.0)
    assert run.status == "diverged"
    ax = plots.descent_1d(f, run)
    ax.figure.canvas.draw()
    assert ax.get_xlim() == (-2, 2)
    batch = trajectories(objectives.quartic().grad, [3.0], optimizers.gd(1.0), 10)
    assert not np.isfinite(batch[-1]).all()
    plots.descent_1d(objectives.quartic(), batch).figure.canvas.draw()
    far = gradient_descent(BOWL, BOWL.grad, [1, 1], 1e3)
    plots.contours(BOWL, far).figure.canvas.draw()
    plots.values(far, log=True).figure.canvas.draw()


def test_contours_draw_every_path_in_its_own_look():
    labels = ["small", "good", "large"]
    ax = plots.contours(BOWL, RUNS, labels=labels)
    assert (ax.get_xlim(), ax.get_ylim()) == BOWL.window
    drawn = [next(drawn for drawn in ax.lines if drawn.get_label() == label) for label in labels]
    for run, path in zip(RUNS, drawn):
        np.testing.assert_array_equal(path.get_xydata(), run.path)
    for look in (lambda a: a.get_color(), lambda a: a.get_marker(), lambda a: str(a.get_linestyle())):
        assert len({look(path) for path in drawn}) == 3
    assert [text.get_text() for text in ax.get_legend().get_texts()] == labels
    for label, run in zip(labels, RUNS):
        assert plots.describe(run, label) in ax.alt
    ax.figure.canvas.draw()


def test_contours_without_runs_or_labels_and_with_arrays():
    assert plots.contours(BOWL).alt == "Contour lines of f."
    assert plots.contours(BOWL, RUN).get_legend() is None
    paths = trajectories(BOWL.grad, [1, 1], optimizers.gd(0.1), 5)
    assert "From (1, 1) to (0.59049, 0) in 5 steps." in plots.contours(BOWL, paths).alt
    assert plots.contours(lambda w: w @ w, RUN, window=((-1, 1), (-2, 2))).get_ylim() == (-2, 2)
    with pytest.raises(ValueError, match=r"^labels must name each run: there are 3 runs and 2 labels$"):
        plots.contours(BOWL, RUNS, labels=["a", "b"])


def test_a_surface_has_its_rows_along_y():
    for f in (lambda w: w[0] + 10 * w[1], lambda w: float(w[0] + 10 * w[1])):
        x, y, heights = plots.surface(f, ((0, 1), (2, 3)), n=5)
        assert heights.shape == (5, 5)
        np.testing.assert_allclose(heights, x[np.newaxis, :] + 10 * y[:, np.newaxis])


def test_loss_curves():
    ax = plots.values(RUN)
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), RUN.values)
    assert ax.get_yscale() == "linear" and ax.get_legend() is None and plots.describe(RUN) in ax.alt
    ax = plots.values(RUNS, labels=["a", "b", "c"], log=True, optimum=-1.0)
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), RUNS[1].values + 1)
    assert ax.get_yscale() == "log" and "1" in ax.get_ylabel()
    near, far = (plots.values(gradient_descent(BOWL, BOWL.grad, [1, 1], 0.05, max_iter=n), log=True) for n in (5, 50))
    assert len(near.yaxis.get_minorticklocs()) > 0
    assert len(far.yaxis.get_minorticklocs()) == 0  # many decades: powers of ten alone
    epochs = sgd(models.linear(np.ones((3, 1)), [1, 2, 3]), 0.0, optimizers.gd(0.1), epochs=4)
    assert len(plots.values(epochs).lines[0].get_ydata()) == 5


def test_the_map_of_basins():
    f = objectives.himmelblau()
    labels = basins(f.grad, f.minima, f.window, optimizers.gd(0.01), n=300, size=30)
    ax = plots.basins(labels, f.window, f.minima)
    np.testing.assert_array_equal(ax.images[0].get_array(), labels)
    assert ax.images[0].origin == "lower" and ax.images[0].get_extent() == [-5, 5, -5, 5]
    assert len(ax.get_legend().get_texts()) == 4 and len({drawn.get_marker() for drawn in ax.lines}) == 4
    shares = [float(x) for x in re.findall(r"([\d.]+) % reach the minimum", ax.alt)]
    assert shares == pytest.approx([np.mean(labels == i) * 100 for i in range(4)], rel=0.01)
    assert "none" not in ax.alt


def test_spectra():
    ax = plots.spectrum([-1.0, 4.0])
    assert ax.alt == "2 eigenvalues from -1 to 4: not all are positive."
    many = convexity.spectrum(WELL.hess, WELL.window, n=200)
    assert plots.spectrum(many).alt == (
        f"200 eigenvalues from {many.min():.6g} to {many.max():.6g}: {np.mean(many < 0) * 100:.3g} % are negative."
    )
    assert plots.spectrum(np.ones((3, 2))).alt == "6 eigenvalues from 1 to 1: none is negative."


def test_a_sweep_of_learning_rates():
    etas = [0.05, 0.1, 2 / 11, 0.25]
    runs = [gradient_descent(BOWL, BOWL.grad, [1, 1], eta) for eta in etas]
    ax = plots.sweep(etas, runs)
    np.testing.assert_array_equal(line(ax, "converges"), [[eta, run.n_iter] for eta, run in zip(etas[:3], runs[:3])])
    assert line(ax, "does not")[:, 0].tolist() == [0.25]
    assert ax.alt == ("Steps needed against the learning rate: fewest, 81, at eta = 0.181818; no convergence at eta = 0.25.")
    assert plots.sweep([0.3], runs[3:]).alt == "Steps needed against the learning rate: no convergence at eta = 0.3."
    assert plots.sweep(etas[:1], runs[:1]).alt.endswith("at eta = 0.05.")
    with pytest.raises(ValueError, match=r"^there must be one eta for each run, got 4 etas and 1 runs$"):
        plots.sweep(etas, runs[:1])


def test_sentences():
    assert plots.describe(gradient_descent(BOWL, BOWL.grad, [0, 0], 0.1)) == (
        "From (0, 0), f stays at 0 in 0 steps, ending at (0, 0) (gtol)."
    )
    up = gradient_descent(BOWL, BOWL.grad, [0, 1], 0.3, max_iter=1)
    assert plots.describe(up, "too large") == (
        "too large: from (0, 1), f rises from 5 to 20 in 1 step, ending at (0, -2) (max_iter)."
    )
    many = gradient_descent(lambda w: w @ w, lambda w: 2 * w, np.ones(5), 0.5)
    assert plots.describe(many) == (
        "From a point of 5 coordinates, f falls from 5 to 0 in 1 step, ending at a point of 5 coordinates (gtol)."
    )


def in_place(w):
    w *= 2
    return w[0]


VALUES = ": give the function itself, not one of its values"
IN_PLACE = "f must not change its arguments in place: write w = 2 * w for w *= 2, or begin with w = w.copy()"
WINDOW = "window must be (low, high) with low < high for each of "
BAD = [
    (lambda: plots.descent_1d(None, np.ones((2, 1))), "f must be a function of w, got None"),
    (lambda: plots.descent_1d(3.0, np.ones((2, 1))), "f must be a function of w, got 3.0" + VALUES),
    (lambda: plots.descent_1d(in_place, np.ones((2, 1))), IN_PLACE),
    (lambda: plots.descent_1d(WELL, 1.5), "run must be a Result or an array (n + 1, 1), got one of shape ()"),
    (lambda: plots.descent_1d(WELL, RUN), "run must be a Result or an array (n + 1, 1), got one of shape (136, 2)"),
    (lambda: plots.descent_1d(WELL, "run"), "run must be a Result or an array (n + 1, 1), got 'run'"),
    (lambda: plots.descent_1d(WELL, np.ones((2, 1)), window=3), WINDOW + "1 coordinates, got [3]"),
    (lambda: plots.descent_1d(WELL, np.ones((2, 1)), window=(2, 1)), WINDOW + "1 coordinates, got [(2, 1)]"),
    (lambda: plots.contours(np.ones(2), window=((0, 1), (0, 1))), "f must be a function of w, got array([1., 1.])" + VALUES),
    (lambda: plots.contours(in_place, window=((0, 1), (0, 1))), IN_PLACE),
    (lambda: plots.surface(lambda w: None, BOWL.window), "f must return a value, got None: does it end with `return`?"),
    (lambda: plots.contours(lambda w: w @ w), "window must be given as (low, high) for each of 2 coordinates, got None"),
    (lambda: plots.contours(WELL), WINDOW + "2 coordinates, got ((-1.8, 1.8),)"),
    (lambda: plots.contours(BOWL, 3), "run must be a Result or an array (n + 1, 2), got one of shape ()"),
    (lambda: plots.contours(BOWL, [None]), "run must be a Result or an array (n + 1, 2), got None"),
    (lambda: plots.surface(None, ((0, 1), (0, 1))), "f must be a function of w, got None"),
    (lambda: plots.surface(BOWL, ((0, 1), (0, 1)), n=0), "n must be a whole number, at least 1, got 0"),
    (lambda: plots.values(3), "runs must be a Result or a list of Results, got 3"),
    (lambda: plots.values([RUN, "b"]), "runs must be a Result or a list of Results, got 'b'"),
    (lambda: plots.fitted([(0, 1)], 2.0, {}), "predict must be a function of w, x, got 2.0" + VALUES),
    (lambda: plots.fitted([1, 2], max, {}), "points must have 2 axes, got shape (2,)"),
    (lambda: plots.fitted([[1, 2, 3]], max, {}), "points must be pairs (x, y), got shape (1, 3)"),
    (lambda: plots.fitted([(0, 1)], max, [0]), "fits must be a dict from labels to parameters, got [0]"),
    (lambda: plots.basins("map", ((0, 1), (0, 1)), [[0, 0]]), "labels must be an array of real numbers, got 'map'"),
    (lambda: plots.basins(np.ones((2, 2)), (0, 1), [[0, 0]]), WINDOW + "2 coordinates, got (0, 1)"),
    (lambda: plots.spectrum([]), "eigenvalues must have shape (d,) or (n, d), got shape (0,)"),
    (lambda: plots.spectrum(None), "eigenvalues must be an array of real numbers, got None"),
    (lambda: plots.sweep("eta", [RUN]), "etas must be an array of real numbers, got 'eta'"),
    (lambda: plots.sweep([0.1], [0.1]), "runs must be a Result or a list of Results, got 0.1"),
    (lambda: plots.describe(3), "run must be a Result or an array (n + 1, d), got one of shape ()"),
]


@pytest.mark.parametrize(("call", "sentence"), BAD, ids=[sentence for _, sentence in BAD])
def test_bad_input_is_refused_in_a_sentence(call, sentence):
    with pytest.raises(ValueError) as error:
        call()
    assert str(error.value) == sentence


@pytest.mark.parametrize(
    "draw",
    [
        lambda ax: plots.descent_1d(WELL, gradient_descent(WELL, WELL.grad, 1.5, 0.1), ax=ax),
        lambda ax: plots.contours(BOWL, RUN, ax=ax),
        lambda ax: plots.values(RUN, ax=ax),
        lambda ax: plots.basins(np.zeros((3, 3)), ((0, 1), (0, 1)), [[0, 0]], ax=ax),
        lambda ax: plots.spectrum([1, 2], ax=ax),
        lambda ax: plots.sweep([0.1], [RUN], ax=ax),
    ],
)
def test_every_picture_is_opaque_returns_its_axes_and_leaves_the_style_alone(draw):
    before = dict(plt.rcParams)
    ax = draw(None)
    assert dict(plt.rcParams) == before
    for patch in (ax.patch, ax.figure.patch):
        assert patch.get_facecolor() == (1, 1, 1, 1)
    _, mine = plt.subplots()
    mine.alt = "Left:"
    assert draw(mine) is mine and mine.alt == f"Left: {ax.alt}"


def computed(make, *numbers, backward=True):
    """The graph of a formula of some leaves named a, b, …"""
    leaves = [autodiff.Tensor(number, name=name) for number, name in zip(numbers, "abc")]
    last = make(*leaves)
    if backward:
        last.backward()
    return autodiff.graph(last)


def arrows(ax):
    return [text for text in ax.texts if getattr(text, "arrow_patch", None)]


def written(ax):
    return [text.get_text() for text in ax.texts if text.get_text()]


def test_a_graph_shows_values_gradients_and_local_derivatives():
    ax = plots.graph(computed(lambda a, b: a * b + np.sin(a), 2.0, 3.0))
    nodes, values = ["a", "b", "×", "sin", "+"], ["2", "3", "6", "0.9093", "6.909"]
    grads, edges = ["2.584", "2", "1", "1", "1"], ["3", "2", "-0.4161", "1", "1"]
    assert sorted(written(ax)) == sorted([*nodes, *values, *grads, *edges])
    assert ax.alt.startswith("A graph of 5 nodes: a is 2, gradient 2.584;") and "× of a and b is 6, gradient 1" in ax.alt
    assert len(arrows(ax)) == 5 and all(arrow.xyann[0] < arrow.xy[0] for arrow in arrows(ax))  # forward is to the right


def test_a_value_used_twice_by_one_operation_has_two_arrows_apart():
    ax = plots.graph(computed(lambda a: a * a, 3.0))
    assert len({arrow.arrow_patch.get_connectionstyle().rad for arrow in arrows(ax)}) == 2
    labels = [text.get_position() for text in ax.texts if text.get_text() == "3" and text.get_size() == 9]
    assert len(set(labels)) == 2  # neither hides the other


def test_a_graph_before_backward_shows_the_way_forward_only():
    ax = plots.graph(computed(lambda a, b: a * b, 2.0, 3.0, backward=False))
    assert sorted(written(ax)) == sorted(["a", "b", "×", "2", "3", "6"])
    assert ax.alt == "A graph of 3 nodes: a is 2; b is 3; × of a and b is 6."


def test_leaves_stand_before_their_first_use_and_no_two_nodes_in_one_place():
    g = computed(lambda a, b, c: np.exp(a * a) * b + c, 1.0, 2.0, 3.0)
    places = plots._places(g)
    assert len({tuple(place) for place in places}) == len(g.nodes)
    column = dict(zip((node.name for node in g.nodes), places[:, 0].tolist()))
    assert column["b"] == column["exp"] and column["c"] > column["b"] and column["a"] == 0
    assert all(places[edge.source][0] < places[edge.target][0] for edge in g.edges)


def test_a_graph_of_arrays_tells_their_shapes():
    X, w = autodiff.Tensor(np.ones((5, 2)), name="X"), autodiff.Tensor(np.ones(2), name="w")
    f = (X @ w).sum()
    f.backward()
    assert "X is shape (5, 2), gradient shape (5, 2); w is shape (2,)" in plots.graph(autodiff.graph(f)).alt


@pytest.mark.parametrize("no_graph", [autodiff.Tensor(1.0), None, "x*y"])
def test_what_is_no_graph_is_refused(no_graph):
    with pytest.raises(ValueError, match=r"g must be a Graph, as autodiff\.graph gives it, got"):
        plots.graph(no_graph)
