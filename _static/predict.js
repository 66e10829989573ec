// Predictions: what follows one stays out of view until the reader has chosen an option, or asked to see it.
// The choice is kept in this browser only. Searching in the page and links into what is hidden bring it into view.
(() => {
  const OPEN = "downhill-predictions"; // "open": nothing is hidden on any page

  /** Kept in this browser, where that is allowed. */
  const memory = {
    get(key) {
      try {
        return localStorage.getItem(key);
      } catch {
        return null;
      }
    },
    set(key, value) {
      try {
        localStorage.setItem(key, value);
      } catch { /* not kept, then */ }
    },
    drop(key) {
      try {
        localStorage.removeItem(key);
      } catch { /* it was not kept */ }
    },
  };

  /** Append an element to `parent`. */
  function add(parent, name, attributes = {}, text) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text !== undefined) node.textContent = text;
    parent.append(node);
    return node;
  }

  // what a part of the page says, without these elements in it
  function textOf(node, without) {
    const copy = node.cloneNode(true);
    for (const part of copy.querySelectorAll(without)) part.remove();
    return copy.textContent.trim();
  }

  // a short text for a long one: an edited question, or cell, is a new one
  const digest = (text) =>
    [...text].reduce((sum, sign) => (sum * 31 + sign.codePointAt(0)) | 0, 7).toString(36);

  Object.assign(globalThis.downhill ??= {}, { memory, add, digest }); // for run/cells.js, which comes later

  class Prediction {
    constructor(box, place) {
      this.options = [...box.querySelectorAll(":scope > .dh-options > li")];
      this.fold = box.querySelector(":scope > details.dh-answers");
      this.answers = [...this.fold.querySelectorAll("ul > li")];
      this.after = box.nextElementSibling?.matches(".dh-after") ? box.nextElementSibling : null;
      this.key = `downhill-guess ${location.pathname.split("/").pop()} ${place} ${
        digest(box.textContent)
      }`;
      box.classList.add("dh-live");
      this.buttons = this.options.map((option, number) => this.asButton(option, number));
      this.told = add(box, "div", { class: "dh-told", role: "status" });
      this.fold.before(this.told);
      this.footer = add(box, "p", { class: "dh-skip" });
      this.after?.addEventListener("beforematch", () => this.reveal());
      this.after?.setAttribute("tabindex", "-1"); // the focus goes there when the button that shows it is gone
      const chosen = memory.get(this.key);
      if (chosen !== null && this.buttons[chosen]) this.choose(Number(chosen));
      else this.wait();
    }

    // nothing chosen yet: hidden, or not, as the reader wants it on every page
    wait() {
      if (this.chosen || !this.after) return;
      const open = memory.get(OPEN) === "open";
      if (open) this.reveal();
      else this.after.setAttribute("hidden", "until-found");
      this.footer.replaceChildren();
      if (open) return this.offer("Hide what follows until I choose", () => hideEverywhere(false));
      add(this.footer, "span", {}, "What follows appears when you have chosen.");
      this.offer("Show it now", () => this.reveal().focus({ preventScroll: true }));
      this.offer("Never hide it", () => hideEverywhere(true));
    }

    offer(words, deed) {
      add(this.footer, "button", { type: "button" }, words).onclick = deed;
    }

    asButton(option, number) {
      const button = document.createElement("button");
      button.type = "button";
      button.setAttribute("aria-pressed", "false");
      for (const child of [...option.childNodes]) {
        button.append(...(child.nodeName === "P" ? child.childNodes : [child]));
      }
      const words = textOf(button, "annotation");
      if (!textOf(button, "math")) button.setAttribute("aria-label", words); // not every reader finds a name in a formula
      option.append(button);
      button.onclick = () => this.choose(number);
      return button;
    }

    isRight(number) {
      return this.answers[number].textContent.trim().startsWith("Yes.");
    }

    choose(number) {
      this.chosen = true;
      memory.set(this.key, String(number));
      this.buttons.forEach((button, other) =>
        button.setAttribute("aria-pressed", String(other === number))
      );
      this.options.forEach((option, other) =>
        option.classList.toggle("dh-right", this.isRight(other))
      );
      const answer = this.answers[number].cloneNode(true);
      this.told.replaceChildren(...answer.childNodes);
      this.told.classList.toggle("dh-right", this.isRight(number));
      this.fold.classList.add("dh-open"); // the sentences on the other options can be read, too
      this.reveal();
    }

    reveal() {
      this.after?.removeAttribute("hidden");
      if (this.after) letKeysScroll(this.after);
      this.footer.replaceChildren();
      return this.after;
    }
  }

  // What is wider than the page is scrolled by keys: the theme sees to it once, when this had no width yet.
  function letKeysScroll(part) {
    for (const code of part.querySelectorAll("pre")) {
      code.tabIndex = code.scrollWidth > code.clientWidth ? 0 : -1;
    }
  }

  const predictions = [];

  function hideEverywhere(never) {
    memory.set(OPEN, never ? "open" : "");
    for (const prediction of predictions) prediction.wait();
  }

  // A link to an explorer in some state, or to anything inside: it is to be seen.
  function showWhatTheAddressNames() {
    const name = decodeURIComponent(location.hash.slice(1).split("&")[0]);
    const explorer = /^explorer-(\d+)$/.exec(name);
    const target = explorer
      ? document.querySelectorAll(".dh-explorer")[explorer[1] - 1]
      : name && document.getElementById(name);
    const after = target?.closest?.(".dh-after[hidden]");
    predictions.find((prediction) => after && prediction.after === after)?.reveal();
    if (after) target.scrollIntoView({ block: explorer ? "center" : "start" });
  }

  // each before what follows it can be read
  const { arriving } = globalThis.widgetPlayer;
  let place = 0;
  arriving(".predict.admonition", (boxes) => {
    for (const box of boxes) {
      if (
        box.querySelector(":scope > .dh-options") &&
        box.querySelector(":scope > details.dh-answers")
      ) {
        predictions.push(new Prediction(box, place));
      }
      place++;
    }
  });
  arriving(".dh-explorer, :root", showWhatTheAddressNames);
  addEventListener("hashchange", showWhatTheAddressNames);
})();
