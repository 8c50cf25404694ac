// The table of tracks: only the rows in sight are in the document, so that any number of them scrolls.

const HIGH = 32; // pixels a row
const AROUND = 8; // rows beyond the edges
const SUPERSCRIPT = "⁰¹²³⁴⁵⁶⁷⁸⁹";

export function number(value, digits = 3) {
  if (value === null || value === undefined || Number.isNaN(value)) { return "–"; }
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e9) { return value.toLocaleString("en"); }
  if (value === 0 || (size >= 1e-3 && size < 1e5)) { return String(Number(value.toPrecision(digits))); }
  const [mantissa, power] = value.toExponential(digits - 1).split("e");
  const raised = String(Number(power)).replace("-", "⁻").replace(/\d/g, (d) => SUPERSCRIPT[d]);
  return `${mantissa} × 10${raised}`;
}

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) { made.textContent = text; }
  if (className) { made.className = className; }
  return made;
}

export class Table {
  constructor(root) {
    this.root = root;
    root.addEventListener("scroll", () => this.render());
    root.addEventListener("keydown", (event) => this.key(event));
    root.addEventListener("click", (event) => {
      const row = event.target.closest("tbody tr[data-row]");
      if (row) { this.choose(Number(row.dataset.row), event.shiftKey || event.ctrlKey || event.metaKey); }
    });
    new ResizeObserver(() => this.render()).observe(root);
  }

  open(model) {
    this.model = model;
    this.sorted = null;
    this.at = 0;
    this.collator = new Intl.Collator("en", { numeric: true });
    this.build();
    this.order();
    model.addEventListener("filter", () => this.order());
    model.addEventListener("selection", () => this.render(true));
  }

  build() {
    const table = element("table");
    table.setAttribute("role", "grid");
    table.setAttribute("aria-multiselectable", "true");
    table.append(element("caption", "All tracks. Use the arrow keys to move, Space to select, and a click on a heading to sort.", "unseen"));
    const head = element("tr");
    this.model.table.columns.forEach((column) => {
      const cell = element("th", undefined, column.kind === "number" ? "number" : column.key);
      const button = element("button", column.title);
      cell.scope = "col";
      button.type = "button";
      if (column.unit) { button.append(element("small", column.unit.replace("^α", "^alpha"))); }
      button.addEventListener("click", () => this.sort(column, cell));
      cell.append(button);
      head.append(cell);
    });
    const top = element("thead");
    top.append(head);
    this.body = element("tbody");
    table.append(top, this.body);
    this.grid = table;
    this.root.replaceChildren(table);
  }

  sort(column, cell) {
    this.sorted = { column, down: this.sorted?.column === column && !this.sorted.down };
    for (const other of cell.parentElement.children) { other.removeAttribute("aria-sort"); }
    cell.setAttribute("aria-sort", this.sorted.down ? "descending" : "ascending");
    this.order();
  }

  order() {
    const rows = this.model.visibleRows();
    if (this.sorted) {
      const { column, down } = this.sorted, sign = down ? -1 : 1;
      const value = (row) => this.model.value(column.key, row);
      rows.sort((a, b) => {
        const x = value(a), y = value(b);
        if (x === null || y === null) { return (x === null) - (y === null); }
        return sign * (column.kind === "number" ? x - y : this.collator.compare(x, y));
      });
    }
    this.rows = rows;
    this.at = Math.min(this.at, Math.max(rows.length - 1, 0));
    this.grid.setAttribute("aria-rowcount", String(rows.length + 1));
    this.render(true);
  }

  render(force = false) {
    if (!this.model) { return; }
    const first = Math.max(0, Math.floor(this.root.scrollTop / HIGH) - AROUND);
    const last = Math.min(this.rows.length, first + Math.ceil(this.root.clientHeight / HIGH) + 2 * AROUND);
    if (!force && first === this.first && last === this.last) { return; }
    [this.first, this.last] = [first, last];
    const focused = this.root.contains(document.activeElement) && document.activeElement.dataset?.row;
    const lines = [];
    for (let at = first; at < last; at += 1) { lines.push(this.line(at)); }
    const pad = (rows) => { const tr = element("tr"); tr.style.height = `${rows * HIGH}px`; tr.setAttribute("role", "presentation"); return tr; };
    this.body.replaceChildren(pad(first), ...lines, pad(this.rows.length - last));
    if (focused) { this.body.querySelector(`tr[data-row="${this.rows[this.at]}"]`)?.focus({ preventScroll: true }); }
  }

  line(at) {
    const row = this.rows[at], tr = element("tr");
    tr.dataset.row = String(row);
    tr.tabIndex = at === this.at ? 0 : -1;
    tr.setAttribute("aria-rowindex", String(at + 2));
    tr.setAttribute("aria-selected", this.model.selected[row] ? "true" : "false");
    for (const column of this.model.table.columns) {
      tr.append(element("td", this.shown(column, row), column.kind === "number" ? "number" : column.key));
    }
    tr.lastChild.title = tr.lastChild.textContent;
    return tr;
  }

  shown(column, row) {
    const found = this.model.value(column.key, row);
    if (found === null) { return "–"; }
    if (column.to) { return `${found.toFixed(2)} to ${column.to[row].toFixed(2)}`; }
    if (column.key === "alpha") { return found.toFixed(2); }
    if (column.kind === "number") { return number(found); }
    return column.key === "status" ? found.replace(/_/g, " ") : found;
  }

  choose(row, adds) {
    this.at = this.rows.indexOf(row);
    this.model.select([row], adds ? "flip" : "new");
  }

  key(event) {
    if (!event.target.closest("tbody")) { return; }
    const page = Math.floor(this.root.clientHeight / HIGH) - 1;
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (event.key in moves) {
      this.at = Math.max(0, Math.min(this.rows.length - 1, this.at + moves[event.key]));
      const top = this.at * HIGH, high = this.root.clientHeight - 44;
      if (top < this.root.scrollTop) { this.root.scrollTop = top; }
      else if (top + HIGH > this.root.scrollTop + high) { this.root.scrollTop = top + HIGH - high; }
      this.render(true);
      this.body.querySelector(`tr[data-row="${this.rows[this.at]}"]`)?.focus({ preventScroll: true });
    } else if (event.key === " " || event.key === "Enter") {
      this.choose(this.rows[this.at], event.key === " ");
    } else if (event.key === "Escape") { this.model.select([]); } else { return; }
    event.preventDefault();
  }

  next(count) { return this.rows.filter((row) => this.model.selected[row]).slice(0, count); }
}
