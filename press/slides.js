// Turns the slides: arrow keys, Page Up and Page Down, Home and End, and two buttons. A slider that has the focus keeps its
// keys; Escape takes the focus from it.
(() => {
  const KEYS = {
    ArrowRight: 1,
    PageDown: 1,
    ArrowLeft: -1,
    PageUp: -1,
    Home: -Infinity,
    End: Infinity,
  };
  const OWN_KEYS = "input, textarea, button, summary, a, svg, pre, .dh-explorer, [tabindex='0']";
  const slides = [...document.querySelectorAll(".dh-slide")];
  const last = slides.length - 1;

  const top = (slide) => Math.abs(slide.getBoundingClientRect().top);
  const current = () =>
    slides.reduce((best, slide, i) => (top(slide) < top(slides[best]) ? i : best), 0);

  function turn(by) {
    slides[Math.max(0, Math.min(last, current() + by))].scrollIntoView({ behavior: "instant" });
  }

  const nav = document.createElement("nav");
  nav.setAttribute("aria-label", "Slides");
  const where = document.createElement("span");
  for (const [words, by] of [["Back", -1], ["Next", 1]]) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = words;
    button.addEventListener("click", () => turn(by));
    nav.append(button);
  }
  nav.insertBefore(where, nav.lastChild);
  document.body.append(nav);

  function tell() {
    where.textContent = `${current() + 1} of ${slides.length}`;
  }
  addEventListener("scroll", tell, { passive: true });
  tell();

  addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.activeElement?.blur();
    if (!(event.key in KEYS) || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.closest?.(OWN_KEYS)) return;
    event.preventDefault();
    turn(KEYS[event.key]);
  });

  // what is wider than the slide is scrolled by keys
  for (const part of document.querySelectorAll("pre, .pst-scrollable-table-container")) {
    if (part.scrollWidth > part.clientWidth) part.tabIndex = 0;
  }
})();
