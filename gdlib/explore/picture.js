// Draws one explorer. The picture is SVG: it follows the theme's colours, prints sharply, and a
// move of a slider rewrites the attributes of a few paths, no more.

const FAR = 1e5; // pixels; beyond this a point is as good as out of sight
const SAMPLES = 300; // points on a curve
const BANDS = 14; // of height, in a picture from above; each covers the same area
const SWEEP = 120; // learning rates tried from one end of the slider to the other
const BESIDE = { // what the second panel may show: its axes, and what it is for who cannot see it
  f: ["step", "f", "f at every step, as told by the sentence below"],
  cobweb: ["w", "next w", "the map from one iterate to the next, and the run as a cobweb on it"],
  sweep: ["η", "steps", "steps needed against the learning rate, with the present one marked"],
};
const MARGIN = { top: 12, right: 12, bottom: 34, left: 46 };

function element(parent, name, attributes = {}, text) {
  const svg = name === "svg" || parent.namespaceURI?.endsWith("svg");
  const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", name)
    : document.createElement(name);
  set(node, attributes);
  if (text !== undefined) node.textContent = text;
  parent.append(node);
  return node;
}

function set(node, attributes) {
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
}

// --- scales and axes

// round numbers, about `wanted` of them, from low to high
function ticks(low, high, wanted) {
  const raw = (high - low) / wanted, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw);
  const first = Math.ceil(low / step - 1e-9);
  const n = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: n }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

const tick = (v) => String(v).replace("-", "−").replace("e+", "e");
const powerOfTen = (v) => `10${String(v).replace(/./g, (c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)])}`;

function range(values, padding = 0.06) {
  const finite = values.filter(Number.isFinite);
  if (!finite.length) return [0, 1];
  const low = finite.reduce((a, b) => Math.min(a, b)), high = finite.reduce((a, b) => Math.max(a, b));
  const pad = padding * (high - low) || Math.abs(high) * padding || 1;
  return [low - pad, high + pad];
}

let frames = 0;

