// What stood in attributes of the theme's buttons, and what makes the search quick.
addEventListener("click", (event) => {
  const wish = event.target.closest?.("[data-click]")?.dataset.click;
  if (wish === "print") window.print();
  if (wish === "fullscreen") window.toggleFullScreen();
});

// The search page's script and index are fetched as soon as someone is about to search.
addEventListener("focusin", function prepare(event) {
  if (!event.target.matches?.("form.bd-search input")) return;
  removeEventListener("focusin", prepare);
  if (location.protocol === "file:" || document.querySelector("script[src*='searchindex.js']")) return;
  const root = document.documentElement.dataset.content_root;
  for (const name of ["searchindex.js", "_static/searchtools.js", "_static/language_data.js"]) {
    document.head.append(Object.assign(document.createElement("link"), { rel: "prefetch", href: root + name }));
  }
});
