// A small network trained in the page: one layer of tanh units, in arrays of its own, for thousands
// of steps a frame. Mirrors gdlib/explore/network.py, and gdlib's own MLP.
/** @import { Ends, Network, Run, State, Training } from "./types.d.ts" */
import { DIVERGENCE_BOUND, dot } from "./descent.js";
import { waiting } from "./predict.js";
import { count, short } from "./sentence.js";

export const TRAINED_BY = ["gradient descent", "momentum", "Adam"];
const BETA = 0.9, BETA_2 = 0.999, EPS = 1e-8; // gdlib's defaults
const EDGES = [[2, "2/η"], [2 * (1 + BETA), "2(1 + β)/η"], [NaN, ""]];
const EDGE_NEAR = 0.1; // of the edge: so near it the sharpness is at the edge
const RISE = 1e-9; // of the first loss: less is rounding
const DIFFERENCE = (3 * 2 ** -52) ** (1 / 3); // the step of central differences
const PRODUCTS = 30; // of the Hessian with a vector: more than enough for the digits that are told

/**
 * A network of some width: its outputs, its loss, its first weights. A vector of weights is as MLP
 * has it: the first layer's matrix and biases, then the second's.
 *
 * @param {{ inputs: number, outputs: number }} shape
 * @param {number} units
 * @returns {Network}
 */
export function networkOf({ inputs, outputs }, units) {
  const bias = inputs * units, second = bias + units, last = second + units * outputs;
  const hidden = new Float64Array(units), out = new Float64Array(outputs);
  const outputsAt = (w, x) => {
    for (let j = 0; j < units; j++) {
      let z = w[bias + j];
      for (let i = 0; i < inputs; i++) z += x[i] * w[i * units + j];
      hidden[j] = Math.tanh(z);
    }
    for (let o = 0; o < outputs; o++) {
      out[o] = w[last + o];
      for (let j = 0; j < units; j++) out[o] += hidden[j] * w[second + j * outputs + o];
    }
    return out;
  };
  const lossAt = (w, g, rows, targets) => {
    let loss = 0;
    g.fill(0);
    for (let r = 0; r < rows.length; r++) {
      const x = rows[r];
      loss += errorsOf(outputsAt(w, x), targets[r]);
      for (let j = 0; j < units; j++) {
        let back = 0;
        for (let o = 0; o < outputs; o++) {
          const k = second + j * outputs + o;
          g[k] += out[o] * hidden[j];
          back += out[o] * w[k];
        }
        back *= 1 - hidden[j] * hidden[j];
        g[bias + j] += back;
        for (let i = 0; i < inputs; i++) g[i * units + j] += back * x[i];
      }
      for (let o = 0; o < outputs; o++) g[last + o] += out[o];
    }
    for (let k = 0; k < g.length; k++) g[k] /= rows.length;
    return loss / rows.length;
  };
  const start = (normals) => {
    const w = new Float64Array(last + outputs), many = units * outputs;
    for (let k = 0; k < bias; k++) w[k] = normals[k] / Math.sqrt(inputs);
    for (let k = 0; k < many; k++) w[second + k] = normals[bias + k] / Math.sqrt(units);
    return w;
  };
  return { outputsAt, lossAt, start };
}

// The loss of a row, half the squared error or minus the log of the probability of its class; the
// outputs become the loss's derivatives by them.
function errorsOf(out, target) {
  if (out.length === 1) {
    out[0] -= target;
    return out[0] * out[0] / 2;
  }
  const score = out[target];
  let highest = -Infinity, sum = 0;
  for (let o = 0; o < out.length; o++) highest = Math.max(highest, out[o]);
  for (let o = 0; o < out.length; o++) sum += out[o] = Math.exp(out[o] - highest);
  for (let o = 0; o < out.length; o++) out[o] /= sum;
  out[target] -= 1;
  return Math.log(sum) + highest - score;
}

// One step of each rule, in place. Mirrors gdlib/optimizers.py.
const STEPS = [
  (w, g, eta) => {
    for (let i = 0; i < w.length; i++) w[i] -= eta * g[i];
  },
  (w, g, eta, { v }) => {
    for (let i = 0; i < w.length; i++) {
      v[i] = BETA * v[i] + g[i];
      w[i] -= eta * v[i];
    }
  },
  (w, g, eta, { v, s }, k) => {
    const mean = 1 - BETA ** (k + 1), square = 1 - BETA_2 ** (k + 1);
    for (let i = 0; i < w.length; i++) {
      v[i] = BETA * v[i] + (1 - BETA) * g[i];
      s[i] = BETA_2 * s[i] + (1 - BETA_2) * g[i] * g[i];
      w[i] -= eta * (v[i] / mean) / (Math.sqrt(s[i] / square) + EPS);
    }
  },
];

/**
 * A training that has made no step yet.
 *
 * @param {State} state
 * @returns {Training}
 */
export function training({ get, net, cloud }) {
  const network = networkOf(net, get("units")), fitted = net.inputs === 1;
  const rows = fitted ? cloud.map(([x]) => [x]) : cloud;
  const targets = fitted ? cloud.map(([, y]) => y) : net.labels;
  const lossOf = (w, g) => network.lossAt(w, g, rows, targets);
  const normals = net.normals[get("draw")].split(" ").map(Number);
  const w = network.start(normals), zeros = () => new Float64Array(w.length);
  const g = zeros(), first = lossOf(w, g);
  return {
    ...{ network, lossOf, w, g, memory: { v: zeros(), s: zeros() }, step: STEPS[get("rule")] },
    ...{ path: [w.slice()], values: [first], status: "", number: ++training.made },
  };
}

