// One step after the other, and the first of them as a table.
/** @import { State } from "./types.d.ts" */
import { caseOf, curveOf, labelsOf, switchedOn } from "./clinic.js";
import { add } from "./page.js";
import { short } from "./sentence.js";
import { known, write } from "./sweeps.js";

const PACE = 200; // milliseconds a step
const SLIDE = 1500; // who asked for less motion gets a slow slide show; so do sentences to be read
const QUICK = 50, PICTURES = 100; // milliseconds a picture, and how many, of a training or a swarm
const ROWS = 10;

/**
 * The buttons that play a run. Gives whether they are at it, and what stops them.
 *
 * @param {HTMLElement} parent
 * @param {State} state
 * @param {(k: number) => void} show  a step, or a stage
 */
export function player(parent, state, show) {
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
  function advance(by = 1) {
    const next = state.shown >= longest() ? 0 : Math.min(longest(), state.shown + by);
    if (next >= longest()) stop();
    show(next);
  }
  back.addEventListener("click", () => {
    stop();
    show(Math.max(0, Math.min(state.shown, longest()) - 1));
  });
  next.addEventListener("click", () => {
    stop();
    advance();
  });
  play.addEventListener("click", () => {
    if (clock) return stop();
    play.textContent = "■ Stop";
    state.turns = [];
    show(0);
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const many = state.net || state.swarm, by = many ? Math.ceil(longest() / PICTURES) : 1;
    const pace = many ? QUICK : PACE;
    clock = setInterval(() => advance(by), calm || state.nodes.length ? SLIDE : pace);
  });
  return { stop, playing: () => clock !== undefined };
}

/**
 * The first steps, or the nodes of a graph, as a table for those who open it. Gives what fills it.
 *
 * @param {HTMLElement} parent
 * @param {State} state
 */
export function tableBelow(parent, state) {
  const { cases, net, nodes } = state;
  const title = nodes.length
    ? "The nodes"
    : net
    ? "The training"
    : cases
    ? "The run"
    : "The first steps";
  const details = add(parent, "details", { class: "gd-table" });
  add(details, "summary", {}, `${title} as a table`);
  const scroll = { tabindex: 0, role: "region", "aria-label": title };
  const table = add(add(details, "div", scroll), "table");
  const fill = () => {
    if (!details.open) return;
    table.replaceChildren();
    if (nodes.length) nodeRows(table, state);
    else if (net) trainingRows(table, state);
    else if (cases) caseRows(table, state);
    else stepRows(table, state);
  };
  details.addEventListener("toggle", fill);
  return fill;
}

function stepRows(table, state) {
  heads(table, state);
  for (let k = 0; k <= ROWS && state.results.some(({ path }) => k < path.length); k++) {
    row(add(table, "tr"), state, k);
  }
}

// in the order of computing; what is not known yet is left out
function nodeRows(table, state) {
  const head = add(table, "tr"),
    seen = known(state),
    { values, slopes, grads } = state.results[0].numbers;
  for (const name of ["node", "value", "local derivatives", "gradient"]) {
    add(head, "th", { scope: "col" }, name);
  }
  state.nodes.forEach(({ formula, sources }, i) => {
    const tr = add(table, "tr"),
      local = sources.map((source, k) =>
        `${write(slopes[i][k])} for ${state.nodes[source].formula}`
      );
    add(tr, "th", { scope: "row" }, formula);
    add(tr, "td", {}, seen[i].value ? write(values[i]) : "");
    add(tr, "td", {}, seen[i].value ? local.join(", ") : "");
    add(tr, "td", {}, seen[i].gradient ? write(grads[i]) : "");
  });
}

// a few of the steps, evenly spaced
/** @type {(table: HTMLElement, state: State) => void} */
function trainingRows(table, { results: [{ path, values }] }) {
  const n = path.length - 1, head = add(table, "tr"), rows = Math.min(n, ROWS);
  for (const name of ["step", "loss"]) add(head, "th", { scope: "col" }, name);
  for (let i = 0; i <= rows; i++) {
    const tr = add(table, "tr"), k = Math.round((i * n) / Math.max(1, rows));
    add(tr, "th", { scope: "row" }, k);
    add(tr, "td", {}, Number.isFinite(values[k]) ? short(values[k], 5) : "");
  }
}

// of each instrument that is on and has a curve, a few of its readings
/** @type {(table: HTMLElement, state: State) => void} */
function caseRows(table, state) {
  const { curves, apart } = caseOf(state), labels = labelsOf(state);
  const on = switchedOn(state).filter((name) => name in curves), head = add(table, "tr");
  const seen = on.map((name) => curveOf(curves[name], apart));
  for (const name of ["Epoch", ...on.map((name) => labels[name])]) {
    add(head, "th", { scope: "col" }, name);
  }
  const n = seen[0].length;
  for (let k = 0; k < n; k += Math.ceil(n / ROWS)) {
    const tr = add(table, "tr");
    add(tr, "th", { scope: "row" }, short(k * apart));
    for (const curve of seen) {
      add(tr, "td", {}, Number.isFinite(curve[k][1]) ? short(curve[k][1]) : "");
    }
  }
}

function heads(table, { names, runs, swarm }) {
  const columns = [...names, "f"].map((name) => swarm ? `mean of ${name}` : name);
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
