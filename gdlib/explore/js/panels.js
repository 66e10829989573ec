// The one list of panels: a picture is an arrangement of them.
/** @import { Axes, Drawing, Grip, Mark, Panel, State } from "./types.d.ts" */
import { mark } from "./marks.js";
import { basinsPanel } from "./panels/basins.js";
import { cobwebPanel } from "./panels/cobweb.js";
import { curvePanel } from "./panels/curve.js";
import { dataPanel } from "./panels/data.js";
import { graphPanel } from "./panels/graph.js";
import { lossPanel } from "./panels/loss.js";
import { mapPanel } from "./panels/map.js";
import { nudgePanel } from "./panels/nudge.js";
import { sweepPanel } from "./panels/sweep.js";
import { point, short } from "./sentence.js";

/** @type {Record<string, Panel>} by the name that `beside` has for them */
const BESIDE = {
  f: lossPanel,
  cobweb: cobwebPanel,
  sweep: sweepPanel,
  data: dataPanel,
  nudge: nudgePanel,
};
const SIDE_BY_SIDE = 600; // pixels; a narrower picture has one panel under the other

/**
 * @param {State} state
 * @returns {Panel[]}
 */
export function panelsOf(state) {
  const ground = state.one ? curvePanel : state.minima.length ? basinsPanel : mapPanel;
  const main = state.nodes.length ? graphPanel : ground;
  const beside = state.get("beside");
  return beside ? [main, BESIDE[beside]] : [main];
}

/**
 * The width and the height of each panel.
 *
 * @param {Panel[]} panels
 * @param {State} state
 * @param {number} width
 * @returns {[number, number][]}
 */
export function sizesOf([main, beside], state, width) {
  const room = Math.round(0.6 * width), least = main.least?.(state) ?? 0;
  const split = beside && width >= SIDE_BY_SIDE && room >= least, wide = split ? room : width;
  const tall = main.height(wide, state);
  if (!beside) return [[wide, tall]];
  return [[wide, tall], split ? [width - wide, tall] : [width, beside.height(width, state)]];
}

/**
 * All that is to be seen of a panel, as the children of its svg.
 *
 * @param {Drawing} drawing
 * @param {string} clip
 * @param {Mark[]} grips
 */
export function composed({ place, under = [], marks }, clip, grips) {
  const inside = mark("g", { "clip-path": `url(#${clip})` }, [...marks, ...grips]);
  return [place.clip, ...under, place.axes, inside, place.names];
}

/**
 * A place to take hold of, by mouse, finger and keys; larger than what is seen: a finger is not a
 * pencil.
 *
 * @param {Grip} grip
 */
export function handle({ traits, at, says, label, r, hidden }, i, state, { X, Y }) {
  const [low, high] = state.settings[traits[0]];
  return mark("circle", {
    class: "gd-handle",
    r,
    ...(hidden ? { visibility: "hidden" } : { cx: X(at[0]), cy: Y(at[1]), visibility: "visible" }),
    tabindex: 0,
    role: "slider",
    "data-grip": i,
    "aria-label": label,
    "aria-valuemin": low,
    "aria-valuemax": high,
    "aria-valuenow": says[0],
    "aria-valuetext": point(says, short),
  });
}
