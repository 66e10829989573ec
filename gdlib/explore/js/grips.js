// What is moved on the picture itself, by mouse, finger and keys: the start, and points.
/** @import { Grip, Model, Place, State } from "./types.d.ts" */

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };

// where a pointer is, in the function's units
export function located(svg, { box, xs, ys }, event) {
  const rect = svg.getBoundingClientRect(), shrink = rect.width / svg.viewBox.baseVal.width;
  const across = ((event.clientX - rect.left) / shrink - box.x) / box.width;
  const up = 1 - ((event.clientY - rect.top) / shrink - box.y) / box.height;
  return [xs[0] + across * (xs[1] - xs[0]), ys[0] + up * (ys[1] - ys[0])];
}

/** @param {Model} model */
function move(model, settings, traits, w) {
  traits.forEach((name, i) => {
    const [low, high, grain] = settings[name], inside = Math.min(high, Math.max(low, w[i]));
    model.set(name, Number((Math.round(inside / grain) * grain).toFixed(9)));
  });
  model.save_changes();
}

/**
 * Let the grips of a panel be moved; and let the traits that `anywhere` names follow a pointer
 * anywhere on it.
 *
 * @param {SVGSVGElement} svg
 * @param {{ place: Place, grips: Grip[] }} view  as it was drawn last
 * @param {Model} model
 * @param {State["settings"]} settings
 * @param {() => string[]} anywhere
 */
export function movable(svg, view, model, settings, anywhere) {
  const held = (event) => view.grips[event.target.dataset?.grip];
  const to = (traits, event, value = (w) => w) =>
    move(model, settings, traits, value(located(svg, view.place, event)));
  let dragged = [], along; // the traits that follow the pointer, and the line that they keep to
  svg.addEventListener("touchstart", (event) => {
    if (held(event)) event.preventDefault(); // drag, do not scroll
  }, { passive: false });
  svg.addEventListener("pointerdown", (event) => {
    const grip = held(event);
    // a finger's tap is a click; its drag scrolls the page
    if (!grip && event.pointerType !== "mouse") return;
    dragged = grip ? grip.traits : anywhere();
    along = grip?.value;
    if (!dragged.length) return;
    const node = grip ? event.target : svg;
    /** @type {Element} */ (node).setPointerCapture(event.pointerId);
    if (!grip) to(dragged, event);
  });
  svg.addEventListener("pointermove", (event) => dragged.length && to(dragged, event, along));
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
    svg.addEventListener(end, () => dragged = []);
  }
  svg.addEventListener("click", (event) => anywhere().length && to(anywhere(), event));
  svg.addEventListener("keydown", (event) => {
    const arrow = ARROWS[event.key], grip = held(event);
    if (!arrow || !grip) return;
    event.preventDefault();
    const far = event.shiftKey ? 10 : 1, { traits } = grip;
    const along = traits.length === 1 && !arrow[0] ? [arrow[1]] : arrow;
    const there = traits.map((name, i) => model.get(name) + far * along[i] * settings[name][2]);
    move(model, settings, traits, there);
  });
}
