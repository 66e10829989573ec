// Which leaf of a formula's graph is nudged: one of them, by buttons.
/** @import { Model, State } from "./types.d.ts" */
import { add } from "./page.js";

/**
 * The choice below the picture. Gives what shows it as it stands.
 *
 * @param {HTMLElement} parent
 * @param {State} state
 * @param {Model} model
 */
export function leafChoice(parent, { get, names }, model) {
  if (!get("nodes").length || !get("beside") || names.length < 2) return () => {};
  const group = add(parent, "div", { class: "gd-choice", role: "group", "aria-label": "Nudge" });
  add(group, "span", { "aria-hidden": "true" }, "Nudge ");
  const name = `gd-nudged-${++leafChoice.groups}`;
  const fields = names.map((leaf, i) => {
    const label = add(group, "label"), field = add(label, "input", { type: "radio", name });
    label.append(` ${leaf}`);
    field.addEventListener("change", () => {
      model.set("nudged", i);
      model.save_changes();
    });
    return /** @type {HTMLInputElement} */ (field);
  });
  return () => fields.forEach((field, i) => field.checked = get("nudged") === i);
}
leafChoice.groups = 0;
