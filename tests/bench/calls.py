"""Call statistics of a filled acc table, against a bare program that only reads the columns they need."""
import json
import os

import measure
from measure import ratio
from sbc import ROOT, option_file, text_of

DAYS, ENDPOINTS, DOMAINS = 7, 1000, 3
MOST_RECORDS = 1_000_000  # kept as records as well; 10,000,000 of them would take most of an hour

# A week of calls in order of their ends: a quarter fails, one in 500 lasts for hours.
FILL = """
INSERT INTO acc SELECT seq, 'INVITE', CONCAT('f', seq), CONCAT('t', seq), CONCAT(seq, '-4711@192.0.2.7'),
  IF(failed, ELT(1 + seq %% 4, '404', '486', '487', '503'), '200'), IF(failed, 'no', 'OK'),
  FROM_UNIXTIME(ended - CEIL(ms / 1000)), CEIL(ms / 1000), ms, setup, FROM_UNIXTIME(ended - CEIL(ms / 1000) - setup),
  CONCAT('sip:', caller, '@d', caller %% %(domains)d, '.example.org'), CONCAT('sip:', callee, '@d', callee %% %(domains)d, '.example.org')
FROM (SELECT seq, failed, ended, setup, caller, callee,
        IF(failed, 0, IF(seq %% 500 = 0, 3600000 * (1 + seq %% 7), 1000 + (seq * 7919) %% 360000)) AS ms
      FROM (SELECT seq, CRC32(seq) %% 4 = 0 AS failed, %(start)d + (seq * %(seconds)d) DIV %(calls)d AS ended,
              CRC32(seq + 1) %% 30 AS setup, 1000 + CRC32(seq + 2) %% %(endpoints)d AS caller,
              1000 + CRC32(seq + 3) %% %(endpoints)d AS callee
            FROM seq_1_to_%(calls)d) drawn) timed
"""


def configured(server, live, history):
    config = os.path.join(server.folder, "calls.yaml")
    with open(config, "w", encoding="ascii") as file:
        file.write("node: sbc1\nlock_file: %s/lock_calls\nlive: { option_file: %s, database: %s, missed_calls: false }\n"
                   "history: { option_file: %s, database: %s }\n"
                   % (server.folder, option_file(server), live, option_file(server), history))
    return config


def calls(bench, size, rounds):
    """`sipkeep backfill acc --no-records` over a week of calls (10,000,000 with --full) against only streaming the columns
    it needs; up to 1,000,000 once also with the records."""
    server, live, history = bench.server, "live_calls", "history_calls"
    server.sql("DROP DATABASE IF EXISTS %s; CREATE DATABASE %s" % (live, live))
    server.sql(text_of(os.path.join(ROOT, "tests/fixtures/opensips/3.6/acc.sql")), live)
    # Nothing here looks for a callid, and a key of 10,000,000 random texts takes longer to fill than all else.
    server.sql("ALTER TABLE acc DROP KEY callid_idx; SET time_zone='+00:00';" + FILL % {"calls": size, "seconds": DAYS * 86400, "start": 1_760_000_000,
                                                   "endpoints": ENDPOINTS, "domains": DOMAINS}, live)
    bench.progress("calls %d: filled" % size)
    config = configured(server, live, history)
    sipkeep, stream = os.path.join(bench.build, "src/sipkeep"), os.path.join(bench.build, "tests/bench/bench_stream_acc")
    runs = {"stream": [], "sums": [], "records": []}
    for turn in range(rounds):
        runs["stream"].append(measure.run(server, [stream, server.socket, live]))
        for what in ("sums", "records") if turn == 0 and size <= MOST_RECORDS else ("sums",):
            server.sql("DROP DATABASE IF EXISTS %s; CREATE DATABASE %s" % (history, history))
            measure.run(server, [sipkeep, "schema", "init", "-c", config])
            command = [sipkeep, "backfill", "acc", "-c", config, "--json", "-q"]
            runs[what].append(measure.run(server, command + (["--no-records"] if what == "sums" else [])))
            told = json.loads(runs[what][-1]["output"])["tables"]["acc"]
            assert (told["counted"], told["bad"]) == (size, 0), told
            assert server.number("SELECT SUM(attempts) FROM cdr_minute WHERE domain = '*'", history) == size
        bench.progress("calls %d, %d of %d: stream %.1f s, sums %.1f s" %
                       (size, turn + 1, rounds, runs["stream"][-1]["wall_s"], runs["sums"][-1]["wall_s"]))
    figures = {name: measure.medians(some) for name, some in runs.items() if some}
    for table in ("cdr_minute", "cdr_endpoint_hour"):
        figures[table + "_rows"] = server.number("SELECT COUNT(*) FROM %s" % table, history)
    server.sql("DROP DATABASE %s; DROP DATABASE %s" % (live, history))
    cpu = [figures[what]["process_cpu_s"] + figures[what]["server_cpu_s"] for what in ("sums", "stream")]
    ratios = [ratio("call sums / stream, wall", figures["sums"]["wall_s"] / figures["stream"]["wall_s"], 2),
              ratio("call sums / stream, CPU of process and server", cpu[0] / cpu[1], None),
              ratio("call sums, peak memory, MB", figures["sums"]["rss_mb"], 64)]
    if "records" in figures:
        ratios += [ratio("with records, peak memory, MB", figures["records"]["rss_mb"], 64),
                   ratio("with records / stream, wall", figures["records"]["wall_s"] / figures["stream"]["wall_s"], None)]
    return {"figures": figures, "ratios": ratios}
