// A mystery run of the clinic: which one a number picks, its curves, and what is said of it. All of
// it was recorded; the words are put together as in gdlib/explore/clinic.py.
/** @import { Case, Run, State } from "./types.d.ts" */

/** Which of so many runs a number picks. */
export const pickedBy = (number, runs) =>
  Math.floor((number * 2654435769) % 2 ** 32 * runs / 2 ** 32);

/** @type {(state: State) => Case} */
export const caseOf = ({ get, cases: { runs } }) => runs[pickedBy(get("case"), runs.length)];

/**
 * The instruments that are on; the printed loss always is.
 *
 * @type {(state: State) => string[]}
 */
export const switchedOn = ({ get, cases }) =>
  cases.labels.map(([name]) => name).filter((name, i) => i === 0 || get(name));

/** @type {(state: State) => Record<string, string>} */
export const labelsOf = ({ cases }) => Object.fromEntries(cases.labels);

/**
 * What an instrument read, as [epoch, number].
 *
 * @type {(text: string, apart: number) => number[][]}
 */
export const curveOf = (text, apart) => text.split(" ").map((v, k) => [k * apart, Number(v)]);

/**
 * @param {State} state
 * @returns {Run}
 */
export function recorded(state) {
  const { curves, apart } = caseOf(state), printed = curveOf(curves.printed, apart);
  return { path: printed.map(([epoch]) => [epoch]), values: printed.map(([, v]) => v), status: "" };
}

/** @param {State} state */
export function clinicWords(state) {
  const { get, cases: { runs } } = state, run = caseOf(state), named = get("named");
  const labels = labelsOf(state);
  const told = switchedOn(state).map((name) => `${labels[name]}: ${run.said[name]}.`);
  const said = `Case ${get("case")}. ${told.join(" ")}`, other = runs[named - 1];
  if (!named) return said;
  if (other === run) return `${said}\nYou say “${run.name}”. Right: ${run.line}.`;
  const best = run.tells.split(" ")[named - 1];
  return `${said}\nYou say “${other.name}”. No. What tells the two apart: ${labels[best]}. ` +
    `With “${other.name}” it reads: ${other.said[best]}.`;
}
