// Draws one explorer. The picture is SVG: it follows the theme's colours, prints sharply, and a
// move of a slider rewrites the attributes of a few paths, no more.

const FAR = 1e5; // pixels; beyond this a point is as good as out of sight
const SAMPLES = 300; // points on a curve
const BANDS = 14; // of height, in a picture from above; each covers the same area
const SWEEP = 120; // learning rates tried from one end of the slider to the other
const BESIDE = { // what the second panel may show: its axes, and what it is for who cannot see it
  f: ["step", "f", "f at every step, as told by the sentence below"],
  cobweb: ["w", "next w", "the map from one iterate to the next, and the run as a cobweb on it"],
  data: ["x", "y", "the points, which can be moved, and what is fitted to them"],
  sweep: ["η", "steps", "steps needed against the learning rate, with the present one marked"],
};
const MARGIN = { top: 12, right: 18, bottom: 34, left: 46 };

function element(parent, name, attributes = {}, text) {
  const svg = name === "svg" || parent.namespaceURI?.endsWith("svg");
  const node = svg
    ? document.createElementNS("http://www.w3.org/2000/svg", name)
    : document.createElement(name);
  set(node, attributes);
  if (text !== undefined) node.textContent = text;
  parent.append(node);
  return node;
}

// what is as it was is left alone: the browser would work it out anew
function set(node, attributes) {
  for (const key in attributes) {
    const value = String(attributes[key]);
    if (node.getAttribute(key) !== value) node.setAttribute(key, value);
  }
}

// A text in its place, written when it is another than before. A browser that translates the page puts elements of
// its own around texts: so it is the element that is written to, and what was written is remembered, not read back.
const written = new WeakMap();
function tell(node, text) {
  if (written.get(node) === text) return;
  written.set(node, text);
  node.textContent = text;
}

// --- scales and axes

// the first of ..., 0.1, 0.2, 0.5, 1, 2, 5, ... that is as large
function roundStep(raw) {
  const power = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw);
}

// round numbers, about `wanted` of them, from low to high
function ticks(low, high, wanted) {
  const step = roundStep((high - low) / wanted);
  const first = Math.ceil(low / step - 1e-9);
  const n = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: n }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

const tick = (v) => String(v).replace("-", "−").replace("e+", "e");
const powerOfTen = (v) =>
  `10${String(v).replace(/./g, (c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)])}`;

function range(values, padding = 0.06) {
  const finite = values.filter(Number.isFinite);
  if (!finite.length) return [0, 1];
  const low = finite.reduce((a, b) => Math.min(a, b)),
    high = finite.reduce((a, b) => Math.max(a, b));
  const pad = padding * (high - low) || Math.abs(high) * padding || 1;
  return [low - pad, high + pad];
}

// as far out as the next round numbers: an axis should not tremble with every move
function rounded([low, high], least) {
  const step = Math.max(least, roundStep((high - low) / 5));
  return [Math.floor(low / step) * step, Math.ceil(high / step) * step];
}

let frames = 0;

