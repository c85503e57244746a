"""Reading a dump, and putting it into the past."""
import json
import os
import subprocess

import measure
from measure import ratio
from sbc import Sbc


def read(bench, size):
    """MB a second of CPU time of both passes over a dump of so many registrations."""
    done = subprocess.run([os.path.join(bench.build, "tests/bench/bench_dump"), str(size), bench.server.folder], check=True,
                          stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def dump(sbc):
    path = os.path.join(sbc.server.folder, "dump_%d.sql" % sbc.size)
    with open(path, "wb") as file:
        subprocess.run(["mariadb-dump", "--no-defaults", "-uroot", "-S", sbc.live_server.socket, "--single-transaction", sbc.live,
                        "location", "dialog"], check=True, stdout=file)
    return path


def splice(bench, size, rounds):
    """`sipkeep backfill dump` of a minute that was missed, between others, and of the day before the first capture, which it
    opens and ends for every registration; in turn with steady snapshots. And how fast a dump is read."""
    parsed = read(bench, size)
    sbc = Sbc(bench, size, start_of_day_s=8 * 3600 - 2 * 86_400)  # nothing of the future is put in
    measure.run(bench.server, sbc.snapshot())
    runs = {"snapshot": [], "between": [], "day_before": []}
    for turn in range(rounds):
        sbc.move()
        missed, path = sbc.at(), dump(sbc)
        sbc.move()
        runs["snapshot"].append(measure.run(bench.server, sbc.snapshot()))
        for name, at in (("between", missed), ("day_before", missed - 86_400)):
            one = measure.run(bench.server, [sbc.sipkeep(), "backfill", "dump", path, "--captured-at", str(at), "-c", sbc.config,
                                             "--json", "-q"])
            assert json.loads(one["output"].splitlines()[-1])["put_in"] == 1, one["output"]
            runs[name].append(one)
        os.unlink(path)
        bench.progress("splice %d, %d of %d: %s" % (size, turn + 1, rounds, ", ".join(
            "%s %.2f s" % (name, some[-1]["wall_s"]) for name, some in runs.items())))
    sbc.plain([sbc.sipkeep(), "verify", "-c", sbc.config])
    sbc.end()
    figures = {name: measure.medians(some) for name, some in runs.items()}
    both = parsed["megabytes"] / (parsed["megabytes"] / parsed["first_pass_mb_s"] + parsed["megabytes"] / parsed["rows_mb_s"])
    return {"figures": {**figures, "dump": parsed}, "ratios": [
        ratio("a dump, both passes, MB a CPU second", both, 100, higher_is_better=True),
        ratio("splice between others / snapshot, wall", figures["between"]["wall_s"] / figures["snapshot"]["wall_s"], None),
        ratio("splice of the day before / snapshot, wall", figures["day_before"]["wall_s"] / figures["snapshot"]["wall_s"], None),
        ratio("splice, peak memory, MB", max(figures[name]["rss_mb"] for name in ("between", "day_before")), None)]}
