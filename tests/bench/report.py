"""Tables: one case as it was measured, and the goals of the whole."""
import json
import math

SHOWN_APART = ("captures", "rounds", "row_lock_waits")


def of(size):
    return format(size, ",")


def shown(result):
    """The table of a case as text."""
    figures = result["figures"]
    lines = ["", "%s, %s registrations (%.0f s)" % (result["case"], of(result["size"]), result["took_s"])]
    rows = [(what, f) for what, f in figures.items() if isinstance(f, dict) and "server_cpu_s" in f]
    if rows:
        lines.append("| what | wall ms (min .. max) | CPU ms process + server | .. until settled | written MB | redo MB | peak MB | lock waits |")
        lines.append("|---|---|---|---|---|---|---|---|")
    for what, f in rows:
        lines.append("| %s | %.1f (%.1f .. %.1f) | %.1f + %.1f | %.1f | %.2f | %.2f | %.1f | %d |" % (
            what, 1000 * f["wall_s"], 1000 * f["wall_s_min"], 1000 * f["wall_s_max"], 1000 * f["process_cpu_s"],
            1000 * f["server_cpu_s"], 1000 * f["cpu_until_settled_s"], f["written_bytes"] / 1e6, f["redo_bytes"] / 1e6,
            f["rss_mb"], f["row_lock_waits"]))
    for what, f in figures.items():
        if (what, f) not in rows and what not in SHOWN_APART[:2]:
            lines.append("%s: %s" % (what, json.dumps(without_lists(f))))
    if result["ratios"]:
        lines += ["", "| ratio | measured | goal | met |", "|---|---|---|---|"]
    for one in result["ratios"]:
        lines.append("| %s | %.3g | %s | %s |" % (one["what"], one["value"], one["goal"], met_text(one["met"])))
    return "\n".join(lines)


def without_lists(figure):
    if isinstance(figure, float):
        return float("%.4g" % figure)
    if not isinstance(figure, dict):
        return figure if not isinstance(figure, list) or len(figure) < 5 else "%d of them" % len(figure)
    return {key: without_lists(value) for key, value in figure.items() if key not in SHOWN_APART}


def met_text(met):
    return {None: "", True: "yes", False: "**no**"}[met]


def slope(points):
    """Of a straight line through the points on log-log paper: 1 is in proportion, less is better."""
    logs = [(math.log(x), math.log(y)) for x, y in points]
    mean_x, mean_y = (sum(one[i] for one in logs) / len(logs) for i in (0, 1))
    return sum((x - mean_x) * (y - mean_y) for x, y in logs) / sum((x - mean_x) ** 2 for x, _ in logs)


def by_population(found):
    """(registrations, figures of snapshot, its bytes in a row) of each size of `steady`."""
    return sorted((one["size"], one["figures"]["snapshot"], one["figures"]["in_a_row"]["snapshot"])
                  for one in found["results"] if one["case"] == "steady")


def by_rate(found):
    """(changed share of the registrations, figures, bytes in a row) of each rate of `growth`, of its largest size."""
    some = [one for one in found["results"] if one["case"] == "growth"]
    if not some:
        return []
    one = max(some, key=lambda result: result["size"])
    return sorted((share_of(f["changes"]), f, f["in_a_row"]) for f in one["figures"].values())


def share_of(changes):
    return 100 * (changes["refreshed"] + changes["opened"] + changes["closed"]) / changes["contacts"]


def slopes(points):
    """Of wall, CPU and bytes."""
    return {"wall": slope([(x, f["wall_s"]) for x, f, _ in points]),
            "CPU": slope([(x, max(f["cpu_s"], 1e-3)) for x, f, _ in points]),
            "bytes": slope([(x, max(row["written_bytes"], 1)) for x, _, row in points])}


