// Moves the figures of a static page. Each <static-interact> holds its first frame, its controls and a table
// of what changes between frames, which decode.js reads; no kernel and no network is needed.
(() => {
  class StaticInteract extends HTMLElement {
    connectedCallback() {
      // The parser may call this before the children are there; the script is deferred, so later pages are fine.
      const data = this.querySelector("script[type='application/json']");
      if (!data || this.data) return;
      this.data = JSON.parse(data.textContent);
      const root = this.querySelector(".si-view").firstChild;
      this.show = decoder(this.data.views[0].frames, root);
      this.controls = [...this.querySelectorAll(".si-controls :is(input, select)")];
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

    update() {
      const chosen = this.chosen();
      const key = chosen.join();
      if (key === this.shown) return;
      this.shown = key;
      this.show(chosen);
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
