// The page: files, method, explore. What it shows comes from the server; what it computes is only for the eye.

import { get, bytes, post, file as fetchFile, send } from "./net.js";
import { card, columnFields, columnsStated } from "./files.js";
import { Model, median } from "./model.js";
import { TrackMap } from "./map.js";
import { Scatter } from "./scatter.js";
import { Table, number } from "./table.js";
import { plot, say } from "./plots.js";

const $ = (id) => document.getElementById(id);
const STRIPS = 3;
let state = null;
let model = null;
let choices = null;
let shownCount = 0;

// ---- what goes wrong is said ----

function complain(error) {
  $("alert").textContent = error.message || String(error);
  $("alert").hidden = false;
}
function calm() { $("alert").hidden = true; }
window.addEventListener("error", (event) => complain(event.error || event));
window.addEventListener("unhandledrejection", (event) => complain(event.reason));
document.addEventListener("securitypolicyviolation", (event) => complain(new Error(`blocked: ${event.blockedURI}`)));
const live = (text) => { $("live").textContent = text; };

// ---- light and dark ----

const dark = window.matchMedia("(prefers-color-scheme: dark)");
let theme = null;
function paint() {
  document.documentElement.dataset.theme = theme || (dark.matches ? "dark" : "light");
  if (model) { map.again(); scatter.again(); }
}
dark.addEventListener("change", paint);
$("theme").addEventListener("click", () => {
  theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  paint();
});

// ---- steps ----

const STEPS = ["files", "method", "explore"];
function step(name) {
  STEPS.forEach((id) => { $(id).hidden = id !== name; });
  document.querySelectorAll("[data-step]").forEach((button) => {
    if (button.dataset.step === name) { button.setAttribute("aria-current", "step"); } else { button.removeAttribute("aria-current"); }
  });
  window.scrollTo(0, 0);
  const heading = $(name).querySelector("h2");
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}
document.querySelectorAll("[data-step]").forEach((b) => b.addEventListener("click", () => step(b.dataset.step)));
$("to-method").addEventListener("click", () => step("method"));

function enable() {
  const usable = state.files.some((f) => f.described && f.described.points) && state.files.every((f) => f.described);
  document.querySelector('[data-step="method"]').disabled = !usable;
  document.querySelector('[data-step="explore"]').disabled = !model;
  $("to-method").disabled = !usable;
}

// ---- files ----

async function refresh() {
  state = await get("api/state");
  $("cards").replaceChildren(...state.files.map((file) => card(file, {
    several: state.files.length > 1,
    remove: (name) => act(() => post("api/remove", { name })),
    label: (name, condition) => act(() => post("api/label", { name, condition })),
  })));
  $("reading").hidden = !state.files.length;
  $("drop").classList.toggle("small", state.files.length > 0);
  const form = $("reading");
  for (const name of ["frame_interval", "pixel_size", "format", "column"]) { form.elements[name].value = state.reading[name] || ""; }
  for (const name of ["log", "increments"]) { form.elements[name].checked = Boolean(state.reading[name]); }
  columnFields($("columns").querySelector(".fields"), state.files, state.reading.columns);
  $("advice").replaceChildren(...(state.advice?.sentences || []).map((text) => {
    const item = document.createElement("li");
    item.textContent = text;
    return item;
  }));
  const lengths = new Set(state.files.flatMap((file) => (file.described ? [file.described.units.length] : [])));
  document.querySelectorAll("#settings .length").forEach((unit) => { unit.textContent = [...lengths].join(" or ") || "µm"; });
  const { window: size } = $("settings").elements;
  if (state.advice && !size.dataset.touched) { size.value = state.advice.window; }
  enable();
}

async function act(call) {
  calm();
  document.body.setAttribute("aria-busy", "true");
  try { await call(); } catch (error) { complain(error); } finally { document.body.removeAttribute("aria-busy"); }
  await refresh();
}

async function take(files) {
  for (const one of files) {
    await act(async () => {
      if (one.size > state.largest) {
        throw new Error(`${one.name} is ${number(one.size / 1e6)} MB large, but the app accepts at most ${number(state.largest / 1e6)} MB. Open the file from the disk: perrin app FILE, or set --largest-upload.`);
      }
      live(`sending ${one.name}`);
      await send(one, one.name, (part) => { $("h-files").textContent = part < 1 ? `Sending ${one.name}: ${Math.round(100 * part)} %` : `Reading ${one.name} …`; });
    });
    $("h-files").textContent = "Which tracks?";
  }
  const last = state.files.at(-1);
  live(last ? (last.error ? `${last.name} cannot be read: ${last.error}` : `${last.name} read`) : "");
}

