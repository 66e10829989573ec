// Code cells that can be changed and run, here on the page. Nothing is fetched before the reader
// asks for it: then session.js comes, and with it Python. What the reader writes is kept in this
// browser only.
(() => {
  const book = globalThis.downhill, { memory, add, digest } = book; // of predict.js, which every page has before
  const HERE = new URL(
    `${document.documentElement.dataset.content_root}_static/run/`,
    document.baseURI,
  );

  function button(parent, words, label, deed) {
    const made = add(parent, "button", { type: "button", "aria-label": label }, words);
    made.addEventListener("click", deed);
    return made;
  }

  /** A code cell of the page. */
  class Cell {
    constructor(box, index) {
      this.box = box;
      this.index = index;
      this.pre = box.querySelector(".cell_input pre");
      this.source = this.text = this.pre.textContent.replace(/\n$/, "");
      this.printed = this.pre.innerHTML;
      this.key = `downhill-code ${location.pathname.split("/").pop()} ${index} ${
        digest(this.source)
      }`;
      this.check = undefined; // the cell that checks this one
      this.exercise = undefined; // the exercise that this one checks
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
      const edit = this.check ? "Write your answer" : "Edit";
      this.editButton = button(this.tools, edit, `${edit}: ${name}`, () => this.edit());
      this.resetButton = button(
        this.tools,
        "Reset to the book’s",
        `Reset ${name} to the book’s`,
        () => this.reset(),
      );
      this.resetButton.hidden = true;
      this.state = add(this.tools, "span", { class: "dh-state", role: "status" });
      const kept = memory.get(this.key);
      if (kept === null) return;
      this.text = kept;
      this.edit(false);
    }

    /** Open the field to write in. */
    async edit(focus = true) {
      try {
        await load("editor.js");
      } catch {
        return this.say("The field to write in could not be fetched.");
      }
      this.area ??= book.open(this, { take: (text) => this.take(text), run: this.run });
      this.editButton.hidden = true;
      if (focus) this.area.focus();
    }

    take(text) {
      this.text = text;
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
      this.runButton.focus();
    }

    say(words) {
      this.state.textContent = words;
    }
  }

  /** Say why Python cannot run here, if it cannot. */
  function obstacle() {
    if (location.protocol === "file:") {
      return "Python does not run on a page that is opened as a file: " +
        "browsers do not let it read its parts from there.";
    }
    if (typeof WebAssembly !== "object") {
      return "Python does not run here: this browser has no WebAssembly, or it is turned off.";
    }
    if (typeof DecompressionStream !== "function") {
      return "Python does not run here: this browser is too old.";
    }
    return "";
  }

  const coming = new Map();

  /** A script beside this one, once. */
  function load(name) {
    if (!coming.has(name)) {
      coming.set(
        name,
        new Promise((done, failed) => {
          const script = add(document.head, "script", { src: new URL(name, HERE) });
          script.onload = done;
          script.onerror = () =>
            failed(new Error("Python could not be fetched: its script did not come."));
        }),
      );
    }
    coming.get(name).catch(() => coming.delete(name)); // the next click tries again
    return coming.get(name);
  }

  async function ask(cells) {
    const why = obstacle();
    if (why) return cells[0].say(why);
    try {
      await load("session.js");
      book.session.run(cells);
    } catch (error) {
      cells[0].say(error.message);
    }
  }

  /** Which cells check which: the folded one after an exercise, or the tests of an assignment. */
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
      } else if (
        /raise NotImplementedError/.test(last?.source) &&
        !/raise NotImplementedError/.test(cell.source)
      ) last.check = cell;
      last = cell;
    }
  }

  function start() {
    const boxes = [...document.querySelectorAll("div.cell")].filter((box) =>
      box.querySelector(".cell_input pre")
    );
    book.cells = boxes.map((box, index) => new Cell(box, index));
    if (!boxes.length) return;
    pair(book.cells);
    add(
      document.querySelector("main") ?? document.body,
      "p",
      { id: "dh-keys", hidden: "" },
      "Tab leaves the code. Shift and Enter run it. " +
        "Control with ] and [ moves lines to the right and to the left.",
    );
    for (const cell of book.cells) cell.prepare();
  }

  Object.assign(book, { button, start, here: HERE });
  globalThis.widgetPlayer.arriving(":root", start); // when the page is read, and before the theme's script
})();
