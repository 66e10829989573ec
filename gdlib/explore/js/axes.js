// A box with axes: round numbers along them, and where a value stands between their ends.
/** @import { Axes, Ends, Place } from "./types.d.ts" */
import { label, mark } from "./marks.js";

export const FAR = 1e5; // pixels; beyond this a point is as good as out of sight
const MARGIN = { top: 12, right: 18, bottom: 34, left: 46 };

// the first of ..., 0.1, 0.2, 0.5, 1, 2, 5, ... that is as large
function roundStep(raw) {
  const power = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw);
}

// round numbers, about `wanted` of them, from low to high
function ticks([low, high], wanted) {
  const step = roundStep((high - low) / wanted);
  const first = Math.ceil(low / step - 1e-9);
  const n = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: n }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

const plain = (v) => String(v).replace("-", "−").replace("e+", "e");
const raised = (v) => String(v).replace(/./g, (c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]);
export const powerOfTen = (v) => `10${raised(v)}`;

/** @returns {Ends} the lowest and the highest of some values, with a little room around them */
export function range(values, padding = 0.06) {
  const finite = values.filter(Number.isFinite);
  if (!finite.length) return [0, 1];
  const low = finite.reduce((a, b) => Math.min(a, b));
  const high = finite.reduce((a, b) => Math.max(a, b));
  const room = padding * (high - low) || Math.abs(high) * padding || 1;
  return [low - room, high + room];
}

/**
 * As far out as the next round numbers: an axis should not tremble with every move.
 *
 * @param {Ends} ends
 * @param {number} least
 * @returns {Ends}
 */
export function rounded([low, high], least) {
  const step = Math.max(least, roundStep((high - low) / 5));
  return [Math.floor(low / step) * step, Math.ceil(high / step) * step];
}

/** How large the box is in a panel of some size. */
const insideOf = ([width, height]) => [
  width - MARGIN.left - MARGIN.right,
  height - MARGIN.top - MARGIN.bottom,
];

/**
 * The ends of axes around 0 on which a unit is as long upwards as across, and so far goes in.
 *
 * @param {[number, number]} size
 * @param {number} far
 * @returns {[Ends, Ends]}
 */
export function around(size, far) {
  const inside = insideOf(size), unit = Math.min(...inside) / (2 * far);
  const [across, up] = inside.map((length) => length / (2 * unit));
  return [[-across, across], [-up, up]];
}

/**
 * As high as the box is to be for a unit upwards to be as long as one across; within reason.
 *
 * @param {number} width
 * @param {Ends[]} ends
 */
export function equalHeight(width, [[left, right], [low, high]]) {
  const across = width - MARGIN.left - MARGIN.right;
  const tall = (across * (high - low)) / (right - left) + MARGIN.top + MARGIN.bottom;
  return Math.round(Math.min(480, Math.max(160, tall)));
}

/**
 * The axes of one panel. The same ends give the same box, which the page need not draw again.
 *
 * @param {[string, string]} names
 * @param {string} clip  an id that no other panel has
 * @returns {(size: [number, number]) => Axes}
 */
export function axesOf(names, clip) {
  let laid, place;
  return (size) => (xs, ys, { x = plain, y = plain } = {}) => {
    const wanted = [size, xs, ys, x === plain, y === plain].join();
    if (wanted !== laid) place = layOut(names, clip, size, xs, ys, x, y);
    laid = wanted;
    return place;
  };
}

/**
 * @param {[string, string]} names
 * @param {string} clip
 * @returns {Place}
 */
function layOut([across, up], clip, size, xs, ys, writeX, writeY) {
  const [width, height] = size, inside = insideOf(size);
  const box = { x: MARGIN.left, y: MARGIN.top, width: inside[0], height: inside[1] };
  const X = scale(xs, box.x, box.x + box.width), Y = scale(ys, box.y + box.height, box.y);
  const upright = marked(xs, box.width / 55, writeX), level = marked(ys, box.height / 50, writeY);
  const grid = upright.map((v) => `M${X(v)} ${box.y}v${box.height}`).join("") +
    level.map((v) => `M${box.x} ${Y(v)}h${box.width}`).join("");
  const below = (v) => ({ x: X(v), y: box.y + box.height + 16, "text-anchor": "middle" });
  const left = (v) => ({ x: box.x - 6, y: Y(v) + 4, "text-anchor": "end" });
  return {
    ...{ X, Y, box, xs, ys, width, height },
    clip: mark("defs", {}, [mark("clipPath", { id: clip }, [mark("rect", box)])]),
    axes: mark("g", { class: "gd-axes", translate: "no" }, [
      mark("path", { d: grid }),
      ...upright.map((v) => label(writeX(v), below(v))),
      ...level.map((v) => label(writeY(v), left(v))),
    ]),
    names: mark("g", {}, [
      label(across, {
        class: "gd-name",
        x: width - MARGIN.right,
        y: height - 4,
        "text-anchor": "end",
      }),
      label(up, { class: "gd-name", x: box.x + 6, y: box.y + 15 }),
    ]),
  };
}

const marked = (ends, wanted, write) =>
  ticks(ends, wanted).filter((v) => write === plain || Number.isInteger(v));

const scale = ([from, to], a, b) => (v) => // in tenths of a pixel
  Math.round(10 * Math.min(FAR, Math.max(-FAR, a + ((v - from) / (to - from)) * (b - a)))) / 10;

/**
 * A box without axes: the whole of a panel, in pixels.
 *
 * @param {Place} place
 * @param {[number, number]} size
 * @returns {Place}
 */
export function bare({ clip }, [width, height]) {
  const box = { x: 0, y: 0, width, height }, [{ attributes }] = clip.children;
  const none = mark("g", {});
  return {
    ...{ X: (v) => v, Y: (v) => height - v, box, xs: [0, width], ys: [0, height], width, height },
    ...{ axes: none, names: none },
    clip: mark("defs", {}, [mark("clipPath", attributes, [mark("rect", box)])]),
  };
}
