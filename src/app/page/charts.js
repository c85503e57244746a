// The charts, drawn by Chart.js.
const charts = []; // {id, node, chart, steps, starts, outages, looked, axis}

const chartKinds = [
  {report: "concurrent-calls", title: "Calls up at once", lines: {most: "most", mean: "mean"}},
  {report: "call-success", title: "Calls answered and failed", stacked: true, lines: {answered: "answered",
    cancelled: "cancelled (487)", failed_3xx: "3xx", failed_4xx: "4xx", failed_5xx: "5xx", failed_6xx: "6xx"},
    percent: {asr: "answer-seizure ratio (right)"}},
  {report: "registrations", title: "Registrations", lines: {most: "most", least: "fewest"}},
  {report: "registrations-by-domain", title: "Registrations by domain", by: "domain", value: "at_start", loose: true},
  {report: "requests", title: "Requests and replies a second", unit: " /s",
    lines: {requests: "requests", replies: "replies"}},
  {report: "requests", id: "errors", title: "Dropped and malformed a second", unit: " /s", lines: {
    requests_dropped: "requests dropped", replies_dropped: "replies dropped",
    bogus_requests: "bogus requests", bogus_replies: "bogus replies"}},
  {report: "replies", title: "Transactions that failed", stacked: true,
    lines: {tm_4xx: "4xx", tm_5xx: "5xx", tm_6xx: "6xx"}, percent: {failed: "failed (right)"}},
  {report: "memory", title: "Shared memory", lines: {used_most: "used", peak: "most since the start", total: "total"}},
  {report: "load", title: "Load", lines: {load_most: "most", load_mean: "mean"}, unit: " %"},
];

const lineColours = ["c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8"];
// Fixed where the colour means something.
const classColours = {answered: "c3", cancelled: "c8", failed_3xx: "c6", failed_4xx: "c5", failed_5xx: "bad",
  failed_6xx: "c4", tm_4xx: "c5", tm_5xx: "bad", tm_6xx: "c4", asr: "ink", failed: "ink", total: "muted"};
const dashes = [[], [6, 3], [2, 2], [8, 3, 2, 3]];

// The steps of a report about a node: each once, with how much of it was seen.
function stepsOf(rows) {
  const steps = new Map();
  for (const row of rows) if (!steps.has(row.time[0])) steps.set(row.time[0], row);
  return [...steps.values()].sort((a, b) => a.time[0] - b.time[0]);
}

// Asked for anew at each update, so a change of the palette is one, too.
function inked(name) { return {borderColor: () => colour(name), backgroundColor: () => colour(name)}; }

// A step is drawn in its middle, so that the axis can name its beginning.
function drawn(values) { return {values, data: values.map((y, i) => ({x: i + 0.5, y}))}; }

function lineSeries(label, values, i, key) {
  const name = classColours[key] ?? lineColours[i % lineColours.length];
  // A value between two unknown ones would be a line of no length.
  const alone = context => (values[context.dataIndex - 1] ?? null) === null && (values[context.dataIndex + 1] ?? null) === null;
  return {type: "line", label, ...drawn(values), ...inked(name), spanGaps: false, borderWidth: 2, tension: 0,
    borderDash: dashes[i % dashes.length], pointRadius: context => alone(context) ? 3 : 0, pointHoverRadius: 5,
    pointHitRadius: 8, yAxisID: "y"};
}

// Datasets of a chart: a line or a bar for each column, or a line for each domain.
function seriesOf(kind, rows, steps) {
  if (kind.by) {
    const names = [...new Set(rows.map(row => row[kind.by]))].filter(name => name !== null);
    return names.map((name, i) => {
      const byTime = new Map(rows.filter(row => row[kind.by] === name).map(row => [row.time[0], row[kind.value]]));
      return lineSeries(name === "" ? "(no domain)" : short(name), steps.map(step => byTime.get(step.time[0]) ?? null), i, "");
    });
  }
  const columns = Object.entries(kind.lines);
  const made = columns.map(([column, label], i) => {
    const values = steps.map(step => step[column]);
    return kind.stacked
      ? {type: "bar", label, ...drawn(values), ...inked(classColours[column]), stack: "all", yAxisID: "y", order: 2,
        categoryPercentage: 0.95, barPercentage: 0.95}
      : lineSeries(label, values, i, column);
  });
  for (const [column, label] of Object.entries(kind.percent ?? {}))
    made.push({...lineSeries(label, steps.map(step => step[column]), 0, column), yAxisID: "percent", order: 1,
      borderWidth: 1.5, share: true});
  return made.filter(one => one.values.some(value => value !== null));
}

