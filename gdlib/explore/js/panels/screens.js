// The screens of the clinic: the losses of a mystery run on a logarithmic axis; and below, one for
// each instrument that has another curve, dark until it is switched on. Beside each a healthy run.
/** @import { Axes, Drawing, Ends, Panel, State } from "../types.d.ts" */
import { powerOfTen } from "../axes.js";
import { caseOf, curveOf, switchedOn } from "../clinic.js";
import { label, line, mark, path } from "../marks.js";
import { short } from "../sentence.js";

const PLAIN = 20; // a factor: what varies by less stands on a plain axis
const DECADES = 12; // of a logarithmic axis, at most
const ROOM = 1.25; // above the curves, for their names
const NUMBERED = { whole: 2, accuracy: 2, held: 3, held_accuracy: 3 }; // else 1
const styled = (name) => `gd-beside gd-run-${NUMBERED[name] ?? 1}`;
const LEGEND = [
  ["printed", styled("printed")],
  ["all rows", styled("whole")],
  ["held out", styled("held")],
  ["healthy", "gd-diagonal"],
];

/** @type {Panel} */
export const lossesPanel = {
  names: () => ["epoch", "loss"],
  told: "",
  elsewhere: true,
  height: () => 250,
  draw: (state, axes) => drawn(state, axes, ["printed", "whole", "held"], 1, LEGEND),
  pointed: (_, [epoch, power]) => `epoch ${short(epoch)}, loss ${short(10 ** power)}`,
};

/** @type {(name: string, curves: string[]) => Panel} */
const screen = (name, curves) => ({
  names: () => ["epoch", name],
  told: name,
  half: true,
  height: () => 160,
  draw: (state, axes) => drawn(state, axes, curves, PLAIN),
});

export const screens = [
  screen("share right", ["accuracy", "held_accuracy"]),
  screen("‖step‖/‖w‖", ["ratio"]),
  screen("‖g‖", ["gradient"]),
  screen("‖w‖", ["weights"]),
];

/**
 * @param {State} state
 * @param {Axes} axes
 * @param {string[]} all  the instruments that the screen can show
 * @param {number} plain  how large a factor stands on a plain axis
 * @param {string[][]} [legend]
 * @returns {Drawing}
 */
function drawn(state, axes, all, plain, legend = []) {
  const { curves, apart } = caseOf(state), { curves: healthy, apart: pace } = state.cases.beside;
  const on = switchedOn(state), shown = all.filter((name) => on.includes(name));
  if (!shown.length) return dark(axes);
  const runs = shown.map((name) => curveOf(curves[name], apart));
  const beside = curveOf(healthy[shown[0]], pace);
  const [ends, log] = uprightOf([...runs.flat(), ...beside].map(([, v]) => v), plain);
  const place = axes([0, 10], ends, log ? { y: powerOfTen } : {});
  const drawing = (points) => line(place, points.map(([x, v]) => [x, log ? Math.log10(v) : v]));
  return {
    place,
    marks: [
      path("gd-diagonal", drawing(beside)),
      ...shown.map((name, i) => path(styled(name), drawing(runs[i].slice(0, state.shown + 1)))),
      ...legendIn(place, legend),
    ],
  };
}

/**
 * The ends of the upright axis, and whether it is logarithmic.
 *
 * @type {(values: number[], plain: number) => [Ends, boolean]}
 */
function uprightOf(values, plain) {
  const seen = values.filter((v) => v > 0 && v < Infinity);
  const low = Math.min(...seen), high = Math.max(...seen);
  if (high <= plain * low) return [[0, ROOM * high], false];
  const top = Math.log10(high);
  const bottom = Math.max(Math.floor(Math.log10(low)), top - DECADES) - 0.1; // from a power on
  return [[bottom, bottom + ROOM * (top - bottom)], true];
}

// in the upper right corner, two by two
const legendIn = ({ box }, rows) =>
  rows.flatMap(([name, style], i) => {
    const y = box.y + 14 + 14 * (i % 2), x = box.x + box.width - (i < 2 ? 114 : 30);
    return [
      path(style, `M${x + 4} ${y - 4}h22`),
      label(name, { class: "gd-small", x, y, "text-anchor": "end" }),
    ];
  });

/** @type {(axes: Axes) => Drawing} */
function dark(axes) {
  const place = axes([0, 1], [0, 1]), { box } = place;
  const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 + 4 };
  return {
    place: { ...place, axes: mark("g", {}), names: mark("g", {}, place.names.children.slice(1)) },
    marks: [
      mark("rect", { class: "gd-card", ...box }),
      label("off", { class: "gd-word", "text-anchor": "middle", ...middle }),
    ],
  };
}
