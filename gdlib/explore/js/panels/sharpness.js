// The sharpness along a network's training, with the line above which a parabola's steps would
// grow. Coarse at once, finer while the page rests.
/** @import { Ends, Grip, Mark, Panel, Place, State } from "../types.d.ts" */
import { rounded } from "../axes.js";
import { label, line, path } from "../marks.js";
import { edgeOf, sharpnessAt } from "../network.js";
import { guessed, waiting } from "../predict.js";
import { once } from "../state.js";

const MEASURED = 96; // where it is measured, from the first step to the last
const COARSE = 16; // places, from one to the next at first
const ROUGHLY = 12; // products with the Hessian: enough for a curve
const GUESS_AT = 0.96; // of the steps

/** @type {Panel} */
export const sharpnessPanel = {
  names: () => ["step", "sharpness"],
  told: "the sharpness along the training, and the line that it is held against",
  share: 0.5,
  height: () => 220,
  draw(state, axes) {
    const seen = waiting(state) ? [] : measured(state);
    const [edge, sign] = edgeOf(state), steps = state.get("steps"), mine = guessed(state);
    const place = axes(rounded([0, steps], 1), sharpnessEnds(state, seen, edge));
    const { X, Y, box } = place, drawn = waiting(state) ? "" : sign;
    const word = { class: "gd-word", x: box.x + box.width - 6, y: Y(edge || 0) + 17 };
    return {
      place,
      marks: [
        path("gd-diagonal", drawn && line(place, [[0, edge], [2 * steps, edge]])),
        path("gd-beside gd-run-1", line(place, seen.filter(([k]) => k <= state.shown))),
        label(drawn, { ...word, "text-anchor": "end" }), // where swings have died out
        path("gd-guess", mine.length && state.get("guessed") !== 2 ? square(state, place) : ""),
      ],
      grips: waiting(state) ? mine.map((trait) => gripOn(state, trait)) : [],
    };
  },
  slow(state) {
    const { net: { made }, results: [{ path: run, status }] } = state, n = run.length - 1;
    if (status === "training" || waiting(state)) return undefined;
    return {
      key: `${made.number} ${n}`,
      *steps() {
        const seen = places(state), last = Math.max(1, Math.min(MEASURED, n));
        for (let apart = COARSE; apart >= 1; apart /= 2) {
          for (let i = 0; i <= last; i += apart) {
            const k = Math.round((i * n) / last);
            seen[i] ??= [k, sharpnessAt(made, run[k], ROUGHLY)];
            if (apart < COARSE) yield true;
          }
          yield true;
        }
      },
    };
  },
};

// [step, sharpness] at each place, as far as it is measured
const places = (state) =>
  once(state, "measured", [state.net.made, state.results[0].path.length], () => []);

/** What is measured by now, in the order of the steps. */
export const measured = (state) => places(state).filter(([, s]) => Number.isFinite(s));

// From 0 to what is measured, the line too if it is not far above, and the guess.
function sharpnessEnds(state, seen, edge) {
  if (waiting(state)) return state.window[0];
  const most = 4 * (edge || Infinity), heights = seen.map(([, s]) => Math.min(most, s));
  const top = Math.max(1e-3, ...heights), mine = guessed(state).map(state.get);
  const high = Math.max(
    top,
    edge < 3 * top ? edge : 0,
    ...(state.get("guessed") === 1 ? mine : []),
  );
  return rounded([Math.min(0, ...heights), 1.1 * high], 0);
}

const spotOf = (state, trait) => [GUESS_AT * state.get("steps"), state.get(trait)];

function square(state, { X, Y }) {
  const [x, y] = spotOf(state, guessed(state)[0]);
  return `M${X(x)} ${Y(y)}m-7 -7h14v14h-14z`;
}

/** @returns {Grip} */
const gripOn = (state, trait) => ({
  traits: [trait],
  at: spotOf(state, trait),
  says: [state.get(trait)],
  label: "your guess",
  r: 22,
  value: ([, sharpness]) => [sharpness],
});
