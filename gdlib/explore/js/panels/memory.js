// What a rule remembers, at the step that is shown while a run is played: as an arrow the step
// that its velocity would make alone, as a box the steps of a slope of 1; and in words.
/** @import { Mark, Place, Point, State } from "../types.d.ts" */
import { path } from "../marks.js";
import { point, short } from "../sentence.js";
import { ruleOf } from "../state.js";

const HEAD = 6; // pixels, of an arrow

/**
 * @param {State} state
 * @param {Place} place
 * @returns {Mark[]}
 */
export function remembered(state, place) {
  return state.results.map((_, r) =>
    path(`gd-memory gd-run-${r + 1}`, shape(memoryOf(state, r), place))
  );
}

/** The same in words, to follow a run's sentence. */
export function rememberedWords(state, r) {
  const { k, rates, velocity } = memoryOf(state, r);
  if (rates) return ` After step ${k} a slope of 1 would make a step of ${point(rates, short)}.`;
  if (!velocity) return "";
  return ` After step ${k} its velocity alone would make a step of ${point(velocity, short)}.`;
}

/**
 * What a run remembers at the step that is shown; nothing where it cannot be drawn.
 *
 * @param {State} state
 * @returns {{ k?: number, w?: Point, rates?: Point, velocity?: Point }}
 */
function memoryOf(state, r) {
  const { path: points = [], memories } = state.results[r] ?? {};
  const k = Math.min(state.shown, points.length - 1), w = points[k];
  const onMap = !state.one && state.start.length > 0;
  if (!onMap || !Number.isFinite(state.shown) || k < 1 || !memories) return {};
  const rule = ruleOf(state, state.runs[r]);
  const rates = rule.rates?.(memories[k]), velocity = rule.velocity?.(memories[k]);
  const finite = [...w, ...(rates ?? velocity ?? [NaN])].every(Number.isFinite);
  return finite ? { k, w, rates, velocity } : {};
}

/**
 * @param {ReturnType<typeof memoryOf>} told
 * @param {Place} place
 */
function shape({ w, velocity, rates }, { X, Y }) {
  if (!velocity && !rates) return "";
  const [x, y] = [X(w[0]), Y(w[1])], [a, b] = rates ?? velocity;
  if (!rates) return arrow(x, y, X(w[0] + a), Y(w[1] + b));
  const [left, low] = [X(w[0] - a), Y(w[1] - b)];
  return `M${left} ${low}H${2 * x - left}V${2 * y - low}H${left}z`;
}

function arrow(x, y, endX, endY) {
  const length = Math.hypot(endX - x, endY - y);
  if (length < HEAD) return "";
  const [a, b] = [(HEAD * (endX - x)) / length, (HEAD * (endY - y)) / length];
  const back = (side) => `${round(-a + side * b)} ${round(-b - side * a)}`;
  return `M${x} ${y}L${endX} ${endY}l${back(0.6)}M${endX} ${endY}l${back(-0.6)}`;
}

const round = (v) => Math.round(10 * v) / 10;
