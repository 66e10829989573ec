// The roots of the heavy ball's recurrence on and in the unit circle: those of both ends of the
// spectrum, and the way between them.
/** @import { Mark, Panel, Place, State } from "../types.d.ts" */
import { around, rounded } from "../axes.js";
import { evenly, label, line, mark, path } from "../marks.js";
import { waiting } from "../predict.js";
import { rootsAt } from "../regimes.js";

const ON_THE_WAY = 40; // places of each part, closer at its ends, where a double root turns quickly
const USUAL_FAR = 1.25; // that is seen around 0; farther where a root is farther than
const INSIDE = 1.15;

/** @type {Panel} */
export const circlePanel = {
  names: () => ["Re z", "Im z"],
  told: "the roots of the ends of the spectrum, and the unit circle, as told by the sentence below",
  height: (width) => Math.min(width, 320),
  share: 0.42,
  draw(state, axes, size) {
    const pairs = waiting(state) ? [] : pairsOf(state);
    const largest = Math.max(0, ...pairs.flat().map(([re]) => Math.abs(re)));
    const far = largest < INSIDE ? USUAL_FAR : rounded([0, 1.1 * largest], 0.5)[1];
    const place = axes(...around(size, far)), unit = circle("gd-unit", 1, place);
    return { place, marks: pairs.length ? [unit, ...rootMarks(state, pairs, place)] : [unit] };
  },
};

// both roots, from one end of the spectrum to the other, by way of the double roots between them
function pairsOf({ get }) {
  const [low, high] = get("spectrum").map((end) => end * get("eta")), root = Math.sqrt(get("beta"));
  const double = [(1 - root) ** 2, (1 + root) ** 2].filter((x) => low < x && x < high);
  const stops = [low, ...double, high], shares = evenly([0, Math.PI], ON_THE_WAY);
  const xs = stops.slice(1).flatMap((end, i) =>
    shares.map((turn) => stops[i] * (end / stops[i]) ** ((1 - Math.cos(turn)) / 2))
  );
  return xs.map((x) => rootsAt(x, get("beta")));
}

/**
 * @param {State} state
 * @param {number[][][]} pairs
 * @param {Place} place
 * @returns {Mark[]}
 */
function rootMarks({ get, one }, pairs, place) {
  const { X, Y } = place, [first, last] = [pairs[0], pairs.at(-1)];
  const way = (k) => line(place, pairs.map((pair) => pair[k]));
  const dots = first.map(([re, im]) =>
    mark("circle", { class: "gd-root gd-run-1", r: 5, cx: X(re), cy: Y(im) })
  );
  const diamond = ([re, im]) => `M${X(re)} ${Y(im)}m-6 0l6 -6l6 6l-6 6z`;
  /** @type {(text: string, root: number[]) => Mark} */
  const name = (text, [re, im]) =>
    label(text, { class: "gd-word", x: X(re), y: Y(im) - 11, "text-anchor": "middle" });
  const inner = circle("gd-inner", Math.sqrt(get("beta")), place);
  if (one) return [inner, ...dots];
  return [
    inner,
    path("gd-locus", way(0) + way(1)),
    ...dots,
    path("gd-root gd-run-2", last.map(diamond).join("")),
    name("L", last[0]),
    name("μ", first[0]),
  ];
}

const circle = (name, radius, { X, Y }) =>
  mark("circle", { class: name, r: X(radius) - X(0), cx: X(0), cy: Y(0) });
