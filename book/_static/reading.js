// What a page does for its readers besides its figures. No page needs it to be read.
(() => {
  "use strict";

  // ---- on paper: light, with the folded solutions open; folds of code stay as they are

  let restore = [];
  addEventListener("beforeprint", () => {
    const root = document.documentElement;
    const theme = root.dataset.theme;
    root.dataset.theme = "light";
    restore.push(() => (root.dataset.theme = theme));
    for (const fold of document.querySelectorAll("article details:not([open], .hide)")) {
      fold.open = true;
      restore.push(() => (fold.open = false));
    }
  });
  addEventListener("afterprint", () => {
    for (const undo of restore) undo();
    restore = [];
  });

  // ---- what a link to a term or an equation leads to, while the pointer or the keyboard is on the link
  // It stays while the pointer is on it, and goes with Escape: WCAG 1.4.13.

  let known = null; // {link's address: what is shown}
  let tip = null;
  let owner = null;
  let waiting = 0;

  function show(link) {
    if (!known) {
      const shown = document.getElementById("previews")?.content.children ?? [];
      known = new Map([...shown].map((node) => [node.dataset.to, node]));
    }
    const found = known.get(link.getAttribute("href"));
    if (!found || owner === link) return;
    hide();
    owner = link;
    tip = document.createElement("div");
    tip.id = "preview";
    tip.className = "preview";
    tip.role = "tooltip";
    tip.ariaLabel = found.ariaLabel;
    tip.append(...found.cloneNode(true).childNodes);
    link.removeAttribute("title"); // the browser would show the same in its own way
    link.setAttribute("aria-describedby", tip.id);
    (document.querySelector("main") ?? document.body).append(tip);
    place(link);
    tip.onpointerenter = () => clearTimeout(waiting);
    tip.onpointerleave = later;
  }

  // Below the link, or above it where there is more room; never out of the window.
  function place(link) {
    const at = link.getClientRects()[0] ?? link.getBoundingClientRect();
    const { width, height } = tip.getBoundingClientRect();
    const room = document.documentElement.clientWidth - width - 8;
    const above = at.bottom + height + 8 > innerHeight && at.top > height + 8;
    tip.style.left = `${Math.max(8, Math.min(at.left, room))}px`;
    tip.style.top = `${above ? at.top - height : at.bottom}px`;
  }

  function hide() {
    clearTimeout(waiting);
    owner?.removeAttribute("aria-describedby");
    tip?.remove();
    tip = owner = null;
  }

  function later() {
    clearTimeout(waiting);
    waiting = setTimeout(hide, 250);
  }

  const linked = (event) => event.target.closest?.("article a[href*='#']");
  document.addEventListener("pointerover", (event) => {
    const link = linked(event);
    if (!link || event.pointerType === "touch") return; // a finger follows the link
    clearTimeout(waiting);
    if (link !== owner) waiting = setTimeout(show, 150, link);
  });
  document.addEventListener("pointerout", (event) => linked(event) && later());
  document.addEventListener("focusin", (event) => {
    const link = linked(event);
    if (link?.matches(":focus-visible")) show(link);
    else if (owner) hide();
  });
  document.addEventListener("focusout", (event) => linked(event) === owner && hide());
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
  addEventListener("scroll", () => tip && place(owner), { passive: true, capture: true });
})();
