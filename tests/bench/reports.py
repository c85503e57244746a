"""How long each report of `sipkeep report` takes over a day, before and after `sipkeep retain` adds it up, and over all days there are."""
import datetime
import json
import os
import subprocess
import time

import measure
import past
import records
from measure import ratio

def asked(sbc, words):
    """Seconds, and rows, of one report."""
    started = time.monotonic()
    done = subprocess.run([sbc.sipkeep(), "report", *words, "-c", sbc.config, "--format", "csv"], check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode != 0:
        raise measure.Failed("sipkeep report %s: %s" % (" ".join(words), done.stderr.decode(errors="replace")))
    return {"wall_s": time.monotonic() - started, "rows": done.stdout.count(b"\r\n") - 1}


def questions(name, begin, end):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../schema/reports/%s.sql" % name), encoding="utf-8") as file:
        head = file.read()
    if "-- range: none" in head:
        return [name]
    if "-- range: at" in head:
        return [name, "--at", "%sZ" % (begin + (end - begin) // 2).isoformat()]
    return [name, "--from", "%sZ" % begin.isoformat(), "--to", "%sZ" % end.isoformat()]


def some_of(bench, known):
    """All of them; with --short, where the figures are nobody's business, the first and last of each group."""
    groups = {}
    for one in known:
        groups.setdefault(one["group"], []).append(one)
    return known if not bench.reuse else [one for group in groups.values() for one in group[:1] + group[-1:]]


def reports(bench, sbc):
    """{report: {"not added up": .., "day": .., "all": ..}} of yesterday by the bench's clock, before and after `sipkeep retain`, and of all its
    days, the older ones packed and added up. Of call records there are those of yesterday, and their sums of all days."""
    end = past.day_of(sbc)
    begin, first = end - datetime.timedelta(days=1), end - datetime.timedelta(days=bench.days - 1)
    aor = "@".join(sbc.server.sql("SELECT username, domain FROM location_version WHERE node_id = 1 ORDER BY contact_id LIMIT 1",
                                  sbc.history)[0])
    names = [one["report"] for one in some_of(bench, json.loads(sbc.plain([sbc.sipkeep(), "report", "--json"])))]
    more = {name: ["--aor", aor] if name == "sessions" else [] for name in names}
    found = {}
    records.take(bench, sbc, begin, end)
    records.fill_sums(bench, sbc, begin, first)
    for name in names:
        found[name] = {"not added up": asked(sbc, questions(name, begin, end) + more[name])}
        bench.progress("report %s, not added up: %.2f s" % (name, found[name]["not added up"]["wall_s"]))
    started = time.monotonic()
    sbc.plain([sbc.sipkeep(), "retain", "-c", sbc.config])
    bench.progress("retain: %.0f s" % (time.monotonic() - started))
    for name in names:
        found[name]["day"] = asked(sbc, questions(name, begin, end) + more[name])
        over_all = questions(name, first, end)
        if "--from" in over_all:
            found[name]["all"] = asked(sbc, over_all + more[name])
        bench.progress("report %s: %s" % (name, ", ".join("%s %.2f s, %d rows" % (what, told["wall_s"], told["rows"])
                                                          for what, told in found[name].items())))
    return found


def ratios_of(found):
    def slowest(what):
        return max(1000 * told[what]["wall_s"] for told in found.values() if what in told)

    return [ratio("slowest report over a day, ms", slowest("day"), 1000),
            ratio("slowest report over a day that is not added up, ms", slowest("not added up"), None),
            ratio("slowest report over all days, ms", slowest("all"), 5000)]
