"""What report writers ask of thirty days of history, against the same on a full copy of one minute."""
import datetime
import statistics
import subprocess
import time

import day
import measure
import past
import reports
from measure import ratio

ASKED_AT = (5, 420, 720, 1430)  # minutes of a day: 00:05, 07:00, 12:00, 23:50
# The registrations of each domain after each minute of a day in which something moved there: what began and what ended,
# summed up. All that was in force when the day began begins anew at its midnight, so that the day's own versions are
# enough. Grouped by a number in place of the name: a temporary table of 144,000 groups holds each name at its full width.
# Two domains of one CRC32 would be counted as one; none are here.
PER_MINUTE = """
WITH events AS (
  SELECT IF(k.ended, valid_to, valid_from) AS at, CRC32(domain) AS d, SUM(IF(k.ended, -1, 1)) AS moved
  FROM location_history JOIN (SELECT 0 AS ended UNION ALL SELECT 1) k
  WHERE node_id = 1 AND valid_from BETWEEN '%(begin)s' AND '%(last)s' AND (NOT k.ended OR valid_to <= '%(last)s')
  GROUP BY at, d),
sums AS (SELECT at, d, SUM(moved) OVER (PARTITION BY d ORDER BY at) AS registrations FROM events),
names AS (
  SELECT CRC32(domain) AS d, MIN(domain) AS domain FROM location_history
  WHERE node_id = 1 AND valid_from BETWEEN '%(begin)s' AND '%(last)s' GROUP BY d)
SELECT at AS captured_at, domain, registrations FROM sums JOIN names USING (d)"""
# MariaDB finds the group of a row by walking a chain of names character by character; the number tells most apart at
# once. A name has one number, so that the groups are those of the names alone.
BY_DOMAIN = "GROUP BY domain, CRC32(domain)"


