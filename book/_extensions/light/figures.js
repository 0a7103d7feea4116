// Figures with much data: these stand in a file of their own, named by `data-frames`, which is loaded when the figure
// comes near the view, or a link leads to it. Until then the figure shows its first frame. A script element also
// works for pages that are read from a disk.
const waiting = new Map([...document.querySelectorAll("static-interact[data-frames]")].map((node) => [node.id, node]));

function load(figure) {
  near.unobserve(figure);
  if (!waiting.delete(figure.id)) return;
  const script = document.createElement("script");
  script.onerror = () => {
    waiting.set(figure.id, figure); // on the next approach it is tried again
    near.observe(figure);
  };
  script.src = figure.dataset.frames;
  document.head.append(script);
}

// The files call this. What the element finds inside itself it begins with, as it does where data stand in the page.
function figureData(id, json) {
  const figure = document.getElementById(id);
  const data = Object.assign(document.createElement("script"), { type: "application/json", textContent: json });
  figure.append(data);
  figure.connectedCallback();
}

const near = new IntersectionObserver(
  (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => load(entry.target)),
  { rootMargin: "150% 0px" },
);
const arrive = () => {
  for (const figure of [...waiting.values()])
    if (location.hash.startsWith(`#${figure.id.slice(0, -5)}:`)) load(figure);
};
waiting.forEach((figure) => near.observe(figure));
addEventListener("hashchange", arrive);
arrive();
