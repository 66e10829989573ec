// Parameters that are others at other steps: by a schedule, by roots, or because a slider was moved
// while the run was played.
/** @import { Asked, Mark, Place, Rule, State } from "./types.d.ts" */
import { path } from "./marks.js";
import { short } from "./sentence.js";

const NAMES = { eta: "η", batch: "B", beta: "β", beta1: "β₁", beta2: "β₂", decay: "ρ", part: "θ" };

/**
 * Whether a run has the same parameters at every step.
 *
 * @param {Pick<State, "turns">} state
 * @param {Pick<Asked, "rates" | "roots">} run
 */
export const steady = ({ turns }, { rates, roots }) => !rates && !roots && !turns.length;

/**
 * A run's parameters at step k, each the value of a trait or a number that no slider moves.
 *
 * @param {Pick<State, "get" | "turns">} state
 * @param {Pick<Asked, "parameters" | "rates" | "roots">} run
 * @param {number} k
 */
export function valuedAt({ get, turns }, { parameters, rates, roots }, k) {
  const turn = turns.find(({ until }) => k < until);
  const value = (v) => typeof v === "string" ? turn?.was[v] ?? get(v) : v;
  const told = Object.entries(parameters).map(([key, v]) => [key, value(v)]);
  const valued = /** @type {Record<string, number>} */ (Object.fromEntries(told));
  if (rates) valued.eta *= rates[Math.min(k, rates.length - 1)];
  if (roots) valued.eta = 1 / get(roots[Math.min(k, roots.length - 1)]);
  return valued;
}

/**
 * The rule that is another at other steps, and remembers the same.
 *
 * @param {(k: number) => Rule} ruleAt
 * @returns {Rule}
 */
export function byStep(ruleAt) {
  const { init, lookahead, velocity, rates } = ruleAt(0);
  return {
    init: (w) => [0, init(w)],
    update(g, [k, memory], w) {
      const [step, after] = ruleAt(k).update(g, memory, w);
      return [step, [k + 1, after]];
    },
    lookahead: lookahead && (([k, memory], w) => ruleAt(k).lookahead(memory, w)),
    velocity: velocity && (([k, memory]) => ruleAt(k).velocity(memory)),
    rates: rates && (([k, memory]) => ruleAt(k).rates(memory)),
  };
}

/** What the sliders of the runs show, by the traits' names. */
export const slidersOf = ({ runs, get }) =>
  Object.fromEntries(
    runs.flatMap(({ parameters }) => Object.values(parameters))
      .filter((v) => typeof v === "string").map((name) => [name, get(name)]),
  );

/**
 * Slider moved while a run is played: the steps that are made keep what they were made with, and
 * the walk goes on from where it is. Anything else that moves makes it another walk.
 *
 * @param {State} state
 */
export function turn(state) {
  const now = slidersOf(state), { sliders: was, turns, shown: until } = state;
  if (Object.keys(now).every((name) => now[name] === was[name])) state.turns = [];
  else if (until > 0 && turns.at(-1)?.until !== until) turns.push({ until, was });
}

/** What was changed on the way of a run, in words. */
export function turnWords({ turns, sliders }, { parameters }, { path: points }) {
  return turns.map(({ until, was }, i) => {
    const now = turns[i + 1]?.was ?? sliders, moved = Object.entries(parameters);
    const told = moved.filter(([, v]) => until < points.length && was[v] !== now[v]).map((
      [key, v],
    ) => `${NAMES[key] ?? key} went from ${short(was[v])} to ${short(now[v])}`);
    return told.length ? ` At step ${until} ${told.join(" and ")}.` : "";
  }).join("");
}

/**
 * A triangle on each run where it was changed.
 *
 * @param {State} state
 * @param {Place} place
 * @returns {Mark}
 */
export function turned({ turns, results, one, shown }, { X, Y }) {
  const spots = results.flatMap(({ path: points, values }) =>
    turns.filter(({ until }) => until <= shown && until < points.length)
      .map(({ until: k }) => [points[k][0], one ? values[k] : points[k][1]])
  );
  const drawn = spots.filter((spot) => spot.every(Number.isFinite));
  return path("gd-turn", drawn.map(([x, y]) => `M${X(x)} ${Y(y)}m0 -9l8 14h-16z`).join(""));
}
