// Brings the widgets saved in a page to life, with no kernel and no server: reads their state
// and the places they are shown in, wires their links, draws sliders as native labelled inputs,
// and runs each anywidget's own script. Where a part cannot be drawn, the still stays, and the reason is said.
(() => {
  const STATE = "application/vnd.jupyter.widget-state+json";
  const VIEW = "application/vnd.jupyter.widget-view+json";
  const HERE = document.currentScript.src;

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
      this.tell?.(key, value); // Python, where a running one has made this widget
    }
    fire(event, value) {
      for (const listener of [...(this.listeners[event] ?? [])]) listener(this, value);
    }
    on(events, listener) {
      for (const event of events.split(" ")) (this.listeners[event] ??= []).push(listener);
    }
    off(events, listener) {
      for (const event of events?.split(" ") ?? Object.keys(this.listeners)) {
        this.listeners[event] = (this.listeners[event] ?? []).filter((l) =>
          listener && l !== listener
        );
      }
    }
    save_changes() {}
    send() {}
  }

  const models = new Map();
  const model = (reference) => models.get(String(reference).replace("IPY_MODEL_", ""));

  function link({ source, target }, bothWays) {
    const [from, to] = [source, target].map(([reference, key]) => ({
      model: model(reference),
      key,
    }));
    if (!from.model || !to.model) return;
    const copy = (a, b) => a.model.on(`change:${a.key}`, (_, value) => b.model.set(b.key, value));
    copy(from, to);
    if (bothWays) copy(to, from);
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
    if (type === "f") return value.toFixed(digits);
    if (type === "d") return String(Math.round(value));
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
    if (Number.isNaN(value)) return `“${text}” is not a number`;
    if (grain === 1 && !Number.isInteger(value)) return `“${text}” is not a whole number`;
    if (!(value >= low - slack && value <= high + slack)) {
      return `“${text}” is not between ${format(low, ".4g")} and ${format(high, ".4g")}`;
    }
    take(Math.min(high, Math.max(low, value)));
    return "";
  }

  // a range, and a box for the exact number: a field for text, since browsers drop the comma from one for numbers
  function slider(widget, parent, toValue, toPosition) {
    const state = widget.state, step = state.step || "any", name = state.description || "value";
    const limits = [
      toValue(state.min),
      toValue(state.max),
      widget.kind === "IntSliderModel" ? 1 : 0,
    ];
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
    range.disabled = box.disabled = Boolean(state.disabled);
    const text = () => format(widget.get("value"), state.readout_format);
    const fill = () => {
      if (document.activeElement !== box && box.value !== text()) box.value = text();
    };
    let filled; // the box is slow to rewrite: at once, and then ten times a second while the slider moves
    const show = () => {
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
    function take(wait) {
      const why = box.value.trim() &&
        read(box.value, limits, (value) => widget.set("value", value));
      if (why || box.hasAttribute("aria-invalid")) box.setAttribute("aria-invalid", Boolean(why));
      refuse(why && wait ? "" : why);
      if (why && wait) typing = setTimeout(refuse, wait, why);
    }
    range.addEventListener("input", () => widget.set("value", toValue(range.valueAsNumber)));
    box.addEventListener("input", () => take(800));
    box.addEventListener("change", () => take(0));
    box.addEventListener("blur", () => {
      fill();
      box.removeAttribute("aria-invalid");
    });
    widget.on("change:value", show);
    widget.on("change:disabled", (_, value) => range.disabled = box.disabled = value);
    show();
  }
  slider.count = 0;

  const same = (x) => x;
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
  const called = (made) => (typeof made === "function" ? made() : made);
  const beside = (file) => new URL(file, HERE).href;
  const fromFile = (file) =>
    fetched("script", { src: beside(file) }).then(() => window.widgetScripts[file]()).then(called);
  const fromText = (text) =>
    import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })))
      .then((module) => module.default ?? module, (error) => {
        throw error instanceof TypeError
          ? new Error("this site does not let its script run")
          : error;
      }).then(called);

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
    const { initialize, render } =
      await (_esm_file ? once(_esm_file, fromFile) : once(_esm, fromText));
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
    LabelModel(widget, parent) {
      const label = add(parent, "span", {}, widget.get("value"));
      widget.on("change:value", (_, value) => {
        label.textContent = value;
      });
    },
  };

  async function draw(reference, parent) {
    const widget = model(reference), view = views[widget?.kind];
    if (!widget?.tell && pictureIn(widget)?.get("computed_in") === "kernel") {
      throw new Error("it is computed by Python, and so a still picture here");
    }
    if (!view) {
      throw new Error(`${widget?.kind ?? "a widget that was not saved"} is not known here`);
    }
    await view(widget, parent);
  }

  // --- the address holds the state: #explorer-1&eta=0.3&w0=1.6 (and so on for further explorers)

  const pictureIn = (widget) =>
    (widget?.get("children") ?? []).map(model).find((child) => child?.get("settings"));

  const explorers = new Map(); // id -> { box, picture, limits: name -> [lowest, highest, grain], moved }

  function address(chosen) {
    const parts = chosen.flatMap((
      [id, { picture, limits }],
    ) => [
      id,
      ...Object.keys(limits).map((key) => `${key}=${Number(picture.get(key).toPrecision(6))}`),
    ]);
    return `#${parts.join("&")}`;
  }

  function asked() {
    let text = location.hash.slice(1);
    try {
      text = decodeURIComponent(text);
    } catch { /* a stray % stays as it is */ }
    return text.replace(/&(amp;)+/g, "&").split("&"); // links come through programs that write & as &amp;
  }

  function follow() {
    const refused = new Map(); // explorer -> why not
    let explorer;
    for (const part of asked()) {
      const [key, value] = part.split("=");
      if (value === undefined) {
        explorer = explorers.get(key);
        explorer?.box.scrollIntoView({ block: "center" });
      } else if (explorer) {
        const { limits, picture } = explorer;
        const why = key in limits
          ? read(value, limits[key], (near) => picture.set(key, near))
          : "there is no such number";
        if (why) refused.set(explorer, [...(refused.get(explorer) ?? []), `${key}: ${why}`]);
      }
    }
    for (const [{ no }, why] of refused) {
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

  // A frame of one explorer in its present state, for a learning system's page: the build makes a page of its own.
  function embed(box, id, picture, limits) {
    if (!HERE || document.documentElement.dataset.embedded !== undefined) return;
    const page = location.pathname.split("/").pop().replace(/\.html$/, "") || "index";
    const button = add(box, "button", { type: "button", class: "dh-more" }, "Embed");
    const field = add(box, "textarea", {
      class: "dh-link-text",
      readonly: "",
      hidden: "",
      rows: 3,
      "aria-label": "HTML to embed this picture",
    });
    button.addEventListener("click", () => {
      const state = address([["explorer-1", { picture, limits }]]);
      const source = beside(`embed/${page}-${id.split("-")[1]}.html`) + state;
      field.value = `<iframe src="${source.replace(/&/g, "&amp;")}" title="${
        picture.get("title").replace(/"/g, "&quot;")
      }" width="100%" height="640" allow="fullscreen; clipboard-write"></iframe>`;
      field.hidden = false;
      field.select();
    });
  }

  // For a lecture: the picture alone, with large letters.
  function fullScreen(box) {
    if (!document.fullscreenEnabled) return;
    const button = add(box, "button", { type: "button", class: "dh-more" }, "Full screen");
    button.addEventListener("click", () => {
      if (document.fullscreenElement) document.exitFullscreen();
      else box.requestFullscreen().catch(() => button.remove());
    });
    box.addEventListener("fullscreenchange", () => {
      button.textContent = document.fullscreenElement === box ? "Leave full screen" : "Full screen";
    });
  }

  const COPY = "Copy link to this picture";

  function share(box, widget) {
    const picture = pictureIn(widget), limits = picture?.get("settings");
    if (!picture) return;
    const button = add(box, "button", { type: "button", class: "dh-link" }, COPY);
    const field = add(box, "input", {
      class: "dh-link-text",
      readonly: "",
      hidden: "",
      "aria-label": "Link to this picture",
    });
    const no = add(box, "p", { class: "dh-no", role: "alert" });
    const id = `explorer-${explorers.size + 1}`,
      explorer = { box, picture, limits, no, moved: false };
    explorers.set(id, explorer);
    embed(box, id, picture, limits);
    fullScreen(box);
    let copied = false, resting; // browsers refuse to change the address with every pixel
    for (const key of Object.keys(limits)) {
      picture.on(`change:${key}`, () => {
        explorer.moved = true;
        clearTimeout(resting);
        resting = setTimeout(
          () => keep(address([...explorers].filter(([, { moved }]) => moved))),
          300,
        );
        if (no.textContent) no.textContent = "";
        if (copied) button.textContent = COPY; // what was copied is another picture's
        copied = false;
        field.hidden = true;
      });
    }
    button.addEventListener("click", async () => {
      const link = address([[id, explorer]]), seen = keep(link) && window === window.top; // in a frame, the bar is another's
      field.value = new URL(link, location.href).href;
      field.hidden = seen;
      if (!seen) field.select();
      copied = true;
      const said = navigator.clipboard?.writeText(field.value).then(() => "Link copied");
      button.textContent = (await said?.catch(() => {})) ??
        (seen ? "The link is in the address bar" : "Copy the link from here:");
    });
  }

  function restore(saved) {
    for (const [id, { model_name, state }] of Object.entries(saved)) {
      models.set(id, new Model(model_name, { ...state }));
    }
    for (const { model_name, state } of Object.values(saved)) {
      if (/^(Directional)?LinkModel$/.test(model_name)) link(state, model_name === "LinkModel");
    }
  }

  // Widgets of a running Python (run/session.js): `send` gets what is moved, `take` has the answers.
  async function open(saved, id, stage, send) {
    restore(saved);
    for (const name in saved) model(name).tell = (key, value) => send(name, key, value);
    await draw(id, stage);
  }

  function take(id, state) {
    const widget = model(id), { tell } = widget;
    widget.tell = undefined; // it comes from there
    widget.set(state);
    widget.tell = tell;
  }

  // the whole of it, or none: a slider beside a picture that is not there would be dead
  async function enliven(marker) {
    const id = JSON.parse(marker.textContent).model_id,
      box = marker.closest(".dh-explorer") ?? marker.parentElement;
    const stage = document.createElement("div");
    stage.className = "dh-live";
    marker.after(stage);
    try {
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
    if (document.documentElement.dataset.embedded !== undefined) { // by day or by night, as the reader's system
      const dark = matchMedia("(prefers-color-scheme: dark)").matches;
      document.documentElement.dataset.theme = dark ? "dark" : "light";
    }
    for (const script of document.querySelectorAll(`script[type="${STATE}"]`)) {
      restore(JSON.parse(script.textContent).state);
    }
    for (const marker of document.querySelectorAll(`script[type="${VIEW}"]`)) await enliven(marker);
    follow();
    addEventListener("hashchange", follow);
    document.documentElement.dataset.player = "ready";
  }

  (globalThis.downhill ??= {}).player = { open, take };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", play);
  else play();
})();
