// Code cells that can be changed and run, here on the page. Nothing is fetched before the reader asks for it: then
// session.js comes, and with it Python. What the reader writes is kept in this browser only.
(() => {
  const book = (window.downhill ??= {});
  const HERE = document.currentScript.src;
  const TAB = "    ";

  /** Kept in this browser, where that is allowed; else only as long as the page is open. */
  const memory = {
    get(key) { try { return localStorage.getItem(key); } catch { return null; } },
    set(key, value) { try { localStorage.setItem(key, value); } catch { /* not kept, then */ } },
    drop(key) { try { localStorage.removeItem(key); } catch { /* it was not kept */ } },
  };

  /** Append an element to `parent`. */
  function add(parent, name, attributes = {}, text = "") {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text) node.textContent = text;
    parent.append(node);
    return node;
  }

  function button(parent, words, label, deed) {
    const made = add(parent, "button", { type: "button", "aria-label": label }, words);
    made.addEventListener("click", deed);
    return made;
  }

  /** A short text for a long one: what the reader made of a cell that its author has changed since is not shown. */
  const digest = (text) => [...text].reduce((sum, sign) => (sum * 31 + sign.codePointAt(0)) | 0, 7).toString(36);

  // --- colours, in the classes of the page's own

  const KEYWORDS = "and|as|assert|async|await|break|class|continue|def|del|elif|else|except|finally|for|from|global|if|" +
    "import|in|is|lambda|nonlocal|not|or|pass|raise|return|try|while|with|yield";
  const BUILT_IN = "abs|all|any|bool|dict|enumerate|float|int|len|list|map|max|min|print|range|reversed|round|set|sorted|" +
    "str|sum|tuple|type|zip";
  const STRING = `[rbfuRBFU]{0,2}(?:"""[^]*?(?:"""|$)|'''[^]*?(?:'''|$)|"(?:\\\\.|[^"\\\\\n])*"?|'(?:\\\\.|[^'\\\\\n])*'?)`;
  const TOKEN = new RegExp(`(?<c1>#.*)|(?<s1>${STRING})|(?<n>[A-Za-z_]\\w*)|(?<mi>\\d[\\d_.]*(?:[eE][+-]?\\d+)?)`, "g");
  const WORDS = [[/^(False|None|True)$/, "kc"], [RegExp(`^(${KEYWORDS})$`), "k"], [RegExp(`^(${BUILT_IN})$`), "nb"]];

  function paint(pre, text) {
    const parts = [];
    let end = 0;
    for (const { 0: token, index, groups } of text.matchAll(TOKEN)) {
      let kind = Object.keys(groups).find((name) => groups[name] !== undefined);
      if (kind === "n") kind = WORDS.find(([words]) => words.test(token))?.[1] ?? "n";
      const part = document.createElement("span");
      part.className = kind;
      part.textContent = token;
      parts.push(text.slice(end, index), part);
      end = index + token.length;
    }
    pre.replaceChildren(...parts, text.slice(end) + "\n");
  }

  // --- writing: Tab goes on to the next thing on the page, as everywhere

  const PAIRS = { "(": ")", "[": "]", "{": "}", '"': '"', "'": "'" };

  /** Type as the reader would, so that Undo undoes it. */
  const type = (text) => document.execCommand(text ? "insertText" : "delete", false, text);

  function newLine(area) {
    const line = area.value.slice(0, area.selectionStart).split("\n").pop();
    const deeper = /:\s*(#.*)?$/.test(line) ? TAB : "";
    type("\n" + /^ */.exec(line)[0] + deeper);
  }

  function indent(area, deeper) {
    const { value, selectionStart, selectionEnd } = area;
    const from = value.lastIndexOf("\n", selectionStart - 1) + 1;
    const lines = value.slice(from, selectionEnd).split("\n");
    const moved = lines.map((line) => (deeper ? TAB + line : line.replace(/^ {1,4}/, ""))).join("\n");
    area.setSelectionRange(from, selectionEnd);
    type(moved);
    area.setSelectionRange(from, from + moved.length);
  }

  /** Whether the key is ours; then what it does is done. */
  function press(area, { key, ctrlKey, metaKey }, cell) {
    const { value, selectionStart: at, selectionEnd: end } = area;
    const next = value[end] ?? "", line = value.slice(0, at).split("\n").pop();
    if ((ctrlKey || metaKey) && "[]".includes(key)) indent(area, key === "]");
    else if (ctrlKey || metaKey) return false;
    else if (key === "Enter") newLine(area);
    else if (key === "Backspace" && at === end && /^( {4})+$/.test(line)) indent(area, false), area.setSelectionRange(at - 4, at - 4);
    else if (at === end && Object.values(PAIRS).includes(key) && next === key) area.setSelectionRange(at + 1, at + 1);
    else if (PAIRS[key] && /^[\s)\]},:]?$/.test(next) && !(/["']/.test(key) && /\w$/.test(line))) surround(area, key);
    else return false;
    return true;
  }

  function surround(area, opening) {
    const { value, selectionStart: at, selectionEnd: end } = area;
    type(opening + value.slice(at, end) + PAIRS[opening]);
    area.setSelectionRange(at + 1, end + 1);
  }

  /** A code cell of the page. */
  class Cell {
    constructor(box, index) {
      this.box = box;
      this.index = index;
      this.pre = box.querySelector(".cell_input pre");
      this.source = this.text = this.pre.textContent.replace(/\n$/, "");
      this.printed = this.pre.innerHTML;
      this.key = `downhill-code ${location.pathname.split("/").pop()} ${index} ${digest(this.source)}`;
      this.check = this.exercise = undefined; // the cell that checks this one; the exercise that this one checks
    }

    get changed() {
      return this.text !== this.source;
    }

    /** The buttons under the code, and the reader's own text if there is one. */
    prepare() {
      const name = `code cell ${this.index + 1}`;
      this.tools = add(this.box.querySelector(".cell_input"), "div", { class: "dh-tools" });
      const [words, cells] = this.check ? ["Check", [this, this.check]] : ["Run", [this]];
      this.run = () => ask(cells);
      this.runButton = button(this.tools, words, `${words} ${name}`, this.run);
      this.editButton = button(this.tools, "Edit", `Edit ${name}`, () => this.edit().focus());
      this.resetButton = button(this.tools, "Reset to the book’s", `Reset ${name} to the book’s`, () => this.reset());
      this.resetButton.hidden = true;
      this.state = add(this.tools, "span", { class: "dh-state", role: "status" });
      const kept = memory.get(this.key);
      if (kept !== null) this.write(kept);
      else if (this.check) this.edit();
    }

    write(text) {
      this.edit().value = text;
      this.take(text);
    }

    /** Lay the field to write in over the printed code. */
    edit() {
      if (this.area) return this.area;
      const frame = this.pre.parentElement;
      frame.classList.add("dh-editor");
      const area = this.area = add(frame, "textarea", { spellcheck: "false", autocapitalize: "off", autocomplete: "off",
        "aria-label": `Code of cell ${this.index + 1}`, "aria-describedby": "dh-keys", rows: 1 });
      area.value = this.text;
      this.pre.setAttribute("aria-hidden", "true");
      area.addEventListener("input", () => this.take(area.value));
      area.addEventListener("keydown", (event) => this.hear(event));
      paint(this.pre, this.text);
      this.editButton.hidden = true;
      return area;
    }

    hear(event) {
      if (event.isComposing || event.altKey) return;
      const runs = event.key === "Enter" && (event.shiftKey || event.ctrlKey || event.metaKey);
      if (runs) this.run();
      if (runs || press(this.area, event, this)) event.preventDefault();
    }

    take(text) {
      this.text = text;
      paint(this.pre, text);
      if (this.changed) memory.set(this.key, text);
      else memory.drop(this.key);
      this.resetButton.hidden = !this.changed && !this.output;
    }

    reset() {
      memory.drop(this.key);
      this.text = this.source;
      this.area?.remove();
      this.area = undefined;
      this.pre.removeAttribute("aria-hidden");
      this.pre.innerHTML = this.printed;
      this.pre.parentElement.classList.remove("dh-editor");
      this.editButton.hidden = false;
      this.resetButton.hidden = true;
      this.say("");
      for (const cell of [this, this.check]) cell?.output?.remove();
      if (this.check) this.edit();
      this.runButton.focus();
    }

    say(words) {
      this.state.textContent = words;
    }
  }

  /** Say why Python cannot run here, if it cannot. */
  function obstacle() {
    if (location.protocol === "file:")
      return "Python does not run on a page that is opened as a file: browsers do not let it read its parts from there.";
    if (typeof WebAssembly !== "object") return "Python does not run here: this browser has no WebAssembly, or it is turned off.";
    if (typeof DecompressionStream !== "function") return "Python does not run here: this browser is too old.";
    return "";
  }

  function load() {
    return new Promise((done, failed) => {
      const script = add(document.head, "script", { src: new URL("session.js", HERE) });
      script.onload = () => done(book.session);
      script.onerror = () => failed(new Error("Python could not be fetched: its script did not come."));
    });
  }

  async function ask(cells) {
    const why = obstacle();
    if (why) return cells[0].say(why);
    try {
      (await (book.loading ??= load())).run(cells);
    } catch (error) {
      book.loading = undefined; // the next click tries again
      cells[0].say(error.message);
    }
  }

  /** Which cells check which: the folded one after an exercise, or the tests after an answer of an assignment. */
  function pair(cells) {
    let exercise, last;
    const answers = new Map(cells.map((cell) => [cell.box, cell]));
    for (const box of document.querySelectorAll(".exercise.admonition[id], div.cell")) {
      const cell = answers.get(box);
      if (!cell && !box.matches(".exercise")) continue;
      if (!cell) exercise = { id: box.id, box };
      else if (exercise && last && box.matches(".tag_hide-input") && /\bcheck/.test(cell.source)) {
        Object.assign(cell, { exercise });
        last.check = cell;
        exercise = undefined;
      } else if (/raise NotImplementedError/.test(last?.source) && !/raise NotImplementedError/.test(cell.source)) last.check = cell;
      last = cell;
    }
  }

  function start() {
    const boxes = [...document.querySelectorAll("div.cell")].filter((box) => box.querySelector(".cell_input pre"));
    book.cells = boxes.map((box, index) => new Cell(box, index));
    if (!boxes.length) return;
    pair(book.cells);
    add(document.querySelector("main") ?? document.body, "p", { id: "dh-keys", hidden: "" },
      "Tab leaves the code. Shift and Enter run it. Control with ] and [ moves lines to the right and to the left.");
    for (const cell of book.cells) cell.prepare();
  }

  Object.assign(book, { add, button, memory, here: HERE });
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
