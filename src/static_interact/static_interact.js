// The custom element <static-interact>: state, links, drag, questions. What a frame looks like is the decoder's business
// (decode.js): `decoder(frames, root)` returns a function that brings `root` to the frame of a list of indices, one for
// each control (control.js). What happens on the page reaches it from page.js; `SOURCES` in hosts.py has the order.

class StaticInteract extends HTMLElement {
  connectedCallback() {
    const script = this.querySelector("script[type='application/json']");
    if (!script) {
      // Inside a page that is still being read the children come after this call.
      if (document.readyState === "loading")
        document.addEventListener("DOMContentLoaded", () => this.connectedCallback());
      return;
    }
    try {
      this.begin(JSON.parse(script.textContent));
    } catch (error) {
      this.fail(error);
    }
  }

  disconnectedCallback() {
    for (const control of this.controls || []) {
      control.figures.delete(this);
      if (!control.figures.size) controls.delete(control.id);
    }
    this.controls = null;
  }

  // A page may bring the frames of the wide and the narrow view apart: null stands for those still to come.
  add(views) {
    this.views.forEach((view, k) => (view.frames ??= views[k]));
    this.request();
  }

  begin(data) {
    this.data = data;
    this.controls = data.controls.map((id, k) => {
      if (!controls.has(id)) controls.set(id, new Control(id, data.labels[k], data.start[k]));
      const control = controls.get(id);
      control.figures.add(this);
      return control;
    });
    this.views ??= find(".si-view", this).map((node, k) => ({ node, frames: data.views[k] }));
    this.tools ??= this.addTools();
    if (this.views[1]) new ResizeObserver(() => this.request()).observe(this);
    const hold = (event) => event.target.closest(".si-hold") && event.preventDefault(); // a grip does not scroll
    if (this.querySelector(".si-hold")) this.addEventListener("touchstart", hold, { passive: false });
    if (data.ask && this.unlock === undefined) this.lock(data.ask);
    this.arrive();
    this.request();
  }

  // The first frame stays, or comes back, and the console has one line.
  fail(error) {
    if (this.failed) return;
    this.failed = true;
    console.error(`static-interact ${this.id}: cannot move, ${error}`);
    for (const view of this.views || []) if (view.start) view.node.replaceChildren(view.start);
  }

  // ---- showing a frame: at once, then at most once for each frame of the browser

  request() {
    if (this.waiting) {
      this.again = true;
      return;
    }
    this.show();
    this.waiting = requestAnimationFrame(() => {
      this.waiting = 0;
      if (this.again) this.request();
    });
  }

  // Shows the present state without waiting, for scripts, tests and printing.
  flush() {
    cancelAnimationFrame(this.waiting);
    this.waiting = 0;
    this.show();
  }

  // The indices that the decoder is asked for: those of the controls, or their place among single moves.
  frame() {
    const chosen = this.controls.map((control) => control.index);
    if (!this.data.single) return chosen;
    let first = 1;
    for (const control of this.controls) {
      if (control.index !== control.start) return [first + control.index - (control.index > control.start)];
      first += control.labels.length - 1;
    }
    return [0];
  }

  show() {
    this.again = false;
    if (this.failed || !this.controls) return;
    try {
      const frame = this.frame();
      const key = frame.join();
      for (const view of this.views) {
        // As it came it shows the start; to ask whether it is seen would have the browser lay out the page for it.
        if (view.key === key || !view.frames || (!view.move && this.atStart())) continue;
        if (this.views[1] && !view.node.checkVisibility()) continue;
        if (!view.move) {
          const root = view.node.firstElementChild;
          view.start = root.cloneNode(true);
          view.move = decoder(view.frames, root);
        }
        view.move(frame);
        view.key = key;
      }
    } catch (error) {
      this.fail(error);
    }
    this.querySelector(".si-state").textContent = this.state();
    this.tools.hidden = this.atStart();
  }

  atStart() {
    return this.controls.every((control) => control.index === control.start);
  }

  state() {
    return this.controls.map((control, k) => `${this.data.names[k]} = ${control.label}`).join(", ");
  }

  // Some browsers restore inputs after scripts have run.
  restore() {
    if (this.unlock) return;
    for (const control of this.controls) control.sync();
    this.request();
  }

  // ---- moving

  moved(control) {
    if (this.data.single && control.index !== control.start)
      for (const other of this.controls) if (other !== control) other.set(other.start);
    this.request();
    this.rest();
  }