// A box with axes, and a place inside it where nothing can leave the box.
function frame(parent, names) {
  const svg = element(parent, "svg", {}), id = `gd-clip-${++frames}`;
  const clip = element(element(element(svg, "defs"), "clipPath", { id }), "rect");
  const ground = element(svg, "image", { preserveAspectRatio: "none" });
  const axes = element(svg, "g", { class: "gd-axes", translate: "no" });
  const grid = element(axes, "path"), labels = element(axes, "g");
  const inside = element(svg, "g", { "clip-path": `url(#${id})` });
  const [acrossName, upName] = names.map((name) =>
    element(svg, "text", { class: "gd-name" }, name)
  );
  const scale = (from, to, a, b) => (v) =>
    Math.round(2 * Math.min(FAR, Math.max(-FAR, a + ((v - from) / (to - from)) * (b - a)))) / 2; // half pixels

  const self = { svg, inside, ground, layout };
  let laid; // what was laid out last: most moves change nothing of it
  function layout(width, height, [left, right], [low, high], acrossText = tick, upText = tick) {
    const wanted = [width, height, left, right, low, high, upText === tick].join();
    if (wanted === laid) return;
    laid = wanted;
    const box = {
      x: MARGIN.left,
      y: MARGIN.top,
      width: width - MARGIN.left - MARGIN.right,
      height: height - MARGIN.top - MARGIN.bottom,
    };
    const X = scale(left, right, box.x, box.x + box.width);
    const Y = scale(low, high, box.y + box.height, box.y);
    Object.assign(self, { X, Y, box, xs: [left, right], ys: [low, high] });
    set(svg, { viewBox: `0 0 ${width} ${height}`, width, height });
    set(clip, box);
    const marks = (from, to, wanted, text) =>
      ticks(from, to, wanted).filter((v) => text === tick || Number.isInteger(v));
    const upright = marks(left, right, box.width / 55, acrossText),
      level = marks(low, high, box.height / 50, upText);
    set(grid, {
      d: upright.map((v) => `M${X(v)} ${box.y}v${box.height}`).join("") +
        level.map((v) => `M${box.x} ${Y(v)}h${box.width}`).join(""),
    });
    write(labels, [
      ...upright.map((
        v,
      ) => [acrossText(v), { x: X(v), y: box.y + box.height + 16, "text-anchor": "middle" }]),
      ...level.map((v) => [upText(v), { x: box.x - 6, y: Y(v) + 4, "text-anchor": "end" }]),
    ]);
    set(acrossName, { x: width - MARGIN.right, y: height - 4, "text-anchor": "end" });
    set(upName, { x: box.x + 6, y: box.y + 15 });
  }
  return self;
}

// texts in their places, with the nodes that are there already
function write(parent, texts) {
  texts.forEach(([text, attributes], i) => {
    const node = parent.children[i] ?? element(parent, "text");
    set(node, attributes);
    tell(node, text);
  });
  while (parent.children.length > texts.length) parent.lastElementChild.remove();
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
  let drawn = "", before = "";
  for (const [x, y] of points) {
    const spot = Number.isFinite(y) ? `${X(x)} ${Y(y)}` : "";
    if (spot && spot !== before) drawn += (before ? "L" : "M") + spot;
    before = spot;
  }
  return drawn;
}

// Of more values than there is room for, the lowest and the highest of each group, in their order.
function outline(values, groups) {
  const group = Math.max(1, Math.ceil(values.length / groups)), kept = [];
  for (let k = 0; k < values.length; k += group) {
    let low = k, high = k;
    for (let j = k + 1; j < Math.min(k + group, values.length); j++) {
      if (values[j] < values[low]) low = j;
      if (!(values[j] <= values[high])) high = j; // one that is no number is kept: the curve ends there
    }
    kept.push([Math.min(low, high), values[Math.min(low, high)]]);
    if (low !== high) kept.push([Math.max(low, high), values[Math.max(low, high)]]);
  }
  return kept;
}

const rgb = (style, name) =>
  style.getPropertyValue(name).trim().match(/\w\w/g).map((hex) => parseInt(hex, 16));

// A surface from above, as bands of height, in the page's own colours: an image of one value for
// every `grain` pixels each way. Ends a piece of work with each row.
function* bands(at, { ground, box, xs, ys }, style, grain) {
  const width = Math.ceil(box.width / grain), height = Math.ceil(box.height / grain);
  const heights = new Float64Array(width * height);
  for (let j = 0, i = 0; j < height; j++, yield) {
    for (let k = 0; k < width; k++, i++) {
      heights[i] = at([
        xs[0] + ((k + 0.5) / width) * (xs[1] - xs[0]),
        ys[1] - ((j + 0.5) / height) * (ys[1] - ys[0]),
      ])[0];
    }
  }
  const sorted = heights.filter(Number.isFinite).sort();
  const levels = Array.from(
    { length: BANDS - 1 },
    (_, b) => sorted[Math.floor(((b + 1) / BANDS) * sorted.length)],
  );
  const band = Uint8Array.from(heights, (h) => levels.filter((level) => h > level).length);
  const [low, high, line] = ["--gd-low", "--gd-high", "--gd-line"].map((name) => rgb(style, name));
  set(ground, {
    href: image(width, height, (i) => {
      const b = band[i],
        edge = grain === 1 &&
          ((i % width && band[i - 1] !== b) || (i >= width && band[i - width] !== b));
      return edge ? line : low.map((c, k) => c + ((high[k] - c) * b) / (BANDS - 1));
    }),
  });
}

