"use strict";
// Keeps what goes wrong in #errors, for whoever tests the page, and says so on it.
(function () {
  const keep = function (text) {
    document.getElementById("errors").textContent += text + "\n";
    document.getElementById("made").textContent = "This page could not be drawn completely: " + text;
  };
  window.addEventListener("error", function (event) { keep(event.message); });
  window.addEventListener("unhandledrejection", function (event) { keep(String(event.reason)); });
  document.addEventListener("securitypolicyviolation", function (event) {
    keep("not allowed: " + event.violatedDirective + " " + event.blockedURI);
  });
  const error = console.error;
  console.error = function (...what) {
    keep(what.join(" "));
    error.apply(console, what);
  };
})();
