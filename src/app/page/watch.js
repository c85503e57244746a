"use strict";
// Keeps what goes wrong in #errors, for whoever tests the page, and says so on it. Stands before all that could go wrong.
(function () {
  const kept = [];
  const show = function () {
    const trouble = document.getElementById("trouble");
    const errors = document.getElementById("errors");
    if (kept.length === 0 || !trouble || !errors) return;
    errors.textContent = kept.join("\n");
    trouble.hidden = false;
    trouble.textContent = "This page could not be drawn completely: " + kept[0];
  };
  const keep = function (text) {
    kept.push(text);
    show();
  };
  window.addEventListener("error", function (event) { keep(event.message); });
  window.addEventListener("unhandledrejection", function (event) { keep(String(event.reason)); });
  document.addEventListener("securitypolicyviolation", function (event) {
    keep("not allowed: " + event.violatedDirective + " " + event.blockedURI);
  });
  document.addEventListener("DOMContentLoaded", show);
  const error = console.error;
  console.error = function (...what) {
    keep(what.join(" "));
    error.apply(console, what);
  };
})();
