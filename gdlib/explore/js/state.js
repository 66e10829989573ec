// All that the panels draw from: what Python sent, and what follows from where the sliders stand.
/** @import { State } from "./types.d.ts" */
import { along, alongWords } from "./along.js";
import { clinicWords, recorded } from "./clinic.js";
import { gradientOf, mean, minimize, sgd } from "./descent.js";
import { lineSearches } from "./linesearch.js";
import { networkWords, sharpnessAt, trained, training } from "./network.js";
import { rowsWords } from "./panels/rows.js";
import { regimeWords } from "./regimes.js";
import { rootsWords } from "./roots.js";
import { optimizers } from "./optimizers.js";
import { swarmOf, swarmWords } from "./swarm.js";
import { waiting } from "./predict.js";
import { compile } from "./program.js";
import { byStep, slidersOf, steady, turnWords, valuedAt } from "./turns.js";
import { noisySentence, sentence, short } from "./sentence.js";
import { stageSentence, sweeps } from "./sweeps.js";

export const RULES = { ...optimizers, ...lineSearches };

/**
 * @param {(name: string) => any} get  a trait's value
 * @param {Pick<State, "colour" | "image"> & { patience?: number }} host  what the page, or the
 *   still, does in its own way
 * @returns {State}
 */
export function stateOf(get, host) {
  const names = get("variables"), points = get("points"), rows = points.map((_, i) => i);
  const cases = get("cases"), network = get("network");
  const net = network.inputs ? { ...network } : undefined, swarm = get("swarm").sigma > 0;
  /** @type {State} */
  const state = {
    get,
    names,
    points,
    one: names.length === 1,
    window: get("window"),
    runs: get("runs"),
    start: get("start"),
    settings: get("settings"), // what can be moved: name -> [lowest, highest, grain]
    minima: get("minima"),
    nodes: get("nodes"), // of a formula's graph
    net,
    swarm,
    cases: cases.runs ? cases : undefined,
    predicted: points.length && !net ? compile(get("prediction")) : undefined,
    patience: Infinity,
    sliders: {},
    turns: [],
    shown: Infinity, // how many steps are drawn: fewer while they are played
    at: undefined,
    w0: [],
    cloud: [],
    constants: [],
    depends: "",
    tolerances: { max_iter: 0 },
    results: [],
    sentences: [],
    kept: {},
    theme: 0,
    ...host,
  };
  if (get("computed_in") === "kernel") state.at = interpolate(get("samples"), state.window);
  else if (net) state.predicted = (w, x) => net.made.network.outputsAt(w, x);
  else if (!state.nodes.length && !state.cases) {
    const compute = compile(get("program"), names.length);
    state.batch = (w, chosen) => mean(chosen, (i) => compute(w, state.cloud[i]));
    state.at = points.length ? (w) => state.batch(w, rows) : (w) => compute(w, state.constants);
  }
  return state;
}

/** @param {State} state */
export function update(state) {
  const { get, runs } = state;
  state.cloud = state.points.map((pair) => pair.map(get)); // the points as they stand
  state.constants = get("constants").map(get);
  state.depends = String([state.cloud, state.constants]); // what f itself depends on
  state.w0 = state.start.length ? state.start.map(get) : state.names.map(() => 1);
  state.sliders = slidersOf(state);
  state.tolerances = { ...get("tolerances"), max_iter: get("steps") };
  if (state.nodes.length) state.shown = get("stage"); // a setting there: a link holds it
  if (get("computed_in") === "kernel") {
    const { runs: results, sentences } = get("computed");
    if (results.length) state.results = results; // else it went wrong, and the sentence says how
    state.sentences = sentences;
  } else {
    state.results = runs.map((run, r) => run.rule === "sweeps" ? sweeps(state) : go(state, run, r));
    if (get("longest") !== null) state.line = lineShown(state);
    state.sentences = runs.map((run, r) => words(state, run, state.results[r]));
  }
  if (waiting(state)) state.results = state.results.map(startAlone);
}

/**
 * What was made last of the same causes, or made now: what is as it was is neither computed nor
 * drawn again.
 */
export function once({ kept }, name, causes, make) {
  const last = kept[name];
  if (last && last.causes.every((cause, i) => cause === causes[i])) return last.value;
  const value = make();
  kept[name] = { causes, value };
  return value;
}

/**
 * A run's parameters as the sliders stand: each is the name of a trait, or a number itself.
 */
export const valued = ({ get }, { parameters }) => valuedAt({ get, turns: [] }, { parameters }, 0);

export function ruleOf(state, run, others = {}) {
  const make = (parameters) => RULES[run.rule]({ ...parameters, ...others }, state.at);
  return steady(state, run)
    ? make(valued(state, run))
    : byStep((k) => make(valuedAt(state, run, k)));
}

// a run of which nothing is to be seen yet
const startAlone = ({ path, values, norms = [] }) => ({
  path: path.slice(0, 1),
  values: values.slice(0, 1),
  norms: norms.slice(0, 1),
  status: "max_iter",
});

