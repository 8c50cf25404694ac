// The tracks of a result, which of them are shown, and which are selected.

export class Model extends EventTarget {
  constructor(table, buffer) {
    super();
    this.n = table.rows;
    this.table = table;
    this.columns = Object.fromEntries(table.columns.map((c) => [c.key, c]));
    const head = new Uint32Array(buffer, 0, 2);
    const points = head[1];
    this.offsets = new Uint32Array(buffer, 8, this.n + 1);
    this.xy = new Float32Array(buffer, 8 + 4 * (this.n + 1), 2 * points);
    this.kind = new Uint8Array(buffer, 8 + 4 * (this.n + 1) + 8 * points, points);
    this.group = Uint16Array.from(table.group);
    this.alpha = this.floats("alpha");
    this.d = this.floats("D_frame");
    this.length = this.floats("n_points");
    this.box = this.boxes();
    this.shown = new Uint8Array(this.n).fill(1);
    this.selected = new Uint8Array(this.n);
    this.count = 0;
    this.showing = this.n;
  }

  floats(key) {
    const column = this.columns[key];
    return column ? Float64Array.from(column.values, (v) => (v === null ? NaN : v)) : new Float64Array(this.n).fill(NaN);
  }

  value(key, row) {
    const column = this.columns[key];
    if (!column) { return null; }
    const found = column.values[row];
    return column.kind === "level" ? (found < 0 ? null : column.levels[found]) : found;
  }

  boxes() {
    const box = new Float32Array(4 * this.n);
    for (let row = 0; row < this.n; row += 1) {
      let x0 = Infinity, y0 = Infinity, x1 = -Infinity, y1 = -Infinity;
      for (let i = this.offsets[row]; i < this.offsets[row + 1]; i += 1) {
        const x = this.xy[2 * i], y = this.xy[2 * i + 1];
        if (x < x0) { x0 = x; } if (x > x1) { x1 = x; } if (y < y0) { y0 = y; } if (y > y1) { y1 = y; }
      }
      box.set([x0, y0, x1, y1], 4 * row);
    }
    return box;
  }

  // how: "new" replaces the selection, "add" adds to it, "flip" turns each of the rows over
  select(rows, how = "new") {
    const began = performance.now();
    if (how === "new") { this.selected.fill(0); }
    for (const row of rows) { this.selected[row] = how === "flip" ? 1 - this.selected[row] : 1; }
    this.count = this.selected.reduce((sum, one) => sum + one, 0);
    this.dispatchEvent(new Event("selection"));
    requestAnimationFrame(() => setTimeout(() => {
      // after the frame in which the selection was drawn
      document.documentElement.dataset.selectionMs = (performance.now() - began).toFixed(1);
    }));
  }

  filter(keep) {
    let showing = 0;
    for (let row = 0; row < this.n; row += 1) {
      const kept = keep(row) ? 1 : 0;
      this.shown[row] = kept;
      showing += kept;
      if (!kept) { this.selected[row] = 0; }
    }
    this.showing = showing;
    this.count = this.selected.reduce((sum, one) => sum + one, 0);
    this.dispatchEvent(new Event("filter"));
    this.dispatchEvent(new Event("selection"));
  }

  rows() {
    const found = [];
    for (let row = 0; row < this.n; row += 1) { if (this.selected[row]) { found.push(row); } }
    return found;
  }

  visibleRows() {
    const found = [];
    for (let row = 0; row < this.n; row += 1) { if (this.shown[row]) { found.push(row); } }
    return found;
  }
}

export function median(values) {
  const known = values.filter((v) => Number.isFinite(v)).sort((a, b) => a - b);
  if (!known.length) { return null; }
  const half = known.length >> 1;
  return known.length % 2 ? known[half] : (known[half - 1] + known[half]) / 2;
}
