// What happens on the page: inputs, buttons that play, pointers, links and printing.

let pressed; // a pointer that is down: what it may move, as it was before, and how that follows the pointer
const playing = new Map(); // buttons that play, and their timers

const stop = (button) => {
  clearInterval(playing.get(button));
  playing.delete(button);
  button.textContent = "\u25b6 Play";
};
const play = (button) => {
  const { siPlay, siInterval, siRepeat } = button.dataset;
  const control = controls.get(siPlay);
  const step = () => {
    const next = (control.index + 1) % control.labels.length;
    if (next || siRepeat !== undefined) control.set(next);
    else stop(button);
  };
  if (control.index === control.labels.length - 1) control.set(0);
  button.textContent = "\u275a\u275a Pause";
  playing.set(button, setInterval(step, calm() ? 1000 : siInterval));
};

const onInput = (event) => {
  const input = event.target;
  const control = controls.get(input.dataset?.si);
  if (!control) return;
  for (const button of playing.keys()) if (button.dataset.siPlay === control.id) stop(button);
  const place = control.read(input);
  if (event.type === "input" && (input.type === "number" || "siLate" in input.dataset)) control.say(input, place);
  else if (place >= 0) control.set(place);
  if (event.type === "change") control.write();
};
const on = addEventListener;
on("input", onInput);
on("change", onInput);
on("click", (event) => {
  const button = event.target.closest?.("[data-si-play]");
  if (button && controls.has(button.dataset.siPlay)) (playing.has(button) ? stop : play)(button);
});
on("pointerdown", (event) => {
  const control = controls.get(event.target.dataset?.si);
  pressed = { before: control ? [[control, control.index]] : [] };
  event.target.closest?.("static-interact")?.grab(event);
});
on("pointermove", (event) => pressed?.follow?.(event));
on("pointerup", () => (pressed = null));
// A finger that began on a slider or in a picture and went on to scroll the page did not mean to move anything.
on("pointercancel", () => {
  pressed?.before.forEach(([control, index]) => control.set(index));
  pressed = null;
});
const each = (action) => find("static-interact").forEach((figure) => figure.controls && figure[action]());
on("hashchange", () => each("arrive"));
on("pageshow", () => each("restore"));
on("beforeprint", () => each("flush"));
customElements.define("static-interact", StaticInteract);
