// f as one leaf of its graph moves by h, and the straight line that the gradient promises.
/** @import { Panel, Place, Point } from "../types.d.ts" */
import { range } from "../axes.js";
import { evenly, line, mark, path } from "../marks.js";
import { known, leavesOf, nudgeOf } from "../sweeps.js";

const SAMPLES_OF_H = 120;

/** @type {Panel} */
export const nudgePanel = {
  names: () => ["h", "f"],
  told: "f as a leaf moves by h, and the line that its gradient promises, as told by the sentence",
  height: () => 220,
  draw(state, axes) {
    const { h, g, f, moved } = nudgeOf(state), [low, high] = state.settings.nudge;
    const seen = known(state), leaf = leavesOf(state.nodes)[state.get("nudged")];
    const came = evenly([low, high], SAMPLES_OF_H).map((by) => [by, moved(by)]);
    const promised = seen[leaf].gradient ? [low, high].map((by) => [by, f + by * g]) : [];
    const place = axes([low, high], range([...came, ...promised].map(([, y]) => y)));
    const reached = seen.at(-1).value ? came : [], end = [h, moved(h)];
    const drop = promised.length ? [[h, f + h * g], end] : [];
    return {
      place,
      marks: [
        path("gd-curve", line(place, reached)),
        path("gd-tangent", line(place, promised)),
        path("gd-mark", line(place, drop)),
        mark("circle", { class: "gd-point", r: 5, ...spot(place, [0, f], reached) }),
        mark("circle", { class: "gd-start", r: 6, ...spot(place, end, reached) }),
      ],
      grips: [{
        traits: ["nudge"],
        at: end,
        says: [h],
        label: "nudge, on the picture",
        r: 16,
        hidden: !reached.length || !Number.isFinite(end[1]),
      }],
    };
  },
};

/** @type {(place: Place, at: Point, reached: unknown[]) => object} */
const spot = ({ X, Y }, [x, y], reached) =>
  reached.length && Number.isFinite(y)
    ? { cx: X(x), cy: Y(y), visibility: "visible" }
    : { visibility: "hidden" };
