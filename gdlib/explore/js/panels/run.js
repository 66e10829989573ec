// A run on its ground: the way, a dot for each step, a diamond at the end, and a ring to take hold
// of at the start.
/** @import { Grip, Mark, Place, State } from "../types.d.ts" */
import { mark, path } from "../marks.js";
import { guessed, waiting } from "../predict.js";

const APART = 4; // pixels; iterates nearer to the last one drawn are not drawn

/**
 * @param {State} state
 * @param {Place} place
 * @returns {Mark[]}
 */
export function trails(state, place) {
  return state.results.flatMap((run, r) => trail(state, place, run, ` gd-run-${r + 1}`));
}

function trail({ one, shown }, { X, Y }, { path: points, values, status }, name) {
  let way = "", dots = "", x, y, across, up;
  for (let k = 0; k < points.length && k <= shown; k++) {
    const w = points[k][0], v = one ? values[k] : points[k][1];
    if (!Number.isFinite(w + v + values[k])) continue;
    across = X(w);
    up = Y(v);
    if (Math.abs(across - x) + Math.abs(up - y) < APART) continue;
    x = across;
    y = up;
    way += `${way ? "L" : "M"}${x} ${y}`;
    if (k > 0) dots += `M${x} ${y}h0`;
  }
  const diamond = way && status !== "diverged" ? `M${across} ${up}m-6 0l6 -6l6 6l-6 6z` : "";
  return [
    path("gd-way" + name, way),
    path("gd-dots" + name, dots),
    path("gd-last" + name, diamond),
  ];
}

// where the runs start: on the curve, or on the map
export function startOf({ one, results: [{ path: [w], values: [f], status }] }) {
  return { at: one ? [w[0], f] : w, w, defined: status !== "undefined" };
}

/** @returns {Mark} */
export function ring(state, { X, Y }) {
  const { at: [x, y], defined } = startOf(state);
  const spot = defined ? { cx: X(x), cy: Y(y) } : {};
  return mark("circle", {
    class: "gd-start",
    r: 7,
    ...spot,
    visibility: defined ? "visible" : "hidden",
  });
}

/** @returns {Grip} */
function startGrip(state) {
  const { at, w, defined } = startOf(state);
  return {
    traits: state.start,
    at,
    says: w,
    label: "start, on the picture",
    r: 22,
    hidden: !defined,
  };
}

// where the reader has guessed that it ends
export function guess(state, { X, Y }) {
  if (!guessed(state).length || state.get("guessed") === 2) return path("gd-guess", "");
  const [x, y] = guessPlace(state);
  return path("gd-guess", `M${X(x)} ${Y(y)}m-7 -7h14v14h-14z`);
}

const guessPlace = (state) => {
  const w = guessed(state).map(state.get);
  return state.one ? [w[0], state.at(w)[0]] : w;
};

/** @returns {Grip[]} what can be moved: the start; or the guess, as long as it is one */
export function gripsOf(state) {
  if (!waiting(state)) return [startGrip(state)];
  const traits = guessed(state), says = traits.map(state.get);
  if (!traits.length) return [];
  return [{ traits, at: guessPlace(state), says, label: "your guess", r: 22 }];
}
