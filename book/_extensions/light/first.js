
// The theme settles "auto" only when the page has been read: until then both logos would show, and a dark page in light.
(({ dataset }, script) => {
  if (dataset.theme === "auto") dataset.theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";

  // Scripts without which the page can be read come when it has been read and painted: what it shows comes first. They
  // run in their order; with the last one the attribute that names them goes.
  const late = () => {
    for (const src of script.dataset.late.split(" "))
      document.head.append(Object.assign(document.createElement("script"), { src, async: false, onload: settle }));
  };
  const settle = ({ target }) => script.dataset.late.endsWith(target.getAttribute("src")) && delete script.dataset.late;
  const painted = new Promise((done) => {
    if (!window.PerformanceObserver?.supportedEntryTypes?.includes("paint")) return done();
    new PerformanceObserver((list, observer) => done(observer.disconnect())).observe({ type: "paint", buffered: true });
    addEventListener("load", () => (document.hidden ? done() : setTimeout(done, 3000))); // whatever happens
  });
  const read = new Promise((done) => document.addEventListener("DOMContentLoaded", done));
  if (script.dataset.late) Promise.all([painted, read]).then(late);

  // Fonts of the first screen, asked for together with the style; of no use, and an error, for pages from a disk.
  if (location.protocol === "file:") return;
  for (const name of script.dataset.fonts.split(" ").filter(Boolean)) {
    const link = { rel: "preload", as: "font", type: "font/woff2", crossOrigin: "", href: new URL(`../fonts/${name}`, script.src) };
    document.head.append(Object.assign(document.createElement("link"), link));
  }
})(document.documentElement, document.currentScript);