  // What is said and what the address holds change when the movement has come to rest.
  rest() {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      if (pressed || playing.size) return this.rest();
      // The author's words are the last thing in a frame.
      const told = find(".si-text, .si-describe", this).filter((node) => node.checkVisibility()).pop()?.textContent;
      this.live.textContent = told?.length < 300 ? told : this.state();
      if (location.hash.startsWith(`#${this.name}:`)) this.address();
    }, 700);
  }

  addTools() {
    const add = (parent, tag, properties) => parent.appendChild(Object.assign(document.createElement(tag), properties));
    const figure = this.querySelector("figure");
    this.live = add(figure, "p", { className: "si-live", role: "status" });
    const tools = add(figure, "div", { className: "si-tools" });
    add(tools, "button", { textContent: "Reset", onclick: () => this.reset() });
    const link = add(tools, "button", { textContent: "Copy link" });
    const say = (text) => (this.live.textContent = link.textContent = text);
    link.onclick = () => {
      this.address();
      const copied = navigator.clipboard?.writeText(location.href) ?? Promise.reject();
      copied.then(() => say("Copied"), () => say("See the address bar"));
      setTimeout(() => (link.textContent = "Copy link"), 2000);
    };
    return tools;
  }

  reset() {
    this.focusFirst();
    for (const control of this.controls) control.set(control.start);
    this.flush();
  }

  // The keyboard goes on with the controls when what it was on goes away.
  focusFirst() {
    this.controls?.[0].inputs[0]?.focus({ preventScroll: true });
  }

  // ---- a link to the present state: #name:scale=29.5,dtype=float32

  get name() {
    return this.id.slice(0, -5); // without the hash of the content, which may change
  }

  address() {
    const pairs = this.controls.map((control, k) => [this.data.names[k], control.label].map(encodeURIComponent));
    history.replaceState(history.state, "", `#${this.name}:${pairs.map((pair) => pair.join("=")).join()}`);
  }

  arrive() {
    const [name, pairs] = location.hash.slice(1).split(":");
    if (name !== this.name || !pairs) return;
    this.unlock?.();
    for (const pair of pairs.split(",")) {
      try {
        const [name, label] = pair.split("=").map(decodeURIComponent);
        const control = this.controls[this.data.names.indexOf(name)];
        control.set(control.find(label));
      } catch {} // a name or a text that this figure does not know
    }
    this.flush();
    this.scrollIntoView();
  }

  // ---- a question: the reader commits, then the figure unlocks and goes to the answer

  lock(ask) {
    const form = this.querySelector(".si-ask");
    const result = form.querySelector(".si-result");
    for (const control of this.controls) control.set(control.start);
    const closed = this.controls.flatMap((control) => control.inputs).filter((input) => !input.disabled);
    for (const input of closed) input.disabled = true;
    form.className = "si-ask si-open";
    this.unlock = () => {
      this.unlock = null;
      for (const input of closed) input.disabled = false;
      form.className = "si-ask";
    };
    const end = (text) => {
      result.textContent = text;
      this.focusFirst();
    };
    form.querySelector(".si-skip").onclick = () => {
      this.unlock();
      end("Skipped.");
    };
    form.onsubmit = (event) => {
      event.preventDefault();
      const guess = form.guess.value;
      this.unlock();
      form.className = "si-ask si-asked";
      this.replay(ask, this.controls[ask.control]?.find(guess), () => end(verdict(ask, guess)));
    };
  }

  // From the guess, or the start, to the answer: a sixth of what is left at each step, so that it slows down.
  replay(ask, from, end) {
    this.controls[ask.control]?.set(from);
    const step = () => {
      let left = 0;
      this.controls?.forEach((control, k) => {
        const away = (ask.goto?.[k] ?? control.index) - control.index;
        left ||= away;
        control.set(control.index + (calm() ? away : Math.sign(away) * Math.ceil(Math.abs(away) / 6)));
      });
      left ? setTimeout(step, 60) : end();
    };
    step();
  }

  // ---- dragging in the picture

  // An overlay (drag.py) has a rectangle to press in, and for each control a line through the places of its values. The
  // frame may move under the pointer, so they are looked up anew at each movement.
  grab(event) {
    const overlay = event.target.closest(".si-drag");
    if (!overlay || event.button || !this.controls) return;
    const view = overlay.closest(".si-view");
    const number = find(".si-drag", view).indexOf(overlay);
    const lines = () => find("polyline", find(".si-drag", view)[number]);
    const chosen = {}; // for each axis the control whose value is nearest to the pointer
    lines().forEach((line, k) => {
      const { control, axis } = line.dataset;
      const moves = this.controls[control];
      const { places, pointer } = along(line, event, moves.labels.length);
      const away = Math.abs(pointer - places[moves.index]);
      if (!moves.inputs.some((input) => input.disabled) && !(away >= chosen[axis]?.away)) chosen[axis] = { k, away, moves };
    });
    pressed.before = Object.values(chosen).map(({ moves }) => [moves, moves.index]);
    pressed.follow = (event) => {
      for (const { k, moves } of Object.values(chosen)) {
        const { places, pointer } = along(lines()[k], event, moves.labels.length);
        moves.set(nearest(places, pointer));
      }
    };
    this.setPointerCapture(event.pointerId);
    if (event.pointerType === "touch") return; // it may be a scroll: wait for a movement
    event.preventDefault(); // no selection of texts
    pressed.follow(event);
  }
}

// The places of a control's values along its axis, and the pointer's, in the picture's units.
const along = (line, event, size) => {
  const { axis } = line.dataset;
  const pointer = new DOMPoint(event.clientX, event.clientY).matrixTransform(line.getScreenCTM().inverse())[axis];
  let places = [...line.points].map((point) => point[axis]);
  if (places.length < size) {
    const [first, last] = places;
    places = Array.from({ length: size }, (_, place) => first + ((last - first) * place) / (size - 1));
  }
  return { places, pointer };
};

// One of the table's sentences, with the guess and how far off it is put in.
const verdict = ({ says, answer, tolerance, ratio, right, low, high }, guess) => {
  if (says) return says[guess] ?? says.replace("{guess}", () => guess);
  const off = guess - answer;
  const factor = off < 0 ? answer / guess : guess / answer;
  const far = ratio && factor > 0 && isFinite(factor) ? factor : Math.abs(off);
  const told = +far.toPrecision(2) + (far === factor ? " times" : "");
  return (Math.abs(off) <= tolerance ? right : off < 0 ? low : high).replace("{guess}", guess).replace("{far}", told);
};