$("choose").addEventListener("change", (event) => { take([...event.target.files]).then(() => { event.target.value = ""; }); });
$("example").addEventListener("click", () => act(() => post("api/example")));
$("mixture").addEventListener("click", () => act(() => post("api/mixture")));
for (const kind of ["dragenter", "dragover"]) {
  document.addEventListener(kind, (event) => { event.preventDefault(); $("drop").classList.add("over"); });
}
document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) { $("drop").classList.remove("over"); } });
document.addEventListener("drop", (event) => {
  event.preventDefault();
  $("drop").classList.remove("over");
  if (event.dataTransfer.files.length) { step("files"); take([...event.dataTransfer.files]); }
});
$("reading").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target.elements;
  const options = { columns: columnsStated($("columns")) };
  for (const name of ["frame_interval", "pixel_size", "format", "column"]) { options[name] = form[name].value; }
  for (const name of ["log", "increments"]) { options[name] = form[name].checked; }
  act(() => post("api/reading", { options }));
});

// ---- method ----

function setMethod() {
  const chosen = choices.methods.find((m) => m.name === $("settings").elements.method.value);
  $("about").textContent = `${chosen.summary} ${chosen.limits}`;
  $("settings").querySelectorAll("[data-setting]").forEach((label) => {
    label.hidden = !chosen.settings.includes(label.dataset.setting);
  });
}
$("settings").elements.window.addEventListener("input", (event) => { event.target.dataset.touched = "true"; });
$("settings").elements.method.addEventListener("change", setMethod);
$("settings").addEventListener("submit", async (event) => {
  event.preventDefault();
  calm();
  const options = {};
  for (const field of event.target.elements) {
    if (!field.name || field.closest("[hidden]")) { continue; }
    options[field.name] = field.type === "checkbox" ? field.checked : field.value;
  }
  try { await post("api/analyze", { options }); watch(); } catch (error) { complain(error); }
});

// ---- what runs ----

const PHASES = { starting: "Starting", reading: "Reading the files", estimating: "Estimating", finishing: "Estimating the population and writing the report", "opening the result": "Opening the result" };
let watching = false;

async function watch() {
  if (watching) { return; }
  watching = true;
  const hidden = STEPS.find((id) => !$(id).hidden);
  $("working").hidden = false;
  document.querySelectorAll("#analyse, #test").forEach((b) => { b.disabled = true; });
  try {
    for (;;) {
      state = await get("api/state");
      const { job } = state;
      if (!job || job.state !== "running") { break; }
      const counted = (job.phase === "estimating" || job.phase === "reading") && job.total > 0;
      const unit = job.phase === "reading" ? 1e6 : 1;
      $("phase").textContent = (PHASES[job.phase] || job.phase) + (counted ? `: ${number(job.done / unit)} of ${number(job.total / unit)} ${unit > 1 ? "MB" : "tracks"}` : " …");
      if (counted) { $("progress").max = job.total; $("progress").value = job.done; } else { $("progress").removeAttribute("value"); }
      $("h-working").textContent = job.kind === "test" ? "Testing" : "Analyzing";
      await new Promise((go) => { setTimeout(go, 250); });
    }
    await ended(state.job, hidden);
  } catch (error) { complain(error); } finally {
    watching = false;
    $("working").hidden = true;
    document.querySelectorAll("#analyse, #test").forEach((b) => { b.disabled = false; });
  }
}

async function ended(job, before) {
  if (!job) { return; }
  if (job.state === "cancelled") { live("cancelled"); complain(new Error("Canceled. No results were saved.")); return; }
  if (job.state === "failed") { complain(new Error(job.said || "the command failed without an error message")); return; }
  if (job.kind === "analyze") { await openResult(); step("explore"); } else { await openTest(); step(before); }
  if (job.said) { complain(new Error(job.said)); }
}
$("cancel").addEventListener("click", async () => { $("phase").textContent = "Stopping …"; await post("api/cancel"); });

// ---- explore ----

const map = new TrackMap($("map"), $("map-note"));
const scatter = new Scatter($("scatter"), $("scatter-note"), (row) => map.paintOf(row));
const table = new Table($("table"));

