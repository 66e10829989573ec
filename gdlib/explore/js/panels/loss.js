// f at every step, of all runs; on a logarithmic axis where all values are positive.
/** @import { Panel } from "../types.d.ts" */
import { powerOfTen, range, rounded } from "../axes.js";
import { line, outline, path } from "../marks.js";
import { waiting } from "../predict.js";

/** @type {Panel} */
export const lossPanel = {
  names: ({ net, swarm }) => ["step", net ? "loss" : swarm ? "mean of f" : "f"],
  told: "f at every step, as told by the sentence below",
  height: () => 200,
  draw(state, axes, [width]) {
    const first = state.results[0].values[0], planned = state.runs[0].roots;
    const most = planned ? Infinity : 1e4 * Math.max(1, Math.abs(first));
    const seen = state.results.map(({ values }) => outline(values, width / 3));
    const heights = seen.flat().map(([, f]) => f).filter((f) => Math.abs(f) < most);
    const low = heights.reduce((a, b) => Math.min(a, b), Infinity), log = low > 0;
    const high = heights.reduce((a, b) => Math.max(a, b), -Infinity);
    const height = log ? Math.log10 : (f) => f;
    const ends = range([height(log ? Math.max(low, 1e-12 * first) : low), height(high)], 0.02);
    const asked = state.net ? state.get("steps") : 1; // a training that goes on moves no axis
    const longest = Math.max(asked, ...state.results.map((run) => run.path.length - 1));
    const place = axes(
      rounded([0, longest], 1),
      rounded(ends, log ? 1 : 0),
      log ? { y: powerOfTen } : {},
    );
    const drawn = (points) =>
      points.filter(([k]) => k <= state.shown).map(([k, f]) => [k, height(f)]);
    const marks = seen.map((points, r) =>
      path(`gd-beside gd-run-${r + 1}`, line(place, drawn(points)))
    );
    const expected = waiting(state) ? [] : state.results[0].expected ?? [];
    const promised = path("gd-beside gd-run-2", line(place, drawn([...expected.entries()])));
    return { place, marks: state.swarm ? [...marks, promised] : marks };
  },
};
