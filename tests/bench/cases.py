"""What is measured besides steady.py and day.py. A case is given the bench, a size and a number of rounds, and returns
{"figures": .., "ratios": [..]}."""
import json
import statistics
import subprocess
import time

import measure
from measure import ratio
from sbc import Sbc


def first(bench, size, rounds):
    """First capture of everything, against the copy into empty tables."""
    runs = {"snapshot": [], "copy": []}
    for turn in range(rounds):
        sbc = Sbc(bench, size)
        for name in ("copy", "snapshot") if turn % 2 == 0 else ("snapshot", "copy"):
            runs[name].append(measure.run(bench.server, getattr(sbc, name)()))
        bench.progress("first %d, %d of %d: snapshot %.2f s, copy %.2f s" %
                       (size, turn + 1, rounds, runs["snapshot"][-1]["wall_s"], runs["copy"][-1]["wall_s"]))
        sbc.end()
    figures = {name: measure.medians(some) for name, some in runs.items()}
    return {"figures": figures, "ratios": [
        ratio("first capture, wall, snapshot / copy", figures["snapshot"]["wall_s"] / figures["copy"]["wall_s"], 3)]}


def nothing(bench, size, rounds):
    """Nothing to do: the capture is stored already; and nothing has changed since the last one. In turn with a bare program
    that connects and SELECTs 1."""
    sbc = Sbc(bench, size)
    measure.run(bench.server, sbc.snapshot())
    runs = {"stored": [], "unchanged": [], "connect": []}
    for turn in range(-1, rounds):
        for name in ("stored", "unchanged"):
            connect = measure.run(bench.server, sbc.connect(), settle=False)
            sbc.minute += name == "unchanged"
            one = measure.run(bench.server, sbc.snapshot(), settle=False)
            if turn >= 0:
                runs["connect"].append(connect)
                runs[name].append(one)
        time.sleep(0.05)
    sbc.end()
    figures = {name: measure.medians(some) for name, some in runs.items()}
    bench.progress("nothing %d: " % size + ", ".join("%s %.1f ms" % (n, 1000 * f["wall_s"]) for n, f in figures.items()))
    ratios = []
    for name in ("stored", "unchanged"):
        ratios.append(ratio(name + ", wall, ms", 1000 * figures[name]["wall_s"], 60))
        ratios.append(ratio(name + " / connect, wall", figures[name]["wall_s"] / figures["connect"]["wall_s"], 3))
    return {"figures": figures, "ratios": ratios}


PARTS = {"p50_ms": 0.5, "p99_ms": 0.99, "p99_9_ms": 0.999, "max_ms": 1}


def percentiles(latencies):
    ordered = sorted(latencies)
    found = {name: ordered[int(part * (len(ordered) - 1))] for name, part in PARTS.items()}
    return {"statements": len(ordered), **found}


def write_for(bench, sbc, seed, command):
    """Latencies of OpenSIPS's writers over some seconds, lock waits, and how often the command ran meanwhile; it may be
    None."""
    server = bench.server
    server.settle()
    before, runs = server.status()["Innodb_row_lock_waits"], 0
    process = subprocess.Popen([sbc.program("bench_writers"), server.socket, sbc.live, str(bench.seconds), str(seed)],
                               stdout=subprocess.PIPE, text=True)
    # Its output is more than a pipe holds, but comes at the end only: until then poll() tells that it runs.
    deadline = time.monotonic() + bench.seconds
    while command and process.poll() is None and time.monotonic() < deadline:
        sbc.minute += 1
        measure.run(server, command(), settle=False)
        runs += 1
    output = process.communicate()[0]
    if process.returncode != 0:
        raise measure.Failed("writers: exit %d" % process.returncode)
    told = json.loads(output)
    if told["errors"]:
        raise measure.Failed("writers: %d errors: %s" % (told["errors"], told["last_error"]))
    return told["latencies_ms"], server.status()["Innodb_row_lock_waits"] - before, runs


def writers(bench, size, rounds):
    """OpenSIPS's writers alone, with snapshots back to back, and with floors back to back; the rounds alone against each
    other tell the noise."""
    sbc = Sbc(bench, size)
    measure.run(bench.server, sbc.snapshot())
    sbc.move()  # tells the floor what to read
    commands = {"alone": None, "with_snapshots": sbc.snapshot, "with_floors": sbc.floor}
    runs, waits, counts = {name: [] for name in commands}, 0, dict.fromkeys(commands, 0)
    for turn in range(rounds):
        for name in list(commands)[::1 if turn % 2 == 0 else -1]:
            seed = turn * len(commands) + list(commands).index(name)  # the rows it inserts must be new
            latencies, waited, count = write_for(bench, sbc, seed, commands[name])
            runs[name].append(latencies)
            waits, counts[name] = waits + waited * (name == "with_snapshots"), counts[name] + count
            bench.progress("writers %d, %d of %d, %s: %s; %d lock waits" % (size, turn + 1, rounds, name, ", ".join(
                "%s %.2f" % item for item in percentiles(latencies).items()), waited))
    sbc.end()
    figures = {name: pooled(some) for name, some in runs.items()}
    figures.update(odd=pooled(runs["alone"][::2]), even=pooled(runs["alone"][1::2] or runs["alone"]),
                   snapshots=counts["with_snapshots"], floors=counts["with_floors"], seconds=bench.seconds, row_lock_waits=waits)
    ratios = []
    for key in ("p50_ms", "p99_ms", "p99_9_ms"):
        goal = None if key == "p50_ms" else 1.25
        ratios.append(ratio(key + ", with snapshots / alone, all rounds", figures["with_snapshots"][key] / figures["alone"][key], goal))
        ratios.append(ratio(key + ", the same, medians of rounds", figures["with_snapshots"]["median_of_rounds"][key] /
                            figures["alone"]["median_of_rounds"][key], None))
        ratios.append(ratio(key + ", with floors / alone, all rounds", figures["with_floors"][key] / figures["alone"][key], None))
        ratios.append(ratio(key + ", alone / alone, odd and even rounds: the noise", figures["odd"][key] / figures["even"][key], None))
    return {"figures": figures, "ratios": ratios + [ratio("row lock waits", waits, 0)]}


def pooled(rounds):
    """Percentiles of all rounds as one, and of each."""
    each = [percentiles(one) for one in rounds]
    return {**percentiles([ms for one in rounds for ms in one]), "rounds": each,
            "median_of_rounds": {key: statistics.median(one[key] for one in each) for key in PARTS}}
