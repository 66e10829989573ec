// A swarm on its bowl: a dot for each chain, twice their radius around their mean, and twice the
// radius of the noise ball.
/** @import { Panel, Place, Point } from "../types.d.ts" */
import { label, path } from "../marks.js";
import { guessed, waiting } from "../predict.js";
import { ballOf } from "../swarm.js";
import { ground, mapPanel } from "./map.js";
import { gripsOf, guess, ring } from "./run.js";

/** @type {Panel} */
export const swarmPanel = {
  ...mapPanel,
  draw(state, axes) {
    const place = axes(state.window[0], state.window[1]),
      [{ path: means, radii, chains }] = state.results;
    const k = Math.min(state.shown, means.length - 1), hidden = waiting(state);
    const mine = state.get("guessed") === 2
      ? []
      : guessed(state).map((name) => state.get(name) / 2);
    return {
      place,
      under: [ground(state, place)],
      marks: [
        path("gd-chains", hidden ? "" : dots(chains[k], place)),
        path("gd-beside gd-run-1", hidden ? "" : oval(place, means[k], radii[k])),
        path("gd-beside gd-run-2", hidden ? "" : oval(place, [0, 0], ballOf(state))),
        path("gd-guess", mine.length ? oval(place, [0, 0], mine) : ""),
        ring(state, place),
        guess(state, place),
        ...namesInCorner(place),
      ],
      grips: gripsOf(state),
    };
  },
};

// in the lower right corner, from the right to the left
function namesInCorner({ box }) {
  const y = box.y + box.height - 9, right = box.x + box.width - 8;
  const word = (text, x) => label(text, { class: "gd-word", x, y, "text-anchor": "end" });
  return [
    word("predicted", right),
    path("gd-beside gd-run-2", `M${right - 96} ${y - 4}h30`),
    word("measured", right - 108),
    path("gd-beside gd-run-1", `M${right - 208} ${y - 4}h30`),
  ];
}

function dots(cloud, { X, Y }) {
  let drawn = "";
  for (let c = 0; c < cloud.length; c += 2) drawn += `M${X(cloud[c])} ${Y(cloud[c + 1])}h0`;
  return drawn;
}

/**
 * An ellipse whose half axes are twice as long as these radii; none where one is infinite.
 *
 * @type {(place: Place, middle: Point, radii: Point) => string}
 */
function oval({ X, Y }, [x, y], [a, b]) {
  if (!(a + b < Infinity)) return "";
  const [left, right] = [X(x - 2 * Math.abs(a)), X(x + 2 * Math.abs(a))];
  const tall = Y(y - 2 * Math.abs(b)) - Y(y);
  const half = `A${(right - left) / 2} ${tall} 0 0 1 `;
  return `M${left} ${Y(y)}${half}${right} ${Y(y)}${half}${left} ${Y(y)}z`;
}
