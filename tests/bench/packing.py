"""What a sample takes on disk: as it is written, packed, and as OpenSIPS Control Panel keeps it."""
import datetime
import os

import measure
import queries
from measure import ratio
from sbc import option_file

STATISTICS = 400  # 60 % constant, 15 % gauges, 25 % counters, as an OpenSIPS of that many has them
PROMETHEUS = 1.3  # bytes a sample, by its own documentation ("an average of only 1-2 bytes", 1.3 in its design)

NAMES = "INSERT INTO statistic (`group`, name, kind) SELECT CONCAT('g', seq MOD 20), CONCAT('stat_', seq), IF(seq MOD 20 < 5, 'counter', 'gauge') FROM seq_1_to_%(statistics)d"
# Counters grow by 20 to 140 a minute, more or less; gauges sway; most stand still.
VALUE = ("CASE WHEN s.seq MOD 20 < 5 THEN 1000000 * s.seq + (%(first)d + m.seq) * 20 * (1 + s.seq MOD 7) + FLOOR(RAND() * 20 * (1 + s.seq MOD 7)) "
         "WHEN s.seq MOD 20 < 8 THEN 500 + FLOOR(RAND() * 60) ELSE s.seq * 1000 END")
CAPTURES = """
INSERT INTO capture (node_id, captured_at, started_at, elapsed_ms, mi_status, mi_before, dispatcher_status, dialog_status, location_status,
  samples, opened, closed, refreshed, compared, found_by_compare, uptime_s, versions_from, epoch_started_at, provenance, version)
SELECT 1, t, t, 10, 'ok', IF(seq > 1, t - INTERVAL 1 MINUTE, %(last_before)s), 'off', 'off', 'off', %(statistics)d, 0, 0, 0, 0, 0,
  (%(first)d + seq) * 60, DATE(t), '%(begin)s', 'live', 'bench'
FROM (SELECT seq, '%(day)s' + INTERVAL (seq - 1) MINUTE AS t FROM seq_1_to_%(minutes)d) q"""
SAMPLES = ("INSERT INTO sample SELECT 1, s.seq, '%(day)s' + INTERVAL (m.seq - 1) MINUTE, " + VALUE +
           ", 0 FROM seq_1_to_%(statistics)d s, seq_1_to_%(minutes)d m ORDER BY 2, 3")
PANEL = """
CREATE TABLE ocp_monitoring_stats (name varchar(64) NOT NULL, time int(11) NOT NULL, value varchar(64) NOT NULL DEFAULT '0',
  box_id int(11) NOT NULL DEFAULT 0, PRIMARY KEY (name, time, box_id)) ENGINE=InnoDB DEFAULT CHARSET=latin1"""
INTO_PANEL = ("INSERT INTO ocp_monitoring_stats SELECT CONCAT(t.`group`, ':', t.name), UNIX_TIMESTAMP(s.captured_at), s.value, 1 FROM sample s "
              "JOIN statistic t USING (statistic_id) WHERE captured_at >= '%(day)s' ORDER BY 2, 1")
RATE = "SELECT captured_at, increase, per_second FROM statistic_rate WHERE node = 'sbc1' AND `group` = 'g%d' AND name = 'stat_%d'"


def make(bench, database, size):
    server = bench.server
    server.sql("DROP DATABASE IF EXISTS %s; CREATE DATABASE %s" % (database, database))
    config = os.path.join(server.folder, "packing.yaml")
    with open(config, "w", encoding="ascii") as file:
        file.write("node: sbc1\nlock_file: %s/lock_packing\nmi: { url: \"http://127.0.0.1:1/mi\" }\nhistory: { option_file: %s, database: %s }\n"
                   % (server.folder, option_file(server), database))
    measure.run(server, [os.path.join(bench.build, "src/sipkeep"), "schema", "init", "-c", config])
    server.sql("INSERT INTO node (node) VALUES ('sbc1');" + NAMES % {"statistics": size}, database)
    return config


