"""A simulated day: what it takes on disk, and its slowest capture."""
import json
import os
import statistics

import measure
import past
from measure import ratio
from sbc import DAY_S, Sbc

REGISTRATIONS = ("location_version", "location_open", "location_refresh_closed")
CALLS = ("dialog_version", "dialog_open")
COPIED_MINUTES = 10  # their mean is one minute's: a file grows by several MB at a time


def files(server, database):
    """Bytes, and time of the last write, of each file of a database; a partition is a file."""
    server.settle()
    folder = os.path.join(server.folder, "data", database)
    told = {name: os.stat(os.path.join(folder, name)) for name in os.listdir(folder) if name.endswith(".ibd")}
    return {name: (one.st_size, one.st_mtime_ns) for name, one in told.items()}


def used_bytes(now, empty, tables):
    """Bytes of the tables' files, without the partitions that nothing was written to."""
    return {table: sum(told[0] for name, told in now.items()
                       if name[:-4].split("#")[0] == table and told != empty.get(name)) for table in tables}


def minute_of_copies(bench, sbc):
    """What the copy of one minute takes: into VARCHAR tables, and into CREATE TABLE LIKE."""
    server = bench.server
    server.sql("TRUNCATE location_copy; TRUNCATE dialog_copy; CREATE TABLE location_like LIKE %s.location; "
               "ALTER TABLE location_like ADD captured_at DATETIME NOT NULL FIRST, "
               "MODIFY contact_id BIGINT UNSIGNED NOT NULL, DROP PRIMARY KEY, ADD PRIMARY KEY (captured_at, contact_id)" % sbc.live, sbc.bench)
    names = ("location_copy", "dialog_copy", "location_like")
    empty = {name: server.disk_bytes(sbc.bench, [name]) for name in names}
    for turn in range(COPIED_MINUTES):
        sbc.plain(sbc.copy(turn))
        server.sql("INSERT INTO location_like SELECT '%s', t.* FROM %s.location t" % (sbc.at_text(turn), sbc.live), sbc.bench)
    server.settle()
    found = {name: (server.disk_bytes(sbc.bench, [name]) - empty[name]) / COPIED_MINUTES for name in names}
    server.sql("DROP TABLE location_like; TRUNCATE location_copy; TRUNCATE dialog_copy", sbc.bench)
    return found


def captured(bench, sbc, name, count, settle=False):
    """`count` captures, each after its move; what each took and told."""
    found = []
    for turn in range(count):
        sbc.move()
        if settle:
            bench.server.settle()
        one = measure.run(bench.server, sbc.snapshot(), settle=False)
        told = json.loads(one["output"])
        found.append({"at": sbc.at_text(), "wall_s": one["wall_s"], "cpu_s": one["cpu_s"], "split": told["split_at_midnight"],
                      "rss_mb": one["rss_mb"]})
        if (turn + 1) % max(count // 24, 1) == 0:
            bench.progress("%s %d: %d of %d, %s, %.3f s" % (name, sbc.size, turn + 1, count, sbc.at_text(), one["wall_s"]))
    return found


def slowest(captures):
    """The slowest capture and the median of those that split nothing at midnight, as most of a day's do not. `captures` are
    told in full as well."""
    one = max(captures, key=lambda c: c["wall_s"])
    after = next((c for c in captures if c["split"]), None)
    usual = [c["wall_s"] for c in captures if not c["split"]] or [c["wall_s"] for c in captures]
    return {"median_s": statistics.median(usual), "slowest_s": one["wall_s"], "slowest_at": one["at"],
            "first_after_midnight_s": after and after["wall_s"], "captures_that_split": sum(c["split"] > 0 for c in captures),
            "peak_mb": max(c["rss_mb"] for c in captures), "captures": captures}


def simulated(bench, size):
    """A day of captures a minute, from 00:00; `bench.day` keeps it for the queries. Returns bytes, calls, captures."""
    server, sbc = bench.server, Sbc(bench, size, start_of_day_s=0)
    past.add_partitions(sbc, bench.days - 1)
    empty = files(server, sbc.history)
    sbc.plain(sbc.snapshot())
    captures = captured(bench, sbc, "day", bench.minutes - 1)
    now = files(server, sbc.history)
    calls = server.number("SELECT COUNT(*) FROM (SELECT DISTINCT dlg_id, callid, start_time FROM dialog_history) c", sbc.history)
    figures = {"minutes": bench.minutes, "bytes": used_bytes(now, empty, REGISTRATIONS + CALLS),
               "files_bytes_all_tables": sum(size for size, _ in now.values()), "calls": calls,
               "call_rows": server.number("SELECT COUNT(*) FROM dialog_version", sbc.history),
               "registration_rows": server.number("SELECT COUNT(*) FROM location_version", sbc.history),
               "refresh_rows": server.number("SELECT COUNT(*) FROM location_refresh_closed", sbc.history),
               "slowest": slowest(captures)}
    bench.day = sbc
    return figures


def day(bench, size, _):
    """A day of 1,440 captures, without waiting in between: bytes on disk against a full copy a minute."""
    figures = simulated(bench, size)
    taken, copied = figures["bytes"], minute_of_copies(bench, bench.day)
    registrations = sum(taken[table] for table in REGISTRATIONS)
    calls = sum(taken[table] for table in CALLS)
    every_minute = 100 / figures["minutes"]
    figures.update(registrations_bytes=registrations, calls_bytes=calls, copy_of_one_minute_bytes=copied)
    return {"figures": figures, "ratios": [
        ratio("registrations / VARCHAR copies, %", every_minute * registrations / copied["location_copy"], 1.1),
        ratio("registrations / CREATE TABLE LIKE copies, %", every_minute * registrations / copied["location_like"], 0.3),
        ratio("rows a call", figures["call_rows"] / figures["calls"], 1),
        ratio("bytes a row of calls", calls / figures["call_rows"], 650),
        ratio("slowest capture / median", figures["slowest"]["slowest_s"] / figures["slowest"]["median_s"], None)]}


def midnight(bench, size, _):
    """The slowest capture of a day: one every 10 minutes (--interval), from one before a midnight on, for 24 hours (--steps
    captures), each with a minute's share of changes; all is flushed before each, so that none pays for another's pages. A slice of what midnight splits is as large as the interval is long: --interval 60 --steps 144 is the real
    size, 600 makes it ten times as large and shows the whole day."""
    interval = bench.interval
    sbc = Sbc(bench, size, start_of_day_s=DAY_S - interval, interval=interval)
    sbc.plain(sbc.snapshot())
    captures = captured(bench, sbc, "midnight", bench.steps, settle=True)
    left = bench.server.sql("SELECT table_name, after_id FROM key_frame WHERE after_id < 18446744073709551615", sbc.history)
    sbc.end()
    figures = {"interval_s": interval, "key_frames_unfinished": left, **slowest(captures)}
    return {"figures": figures, "ratios": [
        ratio("slowest capture of a day / median", figures["slowest_s"] / figures["median_s"], 3)]}
