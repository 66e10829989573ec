// The points of a network: what is fitted to them, or the line between two classes, at the start
// and where the training is.
/** @import { Panel, Point } from "../types.d.ts" */
import { equalHeight } from "../axes.js";
import { mark, path } from "../marks.js";
import { waiting } from "../predict.js";
import { short } from "../sentence.js";
import { once } from "../state.js";
import { dataPanel, pointGrips, reachedBy, roomy } from "./data.js";
import { contour, contouring } from "./line.js";

const ROUGH = 30; // cells of the line between the classes, each way, while a slider is moved

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
    const [across, up] = endsOf(state), place = axes(across, up);
    const [begins, ends] = linesOf(state, place);
    const seen = (line) =>
      line.fine ?? (line.rough ??= contour(differenceAt(state, line.w), place, 0, ROUGH));
    return {
      place,
      marks: [
        path("gd-diagonal", seen(begins)),
        path("gd-beside gd-run-1", waiting(state) ? "" : seen(ends)),
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
  slow(state, place) {
    const { net: { made }, results: [{ path: run, status }], shown } = state;
    if (status === "training") return undefined;
    return {
      key: [made.number, run.length, shown, place.width].join(),
      *steps() {
        for (const line of linesOf(state, place)) {
          yield false; // a slider may be moved on at once
          line.fine ??= yield* contouring(differenceAt(state, line.w), place, 0);
        }
        yield true;
      },
    };
  },
};

// between the classes, at the start and at the step that is shown; roughly, then finely
function linesOf(state, place) {
  const { get, results: [{ path: [start] }] } = state, now = reachedBy(state);
  return [
    once(state, "begins", [place, get("units"), get("draw")], () => ({ w: start })),
    once(state, "ends", [place, now], () => ({ w: now })),
  ];
}

const differenceAt = (state, w) => (/** @type {Point} */ at) => {
  const [one, other] = state.predicted(w, at);
  return [other - one];
};
