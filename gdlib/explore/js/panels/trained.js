// The points of a network: what is fitted to them, or the line between two classes, at the start
// and where the training is.
/** @import { Panel } from "../types.d.ts" */
import { equalHeight } from "../axes.js";
import { mark, path } from "../marks.js";
import { waiting } from "../predict.js";
import { short } from "../sentence.js";
import { dataPanel, pointGrips, reachedBy, roomy } from "./data.js";
import { contour } from "./line.js";

/** @type {Panel} */
export const fitPanel = {
  ...dataPanel,
  told: "",
  elsewhere: true,
  height: (width) => Math.round(Math.min(420, Math.max(264, 0.5 * width))),
  pointed: (_, [x, y]) => `x = ${short(x)}, y = ${short(y)}`,
};

const endsOf = ({ points, settings }) => points[0].map((name) => roomy(settings[name]));

/** @type {Panel} */
export const boundaryPanel = {
  ...fitPanel,
  names: () => ["x", "y"],
  height: (width, state) => equalHeight(width, endsOf(state)),
  draw(state, axes) {
    const [across, up] = endsOf(state), place = axes(across, up), { path: run } = state.results[0];
    const line = (w) => contour((at) => difference(state.predicted(w, at)), place, 0);
    return {
      place,
      marks: [
        path("gd-diagonal", line(run[0])),
        path("gd-beside gd-run-1", waiting(state) ? "" : line(reachedBy(state))),
        ...state.cloud.map(([x, y], i) =>
          mark("circle", {
            class: state.net.labels[i] ? "gd-point" : "gd-lowest",
            r: 6,
            cx: place.X(x),
            cy: place.Y(y),
          })
        ),
      ],
      grips: pointGrips(state, (i) => `, class ${state.net.labels[i]}`),
    };
  },
};

/** @type {(scores: ArrayLike<number>) => number[]} */
const difference = (scores) => [scores[1] - scores[0]];
