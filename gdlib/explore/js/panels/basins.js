// Which minimum each start reaches: coarse at first, finer while the page rests.
/** @import { Panel } from "../types.d.ts" */
import { minimize, minus, norm } from "../descent.js";
import { path } from "../marks.js";
import { ruleOf, valued } from "../state.js";
import { mapPanel } from "./map.js";

const TESTS = { gtol: 1e-3, max_iter: 300 };
const FINEST = 160; // starts across

/** @type {Panel} */
export const basinsPanel = {
  ...mapPanel,
  draw(state, axes, size) {
    const drawing = mapPanel.draw(state, axes, size), { X, Y } = drawing.place;
    const crosses = state.minima.map(([x, y]) => `M${X(x)} ${Y(y)}m-5 -5l10 10m0 -10l-10 10`);
    return { ...drawing, marks: [path("gd-minima", crosses.join("")), ...drawing.marks] };
  },
  slow: (state, { box, width }) => ({
    key: JSON.stringify([valued(state, state.runs[0]), state.depends, state.theme, width]),
    *steps() {
      const [[left, right], [low, high]] = state.window, reached = reaches(state);
      const colours = ["none", "b1", "b2", "b3", "b4", "b5", "b6"]
        .map((name) => state.colour(`--gd-${name}`));
      for (let across = 20; across <= FINEST; across *= 2) {
        const down = Math.round((across * box.height) / box.width), which = [];
        for (let i = 0; i < across * down; i++, yield false) {
          const x = left + (((i % across) + 0.5) / across) * (right - left);
          which.push(reached([x, high - ((Math.floor(i / across) + 0.5) / down) * (high - low)]));
        }
        state.ground = state.image(across, down, (i) => colours[which[i]]);
        yield true;
      }
    },
  }),
};

// the number of the minimum that a start reaches, from 1; 0 for none
function reaches(state) {
  const rule = ruleOf(state, state.runs[0]), [left, right] = state.window[0];
  return (w) => {
    const { path: points } = minimize(state.at, w, rule, TESTS), end = points[points.length - 1];
    return 1 + state.minima.findIndex((m) => norm(minus(end, m)) < 0.02 * (right - left));
  };
}
