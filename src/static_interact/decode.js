// The first frame and what encode.py made of the others -> any frame. The format is described there; decode.py is
// the same in Python. decoder(data, root) returns show: show(chosen) brings the tree in root to the frame of a list of
// choices and touches only what changes. Numbers are decoded at the first call. Throws an Error if data do not fit.
const decoder = (data, root) => {
  const CUT = [/(?:--si-|#)[0-9a-f]{6}\b|-?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?/g, /[^ \n]+/g, /[^\n]+/g];
  const { shape, sheets, slots, tables, extras, optional, runs, predictors } = data;

  // The range coder's other half (coder.py), and the numbers of each sheet (predict.py).
  const bytes = Uint8Array.from(atob(data.code), (c) => c.charCodeAt(0));
  const chance = new Float64Array(4096).fill(0.5);
  const rate = new Float64Array(4096).fill(0.5);
  let low = 0, high = 2 ** 32 - 1, code = 0, at = 0;
  const next = () => (code = ((code << 8) | bytes[at++]) >>> 0);
  for (let k = 4; k--; ) next();
  const bit = (k) => {
    const p = chance[k], step = rate[k];
    const middle = low + Math.floor((high - low) * p);
    const one = code <= middle;
    if (one) high = middle;
    else low = middle + 1;
    chance[k] = Math.min(Math.max(one ? p + (1 - p) * step : p - p * step, 1 / 4096), 1 - 1 / 4096);
    if (step > 1 / 256) rate[k] = step / (1 + step);
    while (!((low ^ high) >>> 24)) {
      low = (low << 8) >>> 0;
      high = ((high << 8) | 255) >>> 0;
      next();
    }
    return one;
  };
  const whole = (set, zone, fraction) => {
    if (bit(set + zone * 4 + fraction)) return 0;
    const positive = bit(set + 32 + fraction * 8 + zone);
    let exponent = 0, size = 1;
    while (bit(set + 64 + zone * 32 + exponent)) if (++exponent > 31) throw Error("damaged numbers");
    for (let k = exponent; k--; ) size = size * 2 + bit(set + 320 + exponent * 32 + k);
    return positive ? size : -size;
  };

  const readSheet = ([axes, , count, stride, predictor]) => {
    const sizes = axes.map((axis) => shape[axis]);
    const total = sizes.reduce((a, b) => a * b, 1);
    const rows = [], errors = [], none = [];
    const [firstWeights, weights] = predictors[predictor];
    for (let r = 0; r < total; r++) {
      const chosen = [];
      let length = count, u, v, t, w, d;
      for (let k = axes.length, unit = 1; k--; unit *= sizes[k]) {
        const place = (chosen[axes[k]] = Math.floor(r / unit) % sizes[k]);
        if (place && u === undefined) [u, v, t] = [1, 2, 3].map((n) => r - n * unit).map((n, i) => (place > i ? n : -1));
        else if (place && w === undefined) (w = r - unit), (d = u - unit);
      }
      if (count.length) (length = cell(count[0], chosen)), (v = t = w = d = -1);
      const [U, V, T, W, D] = [u, v, t, w, d].map((n) => rows[n] || none);
      const row = (rows[r] = new Array(length)), error = (errors[r] = new Array(length));
      const above = errors[u] || none;
      let shift = 0;
      for (let i = 0; i < length; i++) {
        const q = i + shift;
        // A neighbour that is not there makes a difference NaN, which counts as 0; no stride, no neighbours aside.
        const a = stride, b = 2 * a, c = 3 * a;
        const x = stride ? row[i - a] : NaN;
        let base = U[q], sum = 0;
        const add = (k, difference) => (sum += (k * difference) || 0);
        if (base === undefined) {
          base = x || 0;
          if (stride && firstWeights.length) {
            const [k0, k1, k2, k3] = firstWeights;
            add(k0, x - row[i - b]), add(k1, row[i - b] - row[i - c]), add(k2, row[i - c] - row[i - 4 * a]);
            add(k3, x - row[i - c]);
          }
        } else if (weights.length) {
          const k = weights, z = stride ? 0 : NaN;
          const u1 = U[q - a] + z, v1 = V[q - a], um = U[q + a] + z, vm = V[q + a];
          add(k[0], x - u1), add(k[1], row[i - b] - U[q - b] + z), add(k[2], row[i - c] - U[q - c] + z);
          add(k[3], base - V[q]), add(k[4], u1 - v1), add(k[5], um - vm), add(k[6], V[q] - T[q]);
          add(k[7], um - base), add(k[8], base - u1), add(k[9], x - row[i - b]), add(k[10], W[q] - D[q]);
          add(k[11], W[q - a] - D[q - a] + z), add(k[12], W[q + a] - D[q + a] + z);
        }
        const step = Math.floor((sum + 128) / 256), rest = sum - step * 256;
        const around = (2 * error[i - 1] || 0) + (error[i - 2] || 0) + (above[q] || 0);
        const zone = Math.min(7, 32 - Math.clz32(Math.min(around, 255)));
        const left = whole(stride ? 2048 : 0, zone, Math.min(3, Math.floor(Math.abs(rest) / 32)));
        row[i] = base + step + (rest < 0 ? -left : left);
        error[i] = Math.abs(left);
        if (count.length && (i + 1) % stride === 0) {
          let best = Infinity, found = shift;
          for (const n of [0, 1, -1, 2, -2]) {
            const offset = shift + n * stride, from = i + 1 - stride;
            if (from + offset < 0 || i + offset >= U.length) continue;
            let distance = 0;
            for (let k = from; k <= i; k++) distance += Math.abs(row[k] - U[k + offset]);
            if (distance < best) (best = distance), (found = offset);
          }
          shift = found;
        }
      }
    }
    return rows;
  };

  // Where a column is: its sheet, and its place in a row.
  const columns = [];
  sheets.forEach(([, , count], sheet) => {
    for (let k = 0; k < count && !count.length; k++) columns.push([sheet, k]);
  });
  const read = [];
  const rowOf = (sheet, chosen) => read[sheet][sheets[sheet][0].reduce((row, axis) => row * shape[axis] + chosen[axis], 0)];
  const cell = (column, chosen) => rowOf(columns[column][0], chosen)[columns[column][1]];
  const token = (number, form) => {
    if (form >= 100) return tables[form - 100][number];
    return form < 0 ? (number / 10 ** (-1 - form)).toFixed(-1 - form) : String(number / 10 ** form);
  };

  // Nodes in document order, without what is inside si-raw.
  const preorder = (node, into = []) => {
    into.push(node);
    if (node.localName !== "si-raw") node.childNodes.forEach((child) => preorder(child, into));
    return into;
  };
  const parse = (markup, parent) => {
    const wrapper = { svg: "svg", MathML: "math" }[(parent.namespaceURI || "").split("/").pop().replace(/.*Math.*/, "MathML")];
    const template = document.createElement("template");
    template.innerHTML = wrapper ? `<${wrapper}>${markup}</${wrapper}>` : markup;
    return [...(wrapper ? template.content.firstChild : template.content).childNodes];
  };

  let nodes, actions, shown;
  const prepare = () => {
    root.normalize();
    nodes = preorder(root);
    if (nodes.length !== data.nodes) throw Error(`the first frame has ${nodes.length} nodes, not ${data.nodes}`);
    for (const sheet of sheets) read.push(readSheet(sheet));
    for (const [number, up, markup, times] of extras) {
      let before = nodes[number - 1];
      for (let k = 1; k < up; k++) before = before.parentNode;
      const added = parse(markup.repeat(times), up ? before.parentNode : before);
      up ? before.after(...added) : before.prepend(...added);
      nodes.splice(number, 0, ...added.flatMap((node) => preorder(node)));
    }
    actions = [...slots.map(slotAction), ...optional.map(optionalAction), ...runs.map(runAction)];
  };

  const get = (node, name) => (name ? node.getAttribute(name) : node.nodeValue);
  const set = (node, name, value) => {
    if (name) node.setAttribute(name, value);
    else if (node.nodeType === 3) node.nodeValue = value;
    else node.innerHTML = value;
  };
  // Each action: the sheets it looks at, and what to do when the row of one of them changes.
  const slotAction = ([where, name, cutter, ...rest]) => {
    const [first, step, count] = where.length ? where : [where, 0, 1];
    const targets = Array.from({ length: count }, (_, k) => nodes[first + k * step]);
    let make, looks;
    if (cutter.length) {
      looks = rest;
      make = (chosen) => {
        const order = rowOf(rest[0], chosen), numbers = rowOf(rest[1], chosen), form = sheets[rest[1]][1];
        let text = "", k = 0;
        for (let n = 0; n < order.length; n += 2)
          for (let m = order[n + 1]; m--; )
            cutter[order[n]].forEach((literal, j) => (text += (j ? token(numbers[k++], form) : "") + literal));
        return text;
      };
    } else {
      const value = cutter < 3 ? targets.map((node) => get(node, name)).join("\n") : "";
      const between = cutter < 3 ? value.split(CUT[cutter]) : ["", ""];
      const tokens = (cutter < 3 && value.match(CUT[cutter])) || [];
      const changing = [];
      for (let k = 0; k < rest.length; k += 5)
        for (let n = 0; n < rest[k + 2]; n++) {
          const [sheet, place] = columns[rest[k + 3] + n * rest[k + 4]];
          changing.push([rest[k] + n * rest[k + 1], sheet, place, sheets[sheet][1]]);
        }
      looks = [...new Set(changing.map(([, sheet]) => sheet))];
      make = (chosen) => {
        const rows = {};
        for (const sheet of looks) rows[sheet] = rowOf(sheet, chosen);
        for (const [k, sheet, place, form] of changing) tokens[k] = token(rows[sheet][place], form);
        return between.map((piece, k) => piece + (tokens[k] ?? "")).join("");
      };
    }
    const last = [];
    const act = (chosen) => {
      const value = make(chosen);
      (step ? value.split("\n") : [value]).forEach((own, k) => {
        if (targets[k] && last[k] !== own) set(targets[k], name, (last[k] = own));
      });
    };
    return [looks, act];
  };
  const toggle = (node, present) => {
    node.stand ??= document.createComment("");
    const there = node.parentNode !== null && !node.away;
    if (there === present) return;
    present ? node.stand.replaceWith(node) : node.replaceWith(node.stand);
    node.away = !present;
  };
  const optionalAction = ([number, column]) => [
    [columns[column][0]],
    (chosen) => toggle(nodes[number], cell(column, chosen) > 0),
  ];
  const runAction = ([first, step, count, column]) => [
    [columns[column][0]],
    (chosen) => {
      const present = cell(column, chosen);
      for (let k = 0; k < count; k++) toggle(nodes[first + k * step], k < present);
    },
  ];

  return (chosen) => {
    if (!nodes) prepare();
    const rows = sheets.map(([axes]) => axes.reduce((row, axis) => row * shape[axis] + chosen[axis], 0));
    for (const [looks, act] of actions) if (!shown || looks.some((sheet) => rows[sheet] !== shown[sheet])) act(chosen);
    shown = rows;
  };
};
