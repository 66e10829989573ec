// How many steps each learning rate of the slider needs, from this start: counted while the page
// rests.
/** @import { Panel } from "../types.d.ts" */
import { powerOfTen } from "../axes.js";
import { CONVERGED, minimize } from "../descent.js";
import { evenly, line, path } from "../marks.js";
import { waiting } from "../predict.js";
import { ruleOf, valued } from "../state.js";

const RATES = 120; // tried, from one end of the slider to the other

/** @type {Panel} */
export const sweepPanel = {
  names: () => ["η", "steps"],
  told: "steps needed against the learning rate, with the present one marked",
  height: () => 200,
  draw(state, axes) {
    const ends = state.get("eta_range").map(Math.log10),
      top = Math.log10(state.tolerances.max_iter);
    const place = axes(ends, [0, top * 1.05 || 1], { x: powerOfTen, y: powerOfTen });
    const now = Math.log10(valued(state, state.runs[0]).eta);
    return {
      place,
      marks: [
        path("gd-curve", line(place, waiting(state) ? [] : state.needs ?? [])),
        path("gd-diagonal", line(place, ends.map((x) => [x, top]))),
        path("gd-mark", line(place, [[now, 0], [now, top]])),
      ],
    };
  },
  slow(state) {
    const { w0, tolerances, depends } = state, { eta: _, ...others } = valued(state, state.runs[0]);
    return {
      key: JSON.stringify([w0, others, tolerances, depends]),
      *steps() {
        const needs = state.needs = [];
        for (const power of evenly(state.get("eta_range").map(Math.log10), RATES)) {
          const rule = ruleOf(state, state.runs[0], { eta: 10 ** power });
          const { path: points, status } = minimize(state.at, w0, rule, tolerances);
          const steps = Math.log10(Math.max(1, points.length - 1));
          needs.push([power, CONVERGED.includes(status) ? steps : NaN]);
          yield true;
        }
      },
    };
  },
};
