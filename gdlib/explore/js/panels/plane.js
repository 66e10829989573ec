// The plane of ηλ and β, coloured by what the heavy ball does there, and the spectrum in it: a bar
// from ημ to ηL, which can be dragged; a point, where all curvatures are one.
/** @import { Mark, Panel, Place, State } from "../types.d.ts" */
import { powerOfTen } from "../axes.js";
import { evenly, label, line, mark, path } from "../marks.js";
import { waiting } from "../predict.js";
import { doesAt } from "../regimes.js";
import { short } from "../sentence.js";
import { once } from "../state.js";

const COLUMNS = 240; // of the regions
const SIZES = [0.5, 0.7, 0.8, 0.9, 0.95]; // of the larger root: where it has them there is a line
const FAR_OUT = Math.log10(6); // beyond all that converges
const PIECES = 40; // of such a line, each side

/** @type {Panel} */
export const planePanel = {
  class: "gd-plane",
  names: () => ["ηλ", "β"],
  told: "",
  height: (width) => Math.round(Math.min(400, Math.max(290, 0.8 * width))),
  draw(state, axes) {
    const [mu, L] = state.get("spectrum"), [low, high] = state.settings.eta;
    const place = axes([Math.log10(low * mu), Math.log10(high * L)], [-0.04, 1], { x: powerOfTen });
    const { ground, words } = once(state, "plane", [place], () => groundOf(place));
    const hidden = waiting(state);
    return {
      place,
      under: hidden ? [] : ground,
      marks: [...(hidden ? [] : words), ...bar(state, place)],
      grips: hidden ? [] : [barGrip(state)],
    };
  },
  pointed(state, [power, beta]) {
    const x = 10 ** power, told = `ηλ = ${short(x)}, β = ${short(beta)}`;
    return waiting(state) ? told : `${told}: ${doesAt(x, beta)}`;
  },
};

/**
 * What never moves: the regions with their names, and the lines of equal size of the larger root.
 *
 * @param {Place} place
 */
function groundOf(place) {
  const { X, Y, xs } = place, within = (beta) => Math.min(1, Math.max(0, beta));
  const real = (x) => within((1 - Math.sqrt(x)) ** 2), far = (x) => within(x / 2 - 1);
  const area = (low, high) => {
    const columns = evenly(xs, COLUMNS);
    const edge = (beta) => columns.map((power) => [power, beta(10 ** power)]);
    return `${line(place, [...edge(low), ...edge(high).reverse()])}z`;
  };
  const word = (text, power, beta, anchor, more = {}) =>
    label(text, { class: "gd-word", x: X(power), y: Y(beta), "text-anchor": anchor, ...more });
  const upright = { transform: `rotate(-90 ${X(FAR_OUT)} ${Y(0.3)})` };
  return {
    ground: [
      path("gd-oscillates", area(() => 0, () => 1)),
      path("gd-one-way", area(() => 0, (x) => x < 1 ? real(x) : 0)),
      path("gd-alternates", area(far, (x) => x < 1 ? 0 : x < 4 ? real(x) : 1)),
      path("gd-diverges", area(() => 0, far)),
      word("diverges", FAR_OUT, 0.3, "middle", upright),
    ],
    words: [
      path("gd-level", SIZES.map((size) => level(place, size)).join("")),
      ...SIZES.map((size) =>
        label(size === SIZES.at(-1) ? `|z| = ${size}` : String(size), {
          class: "gd-small",
          x: X(0.1),
          y: Y(size ** 2) - 3,
          "text-anchor": "middle",
        })
      ),
      path("gd-leader", `M${X(-0.06)} ${Y(0.08)}L${X(0.14)} ${Y(0.04)}`),
      word("one way", 0.8 * xs[0] + 0.2 * xs[1], 0.2, "middle"),
      word("oscillates", -0.45, 0.71, "middle"),
      word("alternates", -0.08, 0.07, "end"),
    ],
  };
}

// where a root is `size`, where complex ones have that size, and where one is -size
function level(place, size) {
  const [near, far] = [1 - size, 1 + size].map((end) => evenly([end ** 2, end], PIECES));
  const points = [
    ...near.map((x) => [x, size - x * size / (1 - size)]).reverse(),
    ...far.map((x) => [x, x * size / (1 + size) - size]),
  ];
  return line(place, points.map(([x, beta]) => [Math.log10(x), beta]));
}

/** @returns {number[]} where the ends of the bar stand, and its height */
function ends({ get }) {
  const [mu, L] = get("spectrum"), eta = get("eta");
  return [Math.log10(eta * mu), Math.log10(eta * L), get("beta")];
}

/**
 * @param {State} state
 * @param {Place} place
 * @returns {Mark[]}
 */
function bar(state, { X, Y }) {
  const [left, right, beta] = ends(state), [x, end, y] = [X(left), X(right), Y(beta)];
  const dot = mark("circle", { class: "gd-root gd-run-1", r: 7, cx: x, cy: y });
  if (left === right) return [dot];
  const above = (text, x) =>
    label(text, { class: "gd-word", x, y: y < 60 ? y + 24 : y - 12, "text-anchor": "middle" });
  return [
    path("gd-bar", `M${x} ${y}H${end}`),
    dot,
    path("gd-root gd-run-2", `M${end} ${y}m-8 0l8 -8l8 8l-8 8z`),
    above("μ", x),
    above("L", end),
  ];
}

function barGrip(state) {
  const [left, right, beta] = ends(state), [mu, L] = state.get("spectrum");
  return {
    traits: ["eta", "beta"],
    at: [(left + right) / 2, beta],
    says: [state.get("eta"), beta],
    label: "η and β, on the picture",
    r: 22,
    across: (right - left) / 2,
    value: ([middle, up]) => [10 ** middle / Math.sqrt(mu * L), up],
  };
}
