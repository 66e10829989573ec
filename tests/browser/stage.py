"""One explorer of each kind, for the browser tests to shake."""

from gdlib import explore, objectives, schedules
from press.stage import LABELS, POINTS


def bowl(**options):
    return explore.two_d(objectives.quadratic(10), eta=1 / 8, w0=(1.2, 0.5), steps=30, **options)


def well():
    return explore.one_d(objectives.double_well(), eta=1 / 8, w0=1.7, window=(-1.8, 1.8))


def three():
    return explore.compare(
        objectives.himmelblau(),
        {
            "plain": 1 / 64,
            "heavy ball": ("momentum", {"eta": 1 / 128, "beta": 0.8}),
            "Adam": ("adam", {"eta": 1 / 8}),
        },
        w0=(0, -1),
    )


def cobweb():
    return explore.one_d(objectives.logistic_map(3.2), eta=1.0, w0=0.3, window=(-0.2, 1.2), beside="cobweb")


def sweep():
    return explore.sweep(objectives.quadratic(10), eta=1 / 8, w0=(1, 1))


def basins():
    return explore.basins(objectives.himmelblau(), eta=1 / 128, w0=(0, -1))


def bounded():
    return explore.one_d("log(1 + w**2)", eta=0.5, w0=1.5, bound=2, beside="f")


def line():
    return explore.fit("line", POINTS, eta=1 / 8, w0=(-1, -1), window=((-2, 4), (-3, 4)))


def logistic():
    return explore.fit("logistic", LABELS, eta=1.0, w0=(-1, 1))


def constant():
    return explore.fit("constant", POINTS, eta=1 / 4, w0=-1, window=(-2, 7), steps=10)


def noisy():
    return explore.sgd("line", POINTS, eta=1 / 16, w0=(-1, -1), window=((-2, 4), (-3, 4)))


def noisy_mean():
    return explore.sgd("constant", POINTS, eta=1 / 4, w0=-1, window=(-2, 7), beside="data")


def rows():
    window = ((-2, 4), (-3, 4))
    return explore.sgd("line", POINTS, eta=1 / 16, w0=(-1, -1), window=window, lines=True, beside="data")


def turned():
    formula = "(x*cos(pi*θ/180) + y*sin(pi*θ/180))**2/2 + 5*(y*cos(pi*θ/180) - x*sin(pi*θ/180))**2"
    return explore.two_d(formula, eta=1 / 8, w0=(1.2, 0.5), steps=30, constants={"θ": (0, 90, 1, 20)})


def searched():
    return explore.line("w**2/10 + sin(3*w)", w0=2.2, c=1e-4, window=(-3, 3))


def searched_plane():
    return explore.line("(x**2 + 10*y**2)/2", w0=(1, 1), window=((-1.5, 1.5), (-1.5, 1.5)))


def parts():
    runs = {"best": ("exact", {}), "shorter": ("exact", {"part": 0.9}), "Armijo": ("armijo", {})}
    return explore.compare("(x**2 + 100*y**2)/2", runs, w0=(100, 1), window=((-10, 105), (-20, 20)), steps=64)


def scheduled():
    rates = {
        "inverse": schedules.inverse(1 / 8, rate=0.25),
        "ramp": schedules.warmup(schedules.cosine(1 / 8, 20), 8),
        "Adam": ("adam", {"eta": schedules.cosine(1 / 4, 30)}),
    }
    return explore.compare(objectives.quadratic(10), rates, w0=(1.6, 0.8), steps=30, max_steps=60)


def planned():
    return explore.roots([0.127737, 0.460498, 0.2, 0.3], low=1, high=9)


def ball():
    return explore.regimes(eta=0.2, beta=0.86)


def spectrum():
    return explore.regimes(eta=1 / 4, beta=1 / 4, L=9)


def swarm(**options):
    return explore.swarm(eta=0.1, batch=2, steps=60, max_steps=80, draws=3, **options)


def formula():
    return explore.graph("x*y + sin(x)", {"x": 2, "y": 3})


def neuron():
    return explore.graph("(tanh(w*x + b) - y)**2", {"w": 0.5, "x": 2, "b": -1, "y": 1}, nudge="b", stage=8)


def trained(**options):
    x, y = [-1, -0.5, 0, 0.5, 1], [0.5, -0.8, 0, 0.8, -0.5]
    return explore.network(x, y, eta=1 / 4, units=4, draw=3, draws=5, steps=150, max_steps=200, **options)


def told_apart():
    X, y = [(-1, 0), (0, 0.2), (0.3, -0.4), (1, 1), (1.2, -0.5), (-0.5, 1.1)], [0, 0, 0, 1, 1, 1]
    return explore.network(X, y, eta=1 / 4, units=3, draws=5, steps=100, max_steps=200, eta_range=(1 / 16, 1))


def mystery():
    return explore.clinic(6, on=["whole", "accuracy", "gradient", "check"])


MAKERS = [
    well,
    bowl,
    three,
    cobweb,
    sweep,
    basins,
    bounded,
    line,
    logistic,
    constant,
    noisy,
    noisy_mean,
    turned,
    formula,
    neuron,
]
MAKERS += [searched, searched_plane, parts, scheduled, planned]
MAKERS += [ball, spectrum, swarm, rows]
MAKERS += [trained, told_apart, mystery]
