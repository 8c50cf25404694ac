// A canvas that is drawn anew when it must be, can be moved and zoomed, and tells which rectangle was dragged over it.

const WIDE = 4; // pixels a pointer moves before a click is a drag

export class Plane {
  constructor(canvas, { draw, brush, click, clear, zoom = true, margins = [0, 0, 0, 0] }) {
    Object.assign(this, { canvas, draw, brush, click, clear, zoom, margins });
    this.box = canvas.parentElement.querySelector(".brush");
    this.context = canvas.getContext("2d");
    this.view = { x: 0, y: 0, sx: 1, sy: 1 };
    this.moving = false;
    this.pending = false;
    new ResizeObserver(() => this.resize()).observe(canvas.parentElement);
    canvas.addEventListener("pointerdown", (event) => this.press(event));
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    canvas.addEventListener("keydown", (event) => this.key(event));
    this.resize();
  }

  resize() {
    const { clientWidth, clientHeight } = this.canvas.parentElement;
    if (!clientWidth || (clientWidth === this.width && clientHeight === this.height)) { return; }
    this.ratio = Math.min(window.devicePixelRatio || 1, 2);
    this.width = clientWidth;
    this.height = clientHeight;
    this.canvas.width = clientWidth * this.ratio;
    this.canvas.height = clientHeight * this.ratio;
    if (this.fitted) { this.fitted(); }
    this.ask();
  }

  ask() {
    if (this.pending) { return; }
    this.pending = true;
    requestAnimationFrame(() => { this.pending = false; if (this.width) { this.draw(this); } });
  }

  // from data to pixels and back
  px(x) { return this.view.x + x * this.view.sx; }
  py(y) { return this.view.y + y * this.view.sy; }
  dx(px) { return (px - this.view.x) / this.view.sx; }
  dy(py) { return (py - this.view.y) / this.view.sy; }

  fit(x0, y0, x1, y1, equal) {
    const [top, right, bottom, left] = this.margins;
    const wide = this.width - left - right, high = this.height - top - bottom;
    let sx = wide / ((x1 - x0) || 1), sy = high / ((y1 - y0) || 1);
    if (equal) { sx = sy = Math.min(sx, sy) * 0.94; }
    this.view = {
      sx, sy: equal ? sy : -sy,
      x: left + wide / 2 - sx * (x0 + x1) / 2,
      y: top + high / 2 - (equal ? sy : -sy) * (y0 + y1) / 2,
    };
    this.ask();
  }

  place(event) {
    const area = this.canvas.getBoundingClientRect();
    return [event.clientX - area.left, event.clientY - area.top];
  }

  press(event) {
    if (event.button > 1) { return; }
    const start = this.place(event);
    const shifts = this.moving || event.button === 1;
    const view = { ...this.view };
    let dragged = false;
    this.canvas.setPointerCapture(event.pointerId);
    const move = (next) => {
      const [x, y] = this.place(next);
      dragged = dragged || Math.hypot(x - start[0], y - start[1]) > WIDE;
      if (!dragged) { return; }
      if (shifts) {
        this.view = { ...view, x: view.x + x - start[0], y: view.y + y - start[1] };
        this.ask();
      } else { this.show(start, [x, y]); }
    };
    const up = (last) => {
      this.canvas.removeEventListener("pointermove", move);
      this.canvas.removeEventListener("pointerup", up);
      this.canvas.removeEventListener("pointercancel", up);
      this.box.hidden = true;
      if (last.type === "pointercancel") { return; }
      const [x, y] = this.place(last), how = last.shiftKey ? "add" : "new";
      if (!dragged) { this.click(x, y, last.shiftKey ? "flip" : "new"); }
      else if (!shifts) {
        this.brush(Math.min(x, start[0]), Math.min(y, start[1]), Math.max(x, start[0]), Math.max(y, start[1]), how);
      }
    };
    this.canvas.addEventListener("pointermove", move);
    this.canvas.addEventListener("pointerup", up);
    this.canvas.addEventListener("pointercancel", up);
  }

  show([x0, y0], [x1, y1]) {
    const { style } = this.box;
    this.box.hidden = false;
    style.left = `${Math.min(x0, x1)}px`; style.top = `${Math.min(y0, y1)}px`;
    style.width = `${Math.abs(x1 - x0)}px`; style.height = `${Math.abs(y1 - y0)}px`;
  }

  closer(factor, x, y) {
    const { view } = this;
    this.view = {
      sx: view.sx * factor, sy: view.sy * factor, x: x + (view.x - x) * factor, y: y + (view.y - y) * factor,
    };
    this.ask();
  }

  wheel(event) {
    if (!this.zoom || (!event.ctrlKey && document.activeElement !== this.canvas)) { return; }
    event.preventDefault();
    this.closer(Math.exp(-event.deltaY / 400), ...this.place(event));
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) { return; } // the browser's own, such as its zoom
    const step = 40;
    const moves = { ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    if (event.key === "Escape") { this.clear(); }
    else if (this.zoom && moves[event.key]) {
      this.view.x += moves[event.key][0]; this.view.y += moves[event.key][1]; this.ask();
    } else if (this.zoom && "+=-".includes(event.key)) {
      this.closer(event.key === "-" ? 1 / 1.3 : 1.3, this.width / 2, this.height / 2);
    } else { return; }
    event.preventDefault();
  }
}

export function ink(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }
