// A swarm: 64 chains with noise of one variance on a bowl, what is expected of them, and in words.
// Mirrors gdlib/explore/swarm.py.
/** @import { Run, State } from "./types.d.ts" */
import { DIVERGENCE_BOUND } from "./descent.js";
import { count, point, short } from "./sentence.js";
import { steady, valuedAt } from "./turns.js";

const MANY = 64;
const OF_A_DRAW = 2 ** 17; // random numbers: no two draws share any
const BORDER = 2 * (1 - 1e-9); // of η times λ: a slider's place is rounded

/** The n-th number of a sequence that is spread evenly from −√3 to √3. */
export function noiseAt(n) {
  let x = Math.imul(n, 0x9e3779b9);
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return Math.sqrt(12) * ((((x ^ (x >>> 15)) >>> 0) + 0.5) / 2 ** 32 - 0.5);
}

/**
 * All chains at all steps, x and y in turn; their mean, their radii, the mean of f and what is
 * expected of it.
 *
 * @param {State} state
 * @returns {Run}
 */
export function swarmOf(state) {
  const { get, w0, runs: [run] } = state, { curvatures, sigma } = get("swarm"), n = get("steps");
  const first = 1 + get("draw") * OF_A_DRAW, now = valuedAt(state, run, 0);
  let cloud = Float64Array.from({ length: 2 * MANY }, (_, i) => w0[i % 2]);
  let mean = w0, variance = [0, 0], status = "max_iter";
  const chains = [cloud], expected = [meanOf(curvatures, mean, variance)];
  for (let k = 0; k < n && status === "max_iter"; k++) {
    const { eta, batch } = steady(state, run) ? now : valuedAt(state, run, k);
    const size = sigma / Math.sqrt(batch), q = curvatures.map((c) => 1 - eta * c);
    cloud = moved(cloud, curvatures, eta, size, first + 2 * MANY * k);
    mean = mean.map((m, i) => q[i] * m);
    variance = variance.map((v, i) => q[i] ** 2 * v + (eta * size) ** 2);
    chains.push(cloud);
    expected.push(meanOf(curvatures, mean, variance));
    if (cloud.some((w) => Math.abs(w) > DIVERGENCE_BOUND)) status = "diverged";
  }
  const measured = chains.map((at) => [0, 1].map((i) => spreadOf(at, i)));
  const path = measured.map((axes) => axes.map(([m]) => m));
  const values = measured.map((axes) =>
    meanOf(curvatures, axes.map(([m]) => m), axes.map(([, v]) => v))
  );
  const radii = measured.map((axes) => axes.map(([, v]) => Math.sqrt(v)));
  return { path, values, radii, chains, expected, status };
}

function moved(cloud, curvatures, eta, size, first) {
  const next = new Float64Array(cloud.length);
  for (let i = 0; i < next.length; i++) {
    next[i] = cloud[i] - eta * (curvatures[i % 2] * cloud[i] + size * noiseAt(first + i));
  }
  return next;
}

// the mean of f, by the mean and the variance along each axis
const meanOf = (curvatures, mean, variance) =>
  curvatures.reduce((sum, c, i) => sum + c * (mean[i] ** 2 + variance[i]) / 2, 0);

// mean and variance of one coordinate, counted from the first chain: at the start exactly 0
function spreadOf(cloud, i) {
  let sum = 0, squares = 0;
  for (let c = i; c < cloud.length; c += 2) sum += cloud[c] - cloud[i];
  for (let c = i; c < cloud.length; c += 2) squares += (cloud[c] - cloud[i] - sum / MANY) ** 2;
  return [cloud[i] + sum / MANY, squares / MANY];
}

/** The radius of the noise ball along each axis; infinite where there is none. */
export function ballOf({ get }) {
  const { curvatures, sigma } = get("swarm"),
    eta = get("eta"),
    size = sigma / Math.sqrt(get("batch"));
  return curvatures.map((c) =>
    eta * c < BORDER ? size * Math.sqrt(eta / (c * (2 - eta * c))) : Infinity
  );
}

/** At the step that is shown. */
export function swarmWords(state, { path, values, radii, expected, status }) {
  const { get, names, shown } = state, last = path.length - 1, k = Math.min(shown, last);
  const { curvatures } = get("swarm"), along = (r, i) => `${short(r)} along ${names[i]}`;
  const none = (i) => `none along ${names[i]} (η ≥ 2/λ = ${short(2 / curvatures[i])})`;
  const ball = ballOf(state).map((r, i) => r < Infinity ? along(r, i) : none(i)).join(" and ");
  const start = `η = ${short(get("eta"))}, B = ${get("batch")} from ${point(path[0], short)}: `;
  if (status === "diverged" && k === last) {
    const far = `one of the ${MANY} chains is beyond ${short(DIVERGENCE_BOUND)}`;
    return `${start}diverges: after ${count(k)} ${far}. The noise ball's radius is ${ball}.`;
  }
  return `${start}after ${count(k)} the cloud's radius is ${radii[k].map(along).join(" and ")}; ` +
    `the noise ball's is ${ball}. f is ${short(values[k])} on average; ${
      short(expected[k])
    } is predicted.`;
}
