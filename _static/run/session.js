// Comes with the first click: starts Python in a worker, sends it the cells that are to run, and
// shows what they show.
(() => {
  const book = globalThis.downhill;
  const { add, button, memory } = book, player = globalThis.widgetPlayer;
  const AGREED = "downhill-python-agreed"; // to fetching Python from another host
  const PATIENCE = 2000; // milliseconds that a run has to stop by itself
  const GONE = "What it had computed is gone; what you wrote is not.";

  /**
   * What the worker tells (worker.js has what it is told):
   * @typedef {{kind: "progress", done: number, total: number}} Progress   bytes
   * @typedef {{kind: "ready", stoppable: boolean}} Ready   a run can be stopped and Python kept
   * @typedef {{kind: "planned", earlier: number}} Planned   how many earlier cells run first
   * @typedef {{kind: "begin", cell: number, quiet: boolean}} Begin   quiet: nobody asked for it
   * @typedef {{kind: "stream", name: "stdout" | "stderr", text: string}} Stream
   * @typedef {{kind: "display", text?: string, image?: string, alt?: string, widget?: string,
   *   models?: Object}} Display
   * @typedef {{kind: "error", cell: number, short: string, where: string, long: string}} Failure
   * @typedef {{kind: "comm", id: string, state: Object}} Comm   what a widget's traits are now
   */

  const MB = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

  // --- what a cell shows

  /** The output of a run, in the place of the book's. */
  class Output {
    constructor(cell) {
      this.cell = cell;
      this.printed = "";
      this.books = [...cell.box.children].find((part) =>
        part.matches(".cell_output:not(.dh-output)")
      );
      cell.output?.remove();
      if (this.books) this.books.hidden = true;
      this.box = add(cell.box, "div", {
        class: "cell_output docutils container dh-output",
        "aria-live": "polite",
      });
      this.figures = [...(this.books?.querySelectorAll("img") ?? [])].filter((img) =>
        !img.closest(".dh-explorer")
      );
      cell.output = this;
      cell.resetButton.hidden = false;
    }

    remove() {
      this.box.remove();
      if (this.books) this.books.hidden = false;
      this.cell.output = undefined;
    }

    /** As the book shows it: `stream` is what is printed, `text_plain` a value. */
    text(text, kind) {
      const last = this.box.lastElementChild;
      if (last?.matches(`.${kind}`) && kind !== "text_plain") {
        last.querySelector("pre").append(text);
      } else {
        const classes = `output ${kind} highlight-myst-ansi notranslate`;
        add(
          add(add(this.box, "div", { class: classes }), "div", { class: "highlight" }),
          "pre",
          {},
          text,
        );
      }
      this.printed += text;
    }

    /** A picture, with the book's caption; its alt text is the book's too while the code is. */
    image(data, told) {
      const books = this.figures.shift();
      const alt = (!this.cell.changed && books?.alt) || told ||
        "A picture that your code has drawn.";
      const frame = books?.closest("figure")?.cloneNode(true) ?? document.createElement("figure");
      for (const part of [frame, ...frame.querySelectorAll("[id]")]) part.removeAttribute("id");
      const image = frame.querySelector("img") ?? add(frame, "img");
      image.removeAttribute("srcset");
      image.alt = alt;
      image.src = `data:image/png;base64,${data}`;
      this.box.append(frame);
    }

    error({ short, where, long }) {
      const box = add(this.box, "div", { class: "dh-error" });
      add(box, "p", { class: "dh-error-short" }, short);
      if (where) add(box, "p").append("in ", add(box, "code", {}, where));
      if (!long) return;
      const whole = add(box, "details");
      add(whole, "summary", {}, "The whole of it");
      add(whole, "pre", {}, long);
    }

    /** An explorer, alive as long as this Python is. */
    async widget({ widget, models, text }, send) {
      const box = add(this.box, "div", { class: "dh-explorer dh-alive" });
      try {
        player.restore(models);
        for (const id in models) tellMoves(id, send);
        await player.draw(widget, add(box, "div", { class: "dh-live" }));
      } catch (error) {
        box.replaceChildren();
        box.classList.remove("dh-alive");
        add(
          box,
          "p",
          { class: "dh-sorry dh-told", role: "note" },
          `This is not live: ${error.message}.`,
        );
        this.text(text, "text_plain");
      }
    }

    /** Python has gone: what it computed can no longer be moved. */
    die() {
      for (const explorer of this.box.querySelectorAll(".dh-explorer")) {
        for (const control of explorer.querySelectorAll("input, button")) control.disabled = true;
        add(
          explorer,
          "p",
          { class: "dh-gone", role: "note" },
          "Python was stopped. Run the cell again to move this.",
        );
      }
    }
  }

  // --- widgets: what the reader moves goes to Python, and what Python then says comes back

  let taking; // the widget that Python speaks of: what it says need not be told to it

  function tellMoves(id, send) {
    const widget = player.model(id);
    for (const key in widget.state) {
      widget.on(`change:${key}`, (_, value) => taking !== id && send(id, key, value));
    }
  }

  function takeMoved(id, state) {
    taking = id;
    player.model(id).set(state);
    taking = undefined;
  }

  // --- the bar at the foot of the page: what Python is doing, and the way to stop it

  class Bar {
    constructor(session) {
      const box = add(document.querySelector("main") ?? document.body, "section", {
        class: "dh-python",
        "aria-label": "Python",
      });
      this.words = add(box, "span", { role: "status" });
      this.progress = add(box, "progress", {
        "aria-label": "How much of Python has come",
        hidden: "",
      });
      this.stop = button(box, "Stop", "Stop Python", () => session.stop());
      this.again = button(box, "Start again", "Start Python again", () => session.startAgain());
      this.choices = add(box, "span");
    }

    say(words, { busy = false, alive = true } = {}) {
      this.words.textContent = words;
      this.stop.hidden = !busy;
      this.again.hidden = busy || !alive;
      this.progress.hidden = true;
      this.choices.replaceChildren();
    }

    /** How much has come, and how long the rest will take at this speed. */
    count(from, done, total, since) {
      const left = ((Date.now() - since) / done) * (total - done) / 1000;
      const soon = left > 3
        ? `, about ${
          left > 90 ? `${Math.round(left / 60)} minutes` : `${Math.round(left)} seconds`
        } left`
        : "";
      this.words.textContent = `Fetching Python from ${from}: ${MB(done)} of ${MB(total)}${soon}.`;
      Object.assign(this.progress, { hidden: false, max: total, value: done });
    }

    /** Ask before another host is asked. */
    agree(words) {
      this.say(words, { alive: false });
      return new Promise((answer) => {
        const choose = (agreed) => {
          this.choices.replaceChildren();
          answer(agreed);
        };
        button(this.choices, "Fetch it", "Fetch Python", () => choose(true)).focus();
        button(this.choices, "Not now", "Do not fetch Python", () => choose(false));
      });
    }
  }

  /** What is said beside the button of cells that have run: of a check its first words. */
  function verdict([, check]) {
    if (!check) return "Done.";
    if (!check.exercise) return "The tests that you can see pass.";
    return `${/^[\w ]*/.exec(check.output.printed)[0]}.`;
  }

  // --- the session

  class Session {
    constructor() {
      this.bar = new Bar(this);
      this.waiting = []; // lists of cells, each to run in one go
      this.moved = {}; // widget -> trait -> value, not sent yet
    }

    /** Run these cells, each after the earlier ones that it needs. */
    async run(cells) {
      for (const cell of cells) cell.say("");
      cells[0].say(this.running ? "Waiting for its turn." : "");
      this.waiting.push(cells);
      if (this.state === undefined) await this.start();
      else if (this.state === "ready") this.next();
    }

    async start() {
      this.state = "starting";
      try {
        this.manifest ??= await this.readManifest();
        if (!(await this.allowed())) return this.rest("Python was not fetched.");
        this.began = Date.now();
        this.bar.say(
          `Fetching Python from ${this.manifest.from}: ${MB(this.manifest.bytes)}, once.`,
          { busy: true },
        );
        this.worker = new Worker(new URL("worker.js", book.here));
        this.worker.onmessage = ({ data }) => this.hear[data.kind].call(this, data);
        this.worker.onerror = (event) =>
          this.end(`Python did not start: ${event.message ?? "its script did not come"}`);
        this.probe = fresh();
        this.worker.postMessage({ kind: "start", manifest: this.manifest, address: this.probe });
      } catch (error) {
        this.end(`Python did not start: ${error.message}`);
      }
    }

    async readManifest() {
      const address = new URL("python.json", book.here), answer = await fetch(address);
      if (!answer.ok) throw new Error("its list of parts did not come");
      const manifest = await answer.json();
      const base = manifest.base = new URL(manifest.base, address).href;
      const files = [
        Object.values(manifest.core),
        ...Object.values(manifest.archives).map((archive) => archive.files),
      ].flat();
      for (const file of files) file.url = new URL(file.url, file.own ? address : base).href;
      manifest.cells = new URL("cells.py", address).href;
      return manifest;
    }

    async allowed() {
      const { from, bytes, elsewhere } = this.manifest;
      if (!elsewhere || memory.get(AGREED) === from) return true;
      const agreed = await this.bar.agree(
        `Python would come from ${from}, ${MB(bytes)}, once. That host would see that this ` +
          "browser asks. What you write stays here.",
      );
      if (agreed) memory.set(AGREED, from);
      return agreed;
    }

    next() {
      const cells = this.waiting.shift();
      if (!cells) return this.bar.say("Python is ready.");
      this.state = "running";
      this.began = Date.now();
      this.running = cells;
      this.address = fresh();
      const texts = book.cells.map((cell) => cell.text);
      this.worker.postMessage({
        kind: "run",
        cells: cells.map((cell) => cell.index),
        texts,
        address: this.soft && this.address,
      });
      this.bar.say("Python is running.", { busy: true });
      cells[0].say("Running.");
    }

    /** What the worker tells. */
    hear = {
      progress({ done, total }) {
        const all = this.state === "starting" ? this.manifest.bytes : total;
        if (done < all) this.bar.count(this.manifest.from, done, all, this.began);
        else this.bar.say(`Python is ${this.state}.`, { busy: true });
      },
      ready({ stoppable }) {
        this.soft = stoppable;
        this.next();
      },
      planned({ earlier }) {
        const many = earlier === 1 ? "An earlier cell runs" : `${earlier} earlier cells run`;
        if (earlier) this.running[0].say(`${many} first.`);
      },
      begin({ cell, quiet }) {
        this.output = quiet ? undefined : new Output(book.cells[cell]);
      },
      stream({ name, text }) {
        this.output?.text(text, name === "stdout" ? "stream" : "stderr");
      },
      display(shown) {
        if (!this.output) return;
        if (shown.image) this.output.image(shown.image, shown.alt);
        else if (shown.widget) {
          this.output.widget(shown, (id, key, value) => this.move(id, key, value));
        } else this.output.text(`${shown.text}\n`, "text_plain");
      },
      error(failure) {
        this.failed = true;
        const first = this.running[0], cell = book.cells[failure.cell];
        if (this.running.includes(cell)) (this.output ?? new Output(cell)).error(failure);
        else {
          const output = new Output(first), { short, where, long } = failure;
          output.error({
            short: `An earlier cell stopped (code cell ${failure.cell + 1}). ${short}`,
            where,
            long,
          });
        }
        for (const cells of this.waiting.splice(0)) {
          cells[0].say("Not run: the one before it stopped.");
        }
      },
      end({ cell }) {
        const done = book.cells[cell];
        if (done.exercise) book.judge?.(done.exercise, this.output.printed);
      },
      idle() {
        clearTimeout(this.patience);
        URL.revokeObjectURL(this.address);
        this.running[0].say(this.failed ? "" : verdict(this.running));
        this.running = this.failed = undefined;
        this.state = "ready";
        this.next();
      },
      comm({ id, state }) {
        takeMoved(id, state);
      },
      heard() {
        URL.revokeObjectURL(this.listening);
        this.listening = undefined;
        this.sendMoved();
      },
      failed({ why }) {
        this.end(`Python stopped: ${why}`);
      },
    };

    /** What the reader moves goes to Python, one batch at a time; what is moved meanwhile waits. */
    move(id, key, value) {
      (this.moved[id] ??= {})[key] = value;
      this.sendMoved();
    }

    sendMoved() {
      if (this.listening || !Object.keys(this.moved).length) return;
      this.listening = fresh();
      this.worker.postMessage({
        kind: "comm",
        state: this.moved,
        address: this.soft && this.listening,
      });
      this.moved = {};
    }

    /** First ask Python to stop, which keeps what has been computed; if it does not, end it. */
    stop() {
      this.waiting = [];
      if (this.state !== "running" || !this.soft) {
        return this.end(`Python was stopped. ${GONE}`);
      }
      const { address } = this;
      URL.revokeObjectURL(address);
      this.bar.say("Stopping.", { busy: true });
      this.patience = setTimeout(() => {
        if (this.state === "running" && this.address === address) {
          this.end(
            `Python did not stop by itself, and was ended. ${GONE}`,
          );
        }
      }, PATIENCE);
    }

    startAgain() {
      this.end("Python starts again with the next cell that you run.");
    }

    end(words) {
      this.worker?.terminate();
      for (const cell of book.cells) cell.output?.die();
      for (const cells of [this.running ?? [], ...this.waiting]) cells[0]?.say("Not run.");
      this.rest(words);
    }

    rest(words) {
      this.worker =
        this.state =
        this.running =
        this.failed =
        this.listening =
          undefined;
      this.waiting = [];
      this.moved = {};
      this.bar.say(words, { alive: false });
    }
  }

  /** An address that is there until it is taken back. */
  const fresh = () => URL.createObjectURL(new Blob(["go on"], { type: "text/plain" }));

  book.session = new Session();
})();
