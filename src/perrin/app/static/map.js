// The map of the tracks. All of them lie on a picture of their own, so that a selection draws only what is selected.

import { Plane, ink } from "./plane.js";

const SHOWN = 120000; // steps drawn of all tracks
const CHOSEN = 60000; // steps drawn of the selected ones
const AT_ONCE = 12000; // the same in the first picture of a selection, which must not wait
const THEN = 160; // milliseconds until the second one
const NONE = 255;
const FEW = 300; // tracks that stay well visible beside a selection
const NEAR = 8;

export class TrackMap {
  constructor(canvas, note, legend) {
    this.note = note;
    this.legend = legend;
    this.base = document.createElement("canvas");
    this.plane = new Plane(canvas, {
      draw: () => this.draw(),
      brush: (x0, y0, x1, y1, how) => this.model && this.model.select(this.inside(x0, y0, x1, y1), how),
      click: (x, y, how) => this.model && this.model.select(this.nearest(x, y), how),
      clear: () => this.model && this.model.select([]),
    });
    this.plane.fitted = () => this.fit();
    this.colour = "alpha";
    this.apart = true;
  }

  open(model) {
    this.model = model;
    this.ends = null;
    this.palette = this.paint();
    this.drawn = "";
    model.addEventListener("selection", () => {
      this.hasty = true;
      clearTimeout(this.later);
      this.later = setTimeout(() => { this.hasty = false; this.plane.ask(); }, THEN);
      this.plane.ask();
    });
    model.addEventListener("filter", () => { this.drawn = ""; this.plane.ask(); });
    this.arrange();
  }

  again() { this.palette = this.paint(); this.drawn = ""; this.plane.ask(); }

  arrange() {
    // conditions side by side, each with its upper left corner on one line
    const { model } = this, groups = model.table.groups.length;
    const box = Array.from({ length: groups }, () => [Infinity, Infinity, -Infinity, -Infinity]);
    for (let row = 0; row < model.n; row += 1) {
      const own = box[model.group[row]], b = model.box;
      own[0] = Math.min(own[0], b[4 * row]); own[1] = Math.min(own[1], b[4 * row + 1]);
      own[2] = Math.max(own[2], b[4 * row + 2]); own[3] = Math.max(own[3], b[4 * row + 3]);
    }
    const sides = this.apart && groups > 1;
    let place = 0;
    this.shift = box.map((b) => {
      if (!sides || !Number.isFinite(b[0])) { return [0, 0]; }
      const shift = [place - b[0], -b[1]];
      place += (b[2] - b[0]) * 1.08;
      return shift;
    });
    this.extent = [Infinity, Infinity, -Infinity, -Infinity];
    box.forEach((b, g) => {
      if (!Number.isFinite(b[0])) { return; }
      const [sx, sy] = this.shift[g];
      this.extent = [Math.min(this.extent[0], b[0] + sx), Math.min(this.extent[1], b[1] + sy),
        Math.max(this.extent[2], b[2] + sx), Math.max(this.extent[3], b[3] + sy)];
    });
    this.corners = box.map((b, g) => [b[0] + this.shift[g][0], b[1] + this.shift[g][1], b[2] - b[0]]);
    this.labelled = sides;
    this.fit();
  }

  fit() {
    if (!this.model || !Number.isFinite(this.extent[0])) { return; }
    this.drawn = "";
    if (this.model.table.dimension === 1) {
      this.plane.fit(...this.extent, false);
      this.plane.view.sy = -this.plane.view.sy;
      this.plane.view.y = this.plane.height / 2 - this.plane.view.sy * (this.extent[1] + this.extent[3]) / 2;
    } else { this.plane.fit(...this.extent, true); }
  }

  // ---- which tracks lie where ----

