// Bootstrap's script, 24 KB, shows the tooltips and the menu of downloads, and the way back to the top. It is fetched
// when the reader scrolls or comes near one of them.
(() => {
  const here = document.currentScript.src;
  let fetched;
  const fetchBootstrap = () =>
    fetched ??= new Promise((done) => {
      const script = document.createElement("script");
      script.src = new URL("scripts/bootstrap.js", here).href;
      script.onload = done;
      document.head.append(script);
    });
  const menu = ({ target }) => target.closest?.('[data-bs-toggle="dropdown"]');

  async function near({ target }) {
    const node = target.closest?.("[data-bs-toggle]");
    if (!node) return;
    await fetchBootstrap();
    if (node.matches(":hover, :focus-visible")) bootstrap.Tooltip.getInstance(node)?.show();
  }
  async function open(event) { // a click that came before the script did
    const node = menu(event);
    if (!node || window.bootstrap) return;
    event.preventDefault();
    await fetchBootstrap();
    bootstrap.Dropdown.getOrCreateInstance(node).toggle();
  }
  addEventListener("pointerover", near, { passive: true });
  addEventListener("focusin", near);
  addEventListener("click", open, true);
  addEventListener(
    "load",
    () => addEventListener("scroll", fetchBootstrap, { once: true, passive: true }),
  );
})();
