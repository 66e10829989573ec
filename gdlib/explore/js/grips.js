// What is moved on the picture itself, by mouse, finger and keys: the start, and points.
/** @import { Grip, Model, Place, State } from "./types.d.ts" */
import { minus } from "./descent.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };

// where a pointer is, in the function's units
export function located(svg, { box, xs, ys }, event) {
  const rect = svg.getBoundingClientRect(), shrink = rect.width / svg.viewBox.baseVal.width;
  const across = ((event.clientX - rect.left) / shrink - box.x) / box.width;
  const up = 1 - ((event.clientY - rect.top) / shrink - box.y) / box.height;
  return [xs[0] + across * (xs[1] - xs[0]), ys[0] + up * (ys[1] - ys[0])];
}

const NOTCHES = 16; // of a doubling, on a logarithmic slider, which has no grain (kinds.py)

// the nearest place of a slider
function placed(value, low, grain) {
  if (grain) return Number((Math.round(value / grain) * grain).toFixed(9));
  return low * 2 ** (Math.round(NOTCHES * Math.log2(value / low)) / NOTCHES);
}

// so many places on
const onwards = (value, places, grain) =>
  grain ? value + places * grain : value * 2 ** (places / NOTCHES);

/** @param {Model} model */
function move(model, settings, traits, w) {
  traits.forEach((name, i) => {
    const [low, high, grain] = settings[name], inside = Math.min(high, Math.max(low, w[i]));
    model.set(name, placed(inside, low, grain));
  });
  model.save_changes();
}

/**
 * Let the grips of a panel be moved; and let the one that `free` gives follow a pointer anywhere on
 * it. A grip keeps its distance from the pointer that took hold of it.
 *
 * @param {SVGSVGElement} svg
 * @param {{ place: Place, grips: Grip[] }} view  as it was drawn last
 * @param {Model} model
 * @param {State["settings"]} settings
 * @param {() => Grip | undefined} free
 */
export function movable(svg, view, model, settings, free) {
  const held = (event) => view.grips[event.target.dataset?.grip];
  let dragged, off = [0, 0];
  const to = ({ traits, value = (w) => w }, event) => {
    const at = located(svg, view.place, event).map((v, i) => v + off[i]);
    move(model, settings, traits, value(at));
  };
  svg.addEventListener("touchstart", (event) => {
    if (held(event)) event.preventDefault(); // drag, do not scroll
  }, { passive: false });
  svg.addEventListener("pointerdown", (event) => {
    const grip = held(event);
    off = grip ? minus(grip.at, located(svg, view.place, event)) : [0, 0];
    // a finger's tap is a click; its drag scrolls the page
    if (!grip && event.pointerType !== "mouse") return;
    dragged = grip ?? free();
    if (!dragged) return;
    const node = grip ? event.target : svg;
    /** @type {Element} */ (node).setPointerCapture(event.pointerId);
    if (!grip) to(dragged, event);
  });
  svg.addEventListener("pointermove", (event) => dragged && to(dragged, event));
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
    svg.addEventListener(end, () => dragged = undefined);
  }
  svg.addEventListener("click", (event) => free() && to(free(), event));
  svg.addEventListener("keydown", (event) => {
    const arrow = ARROWS[event.key], grip = held(event);
    if (!arrow || !grip) return;
    event.preventDefault();
    const far = event.shiftKey ? 10 : 1, { traits } = grip;
    const along = traits.length === 1 && !arrow[0] ? [arrow[1]] : arrow;
    const there = traits.map((name, i) =>
      onwards(model.get(name), far * along[i], settings[name][2])
    );
    move(model, settings, traits, there);
  });
}
