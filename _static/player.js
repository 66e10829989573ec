// Brings the widgets saved in a page to life, with no kernel and no server: reads their state
// and the places they are shown in, wires their links, draws sliders as native labelled inputs,
// and runs each anywidget's own script. Where a part cannot be drawn, the still stays, and the reason is said.
(() => {
  const HERE = document.currentScript.src;
  const ROOT = document.documentElement.dataset, EMBEDDED = "embedded" in ROOT;

  // A widget's state and its listeners: the part of Backbone's model that anywidget uses.
  class Model {
    listeners = {};
    constructor(kind, state) {
      this.kind = kind;
      this.state = state;
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
      this.listeners[event]?.slice().forEach((listener) => listener(this, value));
    }
    on(events, listener) {
      for (const event of events.split(" ")) (this.listeners[event] ??= []).push(listener);
    }
    off(events, listener) {
      for (const event of events?.split(" ") ?? Object.keys(this.listeners)) {
        this.listeners[event] = this.listeners[event]?.filter((l) => listener && l !== listener);
      }
    }
    save_changes() {}
    send() {}
  }

  const models = new Map();
  const model = (reference) => models.get(String(reference).replace("IPY_MODEL_", ""));

  function link({ source, target }, bothWays) {
    const copy = ([from, key], [to, name]) =>
      model(from)?.on(`change:${key}`, (_, value) => model(to)?.set(name, value));
    copy(source, target);
    if (bothWays) copy(target, source);
  }

  function add(parent, name, attributes = {}, text) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== undefined) node.setAttribute(key, value);
    }
    if (text !== undefined) node.textContent = text;
    parent.append(node);
    return node;
  }

  // the formats that sliders have: .2f, .3g, d
  function format(value, spec = "") {
    const [, digits, type] = /\.?(\d*)([a-z]?)/.exec(spec);
    if (/[fd]/.test(type)) return value.toFixed(digits);
    return String(Number(value.toPrecision(digits || 6)));
  }

  // a number as people write it: 0.3 or 0,3, -2 or −2, 1e-3; what else there is, is none
  function number(text) {
    const plain = text.trim().replace("−", "-").replace(",", ".");
    return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
  }

  // give what a text says to `take`, if it is a number from low to high; else say why not
  function read(text, [low, high, grain], take) {
    const value = number(text), slack = 1e-5 * (high - low); // links keep six digits
    if (isNaN(value)) return `“${text}” is not a number`;
    if (grain === 1 && !Number.isInteger(value)) return `“${text}” is not a whole number`;
    if (value < low - slack || value > high + slack) {
      return `“${text}” is not between ${format(low, ".4g")} and ${format(high, ".4g")}`;
    }
    take(Math.min(high, Math.max(low, value)));
    return "";
  }

  // a range, and a box for the exact number: a field for text, since browsers drop the comma from one for numbers
  function slider(widget, parent, toValue = (v) => v, toPosition = toValue) {
    const state = widget.state, step = state.step || "any", name = state.description || "value";
    const whole = widget.kind === "IntSliderModel";
    const limits = [toValue(state.min), toValue(state.max), whole ? 1 : 0];
    const row = add(parent, "div", { class: "dh-slider" });
    const id = `dh-${++slider.count}`;
    add(row, "label", { for: id }, name);
    const range = add(row, "input", { type: "range", id, min: state.min, max: state.max, step });
    const box = add(row, "input", {
      type: "text",
      "aria-label": `${name}, exact`,
      "aria-describedby": `${id}-no`,
      autocomplete: "off",
      inputmode: limits[0] < 0 ? undefined : "decimal",
    }); // decimal keys have no minus
    const no = add(row, "p", { class: "dh-no", id: `${id}-no`, role: "alert" });
    const text = () => format(widget.get("value"), state.readout_format);
    const fill = () => {
      if (document.activeElement !== box && box.value !== text()) box.value = text();
    };
    let filled; // the box is slow to rewrite: at once, and then ten times a second while the slider moves
    const show = () => {
      range.disabled = box.disabled = Boolean(widget.get("disabled"));
      const position = toPosition(widget.get("value"));
      if (position !== range.valueAsNumber) range.value = position;
      range.setAttribute("aria-valuetext", text());
      refuse("");
      if (filled) return;
      fill();
      filled = setTimeout(() => {
        filled = undefined;
        fill();
      }, 100);
    };
    let typing; // a number half typed is not called wrong at once
    function refuse(why) {
      clearTimeout(typing);
      if (why || no.textContent) no.textContent = why && `${why}. It stays at ${text()}.`;
    }
    function take({ type }) {
      const why = box.value.trim() && read(box.value, limits, (v) => widget.set("value", v));
      box.setAttribute("aria-invalid", Boolean(why));
      refuse(type === "change" ? why : "");
      if (type === "input") typing = setTimeout(refuse, 800, why);
    }
    range.addEventListener("input", () => widget.set("value", toValue(range.valueAsNumber)));
    box.addEventListener("input", take);
    box.addEventListener("change", take);
    box.addEventListener("blur", () => {
      fill();
      box.removeAttribute("aria-invalid");
    });
    widget.on("change:value change:disabled", show);
    show();
  }
  slider.count = 0;

  const box = (widget, parent) =>
    Promise.all(widget.get("children").map((child) => draw(child, add(parent, "div"))));

  // A script or a style that the build put into a file, beside this one, runs under the strictest policy.
  function fetched(name, attributes) {
    const node = add(document.head, name, attributes);
    return new Promise((done, failed) => {
      node.onload = done;
      node.onerror = () => failed(new Error("its script or its style could not be loaded"));
    });
  }
  const beside = (file) => new URL(file, HERE).href;
  const fromFile = (file) =>
    fetched("script", { src: beside(file) }).then(() => window.widgetScripts[file]());
  const fromText = (text) =>
    import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })))
      .then((module) => module.default ?? module, (error) => {
        const barred = error instanceof TypeError;
        throw barred ? new Error("this site does not let its script run") : error;
      });

  const loaded = new Map(); // a file or a text -> what it gives, loaded once
  function once(key, load) {
    if (!loaded.has(key)) loaded.set(key, load(key));
    return loaded.get(key);
  }

  async function anywidget(widget, parent) {
    const { _esm, _esm_file, _css, _css_file } = widget.state;
    if (_css_file) {
      await once(_css_file, () => fetched("link", { rel: "stylesheet", href: beside(_css_file) }));
    } else if (_css) once(_css, () => add(document.head, "style", {}, _css));
    const made = await (_esm_file ? once(_esm_file, fromFile) : once(_esm, fromText));
    const { initialize, render } = typeof made === "function" ? await made() : made;
    await (widget.ready ??= initialize?.({ model: widget }));
    await render?.({ model: widget, el: add(parent, "div") });
  }

  const views = {
    AnyModel: anywidget,
    BoxModel: box,
    VBoxModel: box,
    HBoxModel: box,
    FloatSliderModel: slider,
    IntSliderModel: slider,
    FloatLogSliderModel(widget, parent) {
      const base = widget.get("base") ?? 10;
      slider(widget, parent, (p) => base ** p, (v) => Math.log(v) / Math.log(base));
    },
    LabelModel(widget, parent) {
      const label = add(parent, "span", {}, widget.get("value"));
      widget.on("change:value", (_, value) => label.textContent = value);
    },
  };

  async function draw(reference, parent) {
    const widget = model(reference), view = views[widget?.kind];
    if (!view) {
      throw new Error(`${widget?.kind ?? "a widget that was not saved"} is not known here`);
    }
    await view(widget, parent);
  }

  // --- the address holds the state: #explorer-1&eta=0.3&w0=1.6 (and so on for further explorers)

  const pictureIn = (widget) =>
    (widget?.get("children") ?? []).map(model).find((child) => child?.get("settings"));

  const explorers = new Map(); // id -> { box, picture, no, moved }
  const settings = ({ picture }) => Object.keys(picture.get("settings"));

  function address(chosen) {
    const told = ([id, explorer]) => [
      id,
      ...settings(explorer).map((key) => `${key}=${format(explorer.picture.get(key))}`),
    ];
    return `#${chosen.flatMap(told).join("&")}`;
  }

  function asked() {
    let text = location.hash.slice(1);
    try {
      text = decodeURIComponent(text);
    } catch { /* a stray % stays as it is */ }
    return text.replace(/&(amp;)+/g, "&").split("&"); // links come through programs that write & as &amp;
  }

  function follow() {
    const refused = new Map(); // where it is told -> why not
    let explorer;
    for (const part of asked()) {
      const [key, value] = part.split("=");
      if (value === undefined) {
        explorer = explorers.get(key);
        explorer?.box.scrollIntoView({ block: "center" });
      } else if (explorer) {
        const { picture, no } = explorer, limits = picture.get("settings");
        const why = key in limits
          ? read(value, limits[key], (v) => picture.set(key, v))
          : "there is no such number";
        if (why) refused.set(no, [...(refused.get(no) ?? []), `${key}: ${why}`]);
      }
    }
    for (const [no, why] of refused) {
      no.textContent = `Of the link this could not be read: ${why.join("; ")}.`;
    }
  }

  function keep(link) { // in the address, where the page may write it
    try {
      history.replaceState(null, "", link);
      return true;
    } catch {
      return false;
    }
  }

  function button(parent, text, click) {
    const node = add(parent, "button", { type: "button" }, text);
    node.addEventListener("click", click);
    return node;
  }

  // For a lecture: the picture alone, with large letters.
  function fullScreen(box) {
    if (!document.fullscreenEnabled) return;
    const here = () => document.fullscreenElement === box;
    const node = button(box, "Full screen", () => {
      if (here()) document.exitFullscreen();
      else box.requestFullscreen().catch(() => node.remove());
    });
    box.addEventListener("fullscreenchange", () => {
      node.textContent = here() ? "Leave full screen" : "Full screen";
    });
  }

  const COPY = "Copy link to this picture";

  function share(box, widget) {
    const picture = pictureIn(widget), id = `explorer-${explorers.size + 1}`;
    if (!picture) return;
    const link = button(box, COPY, copy);
    if (HERE && !EMBEDDED) button(box, "Embed", embed);
    fullScreen(box);
    const field = add(box, "textarea", { class: "dh-link-text", readonly: "", hidden: "" });
    const no = add(box, "p", { class: "dh-no", role: "alert" });
    const explorer = { box, picture, no, moved: false };
    explorers.set(id, explorer);
    let copied, resting; // browsers refuse to change the address with every pixel
    function changed() {
      explorer.moved = true;
      clearTimeout(resting);
      resting = setTimeout(() => keep(address([...explorers].filter(([, e]) => e.moved))), 300);
      if (no.textContent) no.textContent = "";
      if (copied) link.textContent = COPY; // what was copied is another picture's
      copied = false;
      field.hidden = true;
    }
    for (const key of settings(explorer)) picture.on(`change:${key}`, changed);
    function give(text, label) {
      field.value = text;
      field.setAttribute("aria-label", label);
      field.hidden = false;
      field.select();
    }
    async function copy() {
      const to = address([[id, explorer]]), seen = keep(to) && window === window.top; // in a frame, the bar is another's
      const { href } = new URL(to, location.href);
      field.hidden = true;
      if (!seen) give(href, "Link to this picture");
      copied = true;
      const said = navigator.clipboard?.writeText(href).then(() => "Link copied", () => {});
      link.textContent = (await said) ??
        (seen ? "The link is in the address bar" : "Copy the link from here:");
    }
    function embed() {
      const state = address([["explorer-1", explorer]]);
      const told = ({ code }) =>
        give(code(beside("embed/"), id, state, picture.get("title")), "HTML to embed this picture");
      once("embed/code.js", fromFile).then(told, ({ message }) => no.textContent = `${message}.`);
    }
  }

  function restore(saved) {
    for (const id in saved) models.set(id, new Model(saved[id].model_name, saved[id].state));
    for (const { kind, state } of Object.keys(saved).map(model)) {
      if (/LinkModel$/.test(kind)) link(state, kind === "LinkModel");
    }
  }

  // the whole of it, or none: a slider beside a picture that is not there would be dead
  async function enliven(marker) {
    const id = JSON.parse(marker.textContent).model_id;
    const box = marker.closest(".dh-explorer") ?? marker.parentElement;
    const stage = add(marker.parentElement, "div", { class: "dh-live" });
    try {
      if (pictureIn(model(id))?.get("computed_in") === "kernel") {
        throw new Error("it is computed by Python, and so a still picture here");
      }
      await draw(id, stage);
      box.classList.add("dh-alive"); // hides the still
      share(box, model(id));
    } catch (error) {
      stage.remove();
      const note = box.querySelector(".dh-sorry") ??
        add(box, "p", { class: "dh-sorry", role: "note" });
      note.classList.add("dh-told");
      note.textContent =
        `This part of the page is not live: ${error.message}. Run the notebook to use it.`;
    }
  }

  async function play() {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    if (EMBEDDED) ROOT.theme = dark ? "dark" : "light"; // a page of the book has a switch
    const saved = (what) => document.querySelectorAll(`script[type$=".widget-${what}+json"]`);
    saved("state").forEach((script) => restore(JSON.parse(script.textContent).state));
    for (const marker of saved("view")) await enliven(marker);
    follow();
    addEventListener("hashchange", follow);
    ROOT.player = "ready";
  }

  window.widgetPlayer = { restore, model, draw }; // for run/session.js
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", play);
  else play();
})();
