"""An outage of the history database: what waiting costs, and how long catching up takes."""
import os
import shutil
import statistics

import measure
from measure import ratio
from sbc import Sbc

SPOOLED = 4  # the exit code of a run whose capture waits


def spool_bytes(sbc):
    return [os.path.getsize(os.path.join(sbc.spool, name)) for name in os.listdir(sbc.spool) if name.endswith(".capture")]


def of_all(runs, key):
    return statistics.median(one[key] for one in runs)


def outage(bench, size, _):
    """The history database is away for some captures (--away), then everything is replayed. Live tables and history on two
    servers, so that it shows what the live one has to do."""
    live, history = bench.live_server(), bench.server
    sbc = Sbc(bench, size, live_server=live)
    shutil.rmtree(sbc.spool, ignore_errors=True)
    sbc.plain(sbc.snapshot())
    with_history, away = [], []
    for _ in range(min(bench.away, 5)):
        sbc.move()
        with_history.append(measure.run(live, sbc.snapshot(), settle=False))
    for turn in range(bench.away):
        sbc.move()
        away.append(measure.run(live, sbc.snapshot(away=True), settle=False, codes=(SPOOLED,)))
        if (turn + 1) % max(bench.away // 6, 1) == 0:
            bench.progress("outage %d: %d of %d, %.2f s" % (size, turn + 1, bench.away, away[-1]["wall_s"]))
    waiting = spool_bytes(sbc)
    live_cpu = live.cpu_s()
    replay = measure.run(history, sbc.replay())
    live_cpu = live.cpu_s() - live_cpu
    bench.progress("outage %d: replayed in %.1f s: %s" % (size, replay["wall_s"], replay["output"]))
    check(bench, sbc)
    sbc.end()
    figures = {"away": bench.away, "spool_bytes": sum(waiting), "spool_bytes_a_capture": statistics.median(waiting),
               "with_history": costs(with_history), "while_away": costs(away),
               "replay": {"wall_s": replay["wall_s"], "process_cpu_s": replay["process_cpu_s"], "peak_mb": replay["rss_mb"],
                          "captures_a_second": bench.away / replay["wall_s"], "live_server_cpu_s": live_cpu}}
    return {"figures": figures, "ratios": [
        ratio("spool, peak memory while away, MB", figures["while_away"]["peak_mb"], None),
        ratio("spool, peak memory of the replay, MB", replay["rss_mb"], None),
        ratio("spool, bytes a registration", figures["spool_bytes_a_capture"] / size, None),
        ratio("live server's CPU, away / with history", figures["while_away"]["live_server_cpu_s"] /
              max(figures["with_history"]["live_server_cpu_s"], 0.01), None),
        ratio("replay, seconds a capture", replay["wall_s"] / bench.away, None)]}


def costs(runs):
    return {"wall_s": of_all(runs, "wall_s"), "process_cpu_s": of_all(runs, "process_cpu_s"),
            "live_server_cpu_s": statistics.fmean(one["server_cpu_s"] for one in runs),
            "peak_mb": max(one["rss_mb"] for one in runs)}


def check(bench, sbc):
    """Nothing is lost, or the figures mean nothing."""
    kept = bench.server.number("SELECT COUNT(*) FROM capture WHERE provenance = 'spool' AND location_status = 'ok'", sbc.history)
    newest = bench.server.number("SELECT contacts FROM capture ORDER BY captured_at DESC LIMIT 1", sbc.history)
    contacts = sbc.live_server.number("SELECT COUNT(*) FROM location", sbc.live)
    if (kept, newest) != (bench.away, contacts) or spool_bytes(sbc):
        raise measure.Failed("%d of %d captures came back; %d of %d contacts in the newest" % (kept, bench.away, newest, contacts))