// A box with axes, and a place inside it where nothing can leave the box.
function frame(parent, names) {
  const svg = element(parent, "svg", {}), id = `gd-clip-${++frames}`;
  const clip = element(element(element(svg, "defs"), "clipPath", { id }), "rect");
  const ground = element(svg, "image", { preserveAspectRatio: "none" });
  const axes = element(svg, "g", { class: "gd-axes" });
  const inside = element(svg, "g", { "clip-path": `url(#${id})` });
  const scale = (from, to, a, b) => (v) =>
    Math.min(FAR, Math.max(-FAR, a + ((v - from) / (to - from)) * (b - a))).toFixed(1);

  const self = { svg, inside, ground, layout };
  function layout(width, height, [left, right], [low, high], acrossText = tick, upText = tick) {
    const box = { x: MARGIN.left, y: MARGIN.top,
      width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
    const X = scale(left, right, box.x, box.x + box.width);
    const Y = scale(low, high, box.y + box.height, box.y);
    Object.assign(self, { X, Y, box, xs: [left, right], ys: [low, high] });
    set(svg, { viewBox: `0 0 ${width} ${height}`, width, height });
    set(clip, box);
    axes.replaceChildren();
    const marks = (from, to, wanted, text) =>
      ticks(from, to, wanted).filter((v) => text === tick || Number.isInteger(v)).map((v) => [v, text(v)]);
    for (const [v, text] of marks(left, right, box.width / 55, acrossText)) {
      element(axes, "path", { d: `M${X(v)} ${box.y}v${box.height}` });
      element(axes, "text", { x: X(v), y: box.y + box.height + 16, "text-anchor": "middle" }, text);
    }
    for (const [v, text] of marks(low, high, box.height / 50, upText)) {
      element(axes, "path", { d: `M${box.x} ${Y(v)}h${box.width}` });
      element(axes, "text", { x: box.x - 6, y: Y(v), dy: "0.32em", "text-anchor": "end" }, text);
    }
    element(axes, "text", { x: width - MARGIN.right, y: height - 4, "text-anchor": "end", class: "gd-name" }, names[0]);
    element(axes, "text", { x: box.x + 6, y: box.y + 15, class: "gd-name" }, names[1]);
  }
  return self;
}

// where a pointer is, in the function's units
function located({ svg, box, xs, ys }, event) {
  const rect = svg.getBoundingClientRect(), shrink = rect.width / svg.viewBox.baseVal.width;
  const across = ((event.clientX - rect.left) / shrink - box.x) / box.width;
  const up = 1 - ((event.clientY - rect.top) / shrink - box.y) / box.height;
  return [xs[0] + across * (xs[1] - xs[0]), ys[0] + up * (ys[1] - ys[0])];
}

// --- what is drawn in the box

// A curve through finite points; a gap where there are none.
function curve(X, Y, points) {
  let pen = "M";
  return points.map(([x, y]) => {
    if (!Number.isFinite(y)) return (pen = "M"), "";
    const drawn = `${pen}${X(x)} ${Y(y)}`;
    pen = "L";
    return drawn;
  }).join("");
}

const rgb = (style, name) => style.getPropertyValue(name).trim().match(/\w\w/g).map((hex) => parseInt(hex, 16));

// A surface from above, as bands of height: an image, drawn once, in the page's own colours.
function bands(at, { box, xs, ys }, style) {
  const width = Math.round(box.width), height = Math.round(box.height);
  const heights = new Float64Array(width * height);
  for (let j = 0, i = 0; j < height; j++)
    for (let k = 0; k < width; k++, i++)
      heights[i] = at([xs[0] + ((k + 0.5) / width) * (xs[1] - xs[0]), ys[1] - ((j + 0.5) / height) * (ys[1] - ys[0])])[0];
  const sorted = heights.filter(Number.isFinite).sort();
  const levels = Array.from({ length: BANDS - 1 }, (_, b) => sorted[Math.floor(((b + 1) / BANDS) * sorted.length)]);
  const band = Uint8Array.from(heights, (h) => levels.filter((level) => h > level).length);
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d"), image = context.createImageData(width, height);
  const [low, high, line] = ["--gd-low", "--gd-high", "--gd-line"].map((name) => rgb(style, name));
  band.forEach((b, i) => {
    const edge = (i % width && band[i - 1] !== b) || (i >= width && band[i - width] !== b);
    const colour = edge ? line : low.map((c, k) => c + ((high[k] - c) * b) / (BANDS - 1));
    image.data.set([...colour, 255], 4 * i);
  });
  context.putImageData(image, 0, 0);
  return canvas.toDataURL();
}

// --- the explorer

let pictures = 0;

function render({ model, el }) {
  const names = model.get("variables"), window = model.get("window"), plain = names.length === 1;
  const compute = new Function(...names, model.get("javascript")), at = (w) => compute(...w);
  const runs = model.get("runs"), start = model.get("start"), id = `gd-${++pictures}`;
  const beside = model.get("beside"); // what the second panel shows: f, cobweb, sweep, or nothing

  const figure = element(el, "div", { class: "gd" });
  element(figure, "div", { class: "gd-title" }, model.get("title"));
  const panels = element(figure, "div", { class: "gd-panels" });
  const main = frame(panels, plain ? [names[0], `f(${names[0]})`] : names);
  const [across, up, told] = BESIDE[beside] ?? [];
  const second = beside && frame(panels, [across, up].map((name) => name.replace(/\bw\b/, names[0])));
  set(main.svg, { class: plain ? "gd-graph" : "gd-map", role: "group", "aria-labelledby": `${id}-text` });
  if (second) set(second.svg, { role: "img", "aria-label": told });
  const text = element(figure, "div", { class: "gd-text", id: `${id}-text` });
  const lines = runs.map((_, r) => element(text, "p", { class: `gd-run-${r + 1}` }));
  const spoken = element(figure, "p", { class: "gd-spoken", "aria-live": "polite" });

  const shape = plain && element(main.inside, "path", { class: "gd-curve" });
  const tangent = plain && element(main.inside, "path", { class: "gd-tangent" });
  const bound = plain && model.get("bound") !== null && element(main.inside, "path", { class: "gd-bound" });
  const guides = second && ["gd-curve", "gd-diagonal", "gd-mark"].map((name) => element(second.inside, "path", { class: name }));
  const drawn = runs.map((_, r) => {
    const of = (parent, name) => element(parent, "path", { class: `${name} gd-run-${r + 1}` });
    const [way, dots, last] = ["gd-way", "gd-dots", "gd-last"].map((name) => of(main.inside, name));
    return { way, dots, last, beside: second && of(second.inside, "gd-beside") };
  });
  const ring = element(main.inside, "circle", { class: "gd-start", r: 7 });
  // larger than what is seen: a finger is not a pencil
  const handle = element(main.inside, "circle", { class: "gd-handle", r: 22, tabindex: 0, role: "slider",
    "aria-label": "start, on the picture", "aria-valuemin": window[0][0], "aria-valuemax": window[0][1] });
  const pointed = element(main.svg, "text", { class: "gd-pointed", "text-anchor": "end" });

  const xs = Array.from({ length: SAMPLES + 1 }, (_, i) => window[0][0] + ((window[0][1] - window[0][0]) * i) / SAMPLES);
  const heights = plain ? xs.map((x) => at([x])[0]) : [];
  const vertical = plain ? range(heights) : window[1];

  let size; // the figure's width when it was last laid out
  function layout() {
    size = figure.clientWidth;
    const width = Math.max(260, size || 640), room = second && width >= 600;
    const wide = room ? Math.round(0.6 * width) : width;
    const tall = Math.round(Math.min(420, Math.max(220, (plain ? 0.5 : 0.75) * wide)));
    main.layout(wide, tall, window[0], vertical);
    if (second) second.size = room ? [width - wide, tall] : [width, beside === "cobweb" ? 300 : 200];
    if (shape) set(shape, { d: curve(main.X, main.Y, xs.map((x, i) => [x, heights[i]])) });
    else set(main.ground, { ...main.box, href: bands(at, main, getComputedStyle(figure)) });
    painted = "";
    set(pointed, { x: main.box.x + main.box.width - 6, y: main.box.y + 15 });
    draw();
  }

  // a parameter is the name of a trait, or a number that no slider moves
  const valued = (parameters) => Object.fromEntries(Object.entries(parameters).map(
    ([key, value]) => [key, typeof value === "string" ? model.get(value) : value]));
  const w0 = () => start.map((name) => model.get(name));

  let shown = Infinity; // how many steps are drawn: fewer while they are played
  let results = [];

  function draw() {
    const tests = { ...model.get("tests"), max_iter: model.get("steps") };
    results = runs.map(({ rule, parameters }) => minimize(at, w0(), optimizers[rule](valued(parameters)), tests));
    results.forEach(trace);
    if (minima.length) paintBasins();
    drawStart(results[0]);
    if (beside) ({ f: drawLosses, cobweb: drawCobweb, sweep: drawSweep })[beside]();
    const eta = (r) => valued(runs[r].parameters).eta;
    say(results.map((run, r) =>
      sentence({ name: names[0], label: runs[r].label && `${runs[r].label}: `, eta: eta(r) }, run, tests)));
    fillTable();
  }

  function trace({ path, values, status }, r) {
    const points = []; // the iterates as pixels, without those that fall on the one before
    path.slice(0, shown + 1).forEach((w, k) => {
      if (!w.every(Number.isFinite) || !Number.isFinite(values[k])) return;
      const spot = `${main.X(w[0])} ${main.Y(plain ? values[k] : w[1])}`;
      if (spot !== points[points.length - 1]) points.push(spot);
    });
    const { way, dots, last } = drawn[r], end = points[points.length - 1];
    set(way, { d: points.length > 1 ? `M${points.join("L")}` : "" });
    set(dots, { d: points.slice(1).map((p) => `M${p}h0`).join("") });
    set(last, { d: end && status !== "diverged" ? `M${end}m-6 0l6 -6l6 6l-6 6z` : "" });
  }

  function drawStart({ path: [w], values: [f], status }) {
    const defined = status !== "undefined", [x, y] = plain ? [w[0], f] : w;
    const spot = { visibility: defined ? "visible" : "hidden", ...(defined && { cx: main.X(x), cy: main.Y(y) }) };
    set(ring, spot);
    set(handle, { ...spot, "aria-valuenow": w[0], "aria-valuetext": point(w, number) });
    if (!tangent) return;
    const slope = at(w)[1], L = model.get("bound");
    if (bound) set(bound, { d: curve(main.X, main.Y, xs.map((v) => [v, f + slope * (v - x) + (L / 2) * (v - x) ** 2])) });
    const [left, right] = window[0], [low, high] = vertical;
    const reach = 0.2 * (right - left) / Math.hypot(1, (slope * (right - left)) / (high - low));
    const end = (dx) => `${main.X(x + dx)} ${main.Y(f + slope * dx)}`;
    set(tangent, { d: defined ? `M${end(-reach)}L${end(reach)}` : "" });
  }

  function drawLosses() {
    const first = results[0].values[0];
    const all = results.flatMap(({ values }) => values).filter((f) => Math.abs(f) < 1e4 * Math.max(1, Math.abs(first)));
    const log = all.every((f) => f > 0), height = log ? Math.log10 : (f) => f;
    const floor = log ? Math.log10(Math.max(all.reduce((a, b) => Math.min(a, b), Infinity), 1e-12 * first)) : -Infinity;
    const longest = Math.max(1, ...results.map(({ path }) => path.length - 1));
    const shownRange = range(all.map((f) => Math.max(floor, height(f))));
    second.layout(...second.size, [0, longest], shownRange, tick, log ? powerOfTen : tick);
    results.forEach(({ values }, r) => set(drawn[r].beside, {
      d: curve(second.X, second.Y, values.slice(0, shown + 1).map((f, k) => [k, height(f)])) }));
  }

  // one step is one map, w -> w - eta f'(w): up or down to its curve, across to the diagonal, and again
  function drawCobweb() {
    const [map, diagonal] = guides, { eta } = valued(runs[0].parameters), ends = window[0];
    second.layout(...second.size, ends, ends);
    set(map, { d: curve(second.X, second.Y, xs.map((x) => [x, x - eta * at([x])[1]])) });
    set(diagonal, { d: curve(second.X, second.Y, ends.map((x) => [x, x])) });
    const path = results[0].path.slice(0, shown + 1).map(([w]) => w).filter(Number.isFinite);
    set(drawn[0].beside, { d: curve(second.X, second.Y, path.flatMap((w, k) => (k ? [[path[k - 1], w], [w, w]] : [[w, w]]))) });
  }

  // how many steps each learning rate of the slider needs, from this start
  let swept = {}; // the last answer, and the start it is for
  function drawSweep() {
    const [needed, limit, mark] = guides, [low, high] = model.get("eta_range").map(Math.log10);
    const { eta } = valued(runs[0].parameters), from = String(w0()), tests = { ...model.get("tests"), max_iter: model.get("steps") };
    if (swept.from !== from || swept.steps !== tests.max_iter) {
      const points = Array.from({ length: SWEEP + 1 }, (_, i) => low + ((high - low) * i) / SWEEP).map((power) => {
        const { path, status } = minimize(at, w0(), optimizers[runs[0].rule]({ ...valued(runs[0].parameters), eta: 10 ** power }), tests);
        return [power, ["gtol", "xtol", "ftol"].includes(status) ? Math.log10(Math.max(1, path.length - 1)) : NaN];
      });
      swept = { from, steps: tests.max_iter, points };
    }
    const top = Math.log10(tests.max_iter);
    second.layout(...second.size, [low, high], [0, top * 1.05 || 1], powerOfTen, powerOfTen);
    set(needed, { d: curve(second.X, second.Y, swept.points) });
    set(limit, { d: curve(second.X, second.Y, [[low, top], [high, top]]) });
    set(mark, { d: curve(second.X, second.Y, [[Math.log10(eta), 0], [Math.log10(eta), top]]) });
  }

  // Which minimum each start reaches: coarse at once, finer while the page has nothing else to do.
  const minima = model.get("minima");
  let painted = "", painting;
  function paintBasins() {
    const asked = JSON.stringify(runs[0].parameters && valued(runs[0].parameters));
    if (asked === painted) return;
    painted = asked;
    clearTimeout(painting);
    const rule = optimizers[runs[0].rule](valued(runs[0].parameters)), [[left, right], [low, high]] = window;
    const colours = ["--gd-none", "--gd-b1", "--gd-b2", "--gd-b3", "--gd-b4", "--gd-b5", "--gd-b6"].map((name) => rgb(getComputedStyle(figure), name));
    const reached = (x, y) => {
      const { path } = minimize(at, [x, y], rule, { gtol: 1e-3, max_iter: 300 }), end = path[path.length - 1];
      return 1 + minima.findIndex((m) => norm(minus(end, m)) < 0.02 * (right - left));
    };
    const paint = (across) => {
      const down = Math.round((across * main.box.height) / main.box.width);
      const canvas = Object.assign(document.createElement("canvas"), { width: across, height: down });
      const context = canvas.getContext("2d"), image = context.createImageData(across, down);
      let i = 0;
      const slice = () => { // a few milliseconds at a time, so that sliders stay quick
        const until = performance.now() + 5;
        for (; i < across * down && performance.now() < until; i++) {
          const x = left + ((i % across) + 0.5) / across * (right - left), y = high - (Math.floor(i / across) + 0.5) / down * (high - low);
          image.data.set([...colours[reached(x, y)], 255], 4 * i);
        }
        if (i < across * down) return (painting = setTimeout(slice));
        context.putImageData(image, 0, 0);
        set(main.ground, { href: canvas.toDataURL() });
        if (across < 160) painting = setTimeout(() => paint(2 * across), 60);
      };
      slice();
    };
    paint(20);
  }

  // seen at once, spoken after a pause: a screen reader should not hear every pixel
  let pause, quiet = 0;
  function say(sentences) {
    sentences.forEach((words, r) => { lines[r].textContent = words; });
    clearTimeout(pause);
    pause = setTimeout(() => { spoken.textContent = sentences.join(" "); }, quiet);
    quiet = 500; // milliseconds
  }

  // --- the start, moved on the picture itself
  const grain = window.map(([a, b]) => 10 ** Math.floor(Math.log10((b - a) / 100)));
  function move(w) {
    start.forEach((name, i) => {
      const inside = Math.min(window[i][1], Math.max(window[i][0], w[i]));
      model.set(name, Number((Math.round(inside / grain[i]) * grain[i]).toFixed(9)));
    });
    model.save_changes();
  }
  main.svg.addEventListener("pointerdown", (event) => {
    const held = event.target === handle || event.pointerType === "mouse";
    if (!held) return;
    move(located(main, event));
    main.svg.setPointerCapture(event.pointerId);
  });
  // a finger on the handle drags it and does not scroll the page
  handle.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
  main.svg.addEventListener("click", (event) => move(located(main, event))); // a finger's tap too
  main.svg.addEventListener("pointermove", (event) => {
    const where = located(main, event);
    if (main.svg.hasPointerCapture(event.pointerId)) move(where);
    const w = plain ? [where[0]] : where, f = at(w)[0];
    const inside = where.every((v, i) => v >= [main.xs, main.ys][i][0] && v <= [main.xs, main.ys][i][1]);
    pointed.textContent = inside && Number.isFinite(f)
      ? `${names.map((name, i) => `${name} = ${number(w[i])}`).join(", ")}, f = ${number(f)}` : "";
  });
  main.svg.addEventListener("pointerleave", () => { pointed.textContent = ""; });
  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };
  handle.addEventListener("keydown", (event) => {
    const arrow = arrows[event.key];
    if (!arrow) return;
    event.preventDefault();
    const far = event.shiftKey ? 10 : 1, along = plain && !arrow[0] ? [arrow[1]] : arrow;
    move(w0().map((w, i) => w + far * along[i] * grain[i]));
  });

  // --- one step after the other
  const buttons = element(figure, "div", { class: "gd-buttons" });
  const play = element(buttons, "button", { type: "button" }, "▶ Play");
  const next = element(buttons, "button", { type: "button" }, "Next step");
  let clock;
  function stop() {
    clearInterval(clock);
    clock = undefined;
    play.textContent = "▶ Play";
  }
  function advance() {
    const longest = Math.max(...results.map(({ path }) => path.length - 1));
    shown = shown >= longest ? 0 : shown + 1;
    if (shown >= longest) stop();
    redraw();
  }
  next.addEventListener("click", () => (stop(), advance()));
  play.addEventListener("click", () => {
    if (clock) return stop();
    play.textContent = "■ Stop";
    shown = Infinity;
    advance();
    // who asked for less motion gets the steps as a slow slide show
    clock = setInterval(advance, matchMedia("(prefers-reduced-motion: reduce)").matches ? 1500 : 200);
  });

  // --- the first steps as a table, for those who open it
  const details = element(buttons, "details", { class: "gd-table" });
  element(details, "summary", {}, "The first steps as a table");
  const table = element(element(details, "div", { tabindex: 0, role: "region", "aria-label": "The first steps" }), "table");
  details.addEventListener("toggle", () => fillTable());
  function fillTable() {
    if (!details.open) return;
    table.replaceChildren();
    const head = element(table, "tr"), labels = runs.map(({ label }) => (label ? `${label}: ` : ""));
    const columns = labels.flatMap((label) => [...names, "f"].map((name) => label + name));
    for (const name of ["step", ...columns]) element(head, "th", { scope: "col" }, name);
    for (let k = 0; k <= 10 && results.some(({ path }) => k < path.length); k++) {
      const row = element(table, "tr");
      element(row, "th", { scope: "row" }, k);
      for (const { path, values } of results)
        for (const v of k < path.length ? [...path[k], values[k]] : [...names, ""].map(() => NaN))
          element(row, "td", {}, Number.isFinite(v) ? number(v) : "");
    }
  }

  // many events in one frame are one drawing
  let waiting;
  const redraw = () => { waiting ??= requestAnimationFrame(() => { waiting = undefined; draw(); }); };
  const changed = () => { if (!clock) shown = Infinity; redraw(); };
  for (const name of model.get("settings")) model.on(`change:${name}`, changed);
  const watchSize = new ResizeObserver(() => { if (figure.clientWidth !== size) layout(); });
  const watchTheme = new MutationObserver(layout); // the bands are painted in the theme's colours
  layout();
  watchSize.observe(figure);
  if (!plain) watchTheme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return () => { stop(); watchSize.disconnect(); watchTheme.disconnect(); };
}

export default { render };
