"""What is measured. Each case returns {"figures": .., "ratios": [..]}; `progress` is told as it goes."""
import json
import subprocess
import time

import measure
from sbc import Sbc


def ratio(what, value, goal, higher_is_better=False):
    met = value >= goal if higher_is_better else value <= goal
    return {"what": what, "value": value, "goal": ("at least %g" if higher_is_better else "at most %g") % goal,
            "met": met}


def first(server, build, size, rounds, progress):
    """First capture of everything, against the copy into empty tables."""
    runs = {"snapshot": [], "copy": []}
    for _ in range(rounds):
        sbc = Sbc(server, build, size)
        runs["copy"].append(measure.run(server, sbc.copy()))
        runs["snapshot"].append(measure.run(server, sbc.snapshot()))
        progress("first %d: snapshot %.2f s, copy %.2f s" %
                 (size, runs["snapshot"][-1]["wall_s"], runs["copy"][-1]["wall_s"]))
        sbc.end()
    figures = {name: measure.medians(some) for name, some in runs.items()}
    return {"figures": figures, "ratios": [
        ratio("first capture, wall, snapshot / copy", figures["snapshot"]["wall_s"] / figures["copy"]["wall_s"], 3)]}


def steady(server, build, size, rounds, progress):
    """A minute like any other: snapshot against the floor, the floor with narrow refreshes, and the copy."""
    sbc = Sbc(server, build, size)
    measure.run(server, sbc.snapshot())
    contestants = {"snapshot": sbc.snapshot, "floor": sbc.floor, "narrow_floor": lambda: sbc.floor("narrow"),
                   "copy": sbc.copy}
    runs = {name: [] for name in contestants}
    for turn in range(-1, rounds):  # the first turn warms up
        sbc.move()
        names = list(contestants)
        names = names[turn % 4:] + names[:turn % 4]
        for name in names:
            one = measure.run(server, contestants[name]())
            if turn >= 0:
                runs[name].append(one)
        if turn >= 0:
            progress("steady %d, %d: " % (size, turn + 1) +
                     ", ".join("%s %.3f s" % (name, some[-1]["wall_s"]) for name, some in runs.items()))
        sbc.forget_copies()  # but not the floor's rows: a table made anew would spend its time on growing the file
    last = json.loads(runs["snapshot"][-1]["output"])
    figures = {name: measure.medians(some) for name, some in runs.items()}
    figures["changes"] = {key: last[key] for key in ("contacts", "dialogs", "opened", "closed", "refreshed", "compared")}
    sbc.end()
    snapshot, floor, copy = (figures[name] for name in ("snapshot", "floor", "copy"))
    ratios = [ratio("snapshot / floor, wall", snapshot["wall_s"] / floor["wall_s"], 1.5),
              ratio("snapshot / floor, CPU", snapshot["cpu_s"] / floor["cpu_s"], 2),
              ratio("copy / snapshot, wall", copy["wall_s"] / snapshot["wall_s"], 8 if size >= 1_000_000 else 3, True),
              ratio("copy / snapshot, bytes written", copy["written_bytes"] / max(snapshot["written_bytes"], 1), 20, True),
              ratio("snapshot, peak memory, MB", snapshot["rss_mb"], 64),
              ratio("snapshot, row lock waits", max(one["row_lock_waits"] for one in runs["snapshot"]), 0)]
    return {"figures": figures, "ratios": ratios}


def nothing(server, build, size, rounds, progress):
    """Nothing to do: the capture is stored already; and nothing has changed since the last one."""
    sbc = Sbc(server, build, size)
    measure.run(server, sbc.snapshot())
    runs = {"stored": [], "unchanged": [], "connect": []}
    for turn in range(rounds):
        runs["connect"].append(measure.run(server, sbc.connect(), settle=False))
        runs["stored"].append(measure.run(server, sbc.snapshot(), settle=False))
        sbc.minute += 1
        runs["unchanged"].append(measure.run(server, sbc.snapshot(), settle=False))
        time.sleep(0.05)
    sbc.end()
    figures = {name: measure.medians(some) for name, some in runs.items()}
    progress("nothing %d: " % size + ", ".join("%s %.1f ms" % (n, 1000 * f["wall_s"]) for n, f in figures.items()))
    ratios = []
    for name in ("stored", "unchanged"):
        ratios.append(ratio(name + ", wall, ms", 1000 * figures[name]["wall_s"], 60))
        ratios.append(ratio(name + " / connect, wall", figures[name]["wall_s"] / figures["connect"]["wall_s"], 3))
    return {"figures": figures, "ratios": ratios}


def writers(server, build, size, rounds, progress, seconds=20):
    """OpenSIPS's writers alone, and with snapshots back to back."""
    sbc = Sbc(server, build, size)
    measure.run(server, sbc.snapshot())
    runs = {"alone": [], "with_snapshots": []}
    waits = snapshots = 0
    for turn in range(rounds):
        for name in ("alone", "with_snapshots") if turn % 2 == 0 else ("with_snapshots", "alone"):
            server.settle()
            before = server.status()["Innodb_row_lock_waits"]
            process = subprocess.Popen([sbc.program("bench_writers"), server.socket, sbc.live, str(seconds),
                                        str(turn * 2 + len(name))], stdout=subprocess.PIPE, text=True)
            while name == "with_snapshots" and process.poll() is None:
                sbc.minute += 1
                measure.run(server, sbc.snapshot(), settle=False)
                snapshots += 1
            one = json.loads(process.communicate()[0])
            one["row_lock_waits"] = server.status()["Innodb_row_lock_waits"] - before
            waits += one["row_lock_waits"]
            one["wall_s"] = float(seconds)
            if one["errors"]:
                raise measure.Failed("writers: " + one["last_error"])
            del one["last_error"]
            runs[name].append(one)
            progress("writers %d, %s: p50 %.2f, p99 %.2f, p99.9 %.2f, max %.1f ms; %d lock waits" %
                     (size, name, one["p50_ms"], one["p99_ms"], one["p99_9_ms"], one["max_ms"], one["row_lock_waits"]))
    sbc.end()
    figures = {name: measure.medians(some) for name, some in runs.items()}
    figures["snapshots"] = {"count": snapshots}
    ratios = [ratio("%s, with snapshots / alone" % key, figures["with_snapshots"][key] / figures["alone"][key], 1.25)
              for key in ("p99_ms", "p99_9_ms")]
    return {"figures": figures, "ratios": ratios + [ratio("row lock waits", waits, 0)]}


def midnight(server, build, size, rounds, progress, before=3, after=30):
    """The minutes around midnight, against each other."""
    sbc = Sbc(server, build, size, start_of_day_s=86400 - 60 * before)
    measure.run(server, sbc.snapshot())
    walls = []
    for _ in range(before + after):
        sbc.move()
        one = measure.run(server, sbc.snapshot(), settle=size < 1_000_000)
        told = json.loads(one["output"])
        walls.append({"at": sbc.at_text(), "wall_s": one["wall_s"], "split": told["split_at_midnight"],
                      "written_bytes": one["written_bytes"]})
        progress("midnight %d: %s %.3f s, %d rows split" % (size, sbc.at_text(), one["wall_s"], walls[-1]["split"]))
    sbc.end()
    ordered = sorted(one["wall_s"] for one in walls)
    median, slowest = ordered[len(ordered) // 2], ordered[-1]
    return {"figures": {"captures": walls, "median_s": median, "slowest_s": slowest},
            "ratios": [ratio("slowest capture around midnight / median", slowest / median, 3)]}
