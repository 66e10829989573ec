// Which leaf of a formula's graph is nudged, or by which rule a network is trained: one of them, by
// buttons.
/** @import { Model, State } from "./types.d.ts" */
import { TRAINED_BY } from "./network.js";
import { add } from "./page.js";
import { waiting } from "./predict.js";

/**
 * The choice below the picture. Gives what shows it as it stands.
 *
 * @param {HTMLElement} parent
 * @param {State} state
 * @param {Model} model
 */
export function leafChoice(parent, state, model) {
  const { get, names, net } = state;
  if (!net && (!get("nodes").length || !get("beside") || names.length < 2)) return () => {};
  const [said, options, trait] = net ? ["Rule", TRAINED_BY, "rule"] : ["Nudge", names, "nudged"];
  const group = add(parent, "div", { class: "gd-choice", role: "group", "aria-label": said });
  add(group, "span", { "aria-hidden": "true" }, `${said} `);
  const name = `gd-choice-${++leafChoice.groups}`;
  const fields = options.map((option, i) => {
    const label = add(group, "label"), field = add(label, "input", { type: "radio", name });
    label.append(` ${option}`);
    field.addEventListener("change", () => {
      model.set(trait, i);
      model.save_changes();
    });
    return /** @type {HTMLInputElement} */ (field);
  });
  return () => {
    group.hidden = waiting(state);
    fields.forEach((field, i) => field.checked = get(trait) === i);
  };
}
leafChoice.groups = 0;
