// The question that is put before a run is seen, below the picture.
/** @import { Model, State } from "./types.d.ts" */
import { add, tell } from "./page.js";
import { regimesOf, verdict, waiting } from "./predict.js";

const QUESTIONS = {
  end: "Where will it end? Move the square to your guess, by pointer or by arrow keys.",
  swarm:
    "How wide will the cloud be? Move the square, by pointer or by arrow keys, to fit the ellipse.",
  steps: "How many steps will it take?",
  regime: "What will become of it?",
};

/**
 * The question, and what shows it or the verdict as the traits have it.
 *
 * @param {HTMLElement} parent
 * @param {State} state
 * @param {Model} model
 */
export function question(parent, state, model) {
  const predict = state.get("predict");
  if (!predict) return () => {};
  const form = add(parent, "div", {
    class: "gd-predict",
    role: "group",
    "aria-label": "Your guess",
  });
  const what = state.net ? "the sharpness" : "it"; // a network's weights are too many to be guessed
  add(form, "p", {}, QUESTIONS[state.swarm ? "swarm" : predict].replace("it", what));
  if (predict === "steps") steps(form, state, model);
  if (predict === "regime") regimes(form, state, model);
  const told = add(parent, "p", { class: "gd-verdict", "aria-live": "polite" });
  const end = (value) => () => {
    model.set("guessed", value);
    model.save_changes();
  };
  add(form, "button", { type: "button" }, "Show the run").addEventListener("click", end(1));
  add(form, "button", { type: "button" }, "Skip").addEventListener("click", end(2));
  addEventListener("beforeprint", () => waiting(state) && end(2)()); // paper has no buttons
  return () => {
    form.hidden = !waiting(state);
    tell(told, state.get("guessed") === 1 && state.results.length ? verdict(state) : "");
  };
}

function steps(form, { get, settings }, model) {
  const [low, high] = settings.guess_steps;
  const limits = { type: "number", min: low, max: high, value: get("guess_steps") };
  const field = add(add(form, "label", {}, "steps "), "input", limits);
  field.addEventListener("input", () => {
    const value = Math.round(/** @type {HTMLInputElement} */ (field).valueAsNumber);
    if (value >= low && value <= high) model.set("guess_steps", value);
  });
}

function regimes(form, state, model) {
  const name = `gd-guess-${++regimes.groups}`;
  regimesOf(state).forEach((words, i) => {
    const label = add(form, "label");
    const chosen = state.get("guess_regime") === i ? { checked: "" } : {};
    const field = add(label, "input", { type: "radio", name, ...chosen });
    label.append(` ${words}`);
    field.addEventListener("change", () => model.set("guess_regime", i));
  });
}
regimes.groups = 0;