def asked(server, database, query, keep=False):
    """Seconds of one query through the client, rows thrown away or kept."""
    started = time.monotonic()
    done = subprocess.run(["mariadb", "--no-defaults", "-uroot", "-S", server.socket, "--quick", "-N", "-B", database,
                           "-e", "SET max_statement_time=300; " + query],
                          stdout=subprocess.PIPE if keep else subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise measure.Failed("%s: %s" % (query, done.stderr.decode(errors="replace")))
    wall = time.monotonic() - started
    return (wall, done.stdout.decode(errors="replace").splitlines()) if keep else wall


def timed(server, database, query, rounds):
    """Milliseconds of a query: the first time, and the median of the others."""
    walls = [1000 * asked(server, database, query) for _ in range(rounds + 1)]
    return {"first_ms": walls[0], "warm_ms": statistics.median(walls[1:]), "query": " ".join(query.split())}


def copy_of_minute(sbc, at):
    """A full copy of that minute, as the only one in its table."""
    columns = [row[0] for row in sbc.server.sql(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = '%s' AND table_name = 'location_copy' "
        "ORDER BY ordinal_position" % sbc.bench)]
    listed = ", ".join("`%s`" % name for name in columns)
    sbc.server.sql("TRUNCATE location_copy; INSERT INTO location_copy (%s) SELECT %s FROM %s.location_snapshot "
                   "WHERE node = 'sbc1' AND captured_at = '%s'; ANALYZE TABLE location_copy" % (listed, listed, sbc.history, at),
                   sbc.bench)


def queries_of(sbc, at, versions_from):
    """name: (database, query) for one minute."""
    counted = "SELECT domain, COUNT(*) FROM location_history WHERE node_id = 1 AND "
    return {
        "count by domain": (sbc.history, counted + "valid_from BETWEEN '%s' AND '%s' AND valid_to > '%s' %s" %
                            (versions_from, at, at, BY_DOMAIN)),
        "count by domain, grouped by the name alone": (
            sbc.history, counted + "valid_from BETWEEN '%s' AND '%s' AND valid_to > '%s' GROUP BY domain" % (versions_from, at, at)),
        "count by domain, joined with capture": (
            sbc.history, "SELECT h.domain, COUNT(*) FROM capture c JOIN location_history h ON h.node_id = c.node_id AND "
            "h.valid_from BETWEEN c.versions_from AND c.captured_at AND h.valid_to > c.captured_at "
            "WHERE c.node_id = 1 AND c.captured_at = '%s' %s" % (at, BY_DOMAIN)),
        "count by domain on a copy": (
            sbc.bench, "SELECT domain, COUNT(*) FROM location_copy WHERE captured_at = '%s' %s" % (at, BY_DOMAIN)),
        "all rows": (sbc.history, "SELECT * FROM location_snapshot WHERE node = 'sbc1' AND captured_at = '%s'" % at),
        "all rows of a copy": (sbc.bench, "SELECT * FROM location_copy WHERE captured_at = '%s'" % at)}


def checked(sbc, found, at, contacts):
    """A wrong answer would be no use however fast it came."""
    counts = {name: sorted(asked(sbc.server, *found[name], keep=True)[1]) for name in found if name.startswith("count")}
    for name, rows in counts.items():
        if rows != counts["count by domain on a copy"]:
            raise measure.Failed("%s at %s: not what a copy of that minute has: %s" % (name, at, rows[:3]))
    total = sum(int(row.split("\t")[1]) for row in counts["count by domain"])
    if total != contacts:
        raise measure.Failed("%s: %d registrations counted, the ledger has %d" % (at, total, contacts))
    return dict(row.split("\t") for row in counts["count by domain"])


def of_minute(bench, sbc, at, rounds):
    """Timings of all queries about one minute, and its counts by domain."""
    versions_from, contacts = sbc.server.sql(
        "SELECT versions_from, contacts FROM capture WHERE node_id = 1 AND captured_at = '%s'" % at, sbc.history)[0]
    copy_of_minute(sbc, at)
    found = queries_of(sbc, at, versions_from)
    timings = {name: timed(sbc.server, database, query, rounds) for name, (database, query) in found.items()}
    bench.progress("queries %d, %s: %s" % (sbc.size, at, ", ".join("%s %.0f ms" % (n, f["warm_ms"]) for n, f in timings.items())))
    return timings, checked(sbc, found, at, int(contacts))


def per_minute(sbc, begin, last, rounds):
    """Timing of the 24 hours, and its rows (minute, domain, registrations)."""
    query = PER_MINUTE % {"begin": begin, "last": last}
    timing = timed(sbc.server, sbc.history, query, rounds)
    rows = [line.split("\t") for line in asked(sbc.server, sbc.history, query, keep=True)[1]]
    timing["rows"] = len(rows)
    return timing, rows


def one_aor(sbc, when, rounds):
    """All versions of the AoR that had most of them that day."""
    username, domain = sbc.server.sql(
        "SELECT username, domain FROM location_version WHERE node_id = 1 AND valid_from BETWEEN '%s' AND '%s' + INTERVAL 1 DAY "
        "GROUP BY username, domain ORDER BY COUNT(*) DESC, contact_id LIMIT 1" % (when, when), sbc.history)[0]
    query = ("SELECT * FROM location_history WHERE node_id = 1 AND username = '%s' AND domain = '%s' ORDER BY valid_from" %
             (username, domain))
    found = timed(sbc.server, sbc.history, query, rounds)
    found["rows"] = len(asked(sbc.server, sbc.history, query, keep=True)[1])
    return found


def compare_at(rows, at, counts):
    """The last sum of each domain up to `at` must be what was counted at `at`."""
    sums = {}
    for minute, domain, registrations in sorted(rows):
        if minute <= at:
            sums[domain] = registrations
    if {domain: n for domain, n in sums.items() if n != "0"} != counts:
        raise measure.Failed("per minute by domain: %s is not what was counted" % at)


def queries(bench, size, rounds):
    """What report writers ask of 30 days, about minutes of the one in the middle; each against the same on a full copy of
    that one minute. The 29 days before the simulated one are copies of it."""
    if not bench.day:
        day.simulated(bench, size)
    sbc = bench.day
    past.fill(bench, sbc, bench.days - 1)
    middle = past.day_of(sbc) - datetime.timedelta(days=(bench.days - 1) // 2)
    last = middle + datetime.timedelta(minutes=bench.minutes - 1)
    hours, rows = per_minute(sbc, middle, last, rounds)
    bench.progress("queries %d: per minute %.0f ms, %d rows" % (size, hours["warm_ms"], hours["rows"]))
    minutes = {}
    for minute in sorted({min(minute, bench.minutes - 1) for minute in ASKED_AT}):
        at = str(middle + datetime.timedelta(minutes=minute))
        minutes[at], counts = of_minute(bench, sbc, at, rounds)
        compare_at(rows, at, counts)
    figures = {"days": bench.days, "history_bytes": bench.server.disk_bytes(sbc.history, list(past.TABLES)), "at": minutes,
               "per minute by domain over 24 hours": hours, "one AoR": one_aor(sbc, middle, rounds),
               "reports": reports.reports(bench, sbc)}
    return {"figures": figures, "ratios": ratios_of(figures) + reports.ratios_of(figures["reports"])}


def ratios_of(figures):
    def worst(name):
        return max(one[name]["warm_ms"] for one in figures["at"].values())

    def worst_ratio(name, of):
        return max(one[name]["warm_ms"] / one[of]["warm_ms"] for one in figures["at"].values())

    joined, plainly = "count by domain, joined with capture", "count by domain, grouped by the name alone"
    return [ratio("count by domain, ms", worst("count by domain"), 500),
            ratio("count by domain / on a copy", worst_ratio("count by domain", "count by domain on a copy"), 5),
            ratio(plainly + ", ms", worst(plainly), None),
            ratio(joined + ", ms", worst(joined), 500),
            ratio(joined + " / on a copy", worst_ratio(joined, "count by domain on a copy"), 5),
            ratio("all rows, ms", worst("all rows"), 3000),
            ratio("all rows / of a copy", worst_ratio("all rows", "all rows of a copy"), 10),
            ratio("one AoR, ms", figures["one AoR"]["warm_ms"], 50),
            ratio("per minute by domain over 24 hours, ms", figures["per minute by domain over 24 hours"]["warm_ms"], 1000)]