# case, size, ratio of that case, what the issue asks for, unit of the figure
GOALS = [
    (what + ", at " + of(size), "steady", size, name) for what, name in (
        ("a steady `snapshot`, wall / floor", "snapshot / floor, wall"),
        (".. CPU of process and server / floor", "snapshot / floor, CPU"),
        (".. wall, copy / snapshot", "copy / snapshot, wall"),
        (".. bytes written, copy / snapshot, captures in a row", "copy / snapshot, bytes written, captures in a row"),
        (".. the same, each capture alone and flushed", "copy / snapshot, bytes written, each alone"))
    for size in (100_000, 1_000_000)
] + [
    ("peak memory of the process, MB, at 1,000,000", "steady", 1_000_000, "snapshot, peak memory, MB"),
    ("500 writes/s: p99, with snapshots / alone", "writers", None, "p99_ms, with snapshots / alone, all rounds"),
    (".. p99.9", "writers", None, "p99_9_ms, with snapshots / alone, all rounds"),
    (".. p99, with floors / alone", "writers", None, "p99_ms, with floors / alone, all rounds"),
    (".. p99, alone / alone: the noise", "writers", None, "p99_ms, alone / alone, odd and even rounds: the noise"),
    (".. p99.9, alone / alone: the noise", "writers", None, "p99_9_ms, alone / alone, odd and even rounds: the noise"),
    (".. lock waits", "writers", None, "row lock waits"),
    ("a day on disk: registrations, % of VARCHAR copies", "day", None, "registrations / VARCHAR copies, %"),
    (".. % of `CREATE TABLE LIKE` copies", "day", None, "registrations / CREATE TABLE LIKE copies, %"),
    (".. rows a call", "day", None, "rows a call"),
    (".. bytes a row of calls", "day", None, "bytes a row of calls"),
    ("first capture, wall / copy into an empty table", "first", 1_000_000, "first capture, wall, snapshot / copy"),
    ("slowest capture of a day, midnight included, / median", "midnight", None, "slowest capture of a day / median"),
    ("nothing to do at 1,000, stored already: ms", "nothing", 1_000, "stored, wall, ms"),
    (".. / connect and SELECT 1", "nothing", 1_000, "stored / connect, wall"),
    ("nothing to do at 1,000, nothing changed: ms", "nothing", 1_000, "unchanged, wall, ms"),
    (".. / connect and SELECT 1", "nothing", 1_000, "unchanged / connect, wall"),
    ("history away: peak memory, MB", "outage", None, "spool, peak memory while away, MB"),
    (".. of the replay, MB", "outage", None, "spool, peak memory of the replay, MB"),
    (".. CPU of OpenSIPS's server, away / with history", "outage", None, "live server's CPU, away / with history"),
    (".. bytes a registration and capture", "outage", None, "spool, bytes a registration"),
    (".. replay, seconds a capture", "outage", None, "replay, seconds a capture"),
    ("200 nodes in the same minute, one sipkeep: s", "fleet", None, "all nodes of a minute, s"),
    (".. / 200 times one alone", "fleet", None, "all nodes / as many times one alone, wall"),
    (".. / one sipkeep on each", "fleet", None, "one sipkeep for all / one on each, wall"),
    ("call statistics of a week, wall / only streaming the columns", "calls", None, "call sums / stream, wall"),
    (".. peak memory, MB", "calls", None, "call sums, peak memory, MB"),
    ("samples on disk: bytes each, packed", "packing", None, "bytes a sample, packed"),
    (".. plain rows", "packing", None, "bytes a sample, plain"),
    (".. in OpenSIPS Control Panel's table", "packing", None, "bytes a sample, OpenSIPS Control Panel"),
    ("one statistic over all packed days as a rate, ms", "packing", None, "one statistic over all packed days as a rate, ms"),
    ("as of a minute: count by domain, ms", "queries", None, "count by domain, ms"),
    (".. / on a copy of that minute", "queries", None, "count by domain / on a copy"),
    (".. grouped by the name alone, ms", "queries", None, "count by domain, grouped by the name alone, ms"),
    ("as of a minute: all rows, ms", "queries", None, "all rows, ms"),
    (".. / of a copy of that minute", "queries", None, "all rows / of a copy"),
    ("one AoR over all days, ms", "queries", None, "one AoR, ms"),
    ("per minute by domain over 24 hours, ms", "queries", None, "per minute by domain over 24 hours, ms"),
    ("the slowest report over a day, ms", "queries", None, "slowest report over a day, ms"),
    ("the slowest report over all days, ms", "queries", None, "slowest report over all days, ms"),
]


def goal_rows(found):
    """[(what, size, measured, goal, met)], in the order of the issue's table; what was not measured is said so."""
    rows = []
    for what, case, size, name in GOALS:
        results = [one for one in found["results"] if one["case"] == case and size in (None, one["size"])]
        ratios = [(one["size"], r) for one in results for r in one["ratios"] if r["what"] == name]
        if not ratios:
            rows.append((what, size, None, "", None))
            continue
        measured_at, r = max(ratios, key=lambda pair: pair[0])
        rows.append((what, measured_at, r["value"], r["goal"], r["met"]))
    for points, unit in ((by_population(found), "population"), (by_rate(found), "change rate")):
        if len(points) > 1:
            for what, value in slopes(points).items():
                rows.append(("growth of %s with %s, slope on log-log" % (what, unit), points[-1][0] if unit == "population"
                             else None, value, "at most 1", value <= 1))
        else:
            rows.append(("growth with " + unit, None, None, "at most 1", None))
    return rows


def print_goals(found):
    print("| what | registrations | measured | goal | met |\n|---|---|---|---|---|")
    for what, size, value, goal, met in goal_rows(found):
        number = "not measured" if value is None else "%.3g" % value if value < 1000 else "%.0f" % value
        print("| %s | %s | %s | %s | %s |" % (what, of(size) if size else "", number, goal, met_text(met)))
