"""Call records of a simulated day, as OpenSIPS would have written them, taken by `sipkeep backfill acc`, and their sums for the days before."""
import datetime
import os

import measure
import past
from sbc import ROOT, text_of

# Of each call that ended, and for every third one an attempt that failed. Callers are as many as registrations, callees twice as many, in 100 domains.
FILL = """
SET time_zone='+00:00';
INSERT INTO acc (method, from_tag, to_tag, callid, sip_code, sip_reason, time, duration, ms_duration, setuptime, created, from_uri, to_uri)
SELECT 'INVITE', from_tag, to_tag, CONCAT(callid, IF(k.failed, 'f', '')), IF(k.failed, ELT(1 + CRC32(callid) %% 4, '404', '486', '487', '503'), '200'),
  IF(k.failed, 'no', 'OK'), FROM_UNIXTIME(start_time), IF(k.failed, 0, lasted), IF(k.failed, 0, 1000 * lasted), CRC32(dlg_id) %% 30,
  FROM_UNIXTIME(start_time - CRC32(dlg_id) %% 30), CONCAT('sip:', caller, '@d', caller %% 100, '.example.org'),
  CONCAT('sip:', callee, '@d', callee %% 100, '.example.org')
FROM (SELECT v.from_tag, v.to_tag, v.callid, v.start_time, v.dlg_id, v.valid_to,
             10000 + CRC32(v.callid) %% %(size)d AS caller, 1000000 + CRC32(v.dlg_id) %% (2 * %(size)d) AS callee,
             GREATEST(1, CAST(UNIX_TIMESTAMP(v.valid_to) AS SIGNED) - CAST(v.start_time AS SIGNED)) AS lasted
      FROM %(history)s.dialog_version v
      WHERE v.node_id = 1 AND v.valid_from >= '%(begin)s' AND v.valid_from < '%(end)s' AND v.valid_to < '%(end)s') v
     JOIN (SELECT 0 AS failed UNION ALL SELECT 1) k ON k.failed = 0 OR CRC32(callid) %% 3 = 0
ORDER BY v.valid_to
"""


# What reports over many days read. Records and the hours of endpoints are read of the parts of a range that are no whole days: the one day has them.
SUMS = {"cdr_minute": ("minute", "peak_at"), "cdr_hour": ("hour", "peak_at"), "cdr_endpoint_day": ("day",), "cdr_failure_minute": ("minute",)}


def take(bench, sbc, begin, end):
    """The records of that day, and captures that say that they were read."""
    server = sbc.server
    past.add_partitions(sbc, bench.days, {"acc_history": 0, "cdr_minute": 0, "cdr_endpoint_hour": 0})
    server.sql(text_of(os.path.join(ROOT, "tests/fixtures/opensips/3.6/acc.sql")), sbc.live)
    server.sql("ALTER TABLE acc DROP KEY callid_idx;" + FILL %
               {"size": sbc.size, "history": sbc.history, "begin": begin, "end": end}, sbc.live)
    with open(sbc.config, encoding="ascii") as file:
        lines = file.read().replace("live: {", "live: { missed_calls: false,")
    config = sbc.config + ".records"
    with open(config, "w", encoding="ascii") as file:
        file.write(lines)
    taken = measure.run(server, [sbc.sipkeep(), "backfill", "acc", "-c", config, "-q"])
    server.sql("UPDATE capture SET acc_status = 'ok' WHERE node_id = 1 AND captured_at >= '%s'" % begin, sbc.history)
    bench.progress("%d call records: %.0f s" % (server.number("SELECT COUNT(*) FROM acc_history", sbc.history), taken["wall_s"]))


def fill_sums(bench, sbc, begin, first):
    """The sums of the day from `begin` on, for each day from `first` on before it."""
    end = begin + datetime.timedelta(days=1)
    for table, times in SUMS.items():  # of the few calls that began before
        sbc.server.sql("DELETE FROM %s WHERE %s < '%s'" % (table, times[0], begin), sbc.history)
    for ago in range(1, (begin - first).days + 1):
        for table, times in SUMS.items():
            past.insert_shifted(sbc, table, {name: "%s - INTERVAL %d DAY" % (name, ago) for name in times},
                                "node_id = 1 AND %s >= '%s' AND %s < '%s'" % (times[0], begin, times[0], end))
    columns = "endpoint, SUM(calls_out), SUM(calls_in), SUM(answered), SUM(failed), SUM(seconds_talked), MIN(shortest), MAX(longest)"
    sbc.server.sql("DELETE FROM cdr_endpoint_week; INSERT INTO cdr_endpoint_week SELECT node_id, day - INTERVAL WEEKDAY(day) DAY AS week, number, %s "
                   "FROM cdr_endpoint_day GROUP BY node_id, week, number; ANALYZE TABLE %s" % (columns, ", ".join([*SUMS, "cdr_endpoint_week"])), sbc.history)
    bench.progress("call sums of the days before filled")
