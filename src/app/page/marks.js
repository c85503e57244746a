// What every chart shows behind its lines: time that was not seen, starts of OpenSIPS, outages of gateways, and the step
// that is looked at in any of them.
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const palette = new Map(); // emptied when the colours change

// Colours come from the style sheet, so that there is one place for light, dark and paper.
function colour(name) {
  if (!palette.has(name))
    palette.set(name, getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim());
  return palette.get(name);
}

function lightUp(chart, index) {
  for (const other of charts) {
    if (other.chart === chart || other.node !== chart.options.node) continue;
    if (other.looked === index) continue;
    other.looked = index;
    other.chart.draw();
  }
}

const marks = {
  id: "marks",
  beforeDatasetsDraw(chart) {
    const entry = charts.find(one => one.chart === chart);
    if (!entry || !entry.steps) return;
    const {ctx, chartArea: area, scales: {x}} = chart;
    const at = position => Math.round(x.getPixelForValue(position)); // bands next to each other leave no seam
    ctx.save();
    ctx.beginPath();
    ctx.rect(area.left, area.top - 8, area.width, area.height + 8);
    ctx.clip();
    entry.steps.forEach((step, i) => {
      const unseen = step.minutes_asked > 0 ? 1 - step.minutes_seen / step.minutes_asked : 0;
      if (unseen <= 0) return;
      ctx.globalAlpha = 0.15 + 0.85 * unseen;
      ctx.fillStyle = colour("unseen");
      ctx.fillRect(at(i), area.top, at(i + 1) - at(i), area.height);
    });
    ctx.globalAlpha = 1;
    ctx.fillStyle = colour("bad");
    for (const [from, to] of entry.outages)
      ctx.fillRect(at(from), area.top - 6, Math.max(at(to) - at(from), 2), 4);
    ctx.strokeStyle = colour("ink");
    ctx.setLineDash([4, 3]);
    for (const start of entry.starts) line(ctx, at(start), area);
    if (entry.looked !== null) {
      ctx.setLineDash([]);
      ctx.strokeStyle = colour("muted");
      line(ctx, at(entry.looked + 0.5), area);
    }
    ctx.restore();
  },
  afterEvent(chart, {event}) {
    if (event.type === "mouseout") return lightUp(chart, null);
    const [active] = chart.tooltip?.getActiveElements() ?? [];
    if (active === undefined) return lightUp(chart, null);
    const {x} = chart.data.datasets[active.datasetIndex].data[active.index];
    lightUp(chart, Math.floor(Array.isArray(x) ? x[0] : x)); // of an outage, the step in which it began
  },
};

function line(ctx, x, area) {
  ctx.beginPath();
  ctx.moveTo(x, area.top);
  ctx.lineTo(x, area.bottom);
  ctx.stroke();
}
