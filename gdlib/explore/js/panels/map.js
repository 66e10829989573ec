// A function of two variables from above, as bands of height, and the runs on it. A unit is as long
// upwards as across, so that a right angle is drawn as one.
/** @import { Panel, Place, State } from "../types.d.ts" */
import { equalHeight } from "../axes.js";
import { mark } from "../marks.js";
import { short } from "../sentence.js";
import { remembered } from "./memory.js";
import { lineOnGround } from "./line.js";
import { turned } from "../turns.js";
import { rowsOnGround } from "./rows.js";
import { gripsOf, guess, ring, trails } from "./run.js";

const BANDS = 14; // each covers the same area

/** @type {Panel} */
export const mapPanel = {
  class: "gd-map",
  names: ({ names: [x, y] }) => [x, y],
  told: "",
  height: (width, { window: ends }) => equalHeight(width, ends),
  draw(state, axes) {
    const place = axes(state.window[0], state.window[1]);
    return {
      place,
      under: [ground(state, place)],
      marks: [
        ...remembered(state, place),
        ...lineOnGround(state, place),
        ...rowsOnGround(state, place),
        ...trails(state, place),
        turned(state, place),
        ring(state, place),
        guess(state, place),
      ],
      grips: gripsOf(state),
    };
  },
  slow: (state, place) => ({
    key: [state.depends, state.theme, place.width, place.height].join(),
    *steps() {
      const moving = state.ground && state.points.length + state.constants.length;
      const rough = moving || state.get("computed_in") === "kernel" ? 12 : 3;
      for (const _ of bands(state, place, rough)); // at once
      yield true;
      yield* bands(state, place, 1);
      yield true;
    },
  }),
  pointed({ names, at }, w) {
    const f = at(w)[0], told = names.map((name, i) => `${name} = ${short(w[i])}`).join(", ");
    return Number.isFinite(f) ? `${told}, f = ${short(f)}` : "";
  },
};

export function ground(state, { box }) {
  const href = state.ground ? { href: state.ground } : {};
  return mark("image", { ...box, preserveAspectRatio: "none", ...href });
}

/**
 * An image of one value for every `grain` pixels each way; ends a piece of work with each row.
 *
 * @param {State} state
 * @param {Place} place
 */
function* bands(state, { box, xs, ys }, grain) {
  const width = Math.ceil(box.width / grain), height = Math.ceil(box.height / grain);
  const heights = new Float64Array(width * height);
  for (let j = 0, i = 0; j < height; j++, yield false) {
    const spot = [0, ys[1] - ((j + 0.5) / height) * (ys[1] - ys[0])];
    for (let k = 0; k < width; k++, i++) {
      spot[0] = xs[0] + ((k + 0.5) / width) * (xs[1] - xs[0]);
      heights[i] = state.at(spot)[0];
    }
  }
  yield false; // to sort them is a piece by itself, to paint them another
  const band = banded(heights), edge = state.colour("--gd-line"), shades = shadesOf(state);
  yield false;
  state.ground = state.image(width, height, (i) => {
    const left = i % width && band[i - 1] !== band[i];
    const above = i >= width && band[i - width] !== band[i];
    return grain === 1 && (left || above) ? edge : shades[band[i]];
  });
}

// the colour of each band, from the lowest to the highest
function shadesOf({ colour }) {
  const low = colour("--gd-low"), high = colour("--gd-high");
  return Array.from(
    { length: BANDS },
    (_, b) => low.map((c, k) => c + ((high[k] - c) * b) / (BANDS - 1)),
  );
}

function banded(heights) {
  const sorted = heights.filter(Number.isFinite).sort();
  const levels = Array.from(
    { length: BANDS - 1 },
    (_, b) => sorted[Math.floor(((b + 1) / BANDS) * sorted.length)],
  );
  const band = new Uint8Array(heights.length);
  heights.forEach((h, i) => {
    while (h > levels[band[i]]) band[i]++;
  });
  return band;
}
