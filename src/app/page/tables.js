// Tables that sort by a click on the head of a column.

function compared(a, b, unit) {
  const missing = (a === null) - (b === null); // what is not known comes last
  if (missing !== 0) return {last: missing};
  if (a === null) return {value: 0};
  if (unit === "time") return {value: a[0] - b[0]};
  if (typeof a === "number" && typeof b === "number") return {value: a - b};
  return {value: String(a).localeCompare(String(b), "en", {numeric: true})};
}

function sortBy(table, columns, index, ascending) {
  const body = table.tBodies[0];
  const unit = columns[index].unit;
  const rows = [...body.rows];
  rows.sort((a, b) => {
    const order = compared(a.values[index], b.values[index], unit);
    return order.last ?? (ascending ? order.value : -order.value);
  });
  body.append(...rows);
  [...table.tHead.rows[0].cells].forEach((cell, i) => {
    if (i === index) cell.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    else cell.removeAttribute("aria-sort");
  });
  document.getElementById("spoken").textContent =
    "Sorted by " + columns[index].title + (ascending ? ", ascending" : ", descending");
}

function isText(unit) { return unit === "text" || unit === "time"; }

function classOf(unit) { return unit === "text" || unit === "time" ? unit : "figure"; }

function headOf(table, columns) {
  const row = element("tr");
  columns.forEach((column, i) => {
    const button = element("button", {type: "button", title: column.meaning ?? ""}, column.title);
    const cell = element("th", {scope: "col", class: classOf(column.unit)}, button);
    button.addEventListener("click", () => {
      const sorted = cell.getAttribute("aria-sort");
      // What is large is looked for first.
      const ascending = sorted === null ? isText(column.unit) : sorted !== "ascending";
      sortBy(table, columns, i, ascending);
    });
    row.append(cell);
  });
  return element("thead", null, row);
}

// columns: {title, unit, meaning, name}; rows: arrays of values.
function tableOf(caption, columns, rows) {
  const table = element("table", null, element("caption", null, caption));
  const body = element("tbody");
  for (const values of rows) {
    const row = element("tr");
    row.values = values;
    values.forEach((value, i) => {
      const unit = columns[i].unit;
      const cell = i === 0 ? element("th", {scope: "row", class: classOf(unit)})
                           : element("td", {class: classOf(unit)});
      cell.textContent = shown(value, unit);
      row.append(cell);
    });
    body.append(row);
  }
  table.append(headOf(table, columns), body);
  return element("div", {class: "wide", tabindex: "0", role: "region", "aria-label": caption}, table);
}

// The answer of a report about one node. How much was seen of a step comes after what was; of a report without steps it is
// "At a glance". A column that says nothing is left out.
function answerTable(name, node, caption) {
  const report = content.reports[name];
  const rows = report.rows.filter(row => row[0] === node);
  const stepped = report.columns.some(column => column.name === "time");
  const about = i => ["minutes_seen", "minutes_asked", "restarts"].includes(report.columns[i].name);
  const kept = report.columns.map((column, i) => i)
    .filter(i => i !== 0 && (stepped || (!about(i) && rows.some(row => row[i] !== null && row[i] !== ""))))
    .sort((a, b) => about(a) - about(b));
  const columns = kept.map(i => ({...report.columns[i], title: report.columns[i].name.replaceAll("_", " ")}));
  if (rows.length === 0) return element("p", {class: "none"}, caption + ": nothing.");
  return tableOf(caption, columns, rows.map(row => kept.map(i => row[i])));
}
