// Brings the widgets saved in a page to life, with no kernel and no server: reads their state
// and the places they are shown in, wires their links, draws sliders as native labelled inputs,
// and runs each anywidget's own script. In the place of a widget it does not know it says so.
(() => {
  const STATE = "application/vnd.jupyter.widget-state+json";
  const VIEW = "application/vnd.jupyter.widget-view+json";

  // A widget's state and its listeners: the part of Backbone's model that anywidget uses.
  class Model {
    constructor(kind, state) {
      this.kind = kind;
      this.state = state;
      this.listeners = {};
    }
    get(key) {
      return this.state[key];
    }
    set(key, value) {
      if (typeof key === "object") return Object.entries(key).forEach(([k, v]) => this.set(k, v));
      if (Object.is(this.state[key], value)) return;
      this.state[key] = value;
      this.fire(`change:${key}`, value);
      this.fire("change");
    }
    fire(event, value) {
      for (const listener of [...(this.listeners[event] ?? [])]) listener(this, value);
    }
    on(events, listener) {
      for (const event of events.split(" ")) (this.listeners[event] ??= []).push(listener);
    }
    off(events, listener) {
      for (const event of events?.split(" ") ?? Object.keys(this.listeners))
        this.listeners[event] = (this.listeners[event] ?? []).filter((l) => listener && l !== listener);
    }
    save_changes() {}
    send() {}
  }

  const models = new Map();
  const model = (reference) => models.get(String(reference).replace("IPY_MODEL_", ""));

  function link({ source, target }, bothWays) {
    const [from, to] = [source, target].map(([reference, key]) => ({ model: model(reference), key }));
    if (!from.model || !to.model) return;
    const copy = (a, b) => a.model.on(`change:${a.key}`, (_, value) => b.model.set(b.key, value));
    copy(from, to);
    if (bothWays) copy(to, from);
  }

  function add(parent, name, attributes = {}, text) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes))
      if (value !== undefined) node.setAttribute(key, value);
    if (text !== undefined) node.textContent = text;
    parent.append(node);
    return node;
  }

  // the formats that sliders have: .2f, .3g, d
  function format(value, spec = "") {
    const [, digits, type] = /\.?(\d*)([a-z]?)/.exec(spec);
    if (type === "f") return value.toFixed(digits);
    if (type === "d") return String(Math.round(value));
    return String(Number(value.toPrecision(digits || 6)));
  }

  // a range, and a box for the exact number
  function slider(widget, parent, toValue, toPosition) {
    const state = widget.state, step = state.step || "any";
    const row = add(parent, "div", { class: "dh-slider" });
    const id = `dh-${++slider.count}`;
    add(row, "label", { for: id }, state.description || "value");
    const range = add(row, "input", { type: "range", id, min: state.min, max: state.max, step });
    const box = add(row, "input", { type: "number", step: "any", min: toValue(state.min),
      max: toValue(state.max), "aria-label": `${state.description || "value"}, exact` });
    range.disabled = box.disabled = Boolean(state.disabled);
    const text = () => format(widget.get("value"), state.readout_format);
    const fill = () => { if (document.activeElement !== box && box.value !== text()) box.value = text(); };
    let filled; // the box is slow to rewrite: at once, and then ten times a second while the slider moves
    const show = () => {
      const position = toPosition(widget.get("value"));
      if (position !== range.valueAsNumber) range.value = position;
      range.setAttribute("aria-valuetext", text());
      if (filled) return;
      fill();
      filled = setTimeout(() => { filled = undefined; fill(); }, 100);
    };
    range.addEventListener("input", () => widget.set("value", toValue(range.valueAsNumber)));
    box.addEventListener("input", () => {
      const value = box.valueAsNumber;
      if (value >= toValue(state.min) && value <= toValue(state.max)) widget.set("value", value);
    });
    box.addEventListener("blur", fill);
    widget.on("change:value", show);
    show();
  }
  slider.count = 0;

  const same = (x) => x;
  const box = (widget, parent) =>
    Promise.all(widget.get("children").map((child) => draw(child, add(parent, "div"))));

  const modules = new Map(); // an anywidget's script -> its module, loaded once
  function load(script) {
    if (!modules.has(script)) {
      const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
      modules.set(script, import(url).then((module) => module.default ?? module)
        .then((made) => (typeof made === "function" ? made() : made)));
    }
    return modules.get(script);
  }

  const styles = new Set();
  async function anywidget(widget, parent) {
    const css = widget.get("_css");
    if (css && !styles.has(css)) add(document.head, "style", {}, (styles.add(css), css));
    const { initialize, render } = await load(widget.get("_esm"));
    await (widget.ready ??= initialize?.({ model: widget }));
    await render?.({ model: widget, el: add(parent, "div") });
  }

  const views = {
    AnyModel: anywidget,
    BoxModel: box,
    VBoxModel: box,
    HBoxModel: box,
    FloatSliderModel: (widget, parent) => slider(widget, parent, same, same),
    IntSliderModel: (widget, parent) => slider(widget, parent, same, same),
    FloatLogSliderModel(widget, parent) {
      const base = widget.get("base") ?? 10;
      slider(widget, parent, (p) => base ** p, (v) => Math.log(v) / Math.log(base));
    },
    LabelModel: (widget, parent) => add(parent, "span", {}, widget.get("value")),
  };

  async function draw(reference, parent) {
    const widget = model(reference);
    try {
      const view = views[widget?.kind];
      if (Object.keys(pictureIn(widget)?.get("computed") ?? {}).length) throw new Error("it is computed by Python, and so a still picture here");
      if (!view) throw new Error(`${widget?.kind ?? "a widget that was not saved"} is not known here`);
      await view(widget, parent);
      return true;
    } catch (error) {
      parent.replaceChildren();
      add(parent, "p", { class: "dh-sorry", role: "note" },
        `This part of the page is not live: ${error.message}. Run the notebook to use it.`);
    }
  }

  // --- the address holds the state: #explorer-1&eta=0.3&w0=1.6 (and so on for further explorers)

  const pictureIn = (widget) => (widget?.get("children") ?? []).map(model).find((child) => child?.get("settings"));

  const explorers = new Map(); // id -> { box, picture, limits: name -> [lowest, highest, grain], moved }

  function address(chosen) {
    const parts = chosen.flatMap(([id, { picture, limits }]) =>
      [id, ...Object.keys(limits).map((key) => `${key}=${Number(picture.get(key).toPrecision(6))}`)]);
    return `#${parts.join("&")}`;
  }

  function follow() {
    let explorer;
    for (const part of location.hash.slice(1).split("&")) {
      const [key, value] = part.split("=");
      if (value === undefined) {
        explorer = explorers.get(key);
        explorer?.box.scrollIntoView({ block: "center" });
      } else if (explorer?.limits[key] && Number.isFinite(parseFloat(value))) {
        const [low, high, grain] = explorer.limits[key];
        const near = Math.min(high, Math.max(low, parseFloat(value)));
        explorer.picture.set(key, grain === 1 ? Math.round(near) : near);
      }
    }
  }

  function share(box, widget) {
    const picture = pictureIn(widget), limits = picture?.get("settings");
    if (!picture) return;
    const id = `explorer-${explorers.size + 1}`, explorer = { box, picture, limits, moved: false };
    explorers.set(id, explorer);
    let resting; // browsers refuse to change the address with every pixel
    for (const key of Object.keys(limits)) picture.on(`change:${key}`, () => {
      explorer.moved = true;
      clearTimeout(resting);
      resting = setTimeout(() =>
        history.replaceState(null, "", address([...explorers].filter(([, { moved }]) => moved))), 300);
    });
    const button = add(box, "button", { type: "button", class: "dh-link" }, "Copy link to this picture");
    button.addEventListener("click", async () => {
      const link = address([[id, explorer]]);
      history.replaceState(null, "", link);
      const said = navigator.clipboard?.writeText(location.href).then(() => "Link copied");
      button.textContent = (await said?.catch(() => {})) ?? "The link is in the address bar";
    });
  }

  function read(script) {
    const { state } = JSON.parse(script.textContent);
    for (const [id, saved] of Object.entries(state))
      models.set(id, new Model(saved.model_name, { ...saved.state }));
    // a page carries each script once: the other widgets name the one that has it
    for (const { state } of models.values())
      for (const key of ["_esm", "_css"]) if (models.has(state[key])) state[key] = model(state[key]).get(key);
    for (const { kind, state } of models.values())
      if (kind === "LinkModel" || kind === "DirectionalLinkModel") link(state, kind === "LinkModel");
  }

  async function play() {
    document.querySelectorAll(`script[type="${STATE}"]`).forEach(read);
    for (const marker of document.querySelectorAll(`script[type="${VIEW}"]`)) {
      const stage = document.createElement("div");
      stage.className = "dh-live";
      marker.after(stage);
      const alive = await draw(JSON.parse(marker.textContent).model_id, stage);
      const box = marker.closest(".dh-explorer");
      if (!alive || !box) continue;
      box.classList.add("dh-alive"); // hides the still
      share(box, model(JSON.parse(marker.textContent).model_id));
    }
    follow();
    addEventListener("hashchange", follow);
    document.documentElement.dataset.player = "ready";
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", play);
  else play();
})();
