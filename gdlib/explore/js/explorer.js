// One explorer on a page: its panels, the words below them, and what moves them. The pictures are
// SVG: they follow the theme's colours, print sharply, and a move of a slider rewrites the
// attributes of a few paths, no more.
/** @import { Grip, Model, Panel, State } from "./types.d.ts" */
import { axesOf } from "./axes.js";
import { diagnosis } from "./diagnosis.js";
import { goalBelow } from "./goal.js";
import { located, movable } from "./grips.js";
import { leafChoice } from "./leaves.js";
import { add, addSvg, colourIn, draw, image, tell, worker } from "./page.js";
import { waiting } from "./predict.js";
import { question } from "./question.js";
import { composed, handle, panelsOf, sizesOf } from "./panels.js";
import { rememberedWords } from "./panels/memory.js";
import { stateOf, update } from "./state.js";
import { player, tableBelow } from "./steps.js";
import { turn } from "./turns.js";

const LEAST = 260, USUAL = 640; // pixels of width
const WIDE = 704, TALL = 620; // pixels that a picture and its words take on the page
const PATIENCE = 2; // milliseconds of a network's training in a frame
const QUIET = 500; // milliseconds without a move before the sentence is spoken
let explorers = 0;

/** @param {{ model: Model, el: HTMLElement }} widget */
function render({ model, el }) {
  const figure = add(el, "div", { class: "gd" }), id = `gd-${++explorers}`;
  const colour = (name) => colourIn(figure)(name);
  const state = stateOf((name) => model.get(name), { colour, image, patience: PATIENCE });
  add(figure, "div", { class: "gd-title", translate: "no" }, model.get("title"));
  const box = add(figure, "div", { class: "gd-panels" });
  const panels = panelsOf(state);
  const views = panels.map((panel, i) => viewOf(panel, box, `${id}-${i}`, state));
  const say = wordsBelow(figure, `${id}-text`, state);
  const sayGoal = goalBelow(figure, state), ask = question(figure, state, model);
  const diagnose = diagnosis(figure, state, model);
  const buttons = add(figure, "div", { class: "gd-buttons" });
  const play = player(buttons, state, showStep), fillTable = tableBelow(buttons, state);
  const choose = leafChoice(figure, state, model);
  views.forEach((view, i) => {
    const free = () => i > 0 || panels[0].elsewhere ? undefined : view.grips[0];
    movable(view.svg, view, model, state.settings, free);
    if (i > 0) return;
    view.svg.setAttribute("aria-labelledby", `${id}-text`);
    pointed(view, panels[0], state);
  });

  let width; // the figure's, when it was last laid out
  function layout() {
    if (!figure.isConnected) return; // in JupyterLab, not on the page yet: watchSize will call
    width = figure.clientWidth;
    const zoom = zoomOf(figure, width);
    const sizes = sizesOf(panels, state, Math.max(LEAST, width / zoom || USUAL));
    views.forEach((view, i) => view.resize(sizes[i], zoom));
    show();
  }
  function show() {
    if (width === undefined) return; // not laid out yet
    update(state);
    if (state.get("locked") !== waiting(state)) model.set("locked", waiting(state));
    buttons.hidden = waiting(state);
    ask();
    sayGoal();
    if (state.results.length) views.forEach((view) => view.show());
    say();
    fillTable();
    choose();
    diagnose();
    const training = state.results[0]?.status === "training";
    figure.classList.toggle("gd-unfinished", training);
    if (training) redraw(); // the next frame goes on
  }

  function showStep(k) {
    if (state.nodes.length) {
      model.set("stage", k); // a link holds it
      model.save_changes();
    } else state.shown = k;
    redraw();
  }
  let asked; // many events in one frame are one drawing
  function redraw() {
    asked ??= requestAnimationFrame(() => {
      asked = undefined;
      show();
    });
  }
  const changed = () => {
    if (play.playing()) turn(state);
    else Object.assign(state, { shown: Infinity, turns: [] });
    redraw();
  };
  for (const name of [...Object.keys(state.settings), "computed"]) {
    model.on(`change:${name}`, changed);
  }
  const watchSize = new ResizeObserver(() => {
    if (figure.clientWidth !== width) layout();
  });
  const watchTheme = new MutationObserver(() => { // the ground is painted in the theme's colours
    state.theme += 1;
    layout();
  });
  layout();
  watchSize.observe(figure);
  watchTheme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return () => {
    play.stop();
    watchSize.disconnect();
    watchTheme.disconnect();
  };
}