async function openResult() {
  const [told, buffer] = await Promise.all([get("api/table"), bytes("api/positions")]);
  model = new Model(told, buffer);
  shownCount = state.count;
  const groups = told.groups.length;
  document.querySelectorAll("[data-groups]").forEach((part) => { part.hidden = groups < 2; });
  $("colour").querySelector('[value="group"]').hidden = groups < 2;
  fill($("filters").elements.status, model.columns.status.levels.map((s, i) => [s.replace(/_/g, " "), i]));
  fill($("filters").elements.group, told.groups.map((g, i) => [g, i]));
  const drawn = choices.figures.filter((f) => state.simulated || !f.needs.includes("truth"));
  $("more").elements.name.replaceChildren(...drawn.map((f) => new Option(f.title, f.name)));
  if (state.simulated) { $("more").elements.name.value = "truth"; $("more").elements.of.value = "all"; $("more").requestSubmit(); }
  $("filters").reset();
  $("tested").hidden = true;
  headline(told);
  $("command").textContent = state.commands.analyze.join("\n");
  $("explore").hidden = false;
  table.open(model); map.open(model); scatter.open(model);
  model.addEventListener("selection", selectionChanged);
  legend();
  selectionChanged();
  enable();
  document.documentElement.dataset.result = String(shownCount);
}

function fill(select, entries) {
  select.replaceChildren(new Option("all", ""), ...entries.map(([name, value]) => new Option(name, value)));
}

function headline(told) {
  const { n, alpha, D_frame: d } = told.summary;
  $("headline").textContent = n
    ? `${number(n)} of ${number(told.rows)} tracks estimated: median anomalous exponent (alpha) ${alpha.median.toFixed(2)} (quartiles ${alpha.lower_quartile.toFixed(2)} to ${alpha.upper_quartile.toFixed(2)})${d ? `, median diffusion coefficient per frame interval (D_frame) ${number(d.median)} ${told.units.D_frame}` : ""}.`
    : `None of the ${number(told.rows)} tracks has an estimate. The table shows the reasons.`;
}

function legend() {
  const key = map.key(), box = $("legend");
  if (key.ramp) {
    const ramp = document.createElement("span");
    ramp.className = "ramp";
    ramp.style.background = `linear-gradient(90deg, ${key.ramp.join(",")})`;
    box.replaceChildren(`${key.name} ${key.low}`, ramp, key.high);
  } else {
    box.replaceChildren(...key.names.flatMap(([name, colour]) => {
      const dot = document.createElement("i");
      dot.style.background = colour;
      return [dot, name];
    }));
  }
}
$("colour").addEventListener("change", (event) => { map.colour = event.target.value; map.again(); scatter.again(); legend(); });
$("apart").addEventListener("change", (event) => { map.apart = event.target.checked; map.arrange(); });
$("map-fit").addEventListener("click", () => map.fit());
$("map-mode").addEventListener("click", (event) => {
  map.plane.moving = !map.plane.moving;
  event.target.setAttribute("aria-pressed", String(map.plane.moving));
  $("map").classList.toggle("moving", map.plane.moving);
});

// ---- selection ----

let waiting = null;
let turn = 0;
function selectionChanged() {
  const rows = model.rows();
  const parts = [`${number(model.count)} of ${number(model.showing)} tracks selected`];
  if (model.showing < model.n) { parts.push(`${number(model.n - model.showing)} filtered out`); }
  if (rows.length) {
    const a = median(rows.map((r) => model.alpha[r])), d = median(rows.map((r) => model.d[r]));
    if (a !== null) { parts.push(`median alpha ${a.toFixed(2)}`); }
    if (d !== null) { parts.push(`D_frame ${number(d)} ${model.table.units.D_frame}`); }
  }
  $("said").textContent = parts.join("; ");
  $("clear").disabled = !rows.length;
  clearTimeout(waiting);
  waiting = setTimeout(drawStrips, 200);
}

async function drawStrips() {
  const rows = table.next(STRIPS), mine = turn += 1;
  const name = model.table.dimension === 1 && rows.length === 1 ? "series" : "profiles";
  $("strips-note").textContent = model.count > rows.length ? `${rows.length} of ${number(model.count)} selected` : "";
  try {
    const figure = await post("api/figure", { name, rows: rows.length ? rows : null });
    if (mine === turn) { await plot($("strips"), figure); }
  } catch (error) { say($("strips"), error.message); }
}

