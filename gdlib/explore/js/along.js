// The line from a point against its gradient, as a line search sees it, and in words. Mirrors
// gdlib/explore/along.py.
/** @import { Along, Computes, Point } from "./types.d.ts" */
import { dot } from "./descent.js";
import { evenly } from "./marks.js";
import { each } from "./optimizers.js";
import { coordinate, point, short } from "./sentence.js";

const PLACES = 600; // on the line, at which f is looked at; between two of them it is halved
const HALVINGS = 50, TOLD = 5, MOST_TRIES = 2000;

/**
 * @param {Computes} at
 * @param {Point} w
 * @param {Point} g  the gradient at w
 * @param {Record<string, number>} search  first, factor and c
 * @param {number} longest
 * @returns {Along}
 */
export function along(at, w, g, { first, factor, c }, longest) {
  const here = at(w)[0], slope = dot(g, g);
  const value = (t) => at(each((wi, gi) => wi - t * gi, w, g))[0];
  const pays = (t) => value(t) <= here - c * t * slope;
  const ts = evenly([0, longest], PLACES), heights = ts.map(value), tries = [first];
  while (!pays(tries[tries.length - 1]) && tries.length < MOST_TRIES) {
    tries.push(tries[tries.length - 1] * factor);
  }
  const holds = ts.map((t, k) => heights[k] <= here - c * t * slope);
  const accepted = pieces(ts, holds, pays), lowest = lowestOf(ts, heights, value);
  return { here, slope, value, heights, ts, accepted, tries, lowest, longest };
}

// each piece's ends; it begins at 0, since every short enough step pays
function pieces(ts, holds, pays) {
  const ends = [0];
  for (let k = 1; k < ts.length; k++) {
    const before = ends.length % 2 === 1;
    if (holds[k] === before) continue;
    let low = ts[k - 1], high = ts[k];
    for (let i = 0; i < HALVINGS; i++) {
      const middle = (low + high) / 2;
      if (pays(middle) === before) low = middle;
      else high = middle;
    }
    ends.push(low);
  }
  if (ends.length % 2) ends.push(ts[ts.length - 1]);
  return ends.flatMap((low, i) => i % 2 ? [] : [[low, ends[i + 1]]]);
}

// near the lowest of the samples, by thirds
function lowestOf(ts, heights, value) {
  let k = 0;
  heights.forEach((height, i) => {
    if (Number.isFinite(height) && height < heights[k]) k = i;
  });
  let low = ts[Math.max(0, k - 1)], high = ts[Math.min(ts.length - 1, k + 1)];
  for (let i = 0; i < 2 * HALVINGS; i++) {
    const a = low + (high - low) / 3, b = high - (high - low) / 3;
    if (value(a) <= value(b)) high = b;
    else low = a;
  }
  return (low + high) / 2;
}

export function alongWords(name, { k, w, g, tries, accepted, lowest, longest }) {
  const step = tries[tries.length - 1], landing = each((a, b) => a - step * b, w, g);
  const to = landing.length === 1
    ? `${name} = ${coordinate(landing[0])}`
    : point(landing, coordinate);
  const parts = listed(accepted.map(([low, high]) => `${short(low)} to ${short(high)}`));
  const where = lowest > (1 - 1e-6) * longest
    ? "still falling there"
    : `lowest at t = ${short(lowest)}`;
  return `Step ${k + 1} tries t = ${triedWords(tries)}, to ${to}. ` +
    `Of all t up to ${short(longest)} it would accept ${parts}; f is ${where}.`;
}

function triedWords(tries) {
  const told = tries.map((t) => short(t)), last = told.pop();
  if (!told.length) return `${last} and takes it`;
  if (told.length < TOLD) return `${told.join(", ")} and takes ${last}`;
  return `${told[0]} and shorter, and after ${tries.length} tries takes ${last}`;
}

const listed = (things) =>
  things.length === 1 ? things[0] : `${things.slice(0, -1).join(", ")} and ${things.at(-1)}`;
