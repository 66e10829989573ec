// The points, what is fitted to them at the start, and where the run ends (or is, while it is
// played).
/** @import { Ends, Panel } from "../types.d.ts" */
import { evenly, line, mark, path } from "../marks.js";

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
        path("gd-beside gd-run-1", fit(run[Math.min(state.shown, run.length - 1)])),
        ...state.cloud.map(([x, y]) =>
          mark("circle", { class: "gd-point", r: 6, cx: place.X(x), cy: place.Y(y) })
        ),
      ],
      grips: state.points.map((traits, i) => ({
        traits,
        at: state.cloud[i],
        says: state.cloud[i],
        label: `point ${i + 1}`,
        r: 16,
      })),
    };
  },
};

/** @type {(ends: number[]) => Ends} */
const roomy = ([low, high]) => [low - 0.1 * (high - low), high + 0.1 * (high - low)];