// of a training that has another cause, the first steps; of one that goes on, more
function goOn(state, run) {
  const { get, net, depends, turns, patience } = state, steps = waiting(state) ? 0 : get("steps");
  const causes = ["eta", "units", "draw", "rule"].map(get), told = JSON.stringify(turns);
  const made = net.made = once(state, "made", [...causes, depends, told], () => training(state));
  const { eta } = valued(state, run);
  const etaAt = turns.length ? (k) => valuedAt(state, run, k).eta : () => eta;
  const result = trained(made, steps, etaAt, patience);
  if (result.status !== "max_iter") return { ...result, sharpness: [] };
  const first = once(state, "first", [made], () => sharpnessAt(made, result.path[0]));
  return { ...result, sharpness: [first, sharpnessAt(made, result.path.at(-1))] };
}

// More steps of a run begin with fewer of it.
function stepsOf(state, run, r) {
  const { get, at, w0, turns, depends, tolerances } = state, n = tolerances.max_iter;
  const causes = [valued(state, run), run.roots?.map(get), turns, w0, depends, get("tolerances")];
  const kept = once(state, `run ${r}`, [JSON.stringify(causes)], () => ({}));
  const enough = kept.made && (kept.made.path.length > n || kept.made.status !== "max_iter");
  if (!enough) kept.made = minimize(at, w0, ruleOf(state, run), tolerances);
  const { path, values, norms, memories, status } = kept.made;
  if (path.length <= n + 1) return kept.made;
  const cut = (all) => all.slice(0, n + 1);
  return {
    ...{ path: cut(path), values: cut(values), norms: cut(norms), memories: cut(memories) },
    status: "max_iter",
  };
}

function go(state, run, r) {
  if (state.cases) return recorded(state);
  if (state.net) return goOn(state, run);
  if (state.swarm) return swarmOf(state);
  const { get, at, w0 } = state, orders = get("orders");
  if (!orders.length) return stepsOf(state, run, r);
  const rule = ruleOf(state, run);
  const made = sgd(state.batch, w0, rule, orders[get("draw")], get("batch"), get("epochs"));
  return { ...made, values: made.path.map((w) => at(w)[0]) };
}

function words(state, run, result) {
  const { get, names: [name], points, tolerances, line } = state;
  if (run.rule === "sweeps") return stageSentence(state);
  if (state.cases) return clinicWords(state);
  if (state.net) return networkWords(state) + turnWords(state, run, result);
  if (state.swarm) return swarmWords(state, result) + turnWords(state, run, result);
  if (get("orders").length) {
    return noisySentence(get("eta"), get("batch"), points.length, result) + rowsWords(state);
  }
  if (run.roots) return rootsWords(run.label, run.roots.map(get), get("spectrum"), result);
  if (get("spectrum").length) {
    return regimeWords(get("eta"), get("beta"), get("spectrum"), result) +
      turnWords(state, run, result);
  }
  const label = run.label && `${run.label}: `, given = givenWords(valued(state, run), run);
  const said = sentence({ name, label, given }, result, tolerances);
  const told = said + turnWords(state, run, result);
  return line ? `${told} ${alongWords(name, line)}` : told;
}

/**
 * What the steps come from. Mirrors Explorer._given.
 *
 * @param {Record<string, number>} parameters
 * @param {{ rates?: number[] }} run
 */
function givenWords({ eta, part, first, factor, c }, { rates } = {}) {
  if (part !== undefined) return `part θ = ${short(part)}`;
  if (first !== undefined) return `t₀ = ${short(first)}, q = ${short(factor)}, c = ${short(c)}`;
  return `${rates ? "ηₖ ≤" : "η ="} ${short(eta)}`;
}

// the line of the step that is shown, if one is taken
function lineShown(state) {
  const { get, at, results: [{ path }], runs: [run] } = state, n = path.length - 1;
  const k = Number.isFinite(state.shown) ? Math.min(state.shown, n - 1) : 0, w = path[k];
  if (n < 1 || !Number.isFinite(at(path[n])[0])) return undefined;
  const g = gradientOf(at(w));
  return { k, w, g, ...along(at, w, g, valued(state, run), get("longest")) };
}

// A learner's own function, of which the kernel sends samples: straight lines between them.
function interpolate({ counts, values }, ends) {
  const cell = (w, axis) => {
    const [low, high] = ends[axis], last = counts[axis] - 1;
    const t = Math.min(last, Math.max(0, ((w - low) / (high - low)) * last));
    const i = Math.min(last - 1, Math.floor(t));
    return [i, t - i];
  };
  const mix = (a, b, t) => a.map((p, i) => (1 - t) * (p ?? NaN) + t * (b[i] ?? NaN));
  return (w) => {
    const [i, s] = cell(w[0], 0);
    if (w.length === 1) return mix(values[i], values[i + 1], s);
    const [j, t] = cell(w[1], 1);
    const row = (k) => mix(values[k * counts[1] + j], values[k * counts[1] + j + 1], t);
    return mix(row(i), row(i + 1), s);
  };
}
