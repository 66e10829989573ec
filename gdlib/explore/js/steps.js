// One step after the other, and the first of them as a table.
/** @import { State } from "./types.d.ts" */
import { add } from "./page.js";
import { short } from "./sentence.js";

const PACE = 200; // milliseconds a step
const SLIDE = 1500; // who asked for less motion gets the steps as a slow slide show
const ROWS = 10;

/**
 * The buttons that play a run. Gives whether they are at it, and what stops them.
 *
 * @param {HTMLElement} parent
 * @param {State} state
 * @param {() => void} redraw
 */
export function player(parent, state, redraw) {
  const play = add(parent, "button", { type: "button" }, "▶ Play");
  const next = add(parent, "button", { type: "button" }, "Next step");
  const back = add(parent, "button", { type: "button" }, "Back");
  let clock;
  function stop() {
    clearInterval(clock);
    clock = undefined;
    play.textContent = "▶ Play";
  }
  const longest = () => Math.max(...state.results.map(({ path }) => path.length - 1));
  function advance() {
    state.shown = state.shown >= longest() ? 0 : state.shown + 1;
    if (state.shown >= longest()) stop();
    redraw();
  }
  back.addEventListener("click", () => {
    stop();
    state.shown = Math.max(0, Math.min(state.shown, longest()) - 1);
    redraw();
  });
  next.addEventListener("click", () => {
    stop();
    advance();
  });
  play.addEventListener("click", () => {
    if (clock) return stop();
    play.textContent = "■ Stop";
    state.shown = Infinity;
    advance();
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    clock = setInterval(advance, calm ? SLIDE : PACE);
  });
  return { stop, playing: () => clock !== undefined };
}

/**
 * The first steps as a table, for those who open it. Gives what fills it.
 *
 * @param {HTMLElement} parent
 * @param {State} state
 */
export function stepTable(parent, state) {
  const details = add(parent, "details", { class: "gd-table" });
  add(details, "summary", {}, "The first steps as a table");
  const scroll = { tabindex: 0, role: "region", "aria-label": "The first steps" };
  const table = add(add(details, "div", scroll), "table");
  const fill = () => {
    if (!details.open) return;
    table.replaceChildren();
    heads(table, state);
    for (let k = 0; k <= ROWS && state.results.some(({ path }) => k < path.length); k++) {
      row(add(table, "tr"), state, k);
    }
  };
  details.addEventListener("toggle", fill);
  return fill;
}

function heads(table, { names, runs }) {
  const columns = [...names, "f"];
  if (runs.length > 1) {
    const groups = add(table, "tr");
    add(groups, "td");
    for (const { label } of runs) {
      add(groups, "th", { scope: "colgroup", colspan: columns.length }, label);
    }
  }
  const head = add(table, "tr");
  for (const name of ["step", ...runs.flatMap(() => columns)]) {
    add(head, "th", { scope: "col" }, name);
  }
}

function row(tr, { names, results }, k) {
  add(tr, "th", { scope: "row" }, k);
  for (const { path, values } of results) {
    const numbers = k < path.length ? [...path[k], values[k]] : [...names, "f"].map(() => NaN);
    for (const v of numbers) add(tr, "td", {}, Number.isFinite(v) ? short(v, 5) : "");
  }
}
