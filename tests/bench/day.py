"""A simulated day: what it takes on disk, and what is asked of it afterwards."""
import statistics
import subprocess
import time

import measure
from cases import ratio
from sbc import Sbc


def timed(server, database, query, rounds=5):
    """Milliseconds of a query: the first time, and the median of the others. The result is read and thrown away."""
    walls = []
    for _ in range(rounds + 1):
        started = time.monotonic()
        subprocess.run(["mariadb", "--no-defaults", "-uroot", "-S", server.socket, "--quick", "-N", "-B", database, "-e", query],
                       stdout=subprocess.DEVNULL, check=True)
        walls.append(1000 * (time.monotonic() - started))
    return {"first_ms": walls[0], "warm_ms": statistics.median(walls[1:])}


def ask(server, sbc, minute_text):
    """The queries of report writers, and the same on a full copy of that one minute."""
    aor = server.sql("SELECT username, domain FROM location_open ORDER BY contact_id LIMIT 100, 1", sbc.history)[0]
    at = "'%s'" % minute_text
    queries = {
        "count by domain as of a minute": (
            sbc.history, "SELECT domain, COUNT(*) FROM location_history WHERE node_id = 1 AND valid_from <= %s AND "
            "valid_to > %s AND valid_to <= DATE(%s) + INTERVAL 1 DAY GROUP BY domain "
            "UNION ALL SELECT domain, COUNT(*) FROM location_history WHERE node_id = 1 AND valid_from <= %s AND "
            "valid_to = '9999-12-31 00:00:00' GROUP BY domain" % (at, at, at, at)),
        "count by domain, plainly asked": (
            sbc.history, "SELECT domain, COUNT(*) FROM location_history WHERE node_id = 1 AND valid_from <= %s AND "
            "valid_to > %s GROUP BY domain" % (at, at)),
        "count by domain on a copy": (sbc.bench, "SELECT domain, COUNT(*) FROM location_copy WHERE captured_at = %s GROUP BY domain" % at),
        "all rows of location_snapshot": (sbc.history, "SELECT * FROM location_snapshot WHERE node = 'sbc1' AND captured_at = %s" % at),
        "all rows of a copy": (sbc.bench, "SELECT * FROM location_copy WHERE captured_at = %s" % at),
        "one AoR, all days": (sbc.history, "SELECT * FROM location_history WHERE node_id = 1 AND username = '%s' AND domain = '%s' "
                              "ORDER BY valid_from" % tuple(aor)),
        "per minute by domain over 24 hours": (
            sbc.history, "SELECT c.captured_at, h.domain, COUNT(*) FROM capture c JOIN location_history h ON h.node_id = c.node_id "
            "AND h.valid_from <= c.captured_at AND h.valid_to > c.captured_at WHERE c.node_id = 1 AND c.captured_at >= "
            "'%s' - INTERVAL 24 HOUR GROUP BY c.captured_at, h.domain" % sbc.at_text()),
    }
    figures = {}
    for name, (database, query) in queries.items():
        try:
            figures[name] = timed(server, database, "SET max_statement_time=120; " + query)
        except subprocess.CalledProcessError:
            figures[name] = {"first_ms": float("inf"), "warm_ms": float("inf")}
    return figures


def day(server, build, size, rounds, progress, minutes=1440, keep_copy_at=700):
    """A day of 1,440 captures: bytes on disk against a copy a minute, then queries."""
    sbc = Sbc(server, build, size, start_of_day_s=0)
    kept_at, walls = None, []
    for minute in range(minutes):
        if minute:
            sbc.move()
        one = measure.run(server, sbc.snapshot(), settle=False)
        walls.append(one["wall_s"])
        if minute == min(keep_copy_at, minutes // 2):
            server.sql("OPTIMIZE TABLE location_copy, dialog_copy", sbc.bench)
            empty = {t: server.disk_bytes(sbc.bench, [t]) for t in ("location_copy", "dialog_copy")}
            sbc.plain(sbc.copy())
            kept_at = sbc.at_text()
        if minute % 60 == 0:
            progress("day %d: %s, %.3f s" % (size, sbc.at_text(), one["wall_s"]))
    server.settle()
    copied = {t: server.disk_bytes(sbc.bench, [t]) - empty[t] for t in empty}
    calls = int(server.sql("SELECT COUNT(DISTINCT dlg_id, callid) FROM dialog_history", sbc.history)[0][0])
    call_rows = int(server.sql("SELECT COUNT(*) FROM dialog_history", sbc.history)[0][0])
    open_bytes = server.disk_bytes(sbc.history, ["location_open", "location_refresh_open"])
    closed_bytes = server.disk_bytes(sbc.history, ["location_closed", "location_refresh_closed"])
    partitions = len(server.sql("SELECT 1 FROM information_schema.partitions WHERE table_schema = '%s' AND "
                                "table_name = 'location_closed'" % sbc.history))
    call_bytes = server.disk_bytes(sbc.history, ["dialog_open", "dialog_closed"])
    figures = {"minutes": minutes, "copy_of_one_minute_bytes": copied, "location_open_bytes": open_bytes,
               "location_closed_bytes": closed_bytes, "partitions_of_each": partitions, "dialog_bytes": call_bytes,
               "calls": calls, "call_rows": call_rows, "capture_median_s": statistics.median(walls),
               "capture_slowest_s": max(walls[1:]), "queries": ask(server, sbc, kept_at)}
    q = figures["queries"]
    ratios = [
        ratio("registrations of a day / full copies, %", 100 * (open_bytes + closed_bytes) / (minutes * copied["location_copy"]), 1.1),
        ratio("rows a call", call_rows / calls, 1.01), ratio("bytes a row of calls", call_bytes / call_rows, 650),
        ratio("slowest capture / median", figures["capture_slowest_s"] / figures["capture_median_s"], 3),
        ratio("as of a minute: count by domain, ms", q["count by domain, plainly asked"]["warm_ms"], 500),
        ratio(".. / on a copy", q["count by domain, plainly asked"]["warm_ms"] / q["count by domain on a copy"]["warm_ms"], 5),
        ratio("as of a minute: all rows, ms", q["all rows of location_snapshot"]["warm_ms"], 3000),
        ratio(".. / of a copy", q["all rows of location_snapshot"]["warm_ms"] / q["all rows of a copy"]["warm_ms"], 10),
        ratio("one AoR, ms", q["one AoR, all days"]["warm_ms"], 50),
        ratio("per minute by domain over 24 hours, ms", q["per minute by domain over 24 hours"]["warm_ms"], 1000)]
    sbc.end()
    return {"figures": figures, "ratios": ratios}
