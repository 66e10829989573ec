// Draws one explorer. The picture is SVG: it follows the theme's colours, prints sharply,
// and a move of a slider rewrites the attributes of four paths, no more.

const MARGIN = { top: 12, right: 12, bottom: 34, left: 44 };
const SAMPLES = 300; // points on the curve
const FAR = 1e5; // pixels; beyond this a point is as good as out of sight

function element(parent, name, attributes = {}, text) {
  const svg = name === "svg" || parent.ownerSVGElement || parent.tagName === "svg";
  const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", name)
    : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  parent.append(node);
  return node;
}

// round numbers, about `wanted` of them, from low to high
function ticks(low, high, wanted) {
  const raw = (high - low) / wanted, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw);
  const first = Math.ceil(low / step - 1e-9);
  const n = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: n }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

function finiteRange(values) {
  const finite = values.filter(Number.isFinite);
  if (!finite.length) return [0, 1];
  const low = Math.min(...finite), high = Math.max(...finite);
  const pad = 0.06 * (high - low) || 1;
  return [low - pad, high + pad];
}

let pictures = 0;

function render({ model, el }) {
  const name = model.get("variable"), [left, right] = model.get("window");
  const fg = new Function(name, model.get("javascript"));
  const id = `gd-${++pictures}`;

  const figure = element(el, "div", { class: "gd" });
  element(figure, "div", { class: "gd-title" }, model.get("title"));
  const svg = element(figure, "svg", { role: "img", "aria-labelledby": `${id}-text` });
  const text = element(figure, "p", { class: "gd-text", id: `${id}-text` });
  const spoken = element(figure, "p", { class: "gd-spoken", "aria-live": "polite" });

  const clip = element(element(element(svg, "defs"), "clipPath", { id: `${id}-clip` }), "rect");
  const axes = element(svg, "g", { class: "gd-axes" });
  const inside = element(svg, "g", { "clip-path": `url(#${id}-clip)` });
  const curve = element(inside, "path", { class: "gd-curve" });
  const tangent = element(inside, "path", { class: "gd-tangent" });
  const way = element(inside, "path", { class: "gd-way" });
  const dots = element(inside, "path", { class: "gd-dots" });
  const last = element(inside, "path", { class: "gd-last" });
  const start = element(inside, "circle", { class: "gd-start", r: 6 });

  const xs = Array.from({ length: SAMPLES + 1 }, (_, i) => left + ((right - left) * i) / SAMPLES);
  const ys = xs.map((x) => fg(x)[0]);
  const [low, high] = finiteRange(ys);
  let X, Y; // from the function's units to pixels

  function layout() {
    const width = Math.max(260, Math.round(figure.clientWidth || 640));
    const height = Math.round(Math.min(420, Math.max(220, 0.56 * width)));
    const box = { x: MARGIN.left, y: MARGIN.top,
      width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
    const scale = (from, to, a, b) => (v) =>
      Math.min(FAR, Math.max(-FAR, a + ((v - from) / (to - from)) * (b - a))).toFixed(1);
    X = scale(left, right, box.x, box.x + box.width);
    Y = scale(low, high, box.y + box.height, box.y);
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    for (const [key, value] of Object.entries(box)) clip.setAttribute(key, value);
    drawAxes(box, width, height);
    let pen = "M";
    curve.setAttribute("d", xs.map((x, i) => {
      if (!Number.isFinite(ys[i])) return (pen = "M"), "";
      const point = `${pen}${X(x)} ${Y(ys[i])}`;
      pen = "L";
      return point;
    }).join(""));
    draw();
  }

  function drawAxes({ x, y, width, height }, all, tall) {
    axes.replaceChildren();
    for (const v of ticks(left, right, width / 80)) {
      element(axes, "path", { d: `M${X(v)} ${y}v${height}` });
      element(axes, "text", { x: X(v), y: y + height + 16, "text-anchor": "middle" }, tick(v));
    }
    for (const v of ticks(low, high, height / 50)) {
      element(axes, "path", { d: `M${x} ${Y(v)}h${width}` });
      element(axes, "text", { x: x - 6, y: Y(v), dy: "0.32em", "text-anchor": "end" }, tick(v));
    }
    element(axes, "text", { x: x + width, y: tall - 4, "text-anchor": "end", class: "gd-name" }, name);
    element(axes, "text", { x: x + 6, y: y + 14, class: "gd-name" }, `f(${name})`);
  }

  function draw() {
    const eta = model.get("eta"), gtol = model.get("gtol");
    const run = descend(fg, model.get("w0"), eta, gtol, model.get("max_iter"));
    const points = visible(run);
    way.setAttribute("d", points.length > 1 ? `M${points.join("L")}` : "");
    dots.setAttribute("d", points.slice(1).map((p) => `M${p}h0`).join(""));
    last.setAttribute("d", run.status === "diverged" || !points.length ? ""
      : `M${points[points.length - 1]}m-6 0l6 -6l6 6l-6 6z`);
    const [w] = run.path, [f] = run.values, [slope] = run.slopes;
    const defined = run.status !== "undefined";
    start.setAttribute("visibility", defined ? "visible" : "hidden");
    if (defined) {
      start.setAttribute("cx", X(w));
      start.setAttribute("cy", Y(f));
      const reach = 0.2 * (right - left) / Math.hypot(1, (slope * (right - left)) / (high - low));
      tangent.setAttribute("d", `M${X(w - reach)} ${Y(f - slope * reach)}L${X(w + reach)} ${Y(f + slope * reach)}`);
    } else tangent.setAttribute("d", "");
    say(sentence(name, eta, run, gtol));
  }

  // the iterates as pixels, without those that fall on the one before
  function visible({ path, values }) {
    const points = [];
    path.forEach((w, k) => {
      if (!Number.isFinite(values[k]) || !Number.isFinite(w)) return;
      const point = `${X(w)} ${Y(values[k])}`;
      if (point !== points[points.length - 1]) points.push(point);
    });
    return points;
  }

  // seen at once, spoken after a pause: a screen reader should not hear every pixel
  let pause;
  function say(words) {
    text.textContent = words;
    clearTimeout(pause);
    pause = setTimeout(() => { spoken.textContent = words; }, spoken.dataset.ready ? 500 : 0);
    spoken.dataset.ready = "";
  }

  // many events in one frame are one drawing
  let frame;
  const redraw = () => { frame ??= requestAnimationFrame(() => { frame = undefined; draw(); }); };
  model.on("change:eta", redraw);
  model.on("change:w0", redraw);
  const watch = new ResizeObserver(layout);
  layout();
  watch.observe(figure);
  return () => watch.disconnect();
}

const tick = (v) => String(v).replace("-", "−").replace("e+", "e");

export default { render };
