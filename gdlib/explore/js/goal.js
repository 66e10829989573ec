// A goal for the first run, and whether it is reached. Mirrors gdlib/explore/goal.py.
/** @import { State } from "./types.d.ts" */
import { CONVERGED, minus, norm } from "./descent.js";
import { add, tell } from "./page.js";

/** @param {State} state */
export function reached({ get, results: [{ path, status }] }) {
  const { steps, end, near, settings } = get("goal"), last = path[path.length - 1];
  if (steps !== null && !(CONVERGED.includes(status) && path.length - 1 <= steps)) return false;
  if (end !== null && !(norm(minus(last, end)) <= near)) return false;
  return Object.entries(settings).every(([name, [low, high]]) =>
    (low === null || get(name) >= low) && (high === null || get(name) <= high)
  );
}

/**
 * The goal in words, below the picture. Gives what says whether it is reached.
 *
 * @param {HTMLElement} parent
 * @param {State} state
 */
export function goalBelow(parent, state) {
  const { words } = state.get("goal");
  if (!words) return () => {};
  const line = add(parent, "p", { class: "gd-goal", role: "status" });
  return () => {
    const done = state.results.length > 0 && reached(state);
    line.classList.toggle("gd-reached", done);
    tell(line, `Goal: ${words}. ${done ? "Reached." : "Not yet."}`);
  };
}
