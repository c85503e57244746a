// When which gateway was down: a row for each gateway, a bar for each outage.
const mostGateways = 24;

function gatewayLabel(row) { return row.uri + " (" + row.set_id + ")"; } // tells them apart

function gatewayRows(node) {
  const all = rowsOf("dispatcher-availability", node);
  const worstFirst = [...all].sort((a, b) => (a.available ?? 0) - (b.available ?? 0));
  return {all, drawn: worstFirst.slice(0, mostGateways)};
}

function gatewayOptions(node, steps, outages) {
  return {
    node, animation: false, responsive: true, maintainAspectRatio: false, indexAxis: "y", layout: {padding: {top: 8}},
    interaction: {mode: "nearest", axis: "xy", intersect: true},
    scales: {
      x: stepScale(steps, false),
      y: {type: "category", grid: {}, ticks: {autoSkip: false, callback(i) { return short(this.getLabelForValue(i)); }}},
    },
    plugins: {
      legend: {display: false, labels: {}},
      tooltip: {callbacks: {
        title: items => items[0].raw.y,
        label: item => {
          const row = outages[item.dataIndex];
          return row.states + " for " + shownSeconds(row.down);
        },
        footer: items => {
          const row = outages[items[0].dataIndex];
          return row.from_time[1] + " to " + (row.to_time ? row.to_time[1] : "the end");
        },
      }},
    },
  };
}

function outageFigure(node, index) {
  const id = "gateways-" + index;
  const {all, drawn} = gatewayRows(node);
  if (all.length === 0) return null;
  const steps = rowsOf("coverage", node);
  const labels = drawn.map(gatewayLabel);
  const outages = rowsOf("dispatcher-outages", node).filter(row => labels.includes(gatewayLabel(row)));
  const bars = outages.map(row => ({y: gatewayLabel(row),
    x: [place(steps, row.from_time[0]), place(steps, row.to_time ? row.to_time[0] : content.to[0])]}));
  const told = outages.slice(0, 5)
    .map(row => gatewayLabel(row) + " from " + row.from_time[1] + " for " + shownSeconds(row.down)).join("; ");
  const summary = "Gateways down: " + counted(outages.length, "outage") + " of " + counted(all.length, "gateway") +
    (told === "" ? "" : "; " + told) + (outages.length > 5 ? "; and more, all in the table below" : "");
  const canvas = element("canvas", {id, role: "img", "aria-label": summary});
  const box = element("div", {class: "canvas"}, canvas);
  box.style.height = Math.max(120, 60 + 24 * labels.length) + "px";
  const text = content.reports["dispatcher-outages"].question +
    (drawn.length < all.length ? " The " + drawn.length + " least available of " + all.length + "." : "");
  const made = element("figure", {class: "broad"}, element("figcaption", null, element("h4", null, "Gateways down"),
    element("p", null, text)), box,
  element("details", null, element("summary", null, "Figures: gateways down"),
    answerTable("dispatcher-outages", node, "Outages of gateways")));
  return {made, draw() {
    const chart = new Chart(canvas, {type: "bar", data: {labels, datasets: [{label: "down", data: bars, ...inked("bad"),
      grouped: false, minBarLength: 3, barThickness: 12}]},
    options: gatewayOptions(node, steps, outages), plugins: [marks]});
    keep({id, node, chart, steps, axis: "x"});
    charts.at(-1).outages = []; // they are the chart
    paint(chart);
  }};
}
