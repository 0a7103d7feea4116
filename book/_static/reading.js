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
})();