function dayOf(step) { return step.time[1].slice(5, 10); }

// "14:00", and the day where a new one begins.
function tickOf(steps, i, before) {
  const day = dayOf(steps[i]);
  if (content.by !== "minute" && content.by !== "hour") return day;
  const clock = steps[i].time[1].slice(11, 16);
  return before === undefined || dayOf(steps[before]) !== day ? [clock, day] : clock;
}

// The steps that get a tick: those at round times of the clock, of days each so many.
function tickedSteps(steps) {
  const long = {minute: 1, hour: 60}[content.by]; // minutes
  const widths = long === 1 ? [1, 2, 5, 10, 15, 30, 60] : long === 60 ? [1, 2, 3, 6, 12, 24] : [1, 2, 7, 14, 28, 56];
  const every = widths.find(one => steps.length <= 12 * one) ?? widths.at(-1);
  const minute = step => Number(step.time[1].slice(11, 13)) * 60 + Number(step.time[1].slice(14, 16));
  return steps.map((_, i) => i)
    .filter(i => long === undefined ? i % every === 0 : minute(steps[i]) % (every * long) === 0);
}

// Steps along the bottom, each from i to i + 1; a tick stands at the beginning of its step.
function stepScale(steps, stacked) {
  const ticked = tickedSteps(steps);
  return {type: "linear", min: 0, max: steps.length, offset: false, stacked, grid: {display: false},
    afterBuildTicks(scale) { scale.ticks = ticked.map(value => ({value})); },
    ticks: {maxRotation: 0, autoSkipPadding: 12, callback: (i, at) => tickOf(steps, i, ticked[at - 1])}};
}

function valueTicks(unit, series, format) {
  const ticks = {maxTicksLimit: 6, callback: format};
  if (unit === "count") ticks.precision = 0;
  // Bytes are round in powers of two.
  const most = Math.max(1, ...series.flatMap(one => one.values));
  if (unit === "bytes") ticks.stepSize = 2 ** Math.ceil(Math.log2(most / 5));
  return ticks;
}

function scalesOf(kind, steps, unit, series, format) {
  const scales = {
    x: stepScale(steps, Boolean(kind.stacked)),
    y: {beginAtZero: true, stacked: Boolean(kind.stacked), grace: "5%", ticks: valueTicks(unit, series, format)},
  };
  if (kind.percent) scales.percent = {position: "right", min: 0, max: 100, grid: {drawOnChartArea: false},
    ticks: {maxTicksLimit: 6, callback: value => value + " %"}};
  return scales;
}

function paint(chart) {
  const ink = colour("ink");
  for (const scale of Object.values(chart.options.scales)) {
    scale.ticks.color = colour("muted");
    scale.grid = {...scale.grid, color: colour("grid"), borderColor: colour("grid")};
  }
  chart.options.plugins.legend.labels.color = ink;
  chart.update("none");
}

function optionsOf(kind, node, steps, unit, series, format) {
  return {
    node, animation: false, responsive: true, maintainAspectRatio: false, layout: {padding: {top: 8}},
    interaction: {mode: "index", intersect: false}, scales: scalesOf(kind, steps, unit, series, format),
    plugins: {
      legend: {position: "bottom", labels: kind.stacked ? {boxWidth: 12, boxHeight: 8, padding: 12}
        : {usePointStyle: true, pointStyle: "line", pointStyleWidth: 30, padding: 12}},
      tooltip: {callbacks: {
        title: items => steps[items[0].dataIndex].time[1],
        label: item => item.dataset.label + ": " + (item.dataset.share ? shown(item.parsed.y, "percent") : format(item.parsed.y)),
        footer: items => seenText(steps[items[0].dataIndex]),
      }},
    },
  };
}

function seenText(step) {
  const seen = step.minutes_seen < step.minutes_asked
    ? "seen " + number.format(step.minutes_seen) + " of " + counted(step.minutes_asked, "minute") : "";
  const starts = step.restarts > 0 ? counted(step.restarts, "start") + " of OpenSIPS" : "";
  return [seen, starts].filter(text => text !== "").join("; ");
}