training.made = 0;

/**
 * Go on, but for no longer than a frame has time for. Gives the run up to now.
 *
 * @param {Training} made
 * @param {number} steps
 * @param {(k: number) => number} etaAt
 * @param {number} patience  milliseconds
 * @returns {Run}
 */
export function trained(made, steps, etaAt, patience) {
  const { path, values, w, g } = made, end = Date.now() + patience;
  const more = (k) => k < steps && made.status !== "diverged" && Date.now() < end;
  for (let k = values.length - 1; more(k); k++) {
    made.step(w, g, etaAt(k), made.memory, k);
    values.push(made.lossOf(w, g));
    path.push(w.slice());
    const bounded = dot(w, w) <= DIVERGENCE_BOUND ** 2;
    if (!(bounded && Number.isFinite(values[k + 1]))) made.status = "diverged";
  }
  const diverged = made.status === "diverged" && values.length <= steps + 1;
  return {
    path: path.slice(0, steps + 1),
    values: values.slice(0, steps + 1),
    status: diverged ? "diverged" : values.length > steps ? "max_iter" : "training",
  };
}

/**
 * The largest eigenvalue of the Hessian at w, by the method of Lanczos.
 *
 * @param {Training} made
 * @param {number[]} at
 */
export function sharpnessAt({ lossOf }, at, products = PRODUCTS) {
  const n = at.length, h = DIFFERENCE, zeros = () => new Float64Array(n);
  const moved = zeros(), ahead = zeros(), behind = zeros(), image = zeros(), before = zeros();
  const diagonal = [], beside = [];
  let size = 0, v = Float64Array.from(before, (_, i) => Math.cos(i + 1) / Math.sqrt(n));
  v = v.map((vi) => vi / Math.sqrt(dot(v, v)));
  while (true) {
    for (let i = 0; i < n; i++) moved[i] = at[i] + h * v[i];
    lossOf(moved, ahead);
    for (let i = 0; i < n; i++) moved[i] = at[i] - h * v[i];
    lossOf(moved, behind);
    for (let i = 0; i < n; i++) image[i] = (ahead[i] - behind[i]) / (2 * h);
    const along = dot(image, v);
    diagonal.push(along);
    for (let i = 0; i < n; i++) image[i] = image[i] - along * v[i] - size * before[i];
    size = Math.sqrt(dot(image, image));
    const largest = Math.max(...diagonal.map(Math.abs));
    if (diagonal.length === Math.min(n, products) || !(size > 1e-8 * largest)) break;
    beside.push(size);
    for (let i = 0; i < n; i++) {
      before[i] = v[i];
      v[i] = image[i] / size;
    }
  }
  return largestOf(diagonal, beside);
}

// The largest eigenvalue of a symmetric matrix with three diagonals, by bisection: all eigenvalues
// lie below x if all pivots of what is left of it are negative.
function largestOf(diagonal, beside) {
  const below = (x) => {
    let pivot = -1;
    return diagonal.every((d, i) => (pivot = d - x - (i ? beside[i - 1] ** 2 / pivot : 0)) < 0);
  };
  let low = Math.max(...diagonal);
  let high = low + 2 * Math.max(0, ...beside);
  for (let k = 0; k < 60; k++) {
    const middle = (low + high) / 2;
    if (below(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/**
 * The curvature, above which on a parabola the steps would grow, and its sign; NaN for Adam.
 *
 * @param {State} state
 * @returns {[number, string]}
 */
export function edgeOf({ get }) {
  const [edge, sign] = /** @type {[number, string]} */ (EDGES[get("rule")]);
  return [edge / get("eta"), sign];
}

/** @param {State} state */
export function networkWords(state) {
  const { get, results: [{ values, sharpness, status }] } = state, n = get("steps");
  const [edge, sign] = edgeOf(state), last = values[values.length - 1];
  const start = `η = ${short(get("eta"))} from draw ${get("draw")}, ` +
    `${count(get("units"), "hidden unit")}, ${count(n)} of ${TRAINED_BY[get("rule")]}: `;
  if (status === "training" && !waiting(state)) {
    return `${start}step ${values.length - 1}, and still training.`;
  }
  const told = `${start}the loss, ${short(values[0])} at the start, `;
  if (status === "diverged") return `${told}diverges.`;
  const calm = !values.some((f, k) => f - values[k - 1] > RISE * values[0]);
  if (calm && sign) {
    const [begins, ends] = sharpness.map((s) => short(s));
    return `${told}falls at every step, to ${
      short(last)
    }. The sharpness, ${begins} at the start, ` +
      `ends at ${ends}; ${sign} = ${short(edge)}.`;
  }
  const falls = calm ? "falls at every step" : "does not fall at every step, and ends lower";
  const lower = last < values[0] ? falls : "ends no lower";
  if (!sign) return `${told}${lower}.`;
  const ratio = sharpness[1] / edge, above = ratio > 1 ? "above" : "below";
  const side = Math.abs(ratio - 1) <= EDGE_NEAR ? "within 10 % of" : above;
  return `${told}${lower}. The sharpness ends ${side} ${sign} = ${short(edge)}.`;
}