def add_partitions(server, database, first, last):
    """Days that `sipkeep schema init`, which begins today, has none for."""
    for table, form in (("sample", "%Y-%m-%d 00:00:00"), ("sample_day", "%Y-%m-%d")):
        oldest = server.sql("SELECT partition_name FROM information_schema.partitions WHERE table_schema = '%s' AND table_name = '%s' "
                            "ORDER BY partition_ordinal_position LIMIT 1, 1" % (database, table))[0][0]
        days = [first + datetime.timedelta(days=n) for n in range((last - first).days + 1)]
        server.sql("ALTER TABLE %s REORGANIZE PARTITION %s INTO (%s)" % (table, oldest, ", ".join(
            "PARTITION p%s VALUES LESS THAN ('%s')" % (day.strftime("%Y%m%d"), (day + datetime.timedelta(days=1)).strftime(form))
            for day in days)), database)


def packing(bench, size, rounds):
    """Bytes of a sample, indexes included, over days of 400 statistics: plain rows, packed by `sipkeep retain`, OpenSIPS
    Control Panel's table; and one statistic over all packed days as a rate."""
    server, database, size = bench.server, "history_packing", min(size, STATISTICS)
    config = make(bench, database, size)
    today = datetime.datetime.now(datetime.timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    first = today - datetime.timedelta(days=bench.days)
    add_partitions(server, database, first, today)
    of = {"statistics": size, "minutes": bench.minutes, "begin": first}
    for number in range(bench.days):
        midnight = first + datetime.timedelta(days=number)
        last_before = "'%s' - INTERVAL 1 DAY + INTERVAL %d MINUTE" % (midnight, bench.minutes - 1)
        day = {**of, "day": midnight, "first": number * 1440, "last_before": last_before if number else "NULL"}
        server.sql("SET time_zone = '+00:00'; " + CAPTURES % day + ";" + SAMPLES % day, database)
        bench.progress("packing: day %d of %d filled" % (number + 1, bench.days))
    samples = size * bench.minutes * bench.days
    server.settle()
    figures = {"samples": samples, "plain_bytes": server.disk_bytes(database, ["sample"])}
    server.sql(PANEL, database)
    panel_days = min(bench.days, 3)
    server.sql("SET time_zone = '+00:00'; " + INTO_PANEL % {"day": today - datetime.timedelta(days=panel_days)}, database)
    server.settle()
    figures["panel_bytes"] = server.disk_bytes(database, ["ocp_monitoring_stats"]) * bench.days // panel_days
    asked = RATE % (1, 1)
    figures["rate_plain"] = queries.timed(server, database, asked, rounds)
    before = queries.asked(server, database, asked + " ORDER BY 1", keep=True)[1]
    empty = server.disk_bytes(database, ["sample_day"])
    figures["retain"] = measure.medians([measure.run(server, [os.path.join(bench.build, "src/sipkeep"), "retain", "-c", config, "--at",
                                                     "%sZ" % (today + datetime.timedelta(days=2)).isoformat()])])
    server.settle()
    figures["packed_bytes"] = server.disk_bytes(database, ["sample_day"])
    figures["unused_partitions_bytes"] = empty * 14 // (14 + bench.days)  # of the two weeks ahead
    server.sql("ANALYZE TABLE sample_day", database)
    if queries.asked(server, database, asked + " ORDER BY 1", keep=True)[1] != before:
        raise measure.Failed("packing: statistic_rate tells something else than before")
    figures["rate_packed"] = queries.timed(server, database, asked, rounds)
    bench.progress("packing: %s" % figures)
    measure.run(server, [os.path.join(bench.build, "src/sipkeep"), "verify", "-c", config])
    server.sql("DROP DATABASE %s" % database)
    packed = (figures["packed_bytes"] - figures["unused_partitions_bytes"]) / samples
    return {"figures": figures, "ratios": [
        ratio("bytes a sample, packed", packed, 1.0),
        ratio("bytes a sample, plain", figures["plain_bytes"] / samples, None),
        ratio("bytes a sample, OpenSIPS Control Panel", figures["panel_bytes"] / samples, None),
        ratio("bytes a sample, packed / Prometheus's %g" % PROMETHEUS, packed / PROMETHEUS, None),
        ratio("one statistic over all packed days as a rate, ms", figures["rate_packed"]["warm_ms"], 1000),
        ratio("packing a day of samples, s", figures["retain"]["wall_s"] / bench.days, None)]}
