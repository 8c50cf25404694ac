// The first step: files, what was understood of them, and its correction.

import { number } from "./table.js";

const ROLES = ["track", "frame", "t", "x", "y", "z"];

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) { made.textContent = text; }
  if (className) { made.className = className; }
  return made;
}

function facts(described) {
  const { units, units_in_file: own, lengths } = described;
  const ignored = Object.entries(described.ignored).map(([why, n]) => `${number(n)} rows: ${why.replace(/_/g, " ")}`);
  const short = described.statuses.too_short || 0;
  const step = described.frame_interval ? `, frame interval ${number(described.frame_interval)}` : "";
  const rows = [
    ["Format", `${described.format}: ${described.why}`],
    ["Tracks", `${number(described.tracks)} in ${described.dimension}-D, ${number(described.points)} positions; lengths ${number(lengths.min)} to ${number(lengths.max)}, median ${number(lengths.median)}`],
    ["Length", `in ${units.length} (in the file: ${own.length || "not stated"})`, units.length === "px" ? "Enter the pixel size; otherwise lengths stay in pixels." : ""],
    ["Time", `in ${units.time} (in the file: ${own.time || "not stated"})${step}`, units.time === "frame" ? "Enter the frame interval; otherwise times stay in frames." : ""],
    ["Gaps", `in ${number(described.tracks_with_gaps)} tracks${described.tracks_with_irregular_times ? `; irregular times in ${number(described.tracks_with_irregular_times)}` : ""}`],
    ["Short tracks", short ? `${number(short)} with fewer than 8 positions: no values per track, but included in the population` : "none"],
    ["Excluded", ignored.join("; ") || "nothing"],
  ];
  if (Object.keys(described.columns).length) {
    rows.push(["Columns", Object.entries(described.columns).map(([role, name]) => `${role} = ${name}`).join(", ")]);
  }
  described.notes.forEach((note) => rows.push(["Note", note]));
  described.flaws.forEach((flaw) => rows.push(["Flaw", flaw]));
  const list = element("dl", undefined, "facts");
  for (const [name, text, missing] of rows) {
    const value = element("dd", text);
    if (missing) { value.append(" ", element("span", missing, "missing")); }
    list.append(element("dt", name), value);
  }
  return list;
}

export function card(file, { remove, label, several }) {
  const box = element("article", undefined, file.error ? "card wrong" : "card");
  const head = element("header");
  const away = element("button", "Remove");
  away.type = "button";
  away.setAttribute("aria-label", `Remove ${file.name}`);
  away.addEventListener("click", () => remove(file.name));
  head.append(element("h3", file.said), element("small", file.size < 1e6 ? `${Math.ceil(file.size / 1e3)} kB` : `${number(file.size / 1e6)} MB`), element("span", undefined, "grow"));
  if (several) {
    const named = element("label", "Condition ", "small");
    const input = element("input");
    input.value = file.condition;
    input.setAttribute("aria-label", `Condition of ${file.name}`);
    input.addEventListener("change", () => label(file.name, input.value));
    named.append(input);
    head.append(named);
  }
  head.append(away);
  box.append(head);
  if (file.error) {
    const said = element("p", file.error);
    said.setAttribute("role", "alert");
    box.append(said);
  } else if (file.described) { box.append(facts(file.described)); } else { box.append(element("p", "reading …", "quiet")); }
  if (file.head.length && (file.error || Object.keys(file.described?.columns || {}).length)) {
    const more = element("details");
    more.open = Boolean(file.error);
    more.append(element("summary", "First lines of the file"), element("pre", file.head.join("\n")));
    box.append(more);
  }
  return box;
}

function headings(files) {
  const found = new Set();
  for (const { described, head } of files) {
    if (described) {
      Object.values(described.columns).forEach((name) => found.add(name));
      described.unused_columns.forEach((name) => found.add(name));
    } else if (head.length) {
      const line = head.find((text) => text.trim() && !text.startsWith("#")) || "";
      const mark = ["\t", ";", ","].find((m) => line.includes(m));
      if (mark) { line.split(mark).forEach((name) => found.add(name.trim().replace(/^"|"$/g, ""))); }
    }
  }
  return [...found].filter((name) => name && name.length < 80).slice(0, 200);
}

export function columnFields(root, files, stated) {
  // a choice for every role, of the headings in the files; a role that is not chosen is left to perrin
  const names = headings(files);
  root.closest("fieldset").hidden = names.length < 2;
  const chosen = Object.fromEntries((stated || "").split(",").filter(Boolean).map((part) => part.split("=")));
  const first = files.find((file) => file.described)?.described.columns || {};
  root.replaceChildren(...ROLES.map((role) => {
    const label = element("label", role === "t" ? "time" : role);
    const select = element("select");
    select.dataset.role = role;
    select.append(new Option(first[role] ? `detected: ${first[role]}` : "detect automatically", ""));
    names.forEach((name) => select.append(new Option(name, name)));
    select.value = chosen[role] || "";
    label.append(select);
    return label;
  }));
}

export function columnsStated(root) {
  return [...root.querySelectorAll("select")].filter((s) => s.value).map((s) => `${s.dataset.role}=${s.value}`).join(",");
}
