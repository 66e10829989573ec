// What a panel draws is a list of marks: plain data, which page.js makes into nodes and still.js
// into text.
/** @import { Ends, Mark } from "./types.d.ts" */

/**
 * @param {string} tag
 * @param {Record<string, any>} attributes
 * @param {Mark[]} children
 * @returns {Mark}
 */
export const mark = (tag, attributes, children = []) => ({ tag, attributes, children });

/** @returns {Mark} */
export const path = (name, d) => mark("path", { class: name, d });

/** @returns {Mark} */
export const label = (text, attributes) => ({ tag: "text", attributes, children: [], text });

// A line through finite points; a gap where there are none.
export function line({ X, Y }, points) {
  let drawn = "", before = "";
  for (const [x, y] of points) {
    const spot = Number.isFinite(y) ? `${X(x)} ${Y(y)}` : "";
    if (spot && spot !== before) drawn += (before ? "L" : "M") + spot;
    before = spot;
  }
  return drawn;
}

// Of more values than there is room for, the lowest and the highest of each group, in their order.
export function outline(values, groups) {
  const group = Math.max(1, Math.ceil(values.length / groups)), kept = [];
  for (let k = 0; k < values.length; k += group) {
    let low = k, high = k;
    for (let j = k + 1; j < Math.min(k + group, values.length); j++) {
      if (values[j] < values[low]) low = j;
      // one that is no number is kept: the line ends there
      if (!(values[j] <= values[high])) high = j;
    }
    kept.push([Math.min(low, high), values[Math.min(low, high)]]);
    if (low !== high) kept.push([Math.max(low, high), values[Math.max(low, high)]]);
  }
  return kept;
}

/**
 * n + 1 numbers from low to high.
 *
 * @param {Ends} ends
 * @param {number} n
 */
export const evenly = ([low, high], n) =>
  Array.from({ length: n + 1 }, (_, i) => low + ((high - low) * i) / n);
