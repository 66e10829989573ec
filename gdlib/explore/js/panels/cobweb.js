// One step is one map, w -> w - eta f'(w): up or down to its curve, across to the diagonal, and
// again.
/** @import { Panel } from "../types.d.ts" */
import { equalHeight } from "../axes.js";
import { evenly, line, path } from "../marks.js";
import { valued } from "../state.js";
import { SAMPLES } from "./curve.js";

/** @type {Panel} */
export const cobwebPanel = {
  names: ({ names: [w] }) => [w, `next ${w}`],
  told: "the map from one iterate to the next, and the run as a cobweb on it",
  height: (width, { window: [ends] }) => equalHeight(width, [ends, ends]),
  draw(state, axes) {
    const ends = state.window[0], place = axes(ends, ends), { eta } = valued(state, state.runs[0]);
    const map = evenly(ends, SAMPLES).map((x) => [x, x - eta * state.at([x])[1]]);
    const seen = state.results[0].path.slice(0, state.shown + 1).map(([w]) => w).filter(
      Number.isFinite,
    );
    const web = seen.flatMap((w, k) => (k ? [[seen[k - 1], w], [w, w]] : [[w, w]]));
    return {
      place,
      marks: [
        path("gd-curve", line(place, map)),
        path("gd-diagonal", line(place, ends.map((x) => [x, x]))),
        path("gd-beside gd-run-1", line(place, web)),
      ],
    };
  },
};
