// Draws one explorer. The picture is SVG: it follows the theme's colours, prints sharply, and a
// move of a slider rewrites the attributes of a few paths, no more.

const FAR = 1e5; // pixels; beyond this a point is as good as out of sight
const SAMPLES = 300; // points on a curve
const BANDS = 14; // of height, in a picture from above; each covers the same area
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
  function layout(width, height, [left, right], [low, high], tickText = tick) {
    const box = { x: MARGIN.left, y: MARGIN.top,
      width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
    const X = scale(left, right, box.x, box.x + box.width);
    const Y = scale(low, high, box.y + box.height, box.y);
    Object.assign(self, { X, Y, box, xs: [left, right], ys: [low, high] });
    set(svg, { viewBox: `0 0 ${width} ${height}`, width, height });
    set(clip, box);
    axes.replaceChildren();
    for (const v of ticks(left, right, box.width / 55)) {
      element(axes, "path", { d: `M${X(v)} ${box.y}v${box.height}` });
      element(axes, "text", { x: X(v), y: box.y + box.height + 16, "text-anchor": "middle" }, tick(v));
    }
    for (const v of ticks(low, high, box.height / 50).filter((v) => tickText === tick || Number.isInteger(v))) {
      element(axes, "path", { d: `M${box.x} ${Y(v)}h${box.width}` });
      element(axes, "text", { x: box.x - 6, y: Y(v), dy: "0.32em", "text-anchor": "end" }, tickText(v));
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
  const [low, high, line] = ["--gd-low", "--gd-high", "--gd-line"].map((name) =>
    style.getPropertyValue(name).trim().match(/\w\w/g).map((hex) => parseInt(hex, 16)));
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
  const loud = !plain || runs.length > 1; // worth a second panel, f against the step

  const figure = element(el, "div", { class: "gd" });
  element(figure, "div", { class: "gd-title" }, model.get("title"));
  const panels = element(figure, "div", { class: "gd-panels" });
  const main = frame(panels, plain ? [names[0], `f(${names[0]})`] : names);
  const losses = loud && frame(panels, ["step", "f"]);
  set(main.svg, { role: "group", "aria-labelledby": `${id}-text` });
  if (losses) set(losses.svg, { role: "img", "aria-label": "f at every step, as told by the sentence below" });
  const text = element(figure, "div", { class: "gd-text", id: `${id}-text` });
  const lines = runs.map((_, r) => element(text, "p", { class: `gd-run-${r + 1}` }));
  const spoken = element(figure, "p", { class: "gd-spoken", "aria-live": "polite" });

  const shape = plain && element(main.inside, "path", { class: "gd-curve" });
  const tangent = plain && runs.length === 1 && element(main.inside, "path", { class: "gd-tangent" });
  const drawn = runs.map((_, r) => {
    const of = (parent, name) => element(parent, "path", { class: `${name} gd-run-${r + 1}` });
    const [way, dots, last] = ["gd-way", "gd-dots", "gd-last"].map((name) => of(main.inside, name));
    return { way, dots, last, loss: losses && of(losses.inside, "gd-loss") };
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
    const width = Math.max(260, size || 640), beside = losses && width >= 600;
    const wide = beside ? Math.round(0.6 * width) : width;
    const tall = Math.round(Math.min(420, Math.max(220, (plain ? 0.56 : 0.75) * wide)));
    main.layout(wide, tall, window[0], vertical);
    if (losses) losses.size = beside ? [width - wide, tall] : [width, 200];
    if (shape) set(shape, { d: curve(main.X, main.Y, xs.map((x, i) => [x, heights[i]])) });
    else set(main.ground, { ...main.box, href: bands(at, main, getComputedStyle(figure)) });
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
    drawStart(results[0]);
    if (losses) drawLosses();
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
    const slope = at(w)[1], [left, right] = window[0], [low, high] = vertical;
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
    losses.layout(...losses.size, [0, longest], shownRange, log ? powerOfTen : tick);
    results.forEach(({ values }, r) => set(drawn[r].loss, {
      d: curve(losses.X, losses.Y, values.slice(0, shown + 1).map((f, k) => [k, height(f)])) }));
  }

  // seen at once, spoken after a pause: a screen reader should not hear every pixel
  let pause;
  function say(sentences) {
    sentences.forEach((words, r) => { lines[r].textContent = words; });
    clearTimeout(pause);
    pause = setTimeout(() => { spoken.textContent = sentences.join(" "); }, spoken.dataset.ready ? 500 : 0);
    spoken.dataset.ready = "";
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
  const details = element(figure, "details", { class: "gd-table" });
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
