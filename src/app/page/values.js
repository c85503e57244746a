"use strict";
// What the page is about, and how values are read out of it and shown.
const content = JSON.parse(document.getElementById("content").textContent);

const number = new Intl.NumberFormat("en", {maximumFractionDigits: 2});

function twoDigits(value) { return String(value).padStart(2, "0"); }

function shownSeconds(value) {
  if (value < 60) return number.format(value) + " s";
  const whole = Math.round(value);
  return Math.floor(whole / 3600) + ":" + twoDigits(Math.floor(whole / 60) % 60) + ":" + twoDigits(whole % 60);
}

function shownBytes(value) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  for (; Math.abs(value) >= 1024 && unit + 1 < units.length; ++unit) value /= 1024;
  return value.toFixed(unit === 0 ? 0 : 1) + " " + units[unit];
}

// As people read it; times come as [seconds since 1970, text].
function shown(value, unit) {
  if (value === null || value === undefined) return "–";
  switch (unit) {
    case "time": return value[1];
    case "percent": return number.format(value) + " %";
    case "seconds": return shownSeconds(value);
    case "bytes": return shownBytes(value);
    case "text": return String(value);
    default: return typeof value === "number" ? number.format(value) : String(value);
  }
}

// "1 restart", "2 restarts"
function counted(count, noun) { return number.format(count) + " " + noun + (count === 1 ? "" : "s"); }

// The rows of a report about one node, as objects.
function rowsOf(name, node) {
  const report = content.reports[name];
  const names = report.columns.map(column => column.name);
  return report.rows.filter(row => row[0] === node)
    .map(row => Object.fromEntries(row.map((value, i) => [names[i], value])));
}

function unitOf(name, column) {
  return content.reports[name].columns.find(one => one.name === column).unit;
}

function sum(rows, column) { return rows.reduce((all, row) => all + (row[column] ?? 0), 0); }

// The row with the largest (sign 1) or smallest (-1) known value.
function extreme(rows, column, sign) {
  return rows.filter(row => row[column] !== null)
    .reduce((best, row) => best === null || sign * (row[column] - best[column]) > 0 ? row : best, null);
}

// Where a time lies on an axis of steps, whose beginnings are 0, 1, ..; steps are as wide on paper however long they are.
function place(steps, time) {
  let i = 0;
  while (i + 1 < steps.length && steps[i + 1].time[0] <= time) ++i;
  const end = i + 1 < steps.length ? steps[i + 1].time[0] : content.to[0];
  const part = (time - steps[i].time[0]) / Math.max(end - steps[i].time[0], 1);
  return i + Math.min(Math.max(part, 0), 1);
}

// A name that leaves room for the drawing; tables have all of it.
function short(name) { return name.length > 40 ? name.slice(0, 39) + "…" : name; }

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) made.setAttribute(key, value);
  made.append(...children.filter(child => child !== null)); // texts become text nodes, never HTML
  return made;
}
