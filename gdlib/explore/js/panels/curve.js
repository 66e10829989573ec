// A function of one variable: its curve, the tangent at the start, an upper bound, and the run.
/** @import { Panel } from "../types.d.ts" */
import { range } from "../axes.js";
import { evenly, line, path } from "../marks.js";
import { short } from "../sentence.js";
import { once } from "../state.js";
import { turned } from "../turns.js";
import { gripsOf, guess, ring, startOf, trails } from "./run.js";

export const SAMPLES = 300; // points on a curve

/** @type {Panel} */
export const curvePanel = {
  class: "gd-graph",
  names: ({ names: [w] }) => [w, `f(${w})`],
  told: "",
  height: (width) => Math.round(Math.min(420, Math.max(264, 0.5 * width))),
  draw(state, axes) {
    const xs = evenly(state.window[0], SAMPLES);
    const heights = once(
      state,
      "heights",
      [state.depends],
      () => xs.map((x) => [x, state.at([x])[0]]),
    );
    // dragged points leave the axes as they are
    const ends = once(
      state,
      "ends",
      [String(state.constants)],
      () => range(heights.map(([, f]) => f)),
    );
    const place = axes(state.window[0], ends);
    return {
      place,
      marks: [
        once(state, "curve", [place, heights], () => path("gd-curve", line(place, heights))),
        path("gd-tangent", tangent(state, place)),
        path("gd-bound", bound(state, place, xs)),
        ...trails(state, place),
        turned(state, place),
        ring(state, place),
        guess(state, place),
      ],
      grips: gripsOf(state),
    };
  },
  pointed({ names: [name], at }, [x]) {
    const f = at([x])[0];
    return Number.isFinite(f) ? `${name} = ${short(x)}, f = ${short(f)}` : "";
  },
};

function tangent(state, { X, Y, ys: [low, high] }) {
  const { at: [x, f], defined } = startOf(state), slope = state.at([x])[1];
  const [left, right] = state.window[0];
  const reach = 0.2 * (right - left) / Math.hypot(1, (slope * (right - left)) / (high - low));
  const end = (dx) => `${X(x + dx)} ${Y(f + slope * dx)}`;
  return defined ? `M${end(-reach)}L${end(reach)}` : "";
}

// the parabola of curvature L that touches f at the start
function bound(state, place, xs) {
  const L = state.get("bound"), { at: [x, f], defined } = startOf(state);
  if (L === null || !defined) return "";
  const slope = state.at([x])[1];
  return line(place, xs.map((v) => [v, f + slope * (v - x) + (L / 2) * (v - x) ** 2]));
}
