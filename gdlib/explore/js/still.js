// The same picture as text, with no page: for paper, for a page without JavaScript, for a preview.
// Python calls `still` (gdlib/explore/still.py).
/** @import { Mark, Panel, State } from "./types.d.ts" */
import { axesOf } from "./axes.js";
import { label, mark } from "./marks.js";
import { composed, everywhere, panelsOf, sizesOf } from "./panels.js";
import { stateOf, update } from "./state.js";

const SVG_NAME = "http://www.w3.org/2000/svg";
// pixels: as wide as on the page, the title, a line of the legend
const WIDTH = 704, TITLE = 28, LINE = 20;

/**
 * @param {Record<string, any>} saved  the widget's state
 * @param {Record<string, number[]>} colours
 * @returns the picture as SVG, and the images in it: colours of pixels, row by row, in hexadecimal
 */
export function still(saved, colours) {
  const images = [];
  const image = (width, height, colour) => {
    const pixels = Array.from({ length: width * height }, (_, i) => hex(colour(i)));
    images.push({ width, height, pixels: pixels.join("") });
    return `image:${images.length - 1}`;
  };
  saved = { ...saved, predict: "" }; // paper has no buttons
  const state = stateOf((name) => saved[name], { colour: (name) => colours[name], image });
  update(state);
  const panels = panelsOf(state), sizes = sizesOf(panels, state, WIDTH);
  const boxes = panels.map((panel, i) => boxed(panel, i, state, sizes[i]));
  const bottom = TITLE + Math.max(...sizes.map(([, height, , y]) => y + height));
  const legend = legendOf(state, bottom);
  const height = bottom + LINE * legend.length;
  const middle = { class: "gd-title", x: WIDTH / 2, y: 19, "text-anchor": "middle" };
  const size = { width: WIDTH, height, viewBox: `0 0 ${WIDTH} ${height}`, xmlns: SVG_NAME };
  const svg = mark("svg", size, [label(saved.title, middle), ...boxes, ...legend]);
  return { svg: asText(svg), images };
}

/** @type {(panel: Panel, i: number, state: State, size: number[]) => Mark} */
function boxed(panel, i, state, [width, height, x, y]) {
  const clip = `clip-${i}`, axes = axesOf(panel.names(state), clip)([width, height]);
  const drawing = () => panel.draw(state, axes, [width, height]);
  const work = panel.slow?.(state, drawing().place);
  if (work) { for (const _ of work.steps()); // to its end
   }
  const attributes = { x, y: TITLE + y, width, height, class: panel.class ?? "" };
  return mark("svg", attributes, composed(drawing(), clip, []));
}

// which line is whose, where there are several
function legendOf({ runs }, top) {
  if (runs.length === 1) return [];
  return runs.map((run, r) => {
    const y = top + LINE * r + 10;
    return mark("g", {}, [
      mark("path", { class: `gd-beside gd-run-${r + 1}`, d: `M46 ${y}h30` }),
      label(run.label, { class: "gd-legend", x: 84, y: y + 4 }),
    ]);
  });
}

const codes = new Map(); // a picture has few colours, each in one array

function hex(rgb) {
  if (!codes.has(rgb)) {
    codes.set(rgb, rgb.map((c) => Math.round(c).toString(16).padStart(2, "0")).join(""));
  }
  return codes.get(rgb);
}

const escaped = (text) =>
  String(text).replace(
    /[&<>"]/g,
    (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c],
  );

/** @param {Mark} drawn */
function asText(drawn) {
  if (drawn === everywhere) return ""; // nothing, and slow to paint for who does not see it
  const { tag, attributes, children, text } = drawn;
  const names = Object.entries(attributes).map(([name, value]) => ` ${name}="${escaped(value)}"`);
  return `<${tag}${names.join("")}>${
    text === undefined ? children.map(asText).join("") : escaped(text)
  }</${tag}>`;
}