$("clear").addEventListener("click", () => model.select([]));
$("select-all").addEventListener("click", () => model.select(model.visibleRows()));

function keep() {
  const form = $("filters").elements, words = form.search.value.trim().toLowerCase();
  const state = form.status.value, group = form.group.value;
  const limit = (name, low) => { const v = parseFloat(form[name].value.replace(",", ".")); return Number.isFinite(v) ? v : low; };
  const n = [limit("n_lo", -Infinity), limit("n_hi", Infinity)], a = [limit("a_lo", -Infinity), limit("a_hi", Infinity)];
  const free = a[0] === -Infinity && a[1] === Infinity;
  const texts = Object.values(model.columns).filter((c) => c.kind !== "number");
  return (row) => (state === "" || model.columns.status.values[row] === Number(state))
    && (group === "" || model.group[row] === Number(group))
    && model.length[row] >= n[0] && model.length[row] <= n[1]
    && (free || (model.alpha[row] >= a[0] && model.alpha[row] <= a[1]))
    && (!words || texts.some((c) => String(model.value(c.key, row) ?? "").toLowerCase().includes(words)));
}
let typing = null;
$("filters").addEventListener("submit", (event) => event.preventDefault());
$("filters").addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(() => model.filter(keep()), 120); });
$("filters").addEventListener("reset", () => setTimeout(() => { if (model) { model.filter(keep()); } }));

// ---- test ----

$("test").addEventListener("click", async () => {
  calm();
  try { await post("api/test", { rows: model.count ? model.rows() : null }); watch(); } catch (error) { complain(error); }
});

async function openTest() {
  const { summary, rows } = await get("api/test");
  $("tested").hidden = false;
  $("tested-said").textContent = summary.tested
    ? `${number(summary.tested)} tracks tested. The Hurst exponent (H) changes in ${number(summary.changes)} of them (false discovery rate ${summary.level}). p is at most ${summary.level} in ${number(summary.p_below_level)}; by chance alone it would be in about ${number(summary.expected_by_chance)}.`
    : "No track could be tested. The test needs 32 positions or more.";
  $("tested-command").textContent = state.commands.test.join("\n");
  const several = new Set(rows.map((r) => r.source)).size > 1;
  const line = (cells, name) => { const tr = document.createElement("tr"); cells.forEach((c) => { const td = document.createElement(name); td.textContent = c; tr.append(td); }); return tr; };
  $("tests").replaceChildren(line(["track", "positions", "H if constant", "p", "q", "H changes", "status"], "th"),
    ...rows.map((r) => line([several ? `${r.source}: ${r.track}` : r.track, number(r.n_points), number(r.hurst), number(r.p), number(r.q), r.changes === null ? "–" : r.changes ? "yes" : "no", r.status.replace(/_/g, " ")], "td")));
  drawStrips();
  $("tested").scrollIntoView();
  await plot($("bands"), await post("api/figure", { name: "bands" }));
}

// ---- figures and export ----

const wanted = () => {
  const form = $("more").elements;
  return { name: form.name.value, rows: form.of.value === "selection" && model.count ? model.rows() : null };
};
$("more").addEventListener("submit", async (event) => {
  event.preventDefault();
  calm();
  try { await plot($("figure"), await post("api/figure", wanted())); } catch (error) { say($("figure"), error.message); }
});
document.querySelectorAll("[data-print]").forEach((button) => button.addEventListener("click", async () => {
  calm();
  try {
    const asked = { ...wanted(), format: button.dataset.print };
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await fetchFile("api/print", asked));
    link.download = `${asked.name}.${asked.format}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  } catch (error) { complain(error); }
}));
$("copy").addEventListener("click", async () => { await navigator.clipboard.writeText($("command").textContent); live("copied"); });

// ---- begin ----

async function begin() {
  paint();
  choices = await get("api/choices");
  $("settings").elements.method.replaceChildren(...choices.methods.map((m) => new Option(`${m.name}: ${m.title}`, m.name)));
  $("reading").elements.format.replaceChildren(new Option("detect automatically", ""), ...choices.formats.map((f) => new Option(`${f.name}: ${f.title}`, f.name)));
  setMethod();
  await refresh();
  if (state.analysed) { await openResult(); step("explore"); }
  if (state.job?.state === "running") { watch(); }
  document.documentElement.dataset.ready = "true";
}
begin().catch(complain);