// On a full screen the picture is as on the page, and larger: letters, lines and all.
function zoomOf(figure, width) {
  if (!document.fullscreenElement?.contains(figure)) return 1;
  return Math.max(1, Math.min(width / WIDE, innerHeight / TALL));
}

/**
 * A panel on the page: its svg, and what draws it.
 *
 * @param {Panel} panel
 * @param {HTMLElement} parent
 * @param {string} clip
 * @param {State} state
 */
function viewOf(panel, parent, clip, state) {
  const svg = /** @type {SVGSVGElement} */ (addSvg(parent, "svg"));
  const picture = addSvg(svg, "g"), axes = axesOf(panel.names(state), clip);
  if (panel.class) svg.setAttribute("class", panel.class);
  if (panel.told) svg.setAttribute("aria-label", panel.told);
  let drawn = [], size;
  const view = { svg, grips: /** @type {Grip[]} */ ([]), place: undefined, resize, show };
  const work = worker(svg, paint);
  /** @type {(size: number[], zoom: number) => void} */
  function resize([width, height], zoom) {
    size = [width, height];
    const attributes = {
      viewBox: `0 0 ${width} ${height}`,
      width: width * zoom,
      height: height * zoom,
    };
    for (const name in attributes) svg.setAttribute(name, String(attributes[name]));
  }
  function paint() {
    const drawing = panel.draw(state, axes(size), size), { place, grips = [] } = drawing;
    const marks = composed(drawing, clip, grips.map((grip, i) => handle(grip, i, state, place)));
    draw(picture, marks, drawn);
    drawn = marks;
    Object.assign(view, { place, grips });
    svg.setAttribute("role", grips.length ? "group" : "img");
  }
  function show() {
    paint();
    work(panel.slow?.(state, view.place));
  }
  return view;
}

// The numbers under the pointer, in a corner of the picture.
function pointed(view, panel, state) {
  const text = addSvg(view.svg, "text", { class: "gd-pointed", "text-anchor": "end" });
  view.svg.addEventListener("pointermove", (event) => {
    const { place } = view, [x, y] = located(view.svg, place, event);
    const inside = x >= place.xs[0] && x <= place.xs[1] && y >= place.ys[0] && y <= place.ys[1];
    text.setAttribute("x", place.box.x + place.box.width - 6);
    text.setAttribute("y", place.box.y + 15);
    tell(text, inside ? panel.pointed(state, [x, y]) : "");
  });
  view.svg.addEventListener("pointerleave", () => tell(text, ""));
}

// The sentences: seen at once, spoken after a pause, as a screen reader should not hear every
// pixel. Their room grows with them and shrinks in the pause: what is below does not jump, nor has
// the browser to lay out the page at every move.
function wordsBelow(figure, id, state) {
  const room = add(figure, "div", { class: "gd-room" });
  const text = add(add(room, "div", { class: "gd-text", id }), "div");
  const lines = state.runs.map((_, r) => add(text, "p", { class: `gd-run-${r + 1}` }));
  const spoken = add(figure, "p", { class: "gd-spoken", "aria-live": "polite" });
  let pause, quiet = 0, tall = 0;
  const take = (height) => room.style.height = `${tall = height}px`;
  const grow = () => text.offsetHeight > tall && take(text.offsetHeight);
  new ResizeObserver(grow).observe(text);
  const rest = (said) => {
    tell(spoken, said);
    if (text.offsetHeight !== tall) take(text.offsetHeight);
  };
  return () => {
    const sentences = state.sentences.map((said, r) =>
      waiting(state) ? start(said) : said + rememberedWords(state, r)
    );
    sentences.forEach((said, r) => tell(lines[r], said));
    clearTimeout(pause);
    pause = setTimeout(() => rest(sentences.join(" ")), quiet);
    quiet = QUIET;
  };
}

// of a sentence, what is known before the run
const start = (said) => said.replace(/([=≤] [^:]* from [^:]*): .*/, "$1.");

export default { render };
