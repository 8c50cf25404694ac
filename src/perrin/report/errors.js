// Errors are kept where a person, and a test, can see them.
(function () {
  "use strict";
  function keep(text) {
    var box = document.getElementById("perrin-errors");
    if (!box) { document.addEventListener("DOMContentLoaded", function () { keep(text); }); return; }
    box.hidden = false;
    var line = document.createElement("p");
    line.textContent = text;
    box.appendChild(line);
  }
  window.perrinError = keep;
  window.onerror = function (message, source, line) { keep(message + " (line " + line + ")"); };
  window.addEventListener("unhandledrejection", function (event) { keep(String(event.reason)); });
  document.addEventListener("securitypolicyviolation", function (event) {
    keep("blocked: " + event.violatedDirective + " " + event.blockedURI);
  });
})();
