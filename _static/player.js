// Brings the widgets saved in a page to life when they near the window: reads their state, wires their links,
// draws sliders as native labelled inputs, and runs each anywidget's own script. Where a part cannot be
// drawn, the still stays, with the reason.
(() => {
  const HERE = document.currentScript.src;
  const ROOT = document.documentElement.dataset, EMBEDDED = "embedded" in ROOT;

  // A widget's state and its listeners: what anywidget uses of Backbone's model.
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

  // sliders' formats: .2f, .3g, d
  function format(value, spec = "") {
    const [, digits, type] = /\.?(\d*)([a-z]?)/.exec(spec);
    if (/[fd]/.test(type)) return value.toFixed(digits);
    return String(Number(value.toPrecision(digits || 6)));
  }

  // a number as people write it: 0.3 or 0,3, -2 or −2, 1e-3
  function number(text) {
    const plain = text.trim().replace("−", "-").replace(",", ".");
    return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
  }

  // give a number from low to high to `take`; else say why not
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

  // a range, and a box of text for the exact number: browsers drop the comma from one for numbers
  function slider(widget, parent, toValue = (v) => v, toPosition = toValue) {
    const state = widget.state, step = state.step || "any", name = state.description || "value";
    const whole = widget.kind === "IntSliderModel";
    const limits = [toValue(state.min), toValue(state.max), whole ? 1 : 0];
    const row = add(parent, "div", { class: "dh-slider" });
    const id = `dh-${++slider.count}`;
    add(row, "label", { for: id }, name);
    const { min, max } = state; // each in a block of its own: see player.css
    const range = add(add(row, "div"), "input", { type: "range", id, min, max, step });
    const box = add(add(row, "div"), "input", {
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
    let filled; // the box is slow to rewrite: ten times a second while the slider moves
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
    let typing; // half a number is not called wrong at once
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

  // A script or style in a file of the site runs under the strictest policy.
  function fetched(name, attributes) {
    const node = add(document.head, name, attributes);
    return new Promise((done, failed) => {
      node.onload = done;
      node.onerror = () => failed(new Error("its script or its style could not be loaded"));
    });
  }
  const beside = (file) => new URL(file, HERE).href;
  async function fromFile(file) {
    if (!window.widgetScripts?.[file]) await fetched("script", { src: beside(file) });
    return window.widgetScripts[file]();
  }
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

  const script = ({ _esm, _esm_file }) =>
    _esm_file ? once(_esm_file, fromFile) : once(_esm, fromText);
  // a sheet that did not come shows no rules, nor does any to a page opened as a file
  function inPage(file) {
    try {
      return document.querySelector(`link[href$="${file}"]`)?.sheet?.cssRules.length;
    } catch {
      return /^file/.test(HERE);
    }
  }
  const styleFrom = (file) =>
    inPage(file) || fetched("link", { rel: "stylesheet", href: beside(file) });
  function style({ _css, _css_file }) {
    if (_css_file) return once(_css_file, styleFrom);
    if (_css) once(_css, () => add(document.head, "style", {}, _css));
  }

  async function anywidget(widget, parent) {
    await style(widget.state);
    const made = await script(widget.state);
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

  const pictureIn = (widget) =>
    (widget?.get("children") ?? []).map(model).find((child) => child?.get("settings"));

  const explorers = new Map(); // id -> { box, picture, no, moved }

  // the address and the buttons below a picture; it is alive without them too
  const share = () =>
    once(
      "widgets/share.js",
      async (file) => (await fromFile(file))({ explorers, read, format, add, wake }),
    )
      .catch(() => ({ follow() {}, addButtons() {} }));
  const follow = async (ids, url = location) =>
    ids.length && (await share()).follow(ids, new URL(url).hash);

  function restore(saved) {
    for (const id in saved) models.set(id, new Model(saved[id].model_name, saved[id].state));
    for (const { kind, state } of Object.keys(saved).map(model)) {
      if (/LinkModel$/.test(kind)) link(state, kind === "LinkModel");
    }
  }

  // all or nothing: a slider without its picture would be dead
  async function enliven(box) {
    const stage = add(box.querySelector(VIEW).parentElement, "div", { class: "dh-live" });
    const [id] = [...explorers].find(([, explorer]) => explorer.box === box) ?? [];
    const embed = HERE && !EMBEDDED ? beside("embed/") : undefined;
    try {
      if (pictureIn(model(shownIn(box)))?.get("computed_in") === "kernel") {
        throw new Error("it is computed by Python, and so a still picture here");
      }
      const [{ addButtons }] = await Promise.all([share(), draw(shownIn(box), stage)]);
      box.classList.add("dh-alive"); // hides the still
      if (id) addButtons(id, embed);
    } catch (error) {
      stage.remove();
      box.classList.add("dh-stays"); // the still
      const note = box.querySelector(".dh-sorry") ??
        add(box, "p", { class: "dh-sorry", role: "note" });
      note.classList.add("dh-told");
      note.textContent =
        `This part of the page is not live: ${error.message}. Run the notebook to use it.`;
    }
    box.classList.remove("dh-asleep");
    box.removeAttribute("tabindex");
  }

  // --- a picture wakes near the window, or when a key, a link or a printer asks

  const VIEW = 'script[type$=".widget-view+json"]';
  const shownIn = (box) => JSON.parse(box.querySelector(VIEW).textContent).model_id;
  const wake = (box) => once(box, enliven);

  function lieDown(box) {
    const picture = pictureIn(model(shownIn(box)));
    box.classList.add("dh-asleep");
    if (!picture) return;
    const no = add(box, "p", { class: "dh-no", role: "alert" });
    explorers.set(`explorer-${explorers.size + 1}`, { box, picture, no, moved: false });
    box.tabIndex = 0;
    box.role = "group";
    box.ariaLabel = picture.get("title");
    box.addEventListener("focus", async ({ relatedTarget }) => {
      const back = relatedTarget && box.compareDocumentPosition(relatedTarget) & 4; // from what follows
      await wake(box);
      if ([box, document.body].includes(document.activeElement)) {
        [...box.querySelectorAll("input, button")].at(back ? -1 : 0)?.focus();
      }
    });
  }

  // gives when of these what is near is alive
  function watch(boxes) {
    const far = ({ top, bottom }) => Math.max(top - innerHeight, -bottom, 0);
    return new Promise((done) => {
      const near = new IntersectionObserver(async (seen) => {
        const coming = seen.filter((entry) => entry.isIntersecting);
        coming.sort((a, b) => far(a.boundingClientRect) - far(b.boundingClientRect));
        for (const { target } of coming) {
          near.unobserve(target);
          await wake(target);
        }
        done();
      }, { rootMargin: "100% 0px" });
      boxes.forEach((box) => near.observe(box));
      if (!boxes.length) done();
    });
  }

  function print(boxes) {
    const late = boxes.filter((box) => !loaded.has(box));
    if (!late.length) return;
    Promise.all(late.map(wake)).then(() => dispatchEvent(new Event("beforeprint"))); // they hear it too
  }

  // what a page has of these, each once it is whole: while the page is being read, and at its end
  function arriving(selector, take) {
    const met = new Set(), over = () => document.readyState !== "loading";
    const whole = (node) => over() || (node && (node.nextElementSibling || whole(node.parentNode)));
    function look() {
      const fresh = [...document.querySelectorAll(selector)].filter((node) =>
        !met.has(node) && whole(node)
      );
      fresh.forEach((node) => met.add(node));
      if (fresh.length) take(fresh);
      if (!over()) requestAnimationFrame(look);
    }
    document.addEventListener("readystatechange", look, { once: true });
    look();
  }

  function play() {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    if (EMBEDDED) ROOT.theme = dark ? "dark" : "light"; // a page of the book has a switch
    ROOT.player = "here";
    const boxes = [], awake = [];
    arriving(
      'script[type$=".widget-state+json"]',
      (scripts) => scripts.forEach((script) => restore(JSON.parse(script.textContent).state)),
    );
    arriving(".dh-explorer", (fresh) => {
      const shown = fresh.filter((box) => box.querySelector(VIEW)), known = explorers.size;
      shown.forEach(lieDown);
      boxes.push(...shown);
      awake.push(follow([...explorers.keys()].slice(known)), watch(shown));
    });
    addEventListener("beforeprint", () => print(boxes));
    arriving(":root", async () => { // whole when all is
      addEventListener("hashchange", ({ newURL }) => follow([...explorers.keys()], newURL));
      await Promise.all(awake);
      ROOT.player = "ready";
      for (const { state } of models.values()) { // when called, none waits for these
        if (state._esm_file) Promise.all([style(state), script(state)]).catch(() => {});
      }
    });
  }

  window.widgetPlayer = { restore, model, draw, arriving }; // for predict.js and run/session.js
  play();
})();
