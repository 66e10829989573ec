// The sentence about a run. Mirrors gdlib/explore/sentence.py, line by line.
import { DIVERGENCE_BOUND, dot, minus, norm } from "./descent.js";

const TAIL = 10;
const LONGEST_CYCLE = 8;
const RIGHT = 1e-6; // a right angle is a turn, however it was rounded
const GEOMETRIC = 0.99;
const STOPPED_BY = { xtol: "the step", ftol: "the change of f" };

export function short(x, digits = 3) {
  const r = Number(x.toPrecision(digits)), size = Math.abs(r);
  const plain = r === 0 || (size >= 1e-3 && size < 1e5);
  return sign(plain ? String(r) : r.toExponential().replace("e+", "e"));
}

export const coordinate = (
  x,
) => (Math.abs(x) >= 1e5 ? short(x) : sign(String(Number(x.toFixed(3)))));
const sign = (text) => text.replace(/^-/, "−");
export const point = (
  w,
  write,
) => (w.length === 1 ? write(w[0]) : `(${w.map((v) => write(v)).join(", ")})`);
export const count = (n, thing = "step") => `${n} ${thing}${n === 1 ? "" : "s"}`;

export function sentence({ name, label, given }, { path, values, norms, status }, tolerances) {
  const one = path[0].length === 1, n = path.length - 1, last = path[n];
  const slope = one ? "|f′|" : "‖∇f‖", size = one ? `|${name}|` : "‖w‖";
  const start = `${label}${given} from ${one ? `${name}₀ = ` : ""}${point(path[0], short)}: `;
  const step = (k) => norm(minus(path[k], path[k - 1]));
  const small = `${slope} ≤ ${short(tolerances.gtol)}`,
    where = `${one ? `${name} ≈ ` : "about "}${point(last, coordinate)}`;
  const way = motion(path, one);
  if (status === "undefined") {
    return `${start}f or its slope is not a finite number there, so no step can be taken.`;
  }
  if (status === "gtol") {
    if (n === 0) return `${start}already flat, ${small}, so no step is taken.`;
    if (n === 1) return `${start}one step and it is there, ${where}: ${small}.`;
    if (step(n) <= GEOMETRIC * step(n - 1)) {
      return `${start}${way} and converges to ${where}: ${small} after ${n} steps.`;
    }
    return `${start}${way} and stops on nearly flat ground at ${where}: ${small} after ${n} steps.`;
  }
  if (status in STOPPED_BY) {
    return `${start}${way} and is stopped at ${where}: ${STOPPED_BY[status]} is at most ${
      short(tolerances[status])
    } ` +
      `after ${count(n)}, and ${slope} is ${short(norms[n])}.`;
  }
  if (status === "diverged") {
    if (norm(last) <= DIVERGENCE_BOUND && !(values[n] > values[0])) {
      return `${start}${way} and ends after ${
        count(n)
      } at ${where}: f or its slope is not a finite number there.`;
    }
    const far = DIVERGENCE_BOUND < norm(last) && norm(last) < Infinity
      ? `${size} > ${short(DIVERGENCE_BOUND)}`
      : "no finite number";
    return `${start}${way} and diverges: ${far} after ${count(n)}.`;
  }
  return start +
    unfinished(path, way, `${slope} = ${short(norms[n])}`, size, values[n] > values[0]);
}

export function noisySentence(eta, size, rows, { path, values, status, epochs }) {
  const n = path.length - 1;
  const start =
    `η = ${short(eta)} from ${path[0].length === 1 ? "w₀ = " : ""}${point(path[0], short)}, ` +
    `${size} of ${count(rows, "point")} a step: `;
  if (status === "diverged") return `${start}diverges after ${count(n)}.`;
  const last = values.slice(n - Math.ceil(rows / size));
  return `${start}after ${count(n)}, ${count(epochs, "epoch")}, f went from ${
    short(values[0])
  } to ${short(values[n])}; ` +
    `in the last epoch it kept between ${short(Math.min(...last))} and ${
      short(Math.max(...last))
    }.`;
}

function unfinished(path, way, slope, size, rose) {
  const n = path.length - 1, last = path[n], tail = path.slice(-TAIL - 1);
  const sizes = tail.slice(1).map((w, i) => norm(minus(w, tail[i])));
  const every = (test) => sizes.every((b, i) => i === 0 || test(sizes[i - 1], b));
  const growing = sizes.length > 1 && every((a, b) => b > a * (1 + 1e-9));
  if (growing && rose) {
    return `${way} and diverges: ${size} = ${short(norm(last))} after ${count(n)} and growing.`;
  }
  if (growing || every((a, b) => b < a * (1 - 1e-9))) {
    return `${way}, not there yet: ${slope} after ${count(n)}.`;
  }
  const undecided = "neither converges nor diverges";
  for (let period = 2; period <= Math.min(LONGEST_CYCLE, n); period++) {
    const taken = sizes[sizes.length - 1];
    if (taken > 0 && norm(minus(last, path[n - period])) <= 1e-3 * taken) {
      return `${undecided}: a cycle of ${period} points${
        extent(path)
      }, still going after ${n} steps.`;
    }
  }
  if (last.length === 1 && way !== "moves one way") {
    return `${undecided}: wanders${extent(path)}, still going after ${count(n)}.`;
  }
  return `${way}, not there yet: ${slope} after ${count(n)}.`;
}

function extent(path) {
  if (path[0].length > 1) return "";
  const half = path.slice(Math.floor((path.length - 1) / 2)).map(([w]) => w);
  return ` between ${coordinate(Math.min(...half))} and ${coordinate(Math.max(...half))}`;
}

function motion(path, one) {
  const n = path.length - 1;
  if (n === 1) return "takes one step";
  // how often it turned back, and how often without a break up to the end
  let turns = 0, lately = 0;
  for (let k = 1; k < n; k++) {
    const back = turnsBack(path[k - 1], path[k], path[k + 1]);
    if (back) turns += 1;
    lately = back ? lately + 1 : 0;
  }
  if (!turns) return one ? "moves one way" : "never turns back";
  if (lately >= Math.min(TAIL, n - 1)) return one ? "alternates sides" : "zig-zags";
  return `turns back ${count(turns, "time")}`;
}

function turnsBack(a, b, c) {
  const before = minus(b, a), after = minus(c, b);
  return dot(before, after) < RIGHT * norm(before) * norm(after);
}
