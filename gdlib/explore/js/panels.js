// The one list of panels: a picture is an arrangement of them.
/** @import { Axes, Drawing, Grip, Mark, Panel, State } from "./types.d.ts" */
import { FAR } from "./axes.js";
import { mark } from "./marks.js";
import { basinsPanel } from "./panels/basins.js";
import { circlePanel } from "./panels/circle.js";
import { cobwebPanel } from "./panels/cobweb.js";
import { curvePanel } from "./panels/curve.js";
import { dataPanel } from "./panels/data.js";
import { errorsPanel } from "./panels/errors.js";
import { graphPanel } from "./panels/graph.js";
import { linePanel } from "./panels/line.js";
import { lossPanel } from "./panels/loss.js";
import { mapPanel } from "./panels/map.js";
import { nudgePanel } from "./panels/nudge.js";
import { planePanel } from "./panels/plane.js";
import { ratesPanel } from "./panels/rates.js";
import { rootsPanel } from "./panels/roots.js";
import { lossesPanel, screens } from "./panels/screens.js";
import { sharpnessPanel } from "./panels/sharpness.js";
import { swarmPanel } from "./panels/swarm.js";
import { sweepPanel } from "./panels/sweep.js";
import { boundaryPanel, fitPanel } from "./panels/trained.js";
import { point, short } from "./sentence.js";

/** @type {Record<string, Panel>} by the name that `beside` has for them */
const BESIDE = {
  f: lossPanel,
  cobweb: cobwebPanel,
  sweep: sweepPanel,
  data: dataPanel,
  line: linePanel,
  nudge: nudgePanel,
  circle: circlePanel,
  sharpness: sharpnessPanel,
};
const BELOW = [ratesPanel, errorsPanel]; // below the others, as wide as all
const LOW = 250; // pixels of height that what stands beside has at least
const SIDE_BY_SIDE = 600; // pixels; a narrower picture has one panel under the other

/**
 * @param {State} state
 * @returns {Panel[]}
 */
export function panelsOf(state) {
  const { cases, one, minima, net, nodes, runs } = state, { roots } = runs[0];
  const seen = state.swarm ? swarmPanel : minima.length ? basinsPanel : mapPanel;
  const ground = one ? curvePanel : seen;
  if (cases) return [lossesPanel, ...screens];
  if (net) return networkPanels(net, state.get("beside"));
  const plane = state.get("spectrum").length && !roots;
  const main = nodes.length ? graphPanel : roots ? rootsPanel : plane ? planePanel : ground;
  const below = plane ? errorsPanel : runs.some(({ rates }) => rates) && ratesPanel;
  return [main, BESIDE[state.get("beside")], below].filter(Boolean);
}

// the loss below the sharpness
function networkPanels({ inputs }, beside) {
  const below = beside === "sharpness" && lossPanel;
  return [inputs === 1 ? fitPanel : boundaryPanel, BESIDE[beside], below].filter(Boolean);
}

/**
 * The width and the height of each panel, and where it stands: the second beside the first where
 * there is room, all others below; halves in pairs.
 *
 * @param {Panel[]} panels
 * @param {State} state
 * @param {number} width
 * @returns {number[][]} width, height, and the upper left corner
 */
export function sizesOf([main, ...others], state, width) {
  const second = others.find((panel) => !panel.half && !BELOW.includes(panel));
  const room = Math.round((1 - (second?.share ?? 0.4)) * width);
  const beside = width >= SIDE_BY_SIDE && room >= (main.least?.(state) ?? 0) && second;
  const wide = beside ? room : width;
  const tall = main.height(wide, state);
  const low = beside ? Math.max(tall, LOW) : 0;
  let bottom = Math.max(tall, low);
  return [
    [wide, tall, 0, 0],
    ...others.map((panel, i) => {
      if (panel === beside) return [width - wide, low, wide, 0];
      const height = panel.height(width, state), half = Math.round(width / 2);
      if (panel.half && i % 2) return [width - half, height, half, bottom - height];
      bottom += height;
      return [panel.half ? half : width, height, 0, bottom - height];
    }),
  ];
}

// Not to be seen, and larger than all that is: what is painted with it takes the same room whatever
// moves in it. Else Chromium works out the layers of the whole page anew at every move.
export const everywhere = mark("rect", {
  ...{ x: -2 * FAR, y: -2 * FAR, width: 4 * FAR, height: 4 * FAR },
  ...{ fill: "transparent", "pointer-events": "none" },
});

/**
 * All that is to be seen of a panel, as the children of its svg.
 *
 * @param {Drawing} drawing
 * @param {string} clip
 * @param {Mark[]} grips
 */
export function composed({ place, under = [], marks }, clip, grips) {
  const inside = mark("g", { "clip-path": `url(#${clip})` }, [everywhere, ...marks, ...grips]);
  return [everywhere, place.clip, ...under, place.axes, inside, place.names];
}

/**
 * A place to take hold of, by mouse, finger and keys; larger than what is seen: a finger is not a
 * pencil.
 *
 * @param {Grip} grip
 */
export function handle({ traits, at: [x, y], says, label, r, across, hidden }, i, state, { X, Y }) {
  const [low, high] = state.settings[traits[0]];
  const left = X(x - across) - r, width = X(x + across) - X(x - across) + 2 * r;
  const circle = hidden ? { r, visibility: "hidden" } : { r, cx: X(x), cy: Y(y) };
  const pill = { x: left, y: Y(y) - r, width, height: 2 * r, rx: r };
  return mark(across ? "rect" : "circle", {
    class: "gd-handle",
    visibility: "visible",
    ...(across ? pill : circle),
    tabindex: 0,
    role: "slider",
    "data-grip": i,
    "aria-label": label,
    "aria-valuemin": low,
    "aria-valuemax": high,
    "aria-valuenow": Number(says[0].toFixed(6)), // 1e-17 is no number there
    "aria-valuetext": point(says, short),
  });
}
