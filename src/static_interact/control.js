// A control of the page: known by its id, which every copy of it carries as `data-si`, wherever it stands. Its value is
// an index into its values, so nothing here knows a grid. element.py writes the html and the table.

const controls = new Map();
const find = (selector, root = document) => [...root.querySelectorAll(selector)];
const numeric = (text) => (text.trim() ? +text.replace("\u2212", "-") : NaN);
const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const nearest = (numbers, wanted) => {
  let best = -1;
  numbers.forEach((number, place) => {
    if (Math.abs(number - wanted) < Math.abs((numbers[best] ?? Infinity) - wanted)) best = place;
  });
  return best;
};

class Control {
  constructor(id, labels, start) {
    Object.assign(this, { id, labels, start, index: start, figures: new Set() });
    this.sync();
  }

  get inputs() {
    return find(`[data-si="${CSS.escape(this.id)}"]`);
  }

  read(input) {
    if (input.type === "checkbox") return +input.checked;
    if (input.type === "radio") return input.checked ? +input.value : this.index;
    if (input.type === "number") return nearest(this.labels.map(numeric), +input.value);
    return input.tagName === "SELECT" ? input.selectedIndex : +input.value;
  }

  // The browser restores inputs after going back: the copy that was moved counts.
  sync() {
    for (const input of this.inputs) {
      const place = this.read(input);
      if (place >= 0) this.index = place;
      if (this.index !== this.start) break;
    }
    this.write();
  }

  write() {
    for (const input of this.inputs) {
      if (input.type === "checkbox") input.checked = this.index;
      else if (input.type === "radio") input.checked = +input.value === this.index;
      else if (input.type === "number") input.value = numeric(this.label);
      else if (input.tagName === "SELECT") input.selectedIndex = this.index;
      else input.value = this.index;
      this.say(input, this.index);
    }
  }

  // The number beside a slider, and what a screen reader says instead of the index.
  say(input, index) {
    if (input.type !== "range") return;
    const label = this.labels[index];
    input.setAttribute("aria-valuetext", label);
    const output = input.nextElementSibling;
    if (output && output.tagName === "OUTPUT") output.textContent = label;
  }

  get label() {
    return this.labels[this.index];
  }

  // The place of a label in a link; a number that is none (the grid may have changed since) means the nearest.
  find(text) {
    const place = this.labels.indexOf(text);
    return place < 0 ? nearest(this.labels.map(numeric), numeric(text)) : place;
  }

  set(index) {
    if (index === this.index || !(index >= 0)) return;
    this.index = index;
    this.write();
    for (const figure of this.figures) figure.moved(this);
  }
}