  *within(x0, y0, x1, y1) {
    const { model, plane } = this;
    for (let row = 0; row < model.n; row += 1) {
      if (!model.shown[row]) { continue; }
      const [sx, sy] = this.shift[model.group[row]], b = model.box;
      const left = plane.dx(x0) - sx, right = plane.dx(x1) - sx, top = plane.dy(y0) - sy, bottom = plane.dy(y1) - sy;
      if (b[4 * row] > right || b[4 * row + 2] < left || b[4 * row + 1] > bottom || b[4 * row + 3] < top) { continue; }
      yield [row, left, top, right, bottom];
    }
  }

  inside(x0, y0, x1, y1) {
    const { xy, offsets } = this.model, found = [];
    for (const [row, left, top, right, bottom] of this.within(x0, y0, x1, y1)) {
      for (let i = offsets[row]; i < offsets[row + 1]; i += 1) {
        const x = xy[2 * i], y = xy[2 * i + 1];
        if (x >= left && x <= right && y >= top && y <= bottom) { found.push(row); break; }
      }
    }
    return found;
  }

  nearest(px, py) {
    const { plane, model } = this;
    let best = null, least = NEAR * NEAR;
    for (const [row] of this.within(px - NEAR, py - NEAR, px + NEAR, py + NEAR)) {
      const [sx, sy] = this.shift[model.group[row]];
      for (let i = model.offsets[row]; i < model.offsets[row + 1]; i += 1) {
        const far = (plane.px(model.xy[2 * i] + sx) - px) ** 2 + (plane.py(model.xy[2 * i + 1] + sy) - py) ** 2;
        if (far < least) { least = far; best = row; }
      }
    }
    return best === null ? [] : [best];
  }

  // ---- drawing ----

  draw() {
    const { plane, model } = this, { context, ratio } = plane;
    if (!model) { return; }
    const key = JSON.stringify([plane.view, plane.width, plane.height, this.colour]);
    if (key !== this.drawn) {
      this.base.width = plane.canvas.width; this.base.height = plane.canvas.height;
      const under = this.base.getContext("2d");
      under.setTransform(ratio, 0, 0, ratio, 0, 0);
      const stride = this.lines(under, model.shown, SHOWN, 1);
      this.note.textContent = stride > 1 ? `every ${stride}th position` : "";
      this.drawn = key;
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, plane.canvas.width, plane.canvas.height);
    const some = model.count > 0 && model.count < model.showing;
    context.globalAlpha = !some ? 1 : model.showing > FEW ? 0.22 : 0.4;
    context.drawImage(this.base, 0, 0);
    context.globalAlpha = 1;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (some) { this.lines(context, model.selected, this.hasty ? AT_ONCE : CHOSEN, 1.7); }
    this.labels(context);
    this.bar(context);
  }

  lines(context, wanted, budget, width) {
    const { model, plane } = this, { view } = plane, { xy, offsets } = model;
    const rows = [];
    let points = 0;
    for (const [row] of this.within(0, 0, plane.width, plane.height)) {
      if (wanted[row]) { rows.push(row); points += offsets[row + 1] - offsets[row]; }
    }
    const stride = Math.max(1, Math.ceil(points / budget));
    const { colours } = model.table, along = this.colour === "alpha";
    const paint = this.palette;
    const classes = along ? colours.alpha.length : 0;
    context.lineWidth = width; context.lineJoin = "round"; context.lineCap = "butt";
    const paths = new Map();
    for (const row of rows) {
      const [sx, sy] = this.shift[model.group[row]], end = offsets[row + 1], begin = offsets[row];
      const whole = along ? -1 : this.trackClass(row);
      let before = -1, path = null;
      let lastX = 0, lastY = 0;
      const step = Math.min(stride, Math.max(1, (end - begin) >> 1));
      for (let at = begin; at < end; at += step) {
        const i = at + step >= end ? end - 1 : at; // the last position always
        const x = view.x + (xy[2 * i] + sx) * view.sx, y = view.y + (xy[2 * i + 1] + sy) * view.sy;
        if (at > begin) {
          const kind = along ? (model.kind[i] === NONE ? classes : model.kind[i]) : whole;
          if (kind !== before) {
            path = paths.get(kind);
            if (!path) { path = new Path2D(); paths.set(kind, path); }
            path.moveTo(lastX, lastY);
            before = kind;
          }
          path.lineTo(x, y);
        }
        lastX = x; lastY = y;
      }
    }
    for (const [kind, path] of paths) {
      context.strokeStyle = paint[kind] || colours.unknown;
      context.stroke(path);
    }
    return stride;
  }

