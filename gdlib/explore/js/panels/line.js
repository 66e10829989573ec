// The line from a point against its gradient: f along it with Armijo's condition, and the line on
// its ground.
/** @import { Along, Ends, Mark, Panel, Place, Point, State } from "../types.d.ts" */
import { rounded } from "../axes.js";
import { evenly, label, line, mark, path } from "../marks.js";
import { waiting } from "../predict.js";

const CELLS = 72; // of the contour line, each way
const ARM = 4; // pixels, of a cross

/** @type {Panel} */
export const linePanel = {
  names: () => ["t", "f along the line"],
  told: "f along the line of the step, the steps that are accepted, tried and taken",
  height: (width) => Math.round(Math.min(420, Math.max(264, 0.7 * width))),
  share: 0.5,
  draw(state, axes) {
    const seen = state.line;
    const longest = state.get("longest"),
      across = /** @type {Ends} */ ([-0.03 * longest, 1.03 * longest]);
    if (!seen) return { place: axes(across, [0, 1]), marks: [] };
    const place = axes(across, heightsOf(seen)), { X, Y, box } = place;
    const right = (share) => [[0, seen.here], [seen.longest, ray(seen, share, seen.longest)]];
    const bottom = box.y + box.height - 5;
    const bars = seen.accepted.map(([a, b]) => `M${X(a)} ${bottom}H${X(b)}`).join("");
    const shown = waiting(state) ? [] : searched(seen, place);
    return {
      place,
      marks: [
        path("gd-curve", line(place, seen.ts.map((t, k) => [t, seen.heights[k]]))),
        path("gd-tangent", line(place, right(1))),
        path("gd-bound", line(place, right(state.get("c")))),
        path("gd-accepted", waiting(state) ? "" : bars),
        label(waiting(state) ? "" : "accepted", { class: "gd-word", x: X(0), y: bottom - 8 }),
        ...shown,
        mark("circle", { class: "gd-start", r: 7, cx: X(0), cy: Y(seen.here) }),
      ],
    };
  },
};

const ray = ({ here, slope }, share, t) => here - share * t * slope;

// from the lowest value to a little above the first, with room for the bars below
function heightsOf({ here, heights }) {
  const finite = heights.filter(Number.isFinite), low = Math.min(...finite);
  const high = Math.min(Math.max(...finite), here + 0.6 * (here - low)), tall = high - low || 1;
  return rounded([low - 0.16 * tall, high + 0.06 * tall], 0);
}

/**
 * The tries as crosses, the lowest point as a small ring, and the step that is taken as a diamond;
 * what is higher than the picture stands at its upper edge.
 *
 * @returns {Mark[]}
 */
function searched({ tries, value, lowest }, { X, Y, box }) {
  const spot = (t) => [X(t), Math.max(box.y + 6, Y(value(t)))];
  const [x, y] = spot(tries[tries.length - 1]), [a, b] = spot(lowest);
  return [
    path("gd-tries", tries.slice(0, -1).map((t) => cross(spot(t))).join("")),
    mark("circle", { class: "gd-lowest", r: 5, cx: a, cy: b }),
    path("gd-last gd-run-1", diamond(x, y)),
  ];
}

/** @type {(spot: number[]) => string} */
const cross = ([x, y]) =>
  `M${x - ARM} ${y - ARM}l${2 * ARM} ${2 * ARM}M${x - ARM} ${y + ARM}l${2 * ARM} ${-2 * ARM}`;
const diamond = (x, y) => `M${x} ${y}m-6 0l6 -6l6 6l-6 6z`;

/**
 * The same on the ground: the line, its lowest point, and the contour line through that.
 *
 * @param {State} state
 * @param {Place} place
 * @returns {Mark[]}
 */
export function lineOnGround(state, place) {
  const seen = state.line, { X, Y } = place;
  if (!seen || state.one || waiting(state)) return [];
  const [a, b] = pointAt(seen, seen.lowest), height = seen.value(seen.lowest);
  return [
    path("gd-tangent", line(place, [seen.w, pointAt(seen, seen.longest)])),
    path("gd-contour", contour(state.at, place, height)),
    mark("circle", { class: "gd-lowest", r: 5, cx: X(a), cy: Y(b) }),
  ];
}

/** @type {(seen: { w: Point, g: Point }, t: number) => Point} */
const pointAt = ({ w, g }, t) => w.map((wi, i) => wi - t * g[i]);

// The contour line of one height: through each cell of a grid a straight piece, from where it
// enters to where it leaves.
export function contour(...wanted) {
  const steps = contouring(...wanted);
  let step;
  do step = steps.next(); while (!step.done);
  return step.value;
}

/** The same in pieces, one for each row of the grid; gives it in the end. */
export function* contouring(at, place, height, cells = CELLS) {
  const xs = evenly(place.xs, cells), ys = evenly(place.ys, cells), above = [];
  for (const y of ys) {
    above.push(xs.map((x) => at([x, y])[0] - height));
    yield false;
  }
  let drawn = "";
  for (let j = 0; j < cells; j++) {
    for (let i = 0; i < cells; i++) {
      const below = above[j][i] < 0;
      if ([above[j][i + 1], above[j + 1][i + 1], above[j + 1][i]].every((a) => a < 0 === below)) {
        continue; // as almost all are
      }
      const corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]];
      const met = corners.flatMap((from, k) => crossing(from, corners[(k + 1) % 4]));
      drawn += met.map(([x, y], k) => `${k % 2 ? "L" : "M"}${place.X(x)} ${place.Y(y)}`).join("");
    }
  }
  return drawn;

  /** @type {(from: number[], to: number[]) => Point[]} */
  function crossing([i, j], [k, l]) {
    const a = above[j][i], b = above[l][k], share = a / (a - b);
    if (a < 0 === b < 0) return [];
    return [[xs[i] + share * (xs[k] - xs[i]), ys[j] + share * (ys[l] - ys[j])]];
  }
}
