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

// Brings `root` to the frame of the chosen options.
const decoder = (data, root) => {
  const { columns, shape, groups } = data;
  const pictures = new Map();
  let shown = groups.findIndex((group) => group.template === undefined);
  pictures.set(shown, { children: [...root.childNodes], nodes: [root, ...root.querySelectorAll("*")] });
  return (chosen) => {
    const values = columns.map((column) => valueOf(column, shape, chosen));
    const join = (parts) => parts.map((part) => (typeof part === "number" ? values[part] : part)).join("");
    const number = data.group === undefined ? 0 : Number(valueOf(columns[data.group], shape, chosen));
    if (!pictures.has(number)) {
      const box = document.createElement("div");
      box.innerHTML = groups[number].template;
      const frame = box.firstChild;
      pictures.set(number, { children: [...frame.childNodes], nodes: [root, ...frame.querySelectorAll("*")] });
    }
    const { children, nodes } = pictures.get(number);
    if (number !== shown) root.replaceChildren(...children);
    shown = number;
    for (const [node, attribute, ...parts] of groups[number].slots) {
      const value = join(parts);
      if (attribute === null) nodes[node].textContent = value;
      else nodes[node].setAttribute(attribute, value);
    }
  };
};
