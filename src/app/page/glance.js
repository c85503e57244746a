// The first look: a few figures, and what happened when.

function figure(label, value, more, bad) {
  const mark = bad ? element("span", {class: "mark"}, "look: ") : null;
  return element("div", {class: bad ? "glance bad" : "glance"}, element("dt", null, mark, label),
    element("dd", null, element("strong", null, value), element("span", null, more)));
}

function seenFigure(node) {
  const coverage = rowsOf("coverage", node);
  const seen = sum(coverage, "minutes_seen");
  const asked = sum(coverage, "minutes_asked");
  const share = asked === 0 ? 0 : 100 * seen / asked;
  return figure("Seen", (Math.floor(share * 10) / 10) + " %",
    number.format(seen) + " of " + counted(asked, "minute"), share < 99);
}

function callFigures(node) {
  const most = extreme(rowsOf("concurrent-calls", node), "most", 1);
  const settled = rowsOf("call-success", node);
  const all = sum(settled, "settled");
  const answered = sum(settled, "answered");
  const server = sum(settled, "failed_5xx");
  const known = settled.some(row => row.settled !== null);
  const worst = extreme(settled.filter(row => row.settled >= 10), "asr", -1);
  return [
    figure("Most calls at once", most ? number.format(most.most) : "–", most ? most.most_at[1] : "not seen", false),
    figure("Calls answered", all > 0 ? shown(100 * answered / all, "percent") : "–",
      !known ? "no call records" : number.format(answered) + " of " + number.format(all) +
        (worst ? "; worst " + shown(worst.asr, "percent") + " at " + worst.time[1] : ""), false),
    figure("Calls failed with 5xx", known ? number.format(server) : "–",
      all > 0 ? shown(100 * server / all, "percent") + " of all" : "", all > 0 && server > 0.02 * all),
  ];
}

function gatewayFigure(node) {
  const gateways = rowsOf("dispatcher-availability", node);
  const outages = rowsOf("dispatcher-outages", node);
  const down = gateways.filter(row => row.state !== null && !row.state.startsWith("Active"));
  const longest = extreme(outages, "down", 1);
  return figure("Gateway outages", gateways.length === 0 ? "–" : number.format(outages.length),
    gateways.length === 0 ? "no gateway seen" : down.length + " of " + counted(gateways.length, "gateway") + " down at the end" +
      (longest ? "; longest " + shownSeconds(longest.down) : ""), outages.length > 0);
}

function serverFigures(node) {
  const restarts = startsOf(node);
  const headroom = extreme(rowsOf("memory", node), "headroom", -1);
  const load = extreme(rowsOf("load", node), "load_most", 1);
  const least = extreme(rowsOf("registrations", node), "least", -1);
  const most = extreme(rowsOf("registrations", node), "most", 1);
  return [
    figure("Registrations", most ? number.format(least.least) + " to " + number.format(most.most) : "–",
      most ? "fewest at " + least.least_at[1] : "not seen", most && least.least < 0.8 * most.most),
    figure("Starts of OpenSIPS", number.format(restarts.length),
      restarts.length > 0 ? "last at " + restarts.at(-1).started_at[1] : "none seen", restarts.length > 0),
    figure("Shared memory left", headroom ? shown(headroom.headroom, "percent") : "–",
      headroom ? "at the peak since its start" : "not seen", headroom && headroom.headroom < 10),
    figure("Most load", load ? shown(load.load_most, "percent") : "–",
      load ? load.load_most_at[1] : "not seen", load && load.load_most >= 80),
  ];
}

function startsOf(node) {
  return rowsOf("restarts", node)
    .filter(row => row.started_at[0] >= content.from[0] && row.started_at[0] < content.to[0]);
}

function glanceOf(node) {
  return element("dl", {class: "glances"}, seenFigure(node), gatewayFigure(node), ...callFigures(node),
    ...serverFigures(node));
}

// Restarts, gaps and outages in one table, by time.
function eventsOf(node) {
  const span = row => row.to_time === null ? null : row.to_time;
  const events = [
    ...startsOf(node).map(row => [row.started_at, "restart", "OpenSIPS started" +
      (row.last_before ? "; last seen before at " + row.last_before[1] : ""), null, null]),
    ...rowsOf("dispatcher-outages", node).map(row => [row.from_time, "gateway down",
      row.uri + " (set " + row.set_id + "): " + row.states, span(row), row.down]),
    ...rowsOf("gaps", node).map(row => [row.from_time, "not seen",
      row.missing + (row.error ? ": " + row.error : ""), span(row), row.seconds]),
  ].sort((a, b) => a[0][0] - b[0][0]);
  const caption = "What happened: starts of OpenSIPS, gateways that were down, times that nobody looked";
  if (events.length === 0) return element("p", {class: "none"}, "No start of OpenSIPS, no gateway down, no gap.");
  return tableOf(caption, [{title: "from", unit: "time", meaning: "when it began"},
    {title: "what", unit: "text"}, {title: "which", unit: "text"},
    {title: "to", unit: "time", meaning: "when it ended; –: at a moment, or not yet"},
    {title: "lasted", unit: "seconds", meaning: "or as long as it has lasted"}], events);
}
