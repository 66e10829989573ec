// The learning rate of every step as bars, a row for each run.
/** @import { Panel } from "../types.d.ts" */
import { label, path } from "../marks.js";
import { short } from "../sentence.js";
import { valuedAt } from "../turns.js";

const ROW = 46, AXES = 50; // pixels of height

/** @type {Panel} */
export const ratesPanel = {
  class: "gd-rates",
  names: () => ["step", ""],
  told: "the learning rate of every step, as bars, a row for each run",
  height: (_, { runs }) => AXES + ROW * runs.length,
  draw(state, axes) {
    const { runs, results, shown } = state, rows = runs.length;
    const place = axes([0, state.tolerances.max_iter], [0, rows], { y: () => "" });
    const etas = runs.map((run, r) =>
      results[r].path.slice(1).map((_, k) => valuedAt(state, run, k).eta)
    );
    const tallest = Math.max(...etas.flat(), 0);
    return {
      place,
      marks: runs.flatMap((run, r) => {
        const base = rows - 1 - r, high = Math.max(...etas[r], 0);
        const told = `${run.label && `${run.label}: `}${short(high)} at most`;
        const { X, Y, box } = place;
        const bar = (eta, k) =>
          `M${X(k + 0.1)} ${Y(base)}V${Y(base + 0.62 * eta / tallest)}H${X(k + 0.9)}V${Y(base)}z`;
        const at = { x: box.x + box.width - 6, y: Y(base + 1) + 13, "text-anchor": "end" };
        return [
          path(`gd-bars gd-run-${r + 1}`, etas[r].slice(0, shown).map(bar).join("")),
          label(told, { class: "gd-word", ...at }),
        ];
      }),
    };
  },
};