// What a screen reader says in place of the drawing.
function summaryOf(kind, series, steps, format) {
  const parts = series.map(one => {
    const known = one.values.filter(value => value !== null);
    const say = value => one.share ? shown(value, "percent") : format(value);
    return one.label + " from " + say(Math.min(...known)) + " to " + say(Math.max(...known));
  });
  return kind.title + ", " + counted(steps.length, "step") + " by " + content.by + ": " + parts.join("; ") +
    ". Arrow keys step through it; the table below has all figures.";
}

function figureOf(kind, node, index) {
  const id = (kind.id ?? kind.report) + "-" + index;
  const rows = rowsOf(kind.report, node);
  const coverage = rowsOf("coverage", node);
  const own = new Map(stepsOf(rows).map(step => [step.time[0], step]));
  const steps = coverage.map(step => own.get(step.time[0]) ?? (kind.loose ? step : {...step, minutes_seen: 0}));
  const series = seriesOf(kind, rows, steps);
  const firstUnit = unitOf(kind.report, kind.value ?? Object.keys(kind.lines)[0]);
  const format = value => shown(value, firstUnit) + (value === null ? "" : kind.unit ?? "");
  const report = content.reports[kind.report];
  const caption = text => element("figcaption", null, element("h4", null, kind.title), element("p", null, text));
  if (series.length === 0)
    return {made: element("figure", null, caption("Nothing is known of it in this time.")), draw() {}};
  const canvas = element("canvas", {id, role: "img", tabindex: "0", "aria-label": summaryOf(kind, series, steps, format)});
  const made = element("figure", null, caption(report.question),
  element("div", {class: "canvas"}, canvas),
  element("details", null, element("summary", null, "Figures: " + kind.title.toLowerCase()),
    ...report.notes.map(note => element("p", {class: "note"}, note)), answerTable(kind.report, node, kind.title)));
  return {made, draw() {
    const chart = new Chart(canvas, {data: {datasets: series},
      options: optionsOf(kind, node, steps, firstUnit, series, format), plugins: [marks]});
    keep({id, node, chart, steps, axis: "y"});
    canvas.addEventListener("keydown", event => stepThrough(event, chart, steps, format));
    paint(chart);
  }};
}

// A gateway that was down all the time explains nothing that changed.
function lasting(row) { return row.to_time === null && row.down >= 0.9 * (content.to[0] - content.from[0]); }

function keep(entry) {
  const place0 = time => place(entry.steps, time);
  charts.push({looked: null, ...entry,
    starts: startsOf(entry.node).map(row => place0(row.started_at[0])),
    outages: rowsOf("dispatcher-outages", entry.node).filter(row => !lasting(row))
      .map(row => [place0(row.from_time[0]), place0(row.to_time ? row.to_time[0] : content.to[0])])});
}

// Arrow keys do what the mouse does, and say it.
function stepThrough(event, chart, steps, format) {
  const moves = {ArrowLeft: i => i - 1, ArrowRight: i => i + 1, Home: () => 0, End: () => steps.length - 1};
  if (event.key === "Escape") {
    chart.setActiveElements([]);
    chart.tooltip.setActiveElements([], {x: 0, y: 0});
    chart.update("none");
    return lightUp(chart, null);
  }
  if (!(event.key in moves)) return;
  event.preventDefault();
  const active = chart.tooltip.getActiveElements();
  const from = active.length > 0 ? active[0].index : event.key === "ArrowLeft" ? steps.length : -1;
  const index = Math.min(Math.max(moves[event.key](from), 0), steps.length - 1);
  const elements = chart.data.datasets.map((_, datasetIndex) => ({datasetIndex, index}))
    .filter(one => chart.isDatasetVisible(one.datasetIndex));
  chart.setActiveElements(elements);
  chart.tooltip.setActiveElements(elements, {x: 0, y: 0});
  chart.update("none");
  lightUp(chart, index);
  document.getElementById("spoken").textContent = [steps[index].time[1], ...chart.data.datasets.map(one =>
    one.label + ": " + (one.share ? shown(one.values[index], "percent") : format(one.values[index]))), seenText(steps[index])].filter(text => text !== "").join(", ");
}