// An image from the colour of each of its pixels.
function image(width, height, colour) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d"), pixels = context.createImageData(width, height);
  for (let i = 0; i < width * height; i++) pixels.data.set([...colour(i), 255], 4 * i);
  context.putImageData(pixels, 0, 0);
  return canvas.toDataURL();
}

// --- work that is too long for one frame: a few milliseconds at a time, so that sliders stay quick.
// New work takes the place of the old.
function worker() {
  let waiting;
  return (work) => {
    clearTimeout(waiting);
    const slice = () => {
      for (const until = performance.now() + 5; performance.now() < until;) {
        if (!work || work.next().done) return;
      }
      waiting = setTimeout(slice);
    };
    waiting = setTimeout(slice);
  };
}

const finish = (work) => {
  for (const _ of work);
};

// --- a learner's own function, of which the kernel sends samples: straight lines between them
function interpolate({ counts, values }, window) {
  const place = (w, axis) => {
    const [low, high] = window[axis], last = counts[axis] - 1;
    const t = Math.min(last, Math.max(0, ((w - low) / (high - low)) * last)),
      i = Math.min(last - 1, Math.floor(t));
    return [i, t - i];
  };
  const mix = (a, b, t) => a.map((p, i) => (1 - t) * (p ?? NaN) + t * (b[i] ?? NaN));
  return (w) => {
    const [i, s] = place(w[0], 0);
    if (w.length === 1) return mix(values[i], values[i + 1], s);
    const [j, t] = place(w[1], 1),
      row = (k) => mix(values[k * counts[1] + j], values[k * counts[1] + j + 1], t);
    return mix(row(i), row(i + 1), s);
  };
}

// --- the explorer

let pictures = 0;

