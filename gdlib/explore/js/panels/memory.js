// What a rule remembers, at the step that is shown while a run is played: as an arrow the step
// that its velocity would make alone, as a box the steps that a slope of 1 would make.
/** @import { Mark, Place, Point, State } from "../types.d.ts" */
import { path } from "../marks.js";
import { ruleOf } from "../state.js";

const HEAD = 6; // pixels, of an arrow

/**
 * @param {State} state
 * @param {Place} place
 * @returns {Mark[]}
 */
export function remembered(state, place) {
  return state.results.map((run, r) => {
    const k = Math.min(state.shown, run.path.length - 1), memory = run.memories?.[k];
    const drawn = Number.isFinite(state.shown) && k > 0 && memory !== undefined;
    const marks = drawn ? shape(ruleOf(state, state.runs[r]), memory, run.path[k], place) : "";
    return path(`gd-memory gd-run-${r + 1}`, marks);
  });
}

function shape({ velocity, rates }, memory, w, { X, Y }) {
  if (!w.every(Number.isFinite)) return "";
  const [x, y] = [X(w[0]), Y(w[1])];
  if (rates) {
    const [a, b] = rates(memory), [left, low] = [X(w[0] - a), Y(w[1] - b)];
    return `M${left} ${low}H${2 * x - left}V${2 * y - low}H${left}z`;
  }
  if (!velocity) return "";
  const [a, b] = velocity(memory);
  return arrow(x, y, X(w[0] + a), Y(w[1] + b));
}

function arrow(x, y, endX, endY) {
  const length = Math.hypot(endX - x, endY - y);
  if (length < HEAD) return "";
  const [a, b] = [(HEAD * (endX - x)) / length, (HEAD * (endY - y)) / length];
  const back = (side) => `${round(-a + side * b)} ${round(-b - side * a)}`;
  return `M${x} ${y}L${endX} ${endY}l${back(0.6)}M${endX} ${endY}l${back(-0.6)}`;
}

const round = (v) => Math.round(10 * v) / 10;
