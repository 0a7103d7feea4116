
// The theme settles "auto" only when the page has been read: until then both logos would show, and a dark page in light.
(({ dataset }, script) => {
  if (dataset.theme === "auto") dataset.theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  // Fonts of the first screen, asked for together with the style; of no use, and an error, for pages from a disk.
  if (location.protocol === "file:") return;
  for (const name of script.dataset.fonts.split(" ").filter(Boolean)) {
    const link = { rel: "preload", as: "font", type: "font/woff2", crossOrigin: "", href: new URL(`../fonts/${name}`, script.src) };
    document.head.append(Object.assign(document.createElement("link"), link));
  }
})(document.documentElement, document.currentScript);
