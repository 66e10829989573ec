// Below a mystery run: a switch for each instrument, and the list from which its fault is named.
/** @import { Model, State } from "./types.d.ts" */
import { add } from "./page.js";

/**
 * Gives what shows the switches and the answer as they stand.
 *
 * @param {HTMLElement} parent
 * @param {State} state
 * @param {Model} model
 */
export function diagnosis(parent, { get, cases }, model) {
  if (!cases) return () => {};
  const set = (name, value) => {
    model.set(name, value);
    model.save_changes();
  };
  const group = add(parent, "div", {
    class: "gd-choice",
    role: "group",
    "aria-label": "Instruments",
  });
  add(group, "span", { "aria-hidden": "true" }, "Instruments ");
  const [, ...instruments] = cases.labels;
  const switches = instruments.map(([name, said]) => {
    const label = add(group, "label"), field = add(label, "input", { type: "checkbox" });
    label.append(` ${said}`);
    field.addEventListener("change", () => set(name, Number(field.checked)));
    return field;
  });
  const form = add(parent, "div", { class: "gd-predict" });
  const list = add(add(form, "label", {}, "What is wrong? "), "select");
  for (const name of ["choose", ...cases.runs.map((run) => run.name)]) {
    add(list, "option", {}, name);
  }
  const name = add(form, "button", { type: "button" }, "Name it");
  name.addEventListener("click", () => set("named", list.selectedIndex));
  model.on("change:case", () => set("named", 0)); // that was said of another run
  model.on("change:named", () => list.selectedIndex = get("named"));
  list.selectedIndex = get("named");
  return () => switches.forEach((field, i) => field.checked = get(instruments[i][0]) > 0);
}
