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

// Brings what `root` holds to the frame of the chosen options.
const decoder = (data, root) => {
  const { columns, shape, groups } = data;
  const nodesOf = (frame) => [frame, ...frame.querySelectorAll("*")];
  const frames = new Map();
  let shown = groups.findIndex((group) => group.template === undefined);
  frames.set(shown, nodesOf(root));
  return (chosen) => {
    const values = columns.map((column) => valueOf(column, shape, chosen));
    const join = (parts) => parts.map((part) => (typeof part === "number" ? values[part] : part)).join("");
    const number = data.group === undefined ? 0 : Number(valueOf(columns[data.group], shape, chosen));
    if (number !== shown) {
      if (!frames.has(number)) {
        const box = document.createElement("div");
        box.innerHTML = groups[number].template;
        frames.set(number, nodesOf(box.firstElementChild));
      }
      frames.get(shown)[0].replaceWith(frames.get(number)[0]);
      shown = number;
    }
    for (const [node, attribute, ...parts] of groups[number].slots) {
      const value = join(parts);
      const element = frames.get(number)[node];
      if (attribute === null) {
        if (element.textContent !== value) element.textContent = value;
      } else if (element.getAttribute(attribute) !== value) element.setAttribute(attribute, value);
    }
  };
};
