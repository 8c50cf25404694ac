// alpha against D_frame, one mark a track.

import { Plane, ink } from "./plane.js";

const NEAR = 10;
const MARGINS = [14, 14, 44, 64];

export class Scatter {
  constructor(canvas, note, colourOf) {
    this.note = note;
    this.colourOf = colourOf;
    this.base = document.createElement("canvas"); // the marks of all tracks
    this.plane = new Plane(canvas, {
      draw: () => this.draw(),
      brush: (x0, y0, x1, y1, how) => this.model && this.model.select(this.inside(x0, y0, x1, y1), how),
      click: (x, y, how) => this.model && this.model.select(this.nearest(x, y), how),
      clear: () => this.model && this.model.select([]),
      zoom: false, margins: MARGINS,
    });
    this.plane.fitted = () => this.fit();
  }

  open(model) {
    this.model = model;
    this.y = Float64Array.from(model.d, (d) => Math.log10(d));
    this.known = [];
    for (let row = 0; row < model.n; row += 1) {
      if (Number.isFinite(this.y[row]) && Number.isFinite(model.alpha[row])) { this.known.push(row); }
    }
    const missing = model.n - this.known.length;
    this.note.textContent = missing ? `${missing.toLocaleString("en")} ${missing === 1 ? "track has" : "tracks have"} no estimate` : "";
    model.addEventListener("selection", () => this.plane.ask());
    model.addEventListener("filter", () => this.again());
    this.fit();
  }

  // after a change of colours or of what is shown
  again() { this.drawn = false; this.plane.ask(); }

  fit() {
    if (!this.model) { return; }
    let x0 = 0.9, x1 = 1.1, y0 = Infinity, y1 = -Infinity;
    for (const row of this.known) {
      x0 = Math.min(x0, this.model.alpha[row]); x1 = Math.max(x1, this.model.alpha[row]);
      y0 = Math.min(y0, this.y[row]); y1 = Math.max(y1, this.y[row]);
    }
    if (!(y1 >= y0)) { y0 = -1; y1 = 1; }
    this.ends = [x0 - 0.06, y0 - 0.15, x1 + 0.06, y1 + 0.15];
    this.drawn = false;
    this.plane.fit(...this.ends, false);
  }

  inside(x0, y0, x1, y1) {
    const { plane, model } = this;
    return this.known.filter((row) => {
      const x = plane.px(model.alpha[row]), y = plane.py(this.y[row]);
      return model.shown[row] && x >= x0 && x <= x1 && y >= y0 && y <= y1;
    });
  }

  nearest(px, py) {
    let best = null, least = NEAR * NEAR;
    for (const row of this.known) {
      const far = (this.plane.px(this.model.alpha[row]) - px) ** 2 + (this.plane.py(this.y[row]) - py) ** 2;
      if (this.model.shown[row] && far < least) { least = far; best = row; }
    }
    return best === null ? [] : [best];
  }

  draw() {
    const { plane, model } = this, { context, ratio } = plane;
    if (!model || !this.ends) { return; }
    const size = model.n > 3000 ? 3 : 5;
    if (!this.drawn) {
      this.base.width = plane.canvas.width; this.base.height = plane.canvas.height;
      const under = this.base.getContext("2d");
      under.setTransform(ratio, 0, 0, ratio, 0, 0);
      this.dots(under, model.shown, size);
      this.drawn = true;
    }
    const some = model.count > 0 && model.count < model.showing;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, plane.width, plane.height);
    this.axes(context);
    context.globalAlpha = some ? 0.2 : 0.8;
    context.drawImage(this.base, 0, 0, plane.width, plane.height);
    context.globalAlpha = 1;
    if (some) { this.dots(context, model.selected, size + 1); }
  }

  dots(context, wanted, size) {
    const { plane, model } = this, groups = new Map();
    for (const row of this.known) {
      if (!wanted[row] || !model.shown[row]) { continue; }
      const colour = this.colourOf(row);
      if (groups.has(colour)) { groups.get(colour).push(row); } else { groups.set(colour, [row]); }
    }
    for (const [colour, rows] of groups) {
      context.fillStyle = colour;
      for (const row of rows) {
        const x = plane.px(model.alpha[row]), y = plane.py(this.y[row]);
        if (size < 5) { context.fillRect(Math.round(x - size / 2), Math.round(y - size / 2), size, size); continue; }
        context.beginPath();
        context.arc(x, y, size / 2, 0, 7);
        context.fill();
      }
    }
  }

  axes(context) {
    const { plane } = this, [x0, y0, x1, y1] = this.ends, [top, right, bottom, left] = MARGINS;
    context.font = "12px system-ui, sans-serif";
    context.lineWidth = 1;
    const line = (fromX, fromY, toX, toY, colour, dash = []) => {
      context.strokeStyle = colour; context.setLineDash(dash); context.beginPath();
      context.moveTo(fromX, fromY); context.lineTo(toX, toY); context.stroke(); context.setLineDash([]);
    };
    context.fillStyle = ink("--quiet");
    context.textAlign = "center";
    const step = x1 - x0 > 1.2 ? 0.5 : 0.25;
    for (let tick = Math.ceil(x0 / step) * step; tick <= x1; tick += step) {
      line(plane.px(tick), top, plane.px(tick), plane.height - bottom, ink("--line"));
      context.fillText(String(Number(tick.toFixed(2))), plane.px(tick), plane.height - bottom + 16);
    }
    context.textAlign = "right";
    const between = y1 - y0 < 2.6 ? [1, 2, 5] : [1];
    for (let power = Math.floor(y0); power <= Math.ceil(y1); power += 1) {
      for (const part of between) {
        const tick = power + Math.log10(part);
        if (tick < y0 || tick > y1) { continue; }
        line(left, plane.py(tick), plane.width - right, plane.py(tick), ink("--line"));
        context.fillText(String(Number((10 ** tick).toPrecision(2))), left - 6, plane.py(tick) + 4);
      }
    }
    line(plane.px(1), top, plane.px(1), plane.height - bottom, ink("--quiet"), [5, 4]);
    line(left, top, left, plane.height - bottom, ink("--quiet"));
    line(left, plane.height - bottom, plane.width - right, plane.height - bottom, ink("--quiet"));
    context.fillStyle = ink("--ink");
    context.textAlign = "center";
    context.fillText("anomalous exponent alpha (no unit)", (left + plane.width - right) / 2, plane.height - 8);
    context.save();
    context.translate(14, (top + plane.height - bottom) / 2);
    context.rotate(-Math.PI / 2);
    context.fillText(`D_frame (${this.model.table.units.D_frame})`, 0, 0);
    context.restore();
    context.textAlign = "left";
  }
}
