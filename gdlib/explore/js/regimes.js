// What the heavy ball does along an eigenvector, by the roots of its recurrence, and in words.
// Mirrors gdlib/explore/regimes.py.
import { count, short } from "./sentence.js";

const MET = 1e-9; // relative; as near as this a border is met
const DOES = [
  "moves one way, decided by the root ",
  "moves one way, with the double root ",
  "oscillates, with complex roots of size ",
  "alternates sides, with the double root ",
  "alternates sides, decided by the root ",
  "alternates sides for ever, decided by the root ",
  "alternates sides and diverges, decided by the root ",
];

/** Which of DOES it is at x = ηλ: an even number inside a region, an odd one on its border. */
export function regimeAt(x, beta) {
  const root = Math.sqrt(beta), borders = [(1 - root) ** 2, (1 + root) ** 2, 2 * (1 + beta)];
  const next = borders.findIndex((border) => x <= border * (1 + MET));
  if (next < 0) return 2 * borders.length;
  return 2 * next + (x >= borders[next] * (1 - MET) ? 1 : 0);
}

/** Both roots of z² − (1 + β − x)z + β, as [real, imaginary], the larger in size first. */
export function rootsAt(x, beta) {
  const root = Math.sqrt(beta), half = (1 + beta - x) / 2, kind = regimeAt(x, beta);
  const twice = [kind === 1 ? root : -root, 0];
  if (kind === 1 || kind === 3) return [twice, twice];
  const square = (x - (1 - root) ** 2) * (x - (1 + root) ** 2) / 4;
  if (kind === 2) return [[half, Math.sqrt(-square)], [half, -Math.sqrt(-square)]];
  const far = kind === 5 ? -1 : half + Math.sign(half) * Math.sqrt(square);
  return [[far, 0], [beta / far, 0]];
}

/** The root that decides; of complex ones their size. */
export function decidingAt(x, beta) {
  return regimeAt(x, beta) === 2 ? Math.sqrt(beta) : rootsAt(x, beta)[0][0];
}

/** 0 moves one way, 1 oscillates, 2 alternates sides, 3 does not converge. */
export const outcomeAt = (x, beta) => [0, 0, 1, 2, 2, 3, 3][regimeAt(x, beta)];

/** What it does at x, in words. */
export const doesAt = (x, beta) => DOES[regimeAt(x, beta)] + short(decidingAt(x, beta));

/** The best factor: of gradient descent it is this of κ, of the heavy ball this of √κ. */
export const bestOf = (q) => (q - 1) / (q + 1);

export function regimeWords(eta, beta, [mu, L], { path }) {
  const given = `η = ${short(eta)}, β = ${short(beta)} from`, xs = [eta * mu, eta * L];
  const worst = Math.max(...xs.map((x) => Math.abs(decidingAt(x, beta))));
  const least = bestOf(Math.sqrt(L / mu)), ends = `${longRun(worst)} ${atTheEnd(path)}`;
  if (mu === L) {
    return `${given} w₀ = 1: at ηλ = ${short(xs[0])} it ${doesAt(xs[0], beta)}. ${ends}`;
  }
  const along = xs.map((x, i) => `along ${"μL"[i]} (ηλ = ${short(x)}) it ${doesAt(x, beta)}`);
  const better = worst <= least * (1 + MET)
    ? ", and no η and β make it smaller"
    : `; the best η and β make it ${short(least)}`;
  const largest = `The largest root on the bar has the size ${short(worst)}${better}.`;
  return `${given} (1, 1): ${along.join("; ")}. ${largest} ${ends}`;
}

function longRun(size) {
  if (size === 1) return "The error does not fade.";
  if (size <= 0.1) return "In the long run a step takes nine tenths of the error away, or more.";
  const falls = size < 1 ? "falls to a tenth" : "grows tenfold";
  const steps = short(Math.log(10) / Math.abs(Math.log(size)));
  return `In the long run the error ${falls} in about ${steps} steps.`;
}

function atTheEnd(path) {
  const last = path[path.length - 1].map((w) => short(Math.abs(w)));
  const errors = last.length > 1 ? "errors are" : "error is";
  return `After ${count(path.length - 1)} the ${errors} ${last.join(" and ")}.`;
}
