// The first frame and what encode.py made of the others -> any frame. The format is described there; decode.py is
// the same in Python. decoder(data, root) returns show: show(chosen) brings the tree in root to the frame of a list of
// choices and touches only what changes. Numbers are decoded at the first call. Throws an Error if data do not fit.
const decoder = (data, root) => {
  const DAMAGED = "the coded numbers are damaged";
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
    while (bit(set + 64 + zone * 32 + exponent)) if (++exponent > 31) throw Error(DAMAGED);
    for (let k = exponent; k--; ) size = size * 2 + bit(set + 320 + exponent * 32 + k);
    return positive ? size : -size;
  };

  const times = (weight, difference) => weight * difference || 0; // a neighbour that is not there makes it NaN
  const readSheet = ([axes, , count, stride, predictor]) => {
    const sizes = axes.map((axis) => shape[axis]);
    const total = sizes.reduce((a, b) => a * b, 1);
    const [f, k] = predictors[predictor].map((weights) => Float64Array.from({ length: 13 }, (_, n) => weights[n] || 0));
    const ragged = count.length, a = stride, pad = 4 * a + 2;
    const places = (r) => {
      const chosen = [];
      for (let n = axes.length; n--; r = Math.floor(r / sizes[n])) chosen[axes[n]] = r % sizes[n];
      return chosen;
    };
    const lengths = Array.from({ length: total }, (_, r) => (ragged ? cell(count[0], places(r)) : count));
    // Rows have room on both sides for what is not there.
    const room = Math.max(0, ...lengths) + 2 * pad;
    const none = new Float64Array(room).fill(NaN), calm = new Float64Array(room);
    const rows = [], errors = [];
    for (let r = 0; r < total; r++) {
      const length = lengths[r];
      let u = -1, v = -1, t = -1, w = -1, d = -1;
      for (let n = axes.length, unit = 1, rest = r; n--; unit *= sizes[n]) {
        const place = rest % sizes[n];
        rest = (rest - place) / sizes[n];
        if (!place) continue;
        if (u < 0) {
          u = r - unit;
          if (place > 1) v = u - unit;
          if (place > 2) t = v - unit;
        } else if (w < 0) (w = r - unit), (d = u - unit);
      }
      if (ragged) v = t = w = d = -1;
      const [U, V, T, W, D] = [u, v, t, w, d].map((n) => rows[n] || none);
      const row = (rows[r] = new Float64Array(length + 2 * pad).fill(NaN));
      const error = (errors[r] = new Float64Array(length + 2 * pad)), above = errors[u] || calm;
      const end = pad + (u < 0 ? 0 : lengths[u]);
      let shift = 0;
      for (let i = pad; i < length + pad; i++) {
        const q = i + shift, inside = q >= pad && q < end;
        let base, sum = 0;
        if (!inside) {
          const x = a ? row[i - a] : NaN, y = row[i - 2 * a], z = row[i - 3 * a];
          base = x || 0;
          if (a) sum = times(f[0], x - y) + times(f[1], y - z) + times(f[2], z - row[i - 4 * a]) + times(f[3], x - z);
        } else {
          base = U[q];
          sum = times(k[3], base - V[q]) + times(k[6], V[q] - T[q]) + times(k[10], W[q] - D[q]);
          if (a) {
            const x = row[i - a], y = row[i - 2 * a], u1 = U[q - a], um = U[q + a];
            sum += times(k[0], x - u1) + times(k[1], y - U[q - 2 * a]) + times(k[2], row[i - 3 * a] - U[q - 3 * a]);
            sum += times(k[4], u1 - V[q - a]) + times(k[5], um - V[q + a]) + times(k[7], um - base);
            sum += times(k[8], base - u1) + times(k[9], x - y);
            sum += times(k[11], W[q - a] - D[q - a]) + times(k[12], W[q + a] - D[q + a]);
          }
        }
        const step = Math.floor((sum + 128) / 256), rest = sum - step * 256;
        const around = 2 * error[i - 1] + error[i - 2] + (inside ? above[q] : 0);
        const zone = Math.min(7, 32 - Math.clz32(Math.min(around, 255)));
        const left = whole(a ? 2048 : 0, zone, Math.min(3, Math.floor(Math.abs(rest) / 32)));
        row[i] = base + step + (rest < 0 ? -left : left);
        error[i] = Math.abs(left);
        if (ragged && (i - pad + 1) % a === 0) {
          let best = Infinity, found = shift;
          for (const n of [0, 1, -1, 2, -2]) {
            const offset = shift + n * a, from = i + 1 - a;
            if (from + offset < pad || i + offset >= end) continue;
            let distance = 0;
            for (let m = from; m <= i; m++) distance += Math.abs(row[m] - U[m + offset]);
            if (distance < best) (best = distance), (found = offset);
          }
          shift = found;
        }
      }
    }
    return rows.map((row) => row.subarray(pad, row.length - pad));
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

  let nodes, actions, shown, sealed;
  const numbers = () => {
    for (const sheet of sheets.slice(read.length)) read.push(readSheet(sheet));
    if (!sealed && (whole(0, 7, 3) + 100 || at < bytes.length || at > bytes.length + 4)) throw Error(DAMAGED);
    sealed = true;
    return read;
  };
  const prepare = () => {
    root.normalize();
    nodes = preorder(root);
    if (nodes.length !== data.nodes) throw Error(`the first frame has ${nodes.length} nodes, not ${data.nodes}`);
    numbers();
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
      const values = step ? make(chosen).split("\n") : [make(chosen)];
      if (step && cutter.length) values.pop();
      values.forEach((own, k) => last[k] === own || set(targets[k], name, (last[k] = own)));
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

  const show = (chosen) => {
    if (!nodes) prepare();
    const rows = sheets.map(([axes]) => axes.reduce((row, axis) => row * shape[axis] + chosen[axis], 0));
    for (const [looks, act] of actions) if (!shown || looks.some((sheet) => rows[sheet] !== shown[sheet])) act(chosen);
    shown = rows;
  };
  return Object.assign(show, { numbers });
};
