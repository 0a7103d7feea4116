// Moves the figures of a static page. Each <static-interact> holds its first frame, its controls and a table
// of what changes between frames (the format is described in encode.py); no kernel and no network is needed.
"use strict";
(() => {
  // A column's value for the chosen options: row-major over the controls that it depends on.
  const valueOf = (column, shape, chosen) => {
    let place = 0;
    for (const axis of column.axes) place = place * shape[axis] + chosen[axis];
    if (column.words) return column.words[column.pick[place]];
    if (!column.sums) {
      let sum = 0;
      column.sums = column.numbers.map((difference) => (sum += difference));
    }
    return String(column.sums[place] / column.scale);
  };

  class StaticInteract extends HTMLElement {
    connectedCallback() {
      // The parser may call this before the children are there; the script is deferred, so later pages are fine.
      const data = this.querySelector("script[type='application/json']");
      if (!data || this.data) return;
      this.data = JSON.parse(data.textContent);
      this.view = this.querySelector(".si-view");
      this.controls = [...this.querySelectorAll(".si-controls :is(input, select)")];
      this.startGroup = this.group(this.chosen(true));
      this.useGroup(this.startGroup);
      for (const control of this.controls) {
        control.addEventListener("input", () => this.update());
        control.addEventListener("change", () => this.update());
      }
      this.update(); // the browser may have restored a control's state
    }

    // Index of the chosen option of every control; the start's, if initial.
    chosen(initial = false) {
      return this.controls.map((control) => {
        if (control.type === "range") {
          const value = initial ? control.defaultValue : control.value;
          return Math.round((value - control.min) / control.step);
        }
        if (control.type === "checkbox") return Number(initial ? control.defaultChecked : control.checked);
        if (!initial) return control.selectedIndex;
        return Math.max(0, [...control.options].findIndex((option) => option.defaultSelected));
      });
    }

    group(chosen) {
      const { group, columns, shape } = this.data;
      return group === undefined ? 0 : Number(valueOf(columns[group], shape, chosen));
    }

    // The picture of a group: parsed once, then kept, as going back and forth is what sliders are for.
    useGroup(number) {
      this.pictures ??= new Map();
      if (!this.pictures.has(number)) {
        if (number !== this.startGroup) this.view.innerHTML = this.data.groups[number].template;
        const frame = this.view.firstElementChild;
        this.pictures.set(number, [frame, ...frame.querySelectorAll("*")]);
      } else {
        this.view.replaceChildren(...this.pictures.get(number).slice(0, 1));
      }
      this.nodes = this.pictures.get(number);
      this.shownGroup = number;
    }

    update() {
      const chosen = this.chosen();
      const key = chosen.join();
      if (key === this.shown) return;
      this.shown = key;
      const { columns, shape, groups } = this.data;
      const values = columns.map((column) => valueOf(column, shape, chosen));
      const join = (parts) => parts.map((part) => (typeof part === "number" ? values[part] : part)).join("");

      const number = this.group(chosen);
      if (number !== this.shownGroup) this.useGroup(number);
      for (const [node, attribute, ...parts] of groups[number].slots) {
        const value = join(parts);
        const element = this.nodes[node];
        if (attribute === null) {
          if (element.textContent !== value) element.textContent = value;
        } else if (element.getAttribute(attribute) !== value) element.setAttribute(attribute, value);
      }
      this.labelControls(chosen);
    }

    labelControls(chosen) {
      this.controls.forEach((control, axis) => {
        const labels = this.data.labels[axis];
        if (!labels) return;
        const label = labels[chosen[axis]];
        control.setAttribute("aria-valuetext", label);
        const readout = control.nextElementSibling;
        if (readout && readout.tagName === "OUTPUT") readout.textContent = label;
      });
    }
  }
  customElements.define("static-interact", StaticInteract);
})();
