"""Many nodes that write into one history in the same minute: by one sipkeep for all, and by one on each."""
import json
import os
import statistics
import subprocess
import time

import measure
from measure import ratio
from sbc import Sbc, option_file

REGISTRATIONS = 500  # of each node, and 25 calls
REFRESH = 33         # one in so many refreshes between two captures


def fleet(bench, size, rounds):
    """`size` nodes, all of one minute: `together`, `nodes:` of one configuration; `apart`, as many sipkeeps started at once; `alone`, a
    single node. Live tables and history on two servers."""
    size = 5 if bench.reuse else size  # --short
    live, history = bench.live_server(), bench.server
    for server in (live, history):
        server.sql("SET GLOBAL max_connections = 2000")
    sbc = Sbc(bench, REGISTRATIONS, live_server=live)
    names = ["n%03d" % i for i in range(size)]
    for name in names:
        live.sql("DROP DATABASE IF EXISTS fleet_%s; CREATE DATABASE fleet_%s" % (name, name) + "".join(
            "; CREATE TABLE fleet_%s.%s LIKE %s.%s; INSERT INTO fleet_%s.%s SELECT * FROM %s.%s" % (name, t, sbc.live, t, name, t, sbc.live, t)
            for t in ("location", "dialog")))
    config = write_config(sbc, names)
    first = capture(history, together(sbc, config))
    runs = {"together": [], "apart": [], "alone": []}
    for turn in range(rounds):
        for how in runs:
            next_minute(sbc, live, names, turn)
            command = together(sbc, config)
            runs[how].append(capture(history, command + ["--node", names[0]]) if how == "alone" else
                             capture(history, command) if how == "together" else apart(sbc, command, names))
            runs[how][-1].update(of_nodes(sbc, 1 if how == "alone" else size))
    for name in names:
        live.sql("DROP DATABASE fleet_%s" % name)
    sbc.end()
    figures = {how: {key: statistics.median(one[key] for one in some) for key in ("wall_s", "node_median_ms", "node_slowest_ms")}
               for how, some in runs.items()}
    figures["first_s"] = first["wall_s"]
    for how in ("together", "apart"):
        bench.progress("fleet %d, %s: %.2f s for all, %.0f ms the median node, %.0f ms the slowest" % (
            size, how, figures[how]["wall_s"], figures[how]["node_median_ms"], figures[how]["node_slowest_ms"]))
    figures["together"]["process_cpu_s"] = statistics.median(one["process_cpu_s"] for one in runs["together"])
    figures["history_cpu_s"] = statistics.median(one["server_cpu_s"] for one in runs["together"])
    return {"figures": figures, "ratios": [
        ratio("all nodes of a minute, s", figures["together"]["wall_s"], None),
        ratio("all nodes / as many times one alone, wall", figures["together"]["wall_s"] / (size * figures["alone"]["wall_s"]), None),
        ratio("one sipkeep for all / one on each, wall", figures["together"]["wall_s"] / figures["apart"]["wall_s"], None)]}


def write_config(sbc, names):
    config = os.path.join(sbc.server.folder, "fleet.yaml")
    with open(config, "w", encoding="ascii") as file:
        file.write("lock_file: %s/%%n.lock\nmi: { url: \"%s\", timeout: 15s, dispatcher: false }\n" % (sbc.server.folder, sbc.url) +
                   "live: { option_file: %s }\nhistory: { option_file: %s, database: %s }\nnodes:\n"
                   % (option_file(sbc.live_server), option_file(sbc.server), sbc.history) +
                   "".join("  %s: { live: { database: fleet_%s } }\n" % (name, name) for name in names))
    return config


def together(sbc, config):
    return [sbc.sipkeep(), "snapshot", "-c", config, "--at", str(sbc.at())]


def capture(server, command):
    return measure.run(server, command, settle=False)


def apart(sbc, command, names):
    started = time.monotonic()
    running = [subprocess.Popen(command + ["--node", name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for name in names]
    failed = [(one.wait(), one.stdout.read()) for one in running]
    wall = time.monotonic() - started
    failed = [one for one in failed if one[0] != 0]
    if failed:
        raise measure.Failed("%d of %d failed: %s" % (len(failed), len(names), failed[0]))
    return {"wall_s": wall}


def next_minute(sbc, live, names, turn):
    sbc.minute += 1
    for name in names:
        live.sql("UPDATE fleet_%s.location SET expires = expires + 60, cseq = cseq + 1, last_modified = FROM_UNIXTIME(%d) "
                 "WHERE contact_id %% %d = %d" % (name, sbc.at(), REFRESH, turn % REFRESH))


def of_nodes(sbc, size):
    """What the ledger says of the minute; nothing is missing, or the figures mean nothing."""
    rows = sbc.server.sql("SELECT elapsed_ms, contacts, dialogs, mi_status FROM capture WHERE captured_at = '%s'" % sbc.at_text(), sbc.history)
    whole = [row for row in rows if row[1] == str(REGISTRATIONS) and row[3] == "ok"]
    if len(whole) != size or len(rows) != size:
        raise measure.Failed("%d nodes, %d captures, %d of them whole: %s" % (size, len(rows), len(whole), json.dumps(rows[:3])))
    elapsed = [int(row[0]) for row in rows]
    return {"node_median_ms": statistics.median(elapsed), "node_slowest_ms": max(elapsed)}
