// The page: a part for each node.

function headings() {
  const time = content.from[1] + " to " + content.to[1];
  const nodes = content.nodes.join(", ");
  document.title = "sipkeep: " + nodes + ", " + time;
  document.getElementById("title").textContent = time;
  document.getElementById("about").textContent = "OpenSIPS " + nodes + "; " + content.tz + ", by " + content.by;
  document.getElementById("made").textContent = "Made by sipkeep " + content.version + " at " + content.made[1] + ".";
}

function part(parent, id, title, level) {
  const section = element("section", {id, "aria-labelledby": id + "-title"}, element("h" + level, {id: id + "-title"}, title));
  parent.append(section);
  return section;
}

function tablesOf(section, node) {
  const recorded = sum(rowsOf("call-success", node), "minutes_seen") > 0;
  section.append(
    recorded ? answerTable("failures-by-code", node, "Calls that failed, by code")
             : element("p", {class: "none"}, "Calls that failed, by code: there are no call records of this time."),
    answerTable("dispatcher-availability", node, "Availability of gateways"),
    answerTable("calls-by-gateway", node, "Calls by gateway"),
    answerTable("flapping", node, "Phones that came and went most often"),
    answerTable("moves", node, "Phones that moved, the newest first"),
    answerTable("never-came-back", node, "Phones that went and did not come back"));
}

function nodePart(node, index, contents) {
  const id = "node-" + index;
  const section = part(document.getElementById("main"), id, node, 2);
  const glance = part(section, id + "-glance", "At a glance", 3);
  glance.append(glanceOf(node));
  const events = part(section, id + "-events", "What happened", 3);
  events.append(eventsOf(node));
  const drawing = part(section, id + "-charts", "Over time", 3);
  const figures = [outageFigure(node, index), ...chartKinds.map(kind => figureOf(kind, node, index))]
    .filter(one => one !== null);
  drawing.append(element("div", {class: "figures"}, ...figures.map(one => one.made)));
  const lists = part(section, id + "-tables", "In detail", 3);
  tablesOf(lists, node);
  const link = (to, text) => element("li", null, element("a", {href: "#" + to}, text));
  contents.append(link(id, node), link(id + "-events", "What happened"), link(id + "-charts", "Over time"),
    link(id + "-tables", "In detail"));
  for (const one of figures) one.draw();
}

// How many points each chart has drawn, for whoever tests the page.
function drawnPoints() {
  const drawn = {};
  for (const {id, chart, axis} of charts) {
    drawn[id] = 0;
    chart.data.datasets.forEach((_, i) => {
      const meta = chart.getDatasetMeta(i);
      meta.data.forEach((point, at) => {
        const value = meta.controller.getParsed(at)[axis];
        if (!point.skip && value !== null && !Number.isNaN(value)) ++drawn[id];
      });
    });
  }
  document.getElementById("drawn").textContent = JSON.stringify(drawn);
}

function repaint() {
  palette.clear();
  for (const {chart} of charts) {
    paint(chart);
    chart.resize();
  }
}

function start() {
  headings();
  if (content.newest === null) {
    document.getElementById("main").append(element("p", {class: "none"}, "The archive holds no capture yet."));
    document.getElementById("drawn").textContent = "{}";
    return;
  }
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  const contents = element("ul");
  document.getElementById("contents").append(contents);
  content.nodes.forEach((node, index) => nodePart(node, index, contents));
  dark.addEventListener("change", repaint);
  window.addEventListener("beforeprint", () => {
    document.documentElement.classList.add("paper");
    repaint();
  });
  window.addEventListener("afterprint", () => {
    document.documentElement.classList.remove("paper");
    repaint();
  });
  drawnPoints();
}

start();
