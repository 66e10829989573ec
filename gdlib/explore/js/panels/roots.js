// The polynomial that steps make over the curvatures of a quadratic: its roots are 1 over the
// steps, and can be moved.
/** @import { Ends, Panel } from "../types.d.ts" */
import { rounded } from "../axes.js";
import { evenly, line, mark, path } from "../marks.js";
import { factorAt, largestFactor } from "../roots.js";
import { short } from "../sentence.js";

const DRAWN = 800; // points on the polynomial

/** @type {Panel} */
export const rootsPanel = {
  class: "gd-graph",
  names: () => ["λ", "p(λ)"],
  told: "",
  elsewhere: true,
  height: (width) => Math.round(Math.min(420, Math.max(264, 0.6 * width))),
  draw(state, axes) {
    const traits = state.runs[0].roots, roots = traits.map(state.get);
    const spectrum = /** @type {Ends} */ (state.get("spectrum")), [low, high] = spectrum;
    const largest = largestFactor(roots, spectrum), tall = Math.min(1e6, Math.max(0.5, largest));
    const right = Math.max(...traits.map((name) => state.settings[name][1]));
    const place = axes([-0.02 * right, right], rounded([-1.1 * tall, Math.max(1, tall)], 0));
    const { X, Y, box } = place, level = (v) => `M${X(low)} ${Y(v)}H${X(high)}`;
    const band = { x: X(low), y: box.y, width: X(high) - X(low), height: box.height };
    return {
      place,
      marks: [
        mark("rect", { class: "gd-spectrum", ...band }),
        path("gd-diagonal", `M${X(0)} ${Y(0)}H${X(right)}`),
        path("gd-bound", level(largest) + level(-largest)),
        path(
          "gd-curve",
          line(place, evenly([0, right], DRAWN).map((x) => [x, factorAt(roots, x)])),
        ),
        ...roots.map((x) => mark("circle", { class: "gd-point", r: 6, cx: X(x), cy: Y(0) })),
      ],
      grips: roots.map((x, i) => ({
        traits: [traits[i]],
        at: [x, 0],
        says: [x],
        label: `root of step ${i + 1}`,
        r: 14,
      })),
    };
  },
  pointed(state, [x]) {
    return `λ = ${short(x)}, p = ${short(factorAt(state.runs[0].roots.map(state.get), x))}`;
  },
};
