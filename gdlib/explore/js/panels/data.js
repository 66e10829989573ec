// The points, what is fitted to them at the start, and where the run ends (or is, while it is
// played).
/** @import { Ends, Grip, Panel, State } from "../types.d.ts" */
import { evenly, line, mark, path } from "../marks.js";
import { waiting } from "../predict.js";

/** @type {Panel} */
export const dataPanel = {
  names: () => ["x", "y"],
  told: "the points, which can be moved, and what is fitted to them",
  height: () => 200,
  draw(state, axes) {
    const [across, up] = state.points[0].map((name) => roomy(state.settings[name]));
    const place = axes(across, up), { path: run } = state.results[0];
    const fit = (w) => line(place, evenly(across, 100).map((x) => [x, state.predicted(w, [x])[0]]));
    return {
      place,
      marks: [
        path("gd-diagonal", fit(run[0])),
        path("gd-beside gd-run-1", waiting(state) ? "" : fit(reachedBy(state))),
        ...state.cloud.map(([x, y]) =>
          mark("circle", { class: "gd-point", r: 6, cx: place.X(x), cy: place.Y(y) })
        ),
      ],
      grips: pointGrips(state),
    };
  },
};

/**
 * The weights at the step that is shown.
 *
 * @param {State} state
 */
export const reachedBy = ({ results: [{ path: run }], shown }) =>
  run[Math.min(shown, run.length - 1)];

/**
 * The points, to be taken hold of.
 *
 * @param {State} state
 * @param {(i: number) => string} more  what is said of a point besides its number
 * @returns {Grip[]}
 */
export const pointGrips = (state, more = () => "") =>
  waiting(state) ? [] : state.points.map((traits, i) => ({
    traits,
    at: state.cloud[i],
    says: state.cloud[i],
    label: `point ${i + 1}${more(i)}`,
    r: 16,
  }));

/** @type {(ends: number[]) => Ends} */
export const roomy = ([low, high]) => [low - 0.1 * (high - low), high + 0.1 * (high - low)];
