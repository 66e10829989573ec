// The error along both ends of the spectrum at every step: its size, on a logarithmic axis, beside
// the best of gradient descent; where all curvatures are one, the error itself.
/** @import { Panel } from "../types.d.ts" */
import { powerOfTen, rounded } from "../axes.js";
import { label, line, path } from "../marks.js";
import { bestOf } from "../regimes.js";

const TINY = -12, HUGE = 6; // the powers of ten between which a size is drawn
const LATE = 3; // steps by which its lowest is judged: a swing has sizes near 0 on its way
const SWING = 4; // that is drawn of an error

/** @type {Panel} */
export const errorsPanel = {
  names: ({ one }) => ["step", one ? "w" : "error"],
  told: "the errors at every step along the ends of the spectrum, as told by the sentence below",
  height: () => 200,
  draw(state, axes) {
    const { path: points } = state.results[0], longest = Math.max(1, state.tolerances.max_iter);
    return state.one ? swings(points, longest, state, axes) : sizes(points, longest, state, axes);
  },
};

function swings(points, longest, { shown }, axes) {
  const far = Math.max(1, ...points.map(([w]) => Math.min(SWING, Math.abs(w))));
  const place = axes([0, longest], rounded([-1.1 * far, 1.1 * far], 0.5)), { X, Y } = place;
  const seen = points.slice(0, shown + 1).map(([w], k) => [k, w]);
  return {
    place,
    marks: [
      path("gd-diagonal", line(place, [[0, 0], [longest, 0]])),
      path("gd-beside gd-run-1", line(place, seen)),
      path("gd-dots gd-run-1", seen.map(([k, w]) => `M${X(k)} ${Y(w)}h0`).join("")),
    ],
  };
}

function sizes(points, longest, { get, shown }, axes) {
  const [mu, L] = get("spectrum"), plain = Math.log10(bestOf(L / mu));
  const logs = points.map((w) => w.map((e) => Math.log10(Math.abs(e))));
  const late = logs.slice(-LATE), highest = (rows, i) => Math.max(...rows.map((row) => row[i]));
  const low = Math.max(TINY, Math.min(highest(late, 0), highest(late, 1)) - 0.3);
  const high = Math.min(HUGE, Math.max(highest(logs, 0), highest(logs, 1)));
  const room = 0.2 * (high - low); // for the legend
  const heights = rounded([Math.min(low, high - 1), high + room], 1);
  const place = axes([0, longest], heights, { y: powerOfTen });
  const drawn = (i) => logs.slice(0, shown + 1).map((row, k) => [k, row[i]]);
  return {
    place,
    marks: [
      path("gd-diagonal", line(place, [[0, 0], [longest, plain * longest]])),
      ...[0, 1].map((i) => path(`gd-beside gd-run-${i + 1}`, line(place, drawn(i)))),
      ...legend(place),
    ],
  };
}

// in the upper right corner, from the right to the left
function legend({ box }) {
  const y = box.y + 14, right = box.x + box.width - 6;
  const word = (text, x) => label(text, { class: "gd-small", x, y, "text-anchor": "end" });
  const sample = (name, x) => path(name, `M${x - 26} ${y - 4}h22`);
  return [
    word("gradient descent at its best", right),
    sample("gd-diagonal", right - 158),
    word("L", right - 196),
    sample("gd-beside gd-run-2", right - 204),
    word("μ", right - 244),
    sample("gd-beside gd-run-1", right - 252),
  ];
}
