// Draws the figures one after the other, and serves the table of tracks page by page.
(function () {
  "use strict";

  function data(id) { return JSON.parse(document.getElementById(id).textContent); }

  // ---- figures ----

  var drawn = [];

  function fit(plot, width) {
    // A figure that states its aspect keeps it at any width.
    var meta = plot.perrin.meta || {};
    var height = meta.aspect ? Math.round(width * meta.aspect + meta.extra) : plot.perrin.height;
    return { width: width, height: height };
  }

  function draw(box) {
    var figure = data(box.dataset.figure);
    box.perrin = { meta: figure.layout.meta, height: figure.layout.height };
    var size = fit(box, box.clientWidth);
    Object.assign(figure.layout, size, { paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)" });
    // Dragging on a touch screen must scroll the page.
    if (window.matchMedia("(pointer: coarse)").matches) { figure.layout.dragmode = false; }
    box.style.minHeight = "";
    return Plotly.newPlot(box, figure.data, figure.layout, { displayModeBar: false, responsive: false })
      .then(function () { drawn.push(box); });
  }

  function resize(width) {
    drawn.forEach(function (box) {
      var wish = width || box.clientWidth;
      if (wish && wish !== box.layout.width) { Plotly.relayout(box, fit(box, wish)); }
    });
  }

  function drawAll() {
    var boxes = Array.prototype.slice.call(document.querySelectorAll("[data-figure]"));
    return boxes.reduce(function (before, box) {
      return before.then(function () { return new Promise(function (go) { setTimeout(go, 0); }); })
        .then(function () { return draw(box); })
        .catch(function (error) { window.perrinError(box.dataset.figure + ": " + error); });
    }, Promise.resolve());
  }

  function loadPlotly() {
    // Plotly takes a second to start: only after the text and the table are on the screen.
    return new Promise(function (go) { setTimeout(go, 30); }).then(function () {
      var code = document.getElementById("plotly-code");
      var script = document.createElement("script");
      script.textContent = code.textContent;
      document.head.appendChild(script);
      code.remove();
    });
  }

  var waiting;
  window.addEventListener("resize", function () {
    clearTimeout(waiting);
    waiting = setTimeout(function () { resize(); }, 120);
  });
  window.addEventListener("beforeprint", function () { resize(660); });
  window.addEventListener("afterprint", function () { resize(); });

  // ---- table of tracks ----

  var SUPERSCRIPT = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

  function number(value) {
    if (value === null) { return "–"; }
    var size = Math.abs(value);
    if (value === 0 || (size >= 1e-3 && size < 1e5)) {
      return value.toLocaleString("en", { maximumSignificantDigits: Number.isInteger(value) ? 15 : 3 });
    }
    var parts = value.toExponential(2).split("e");
    var power = String(Number(parts[1])).split("").map(function (c) { return SUPERSCRIPT[c]; }).join("");
    return parts[0] + " × 10" + power;
  }

  function setUnit(element, unit) {
    // "µm²/s^α" with its exponent set as one.
    var parts = unit.split("^");
    element.textContent = parts[0];
    if (parts.length > 1) {
      element.appendChild(document.createElement("sup")).textContent = parts.slice(1).join("^");
    }
  }

  function makeTable(root) {
    var table = data("tracks-data");
    var columns = table.columns;
    var byKey = {};
    columns.forEach(function (column) { byKey[column.key] = column; });
    var head = root.querySelector("thead tr");
    var body = root.querySelector("tbody");
    var search = root.querySelector("[data-search]");
    var choice = root.querySelector("[data-status]");
    var perPage = root.querySelector("[data-rows]");
    var said = root.querySelector("[data-said]");
    var back = root.querySelector("[data-back]");
    var next = root.querySelector("[data-next]");
    var rows = [];
    var page = 0;
    var sorted = { column: null, down: false };
    var haystack = null;
    var collator = new Intl.Collator("en", { numeric: true });

    function value(column, row) {
      var found = column.values[row];
      if (column.kind === "level") { return found < 0 ? null : column.levels[found]; }
      return found;
    }

    function shown(column, row) {
      var found = value(column, row);
      if (column.to) { return found === null ? "–" : found.toFixed(2) + " to " + column.to[row].toFixed(2); }
      if (column.key === "alpha") { return found === null ? "–" : found.toFixed(2); }
      if (column.kind === "number") { return number(found); }
      if (found === null) { return "–"; }
      return column.key === "status" ? found.replace(/_/g, " ") : found;
    }

    function texts() {
      if (haystack) { return haystack; }
      var used = columns.filter(function (column) { return column.kind !== "number"; });
      haystack = new Array(table.rows);
      for (var row = 0; row < table.rows; row += 1) {
        haystack[row] = used.map(function (column) { return shown(column, row); }).join("\n").toLowerCase();
      }
      return haystack;
    }

    function filter() {
      var wanted = search.value.trim().toLowerCase();
      var code = choice.value === "" ? null : Number(choice.value);
      var states = byKey.status.values;
      rows = [];
      for (var row = 0; row < table.rows; row += 1) {
        if (code !== null && states[row] !== code) { continue; }
        if (wanted && texts()[row].indexOf(wanted) < 0) { continue; }
        rows.push(row);
      }
      order();
    }

    function order() {
      var column = sorted.column;
      if (column) {
        var ranks = column.kind === "level" ? rankLevels(column) : null;
        var sign = sorted.down ? -1 : 1;
        rows.sort(function (a, b) {
          var left = ranks ? ranks[column.values[a]] : column.values[a];
          var right = ranks ? ranks[column.values[b]] : column.values[b];
          if (left === null || left === undefined) { return right === null || right === undefined ? a - b : 1; }
          if (right === null || right === undefined) { return -1; }
          return sign * (column.kind === "text" ? collator.compare(left, right) : left - right) || a - b;
        });
      }
      page = 0;
      render();
    }

    function rankLevels(column) {
      var names = column.levels.map(function (name, index) { return [name, index]; });
      names.sort(function (a, b) { return collator.compare(a[0], b[0]); });
      var ranks = {};
      names.forEach(function (pair, rank) { ranks[pair[1]] = rank; });
      return ranks;
    }

    function render() {
      var size = Number(perPage.value);
      var first = page * size;
      var last = Math.min(first + size, rows.length);
      var fragment = document.createDocumentFragment();
      for (var at = first; at < last; at += 1) { fragment.appendChild(line(rows[at])); }
      if (rows.length === 0) { fragment.appendChild(nothing()); }
      body.replaceChildren(fragment);
      said.textContent = rows.length === 0 ? "no track matches"
        : (first + 1).toLocaleString("en") + " to " + last.toLocaleString("en") + " of " +
          rows.length.toLocaleString("en") + (rows.length < table.rows ? " matching tracks" : " tracks");
      back.disabled = page === 0;
      next.disabled = last >= rows.length;
    }

    function line(row) {
      var tr = document.createElement("tr");
      columns.forEach(function (column, index) {
        var cell = document.createElement(index === 0 ? "th" : "td");
        if (index === 0) { cell.scope = "row"; }
        cell.textContent = shown(column, row);
        cell.className = column.kind === "number" ? "number" : column.key;
        if (column.key === "status") { cell.title = table.meaning[value(column, row)] || ""; }
        tr.appendChild(cell);
      });
      return tr;
    }

    function nothing() {
      var tr = document.createElement("tr");
      var cell = document.createElement("td");
      cell.colSpan = columns.length;
      cell.textContent = "No track matches. Clear the search or choose another status.";
      tr.appendChild(cell);
      return tr;
    }

    columns.forEach(function (column) {
      var cell = document.createElement("th");
      var button = document.createElement("button");
      cell.scope = "col";
      cell.className = column.kind === "number" ? "number" : column.key;
      button.type = "button";
      button.appendChild(document.createElement("span")).textContent = column.title;
      if (column.unit) {
        var unit = document.createElement("small");
        setUnit(unit, column.unit);
        button.appendChild(unit);
      }
      button.addEventListener("click", function () {
        sorted = { column: column, down: sorted.column === column && !sorted.down };
        Array.prototype.forEach.call(head.children, function (other) { other.removeAttribute("aria-sort"); });
        cell.setAttribute("aria-sort", sorted.down ? "descending" : "ascending");
        order();
      });
      cell.appendChild(button);
      head.appendChild(cell);
    });

    var tally = byKey.status.levels.map(function () { return 0; });
    byKey.status.values.forEach(function (code) { tally[code] += 1; });
    byKey.status.levels.forEach(function (name, code) {
      var option = document.createElement("option");
      option.value = String(code);
      option.textContent = name.replace(/_/g, " ") + " (" + tally[code].toLocaleString("en") + ")";
      choice.appendChild(option);
    });

    var typing;
    search.addEventListener("input", function () { clearTimeout(typing); typing = setTimeout(filter, 150); });
    choice.addEventListener("change", filter);
    perPage.addEventListener("change", function () { page = 0; render(); });
    back.addEventListener("click", function () { page -= 1; render(); });
    next.addEventListener("click", function () { page += 1; render(); });
    filter();
  }

  var tracks = document.getElementById("tracks-table");
  if (tracks) { makeTable(tracks); }
  loadPlotly().then(drawAll).then(function () { document.documentElement.dataset.ready = "true"; });
})();