function render({ model, el }) {
  const names = model.get("variables"), window = model.get("window"), plain = names.length === 1;
  const runs = model.get("runs"), start = model.get("start"), id = `gd-${++pictures}`;
  const beside = model.get("beside"); // what the second panel shows: f, cobweb, sweep, data, or nothing
  const settings = model.get("settings"); // what can be moved: name -> [lowest, highest, grain]
  const points = model.get("points"), orders = model.get("orders");
  const program = model.get("program"), formula = "code" in program; // without one the kernel computes

  // f and its gradient at w: from a formula; the mean over some points; or samples that the kernel sent
  const compute = formula && compile(program),
    predicted = points.length && compile(model.get("prediction"));
  let cloud = []; // the points as they stand
  const batch = (w, rows) => mean(rows, (i) => compute(w, cloud[i]));
  const all = points.map((_, i) => i);
  const at = !formula
    ? interpolate(model.get("samples"), window)
    : points.length
    ? (w) => batch(w, all)
    : compute;

  const figure = element(el, "div", { class: "gd" });
  element(figure, "div", { class: "gd-title", translate: "no" }, model.get("title"));
  const panels = element(figure, "div", { class: "gd-panels" });
  const main = frame(panels, plain ? [names[0], `f(${names[0]})`] : names);
  const [across, up, told] = BESIDE[beside] ?? [];
  const second = beside &&
    frame(panels, [across, up].map((name) => name.replace(/\bw\b/, names[0])));
  set(main.svg, {
    class: plain ? "gd-graph" : "gd-map",
    role: "group",
    "aria-labelledby": `${id}-text`,
  });
  if (second) set(second.svg, { role: beside === "data" ? "group" : "img", "aria-label": told });
  const text = element(figure, "div", { class: "gd-text", id: `${id}-text` });
  const lines = runs.map((_, r) => element(text, "p", { class: `gd-run-${r + 1}` }));
  const spoken = element(figure, "p", { class: "gd-spoken", "aria-live": "polite" });

  const shape = plain && element(main.inside, "path", { class: "gd-curve" });
  const tangent = plain && element(main.inside, "path", { class: "gd-tangent" });
  const bound = plain && model.get("bound") !== null &&
    element(main.inside, "path", { class: "gd-bound" });
  const guides = second &&
    ["gd-curve", "gd-diagonal", "gd-mark"].map((name) =>
      element(second.inside, "path", { class: name })
    );
  const drawn = runs.map((_, r) => {
    const of = (parent, name) => element(parent, "path", { class: `${name} gd-run-${r + 1}` });
    const [way, dots, last] = ["gd-way", "gd-dots", "gd-last"].map((name) => of(main.inside, name));
    return { way, dots, last, beside: second && of(second.inside, "gd-beside") };
  });
  const ring = element(main.inside, "circle", { class: "gd-start", r: 7 });
  const handle = grip(main, start, "start, on the picture", 22);
  const fits = beside === "data" &&
    ["gd-diagonal", "gd-beside gd-run-1"].map((name) =>
      element(second.inside, "path", { class: name })
    );
  const spots = beside === "data"
    ? points.map((pair, i) => ({
      spot: element(second.inside, "circle", { class: "gd-point", r: 6 }),
      grip: grip(second, pair, `point ${i + 1}`, 16),
    }))
    : [];
  const pointed = element(main.svg, "text", { class: "gd-pointed", "text-anchor": "end" });

  const xs = Array.from(
    { length: SAMPLES + 1 },
    (_, i) => window[0][0] + ((window[0][1] - window[0][0]) * i) / SAMPLES,
  );
  let vertical = window[1];
  const paint = worker(), count = worker();

  // What does not change with the sliders: the curve, or the surface from above.
  function drawGround(moving) {
    if (plain) set(shape, { d: curve(main.X, main.Y, xs.map((x) => [x, at([x])[0]])) });
    else if (!minima.length) {
      const style = getComputedStyle(figure), coarse = moving || !formula ? 8 : 1;
      finish(bands(at, main, style, coarse));
      paint(coarse > 1 && bands(at, main, style, 1));
    }
  }

  let size; // the figure's width when it was last laid out
  function layout() {
    if (!figure.isConnected) return; // JupyterLab hands over a place that is not on the page yet: watchSize will call
    size = figure.clientWidth;
    const width = Math.max(260, size || 640), room = second && width >= 600;
    const wide = room ? Math.round(0.6 * width) : width;
    const tall = Math.round(Math.min(420, Math.max(220, (plain ? 0.5 : 0.75) * wide)));
    look();
    if (plain) vertical = range(xs.map((x) => at([x])[0]));
    main.layout(wide, tall, window[0], vertical);
    set(main.ground, main.box);
    drawGround();
    if (second) {
      second.size = room ? [width - wide, tall] : [width, beside === "cobweb" ? 300 : 200];
    }
    painted = "";
    set(pointed, { x: main.box.x + main.box.width - 6, y: main.box.y + 15 });
    draw();
  }

  // a parameter is the name of a trait, or a number that no slider moves
  const valued = (parameters) =>
    Object.fromEntries(
      Object.entries(parameters).map(
        ([key, value]) => [key, typeof value === "string" ? model.get(value) : value],
      ),
    );
  const w0 = () => start.map((name) => model.get(name));

  let shown = Infinity; // how many steps are drawn: fewer while they are played
  let results = [];

  // the points where they stand now; whether they have moved
  function look() {
    const before = String(cloud);
    cloud = points.map((pair) => pair.map((name) => model.get(name)));
    return String(cloud) !== before;
  }

  function draw() {
    if (size === undefined) return; // not laid out yet
    if (look()) drawGround(true);
    const tests = { ...model.get("tests"), max_iter: model.get("steps") };
    if (formula) {
      results = runs.map(({ rule, parameters }) => go(optimizers[rule](valued(parameters)), tests));
    } else results = model.get("computed").runs;
    if (results.length) drawRuns();
    say(
      formula
        ? results.map((run, r) => words(run, runs[r], tests))
        : model.get("computed").sentences,
    );
  }

  function go(rule, tests) {
    if (!orders.length) return minimize(at, w0(), rule, tests);
    const run = sgd(
      batch,
      w0(),
      rule,
      orders[model.get("draw")],
      model.get("batch"),
      model.get("epochs"),
    );
    return { ...run, values: run.path.map((w) => at(w)[0]) };
  }

  function words(run, { label, parameters }, tests) {
    const { eta } = valued(parameters);
    if (orders.length) return noisySentence(eta, model.get("batch"), points.length, run);
    return sentence({ name: names[0], label: label && `${label}: `, eta }, run, tests);
  }

  function drawRuns() {
    results.forEach(trace);
    if (minima.length) paintBasins();
    drawStart(results[0]);
    if (beside) ({ f: drawLosses, cobweb: drawCobweb, sweep: drawSweep, data: drawData })[beside]();
    fillTable();
  }

  function trace({ path, values, status }, r) {
    let way = "", dots = "", x, y, across, up; // without the iterates that fall on the last one drawn
    for (let k = 0; k < path.length && k <= shown; k++) {
      const w = path[k][0], v = plain ? values[k] : path[k][1];
      if (!Number.isFinite(w + v + values[k])) continue;
      across = main.X(w);
      up = main.Y(v);
      if (Math.abs(across - x) + Math.abs(up - y) < 4) continue;
      x = across;
      y = up;
      way += `${way ? "L" : "M"}${x} ${y}`;
      if (k > 0) dots += `M${x} ${y}h0`;
    }
    set(drawn[r].way, { d: way });
    set(drawn[r].dots, { d: dots });
    set(drawn[r].last, {
      d: way && status !== "diverged" ? `M${across} ${up}m-6 0l6 -6l6 6l-6 6z` : "",
    });
  }

  function drawStart({ path: [w], values: [f], status }) {
    const defined = status !== "undefined", [x, y] = plain ? [w[0], f] : w;
    const spot = {
      visibility: defined ? "visible" : "hidden",
      ...(defined && { cx: main.X(x), cy: main.Y(y) }),
    };
    set(ring, spot);
    stand(handle, spot, w);
    if (!tangent) return;
    const slope = at(w)[1], L = model.get("bound");
    if (bound) {
      set(bound, {
        d: curve(main.X, main.Y, xs.map((v) => [v, f + slope * (v - x) + (L / 2) * (v - x) ** 2])),
      });
    }
    const [left, right] = window[0], [low, high] = vertical;
    const reach = 0.2 * (right - left) / Math.hypot(1, (slope * (right - left)) / (high - low));
    const end = (dx) => `${main.X(x + dx)} ${main.Y(f + slope * dx)}`;
    set(tangent, { d: defined ? `M${end(-reach)}L${end(reach)}` : "" });
  }

  function drawLosses() {
    const first = results[0].values[0], most = 1e4 * Math.max(1, Math.abs(first));
    const seen = results.map(({ values }) => outline(values, second.size[0] / 3));
    let low = Infinity, high = -Infinity;
    for (const [, f] of seen.flat()) {
      if (!(Math.abs(f) < most)) continue;
      low = Math.min(low, f);
      high = Math.max(high, f);
    }
    const log = low > 0, height = log ? Math.log10 : (f) => f;
    const ends = range([height(log ? Math.max(low, 1e-12 * first) : low), height(high)], 0.02);
    const longest = Math.max(1, ...results.map(({ path }) => path.length - 1));
    second.layout(
      ...second.size,
      rounded([0, longest], 1),
      rounded(ends, log ? 1 : 0),
      tick,
      log ? powerOfTen : tick,
    );
    seen.forEach((points, r) =>
      set(drawn[r].beside, {
        d: curve(
          second.X,
          second.Y,
          points.filter(([k]) => k <= shown).map(([k, f]) => [k, height(f)]),
        ),
      })
    );
  }

  // the points, what is fitted to them at the start, and where the run ends (or is, while it is played)
  function drawData() {
    const room = ([low, high]) => [low - 0.1 * (high - low), high + 0.1 * (high - low)];
    const [across, up] = points[0].map((name) => room(settings[name]));
    second.layout(...second.size, across, up);
    const { path } = results[0], shownEnd = path[Math.min(shown, path.length - 1)];
    [path[0], shownEnd].forEach((w, i) =>
      set(fits[i], {
        d: curve(
          second.X,
          second.Y,
          Array.from({ length: 101 }, (_, k) => across[0] + ((across[1] - across[0]) * k) / 100)
            .map((x) => [x, predicted(w, [x])[0]]),
        ),
      })
    );
    spots.forEach(({ spot, grip }, i) => {
      const [cx, cy] = [second.X(cloud[i][0]), second.Y(cloud[i][1])];
      set(spot, { cx, cy });
      stand(grip, { cx, cy }, cloud[i]);
    });
  }

  // one step is one map, w -> w - eta f'(w): up or down to its curve, across to the diagonal, and again
  function drawCobweb() {
    const [map, diagonal] = guides, { eta } = valued(runs[0].parameters), ends = window[0];
    second.layout(...second.size, ends, ends);
    set(map, { d: curve(second.X, second.Y, xs.map((x) => [x, x - eta * at([x])[1]])) });
    set(diagonal, { d: curve(second.X, second.Y, ends.map((x) => [x, x])) });
    const path = results[0].path.slice(0, shown + 1).map(([w]) => w).filter(Number.isFinite);
    set(drawn[0].beside, {
      d: curve(
        second.X,
        second.Y,
        path.flatMap((w, k) => (k ? [[path[k - 1], w], [w, w]] : [[w, w]])),
      ),
    });
  }

  // how many steps each learning rate of the slider needs, from this start: counted while the page rests
  let swept = "", needs = [];
  function drawSweep() {
    const [needed, limit, mark] = guides, [low, high] = model.get("eta_range").map(Math.log10);
    const { rule, parameters } = runs[0], { eta, ...others } = valued(parameters);
    const tests = { ...model.get("tests"), max_iter: model.get("steps") },
      top = Math.log10(tests.max_iter);
    second.layout(...second.size, [low, high], [0, top * 1.05 || 1], powerOfTen, powerOfTen);
    const show = () => set(needed, { d: curve(second.X, second.Y, needs) });
    function* sweep(from) {
      needs = [];
      for (let i = 0; i <= SWEEP; i++, yield show()) {
        const power = low + ((high - low) * i) / SWEEP;
        const { path, status } = minimize(
          at,
          from,
          optimizers[rule]({ ...others, eta: 10 ** power }),
          tests,
        );
        needs.push([
          power,
          ["gtol", "xtol", "ftol"].includes(status)
            ? Math.log10(Math.max(1, path.length - 1))
            : NaN,
        ]);
      }
    }
    const asked = JSON.stringify([w0(), others, tests, cloud]);
    if (asked !== swept) count(sweep(w0()));
    else show();
    swept = asked;
    set(limit, { d: curve(second.X, second.Y, [[low, top], [high, top]]) });
    set(mark, { d: curve(second.X, second.Y, [[Math.log10(eta), 0], [Math.log10(eta), top]]) });
  }

  // Which minimum each start reaches: coarse at first, finer while the page rests.
  const minima = model.get("minima");
  const crosses = element(main.inside, "path", { class: "gd-minima" });
  let painted = "";
  function paintBasins() {
    const parameters = valued(runs[0].parameters), asked = JSON.stringify(parameters);
    if (asked === painted) return;
    painted = asked;
    const rule = optimizers[runs[0].rule](parameters),
      [[left, right], [low, high]] = window,
      style = getComputedStyle(figure);
    const colours = ["--gd-none", "--gd-b1", "--gd-b2", "--gd-b3", "--gd-b4", "--gd-b5", "--gd-b6"]
      .map((name) => rgb(style, name));
    const reached = (w) => {
      const { path } = minimize(at, w, rule, { gtol: 1e-3, max_iter: 300 }),
        end = path[path.length - 1];
      return 1 + minima.findIndex((m) => norm(minus(end, m)) < 0.02 * (right - left));
    };
    function* map() {
      for (let across = 20; across <= 160; across *= 2) {
        const down = Math.round((across * main.box.height) / main.box.width), which = [];
        for (let i = 0; i < across * down; i++, yield) {
          which.push(
            reached([
              left + ((i % across) + 0.5) / across * (right - left),
              high - (Math.floor(i / across) + 0.5) / down * (high - low),
            ]),
          );
        }
        set(main.ground, { href: image(across, down, (i) => colours[which[i]]) });
      }
    }
    paint(map());
    set(crosses, {
      d: minima.map(([x, y]) => `M${main.X(x)} ${main.Y(y)}m-5 -5l10 10m0 -10l-10 10`).join(""),
    });
  }

  // seen at once, spoken after a pause: a screen reader should not hear every pixel
  let pause, quiet = 0;
  function say(sentences) {
    sentences.forEach((said, r) => tell(lines[r], said));
    clearTimeout(pause);
    pause = setTimeout(() => {
      spoken.textContent = sentences.join(" ");
    }, quiet);
    quiet = 500; // milliseconds
  }

  // --- what is moved on the picture itself: the start, and points
  function move(traits, w) {
    traits.forEach((name, i) => {
      const [low, high, grain] = settings[name], inside = Math.min(high, Math.max(low, w[i]));
      model.set(name, Number((Math.round(inside / grain) * grain).toFixed(9)));
    });
    model.save_changes();
  }

  // A place to take hold of, by mouse, finger and keys; larger than what is seen: a finger is not a pencil.
  function grip(panel, traits, label, r) {
    const [low, high] = settings[traits[0]];
    const node = element(panel.inside, "circle", {
      class: "gd-handle",
      r,
      tabindex: 0,
      role: "slider",
      "aria-label": label,
      "aria-valuemin": low,
      "aria-valuemax": high,
    });
    node.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false }); // drag, do not scroll
    node.addEventListener("pointerdown", (event) => {
      event.stopPropagation();
      node.setPointerCapture(event.pointerId);
    });
    node.addEventListener("pointermove", (event) => {
      if (node.hasPointerCapture(event.pointerId)) move(traits, located(panel, event));
    });
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };
    node.addEventListener("keydown", (event) => {
      const arrow = arrows[event.key];
      if (!arrow) return;
      event.preventDefault();
      const far = event.shiftKey ? 10 : 1,
        along = traits.length === 1 && !arrow[0] ? [arrow[1]] : arrow;
      move(traits, traits.map((name, i) => model.get(name) + far * along[i] * settings[name][2]));
    });
    return node;
  }
  const stand = (node, spot, w) =>
    set(node, { ...spot, "aria-valuenow": w[0], "aria-valuetext": point(w, number) });

  main.svg.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse") return; // a finger's tap is a click; its drag scrolls the page
    move(start, located(main, event));
    main.svg.setPointerCapture(event.pointerId);
  });
  main.svg.addEventListener("click", (event) => move(start, located(main, event)));
  main.svg.addEventListener("pointermove", (event) => {
    const where = located(main, event);
    if (main.svg.hasPointerCapture(event.pointerId)) move(start, where);
    const w = plain ? [where[0]] : where, f = at(w)[0];
    const inside = where.every((v, i) =>
      v >= [main.xs, main.ys][i][0] && v <= [main.xs, main.ys][i][1]
    );
    pointed.textContent = inside && Number.isFinite(f)
      ? `${names.map((name, i) => `${name} = ${number(w[i])}`).join(", ")}, f = ${number(f)}`
      : "";
  });
  main.svg.addEventListener("pointerleave", () => {
    pointed.textContent = "";
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
    clock = setInterval(
      advance,
      matchMedia("(prefers-reduced-motion: reduce)").matches ? 1500 : 200,
    );
  });

  // --- the first steps as a table, for those who open it
  const details = element(buttons, "details", { class: "gd-table" });
  element(details, "summary", {}, "The first steps as a table");
  const table = element(
    element(details, "div", { tabindex: 0, role: "region", "aria-label": "The first steps" }),
    "table",
  );
  details.addEventListener("toggle", () => fillTable());
  function fillTable() {
    if (!details.open) return;
    table.replaceChildren();
    const columns = [...names, "f"], groups = runs.length > 1 && element(table, "tr");
    if (groups) element(groups, "td");
    for (const { label } of groups ? runs : []) {
      element(groups, "th", { scope: "colgroup", colspan: columns.length }, label);
    }
    const head = element(table, "tr");
    for (const name of ["step", ...runs.flatMap(() => columns)]) {
      element(head, "th", { scope: "col" }, name);
    }
    for (let k = 0; k <= 10 && results.some(({ path }) => k < path.length); k++) {
      const row = element(table, "tr");
      element(row, "th", { scope: "row" }, k);
      for (const { path, values } of results) {
        for (const v of k < path.length ? [...path[k], values[k]] : columns.map(() => NaN)) {
          element(row, "td", {}, Number.isFinite(v) ? number(v, 5) : "");
        }
      }
    }
  }

  // many events in one frame are one drawing
  let waiting;
  const redraw = () => {
    waiting ??= requestAnimationFrame(() => {
      waiting = undefined;
      draw();
    });
  };
  const changed = () => {
    if (!clock) shown = Infinity;
    redraw();
  };
  for (const name of [...Object.keys(settings), "computed"]) model.on(`change:${name}`, changed);
  const watchSize = new ResizeObserver(() => {
    if (figure.clientWidth !== size) layout();
  });
  const watchTheme = new MutationObserver(layout); // the bands are painted in the theme's colours
  layout();
  watchSize.observe(figure);
  if (!plain) watchTheme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return () => {
    stop();
    watchSize.disconnect();
    watchTheme.disconnect();
  };
}

export default { render };
