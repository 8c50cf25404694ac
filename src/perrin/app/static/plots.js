// The figures that perrin draws, as plotly shows them; plotly is loaded when the first of them is.

let loading = null;
const known = new Set();

function plotly() {
  loading = loading || new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = "plotly.js";
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error("the plotting library (plotly) did not load"));
    document.head.append(script);
  });
  return loading;
}

function size(box, meta, height) {
  const width = box.clientWidth;
  return { width, height: meta.aspect ? Math.round(width * meta.aspect + meta.extra) : height };
}

export async function plot(box, figure) {
  if (figure.reason) { say(box, figure.reason); return; }
  const Plotly = await plotly();
  const { layout } = figure;
  box.perrin = { meta: layout.meta || {}, height: layout.height };
  Object.assign(layout, size(box, box.perrin.meta, layout.height), { paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)" });
  if (window.matchMedia("(pointer: coarse)").matches) { layout.dragmode = false; }
  if (!box.classList.contains("js-plotly-plot")) { box.replaceChildren(); }
  await Plotly.react(box, figure.data, layout, { displayModeBar: false, responsive: false });
  known.add(box);
}

export function say(box, text) {
  if (box.classList.contains("js-plotly-plot")) { window.Plotly.purge(box); known.delete(box); box.classList.remove("js-plotly-plot"); }
  const line = document.createElement("p");
  line.textContent = text;
  box.replaceChildren(line);
}

let waiting;
window.addEventListener("resize", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => known.forEach((box) => {
    if (box.clientWidth && box.layout) { window.Plotly.relayout(box, size(box, box.perrin.meta, box.perrin.height)); }
  }), 120);
});
