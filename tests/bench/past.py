"""Earlier days of a history, made of the one that was simulated: the same rows, each day that much earlier."""
import datetime

import measure

OPEN_END = "'9999-12-31 00:00:00'"
# table: seconds after midnight up to which its partition of a day reaches (a refresh that midnight ends is the day's)
TABLES = {"location_version": 0, "location_refresh_closed": 1, "dialog_version": 0, "sample": 0}
# HistoryOptions::rows_a_transaction and the two hours in which sipkeep splits what is open at midnight.
SPLIT_ROWS, SPLIT_S = 5000, 7200
# The latest days, which have their calls and refreshes. Others do not: those are nine of ten bytes, and read by few reports.
FULL_DAYS = 2


def day_of(sbc):
    """Midnight at which the simulated day begins."""
    return datetime.datetime.fromtimestamp(sbc.start, datetime.timezone.utc).replace(hour=0, minute=0, second=0, tzinfo=None)


def add_partitions(sbc, days, tables=None):
    """Of `days` days before the first, while that has no rows yet."""
    today = day_of(sbc)
    for table, past_midnight in (tables or TABLES).items():
        first = sbc.server.sql("SELECT partition_name FROM information_schema.partitions WHERE table_schema = '%s' AND "
                               "table_name = '%s' ORDER BY partition_ordinal_position LIMIT 1, 1" % (sbc.history, table))[0][0]
        made = ["PARTITION p%s VALUES LESS THAN ('%s')" % (day.strftime("%Y%m%d"), day + datetime.timedelta(days=1, seconds=past_midnight))
                for day in (today - datetime.timedelta(days=ago) for ago in range(days, -1, -1))]
        sbc.server.sql("ALTER TABLE %s REORGANIZE PARTITION %s INTO (%s)" % (table, first, ", ".join(made)), sbc.history)


def insert_shifted(sbc, table, changed, condition, source=None):
    """INSERT .. SELECT of a table into itself, or from `source`, some columns as expressions say."""
    columns = [row[0] for row in sbc.server.sql(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = '%s' AND table_name = '%s' "
        "AND extra NOT LIKE '%%GENERATED%%' ORDER BY ordinal_position" % (sbc.history, table))]
    names = ["`%s`" % name for name in columns]
    values = [changed.get(name, "`%s`" % name) for name in columns]
    sbc.server.sql("INSERT INTO %s (%s) SELECT %s FROM %s WHERE %s" %
                   (table, ", ".join(names), ", ".join(values), source or table, condition), sbc.history)


def in_full(ago, days):
    """The latest, and the one in the middle, of whose minutes all columns are asked."""
    return ago <= FULL_DAYS or ago == days // 2


def fill_day(sbc, ago, days):
    """The day `ago` days before, of `days`: registrations, samples, the ledger, and of some calls and refreshes. Who was registered all day was
    since the first day; who went within it came at its midnight; who came within it went at the next."""
    today = day_of(sbc)
    begin, end = "'%s'" % today, "'%s'" % (today + datetime.timedelta(days=1))

    def earlier(what):
        return "%s - INTERVAL %d DAY" % (what, ago)

    def since(column):
        return "CASE WHEN valid_from = %s AND contact_id IN (SELECT contact_id FROM location_open) THEN %s - INTERVAL %d DAY ELSE %s END" % (
            begin, begin, days, earlier(column))

    whole = "node_id = 1 AND valid_from >= %s AND valid_from < %s" % (begin, end)
    insert_shifted(sbc, "location_version", {
        "valid_from": earlier("valid_from"), "valid_to": earlier("LEAST(valid_to, %s)" % end),
        "began": since("began"), "first_seen": since("first_seen")}, whole)
    insert_shifted(sbc, "sample", {"captured_at": earlier("captured_at")},
                   "node_id = 1 AND captured_at >= %s AND captured_at < %s" % (begin, end))
    if in_full(ago, days):
        insert_shifted(sbc, "dialog_version", {
            "valid_from": earlier("valid_from"), "valid_to": earlier("LEAST(valid_to, %s)" % end), "began": earlier("began"),
            "start_time": "start_time - %d" % (86400 * ago), "timeout": "timeout - %d" % (86400 * ago)}, whole)
        refresh = {name: earlier(name) for name in ("captured_at", "version_from", "valid_to")}
        insert_shifted(sbc, "location_refresh_closed", refresh,
                       "node_id = 1 AND valid_to > %s AND valid_to <= %s" % (begin, end))
        insert_shifted(sbc, "location_refresh_closed", {**refresh, "version_from": earlier("valid_from"), "valid_to": earlier(end)},
                       "node_id = 1", source="location_open")
    # Until all that was open at midnight is split, versions in force began on the day before.
    slice_rows = max(SPLIT_ROWS, sbc.size * sbc.interval // SPLIT_S + 1)
    splitting = (sbc.size // slice_rows) * sbc.interval
    insert_shifted(sbc, "capture", {
        "captured_at": earlier("captured_at"), "started_at": earlier("started_at"),
        "epoch_started_at": earlier("epoch_started_at"), "mi_before": earlier("mi_before"),
        "versions_from": "%s - INTERVAL %d DAY - INTERVAL (captured_at < %s + INTERVAL %d SECOND) DAY" %
                         (begin, ago, begin, splitting)},
                   "node_id = 1 AND captured_at >= %s AND captured_at < %s" % (begin, end))


def fill(bench, sbc, days):
    """`days` earlier days. Fails when the disk lacks the room."""
    server = bench.server
    often = server.disk_bytes(sbc.history, ["location_version", "sample"])
    seldom = server.disk_bytes(sbc.history, list(TABLES)) - often
    needed = int((days * often + sum(in_full(ago, days) for ago in range(1, days + 1)) * seldom) * 1.15) + 2**31
    if server.free_bytes() < needed:
        raise measure.Failed("%d days more need %.1f GB, and %s has %.1f GB: fewer --days, or another --folder" %
                             (days, needed / 1e9, server.folder, server.free_bytes() / 1e9))
    bench.progress("queries %d: %d earlier days take about %.1f GB" % (sbc.size, days, needed / 1e9))
    server.sql("SET GLOBAL innodb_flush_log_at_trx_commit=0; SET GLOBAL innodb_io_capacity_max=40000; "
               "SET GLOBAL innodb_io_capacity=20000")
    for ago in range(1, days + 1):
        fill_day(sbc, ago, days)
        bench.progress("queries %d: day %d of %d filled" % (sbc.size, ago, days))
    server.settle()
    server.sql("SET GLOBAL innodb_flush_log_at_trx_commit=1; ANALYZE TABLE location_version, location_refresh_closed, dialog_version, sample, capture",
               sbc.history)