  paintOf(row) {
    // the colour of a whole track, for other views
    if (this.colour !== "alpha") { return this.palette[this.trackClass(row)] || this.model.table.colours.unknown; }
    const scale = this.model.table.colours.alpha, place = Math.floor(this.model.alpha[row] / 2 * scale.length);
    return scale[Math.max(0, Math.min(scale.length - 1, place))];
  }

  paint() {
    const { colours, groups } = this.model.table;
    if (this.colour === "alpha") { return colours.alpha; }
    if (this.colour === "D") { return [...colours.sequential, colours.unknown]; }
    if (this.colour === "group") { return groups.map((_, g) => colours.groups[g % colours.groups.length]); }
    return this.model.columns.status.levels.map((name) => colours.status[name]);
  }

  trackClass(row) {
    const { model } = this;
    if (this.colour === "group") { return model.group[row]; }
    if (this.colour === "status") { return model.columns.status.values[row]; }
    const [low, high] = this.scale(), d = Math.log10(model.d[row]), steps = model.table.colours.sequential.length;
    if (!Number.isFinite(d)) { return steps; }
    return Math.max(0, Math.min(steps - 1, Math.floor((d - low) / (high - low) * steps)));
  }

  scale() {
    if (!this.ends) {
      const known = Array.from(this.model.d, Math.log10).filter(Number.isFinite).sort((a, b) => a - b);
      const low = known[Math.floor(known.length * 0.01)] ?? 0, high = known[Math.floor(known.length * 0.99)] ?? 1;
      this.ends = [low, high > low ? high : low + 1];
    }
    return this.ends;
  }

  key() {
    // the legend: names and colours, or a ramp with its ends
    const { colours, groups, units } = this.model.table;
    if (this.colour === "alpha") { return { ramp: colours.alpha, low: "0", high: "2", name: "alpha(t)" }; }
    if (this.colour === "D") {
      const [low, high] = this.scale();
      return { ramp: colours.sequential, low: (10 ** low).toPrecision(2), high: (10 ** high).toPrecision(2), name: `D_frame (${units.D_frame})` };
    }
    const names = this.colour === "group" ? groups : this.model.columns.status.levels.map((s) => s.replace(/_/g, " "));
    return { names: names.map((name, i) => [name, this.paint()[i]]) };
  }

  labels(context) {
    if (!this.labelled) { return; }
    context.fillStyle = ink("--ink");
    context.font = "600 13px system-ui, sans-serif";
    this.corners.forEach(([x, y, wide], g) => {
      if (!Number.isFinite(x)) { return; }
      const room = Math.max(30, wide * this.plane.view.sx);
      let name = this.model.table.groups[g] || "no condition";
      while (name.length > 4 && context.measureText(name).width > room) { name = `${name.slice(0, -2)}…`; }
      context.fillText(name, this.plane.px(x), Math.max(14, this.plane.py(y) - 6));
    });
  }

  bar(context) {
    if (this.model.table.dimension === 1) { return; }
    const wish = this.plane.width * 0.2 / this.plane.view.sx, power = 10 ** Math.floor(Math.log10(wish));
    const size = [5, 2, 1].map((n) => n * power).find((n) => n <= wish) || power, long = size * this.plane.view.sx;
    context.fillStyle = ink("--ink");
    context.fillRect(14, this.plane.height - 16, long, 4);
    context.font = "12px system-ui, sans-serif";
    context.fillText(`${Number(size.toPrecision(3))} ${this.model.table.units.length}`, 14, this.plane.height - 22);
  }
}
