// Figures with much data: these stand in files of their own, named by `data-frames`, one for each view (wide, narrow).
// That of the view that shows is loaded when the figure comes near it, or a link leads to it; the other when the figure
// is moved, since it may be turned or printed then, or when it shows. Until then the figure shows its first frame.
// A script element also works for pages that are read from a disk.
const figures = new Map([...document.querySelectorAll("static-interact[data-frames]")].map((node) => [node.id, node]));
const asked = new Set();

function load(figure, whole = false) {
  const views = figure.querySelectorAll(".si-view");
  figure.dataset.frames.split(" ").forEach((address, k) => {
    if (asked.has(address) || !(whole || views.length === 1 || views[k].checkVisibility())) return;
    asked.add(address);
    const script = document.createElement("script");
    script.onerror = () => asked.delete(address); // on the next approach it is tried again
    script.src = address;
    document.head.append(script);
  });
}

// The files call this. What the element finds inside itself it begins with, as it does where data stand in the page.
function figureData(id, json) {
  const figure = figures.get(id);
  if (figure.controls) return figure.add(JSON.parse(json).views);
  const data = Object.assign(document.createElement("script"), { type: "application/json", textContent: json });
  figure.append(data);
  figure.connectedCallback();
}

// Sizes change when a phone is turned: the view that shows then may be the other one.
const resized = new ResizeObserver((entries) => {
  for (const { target } of entries) if (target.controls) load(target);
});
const near = new IntersectionObserver(
  (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => load(entry.target)),
  { rootMargin: "150% 0px" },
);
const arrive = () => {
  for (const figure of figures.values())
    if (location.hash.startsWith(`#${figure.id.slice(0, -5)}:`)) load(figure, true);
};
figures.forEach((figure) => {
  near.observe(figure);
  resized.observe(figure);
  figure.addEventListener("input", () => load(figure, true));
});
addEventListener("hashchange", arrive);
arrive();
