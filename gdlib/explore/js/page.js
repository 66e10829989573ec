// Marks as nodes of the page. What is as it was is left alone: the browser would work it out anew.
/** @import { Mark } from "./types.d.ts" */

const SVG = "http://www.w3.org/2000/svg";

/** An element of HTML, put at the end of another. */
export function add(parent, tag, attributes = {}, text = undefined) {
  const node = document.createElement(tag);
  for (const name in attributes) node.setAttribute(name, String(attributes[name]));
  if (text !== undefined) node.textContent = text;
  parent.append(node);
  return node;
}

/** An element of SVG, put at the end of another; `svg` itself too. */
export function addSvg(parent, tag, attributes = {}) {
  const node = document.createElementNS(SVG, tag);
  for (const name in attributes) node.setAttribute(name, String(attributes[name]));
  parent.append(node);
  return node;
}

/**
 * Make the children of a node those marks. What was drawn last is remembered, not read back, and a
 * text is written through its element: a browser that translates the page puts elements of its own
 * around texts.
 *
 * @param {Element} parent
 * @param {Mark[]} marks
 * @param {Mark[]} before  what the children are now
 */
export function draw(parent, marks, before = []) {
  const nodes = [...parent.children];
  marks.forEach((mark, i) => {
    if (mark === before[i]) return;
    const same = before[i]?.tag === mark.tag,
      node = same ? nodes[i] : made(mark.tag, parent, nodes[i]);
    renew(node, mark, same ? before[i] : undefined);
  });
  for (const node of nodes.slice(marks.length)) node.remove();
}

function made(tag, parent, old) {
  const node = document.createElementNS(SVG, tag);
  if (old) old.replaceWith(node);
  else parent.append(node);
  return node;
}

function renew(node, mark, before) {
  const { attributes } = mark, last = before?.attributes ?? {};
  for (const name in last) if (!(name in attributes)) node.removeAttribute(name);
  for (const name in attributes) {
    if (attributes[name] !== last[name]) node.setAttribute(name, String(attributes[name]));
  }
  if (mark.text !== undefined) tell(node, mark.text);
  else draw(node, mark.children, before?.children);
}

const written = new WeakMap();

/** Write a text, if it is another than the one written last. */
export function tell(node, text) {
  if (written.get(node) === text) return;
  written.set(node, text);
  node.textContent = text;
}

/** A colour of the style, as [red, green, blue]. */
export function colourIn(figure) {
  const style = getComputedStyle(figure);
  return (name) =>
    style.getPropertyValue(name).trim().match(/\w\w/g).map((hex) => parseInt(hex, 16));
}

/** The address of an image, from the colour of each of its pixels. */
export function image(width, height, colour) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d"), pixels = context.createImageData(width, height);
  for (let i = 0, at = 0; i < width * height; i++) {
    for (const part of colour(i)) pixels.data[at++] = part;
    pixels.data[at++] = 255;
  }
  context.putImageData(pixels, 0, 0);
  return canvas.toDataURL();
}

const SLICE = 5; // milliseconds
// As long as the browser is idle: to the next frame, if one is to come. Safari does not say how
// long that is, and a browser that never is idle has to work all the same.
const whenIdle = (work) => {
  const go = (idle) => work(idle && !idle.didTimeout ? idle.timeRemaining() : SLICE);
  if (globalThis.requestIdleCallback) requestIdleCallback(go, { timeout: 100 });
  else setTimeout(go);
};

/**
 * Work that is too long for one frame: what is quick at once, the rest bit by bit when the browser
 * is idle, so that sliders stay quick. New work takes the place of the old;
 * what is taken off the page has none. The class `gd-unfinished` says that there is more to come.
 *
 * @param {SVGElement} svg
 * @param {() => void} show
 */
export function worker(svg, show) {
  let doing;
  return (work) => {
    if (!work || work.key === doing?.key) return;
    doing = work;
    const steps = work.steps();
    const slice = (until) => {
      let fresh = false, step;
      do {
        step = steps.next();
        fresh ||= step.value;
      } while (!step.done && performance.now() < until);
      if (fresh) show();
      svg.classList.toggle("gd-unfinished", !step.done);
      if (!step.done) whenIdle(goOn);
    };
    const goOn = (time) => {
      if (work !== doing) return;
      if (svg.isConnected) slice(performance.now() + time);
      else doing = undefined;
    };
    slice(0);
  };
}
