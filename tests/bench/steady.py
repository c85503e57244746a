"""A minute like any other, at any size and at any rate of change."""
import json

import measure
from measure import ratio
from sbc import Sbc


def alone(bench, sbc, rounds):
    """Each run on its own, everything flushed before and after; all four on the same minute, in turn."""
    contestants = {"snapshot": sbc.snapshot, "floor": sbc.floor, "narrow_floor": lambda: sbc.floor("narrow"),
                   "copy": sbc.copy}
    runs = {name: [] for name in contestants}
    for turn in range(-1, rounds):  # the first turn warms up
        sbc.move()
        names = list(contestants)
        names = names[turn % 4:] + names[:turn % 4]
        for name in names:
            one = measure.run(bench.server, contestants[name]())
            if turn >= 0:
                runs[name].append(one)
        if turn >= 0:
            bench.progress("steady %d, %d of %d: " % (sbc.size, turn + 1, rounds) +
                           ", ".join("%s %.3f s" % (name, some[-1]["wall_s"]) for name, some in runs.items()))
        sbc.forget_copies()  # but not the floor's rows: a table made anew would spend its time on growing the file
    return runs


def changes_of(run):
    told = json.loads(run["output"])
    return {key: told[key] for key in ("contacts", "dialogs", "opened", "closed", "refreshed", "compared")}


def copies_in_a_row(bench, sbc, count):
    """A copy only appends, so that in a row it should write what it writes alone. The live tables stand still."""
    later = iter(range(count))
    found = measure.in_a_row(bench.server, lambda: sbc.plain(sbc.copy(next(later))), count)
    sbc.forget_copies()
    return found


def sustained(bench, size, refresh=3, names=("snapshot", "floor", "narrow_floor")):
    """Captures in a row, the live tables on a server of their own: what the history's server writes is the history's."""
    sbc = Sbc(bench, size, refresh=refresh, live_server=bench.live_server())
    commands = {"snapshot": sbc.snapshot, "floor": sbc.floor, "narrow_floor": lambda: sbc.floor("narrow")}
    sbc.plain(sbc.snapshot())
    found = {}
    for name in names:
        def step():
            sbc.move()
            sbc.plain(commands[name]())
        step()
        found[name] = measure.in_a_row(bench.server, step, bench.captures)
        bench.progress("in a row %d, refresh %d %%: %s wrote %.2f MB a capture (%d)" %
                       (size, refresh, name, found[name]["written_bytes"] / 1e6, bench.captures))
    sbc.end()
    return found


def steady(bench, size, rounds):
    """A minute like any other: snapshot against the floor, the floor with narrow refreshes, and the copy."""
    sbc = Sbc(bench, size)
    measure.run(bench.server, sbc.snapshot())
    runs = alone(bench, sbc, rounds)
    figures = {name: measure.medians(some) for name, some in runs.items()}
    figures["changes"] = changes_of(runs["snapshot"][-1])
    if size <= 100_000:
        figures["copies_in_a_row"] = copies_in_a_row(bench, sbc, min(bench.captures, 10))
    sbc.end()
    figures["in_a_row"] = sustained(bench, size)
    figures["row_lock_waits"] = max(one["row_lock_waits"] for one in runs["snapshot"])
    return {"figures": figures, "ratios": ratios_of(size, figures)}


def ratios_of(size, figures):
    snapshot, floor, narrow, copy = (figures[name] for name in ("snapshot", "floor", "narrow_floor", "copy"))
    row = figures["in_a_row"]["snapshot"]
    found = [ratio("snapshot / floor, wall", snapshot["wall_s"] / floor["wall_s"], 1.5),
             ratio("snapshot / floor, CPU", snapshot["cpu_s"] / max(floor["cpu_s"], 1e-3), 2),
             ratio("snapshot / narrow_floor, wall", snapshot["wall_s"] / narrow["wall_s"], None),
             ratio("snapshot / narrow_floor, CPU", snapshot["cpu_s"] / max(narrow["cpu_s"], 1e-3), None),
             ratio("copy / snapshot, wall", copy["wall_s"] / snapshot["wall_s"], 8 if size >= 1_000_000 else 3, True),
             ratio("copy / snapshot, bytes written, captures in a row", copy["written_bytes"] / max(row["written_bytes"], 1),
                   20, True),
             ratio("copy / snapshot, bytes written, each alone", copy["written_bytes"] / max(snapshot["written_bytes"], 1), None),
             ratio("copy / snapshot, redo", copy["redo_bytes"] / max(row["redo_bytes"], 1), None),
             ratio("snapshot, peak memory, MB", snapshot["rss_mb"], 64),
             ratio("snapshot, row lock waits", figures["row_lock_waits"], 0)]
    if "copies_in_a_row" in figures:
        found.append(ratio("copies in a row / a copy alone, bytes written",
                           figures["copies_in_a_row"]["written_bytes"] / max(copy["written_bytes"], 1), None))
    return found


def growth(bench, size, rounds):
    """How wall, CPU and bytes follow the rate of change: 0 to 30 % of the registrations refresh each minute."""
    figures = {}
    for refresh in bench.rates:
        sbc = Sbc(bench, size, refresh=refresh)
        measure.run(bench.server, sbc.snapshot())
        runs = []
        for turn in range(-1, rounds):
            sbc.move()
            one = measure.run(bench.server, sbc.snapshot())
            if turn >= 0:
                runs.append(one)
        sbc.end()
        found = figures["refresh_%d" % refresh] = measure.medians(runs)
        found["changes"] = changes_of(runs[-1])
        found["in_a_row"] = sustained(bench, size, refresh, ("snapshot",))["snapshot"]
        bench.progress("growth %d, refresh %d %%: %.3f s" % (size, refresh, found["wall_s"]))
    return {"figures": figures, "ratios": []}
