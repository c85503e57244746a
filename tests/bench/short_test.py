"""Does the bench still work? Runs every case at a tiny size and wants every figure; how fast anything was is nobody's
business here. SIPKEEP_BENCH_BUILD names the build whose programs it runs."""
import json
import math
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

import bench
import report

HERE = os.path.dirname(os.path.abspath(__file__))
STEADY = ("snapshot", "floor", "narrow_floor", "copy")
FIGURES = {
    "steady": STEADY + ("changes", "copies_in_a_row", "in_a_row", "row_lock_waits"),
    "growth": ("refresh_0", "refresh_30"),
    "first": ("snapshot", "copy"),
    "nothing": ("stored", "unchanged", "connect"),
    "writers": ("alone", "with_snapshots", "with_floors", "odd", "even", "snapshots", "row_lock_waits"),
    "outage": ("spool_bytes", "spool_bytes_a_capture", "with_history", "while_away", "replay"),
    "fleet": ("together", "apart", "alone", "first_s", "history_cpu_s"),
    "midnight": ("median_s", "slowest_s", "first_after_midnight_s", "captures"),
    "day": ("bytes", "calls", "call_rows", "registrations_bytes", "calls_bytes", "copy_of_one_minute_bytes", "slowest"),
    "splice": ("snapshot", "between", "day_before", "dump"),
    "calls": ("stream", "sums", "records", "cdr_minute_rows", "cdr_endpoint_hour_rows"),
    "packing": ("samples", "plain_bytes", "packed_bytes", "panel_bytes", "rate_packed", "retain"),
    "queries": ("days", "at", "per minute by domain over 24 hours", "one AoR", "reports"),
}
MEASURED = ("wall_s", "cpu_s", "written_bytes", "redo_bytes", "rss_mb", "row_lock_waits")


def run(*words):
    done = subprocess.run([sys.executable, os.path.join(HERE, "bench.py"), *words], check=False, stdout=subprocess.PIPE, text=True)
    print(done.stdout)
    assert done.returncode == 0, "bench.py %s: exit %d" % (" ".join(words), done.returncode)
    return done.stdout


def check_case(result):
    name, figures = result["case"], result["figures"]
    missing = [what for what in FIGURES[name] if figures.get(what) is None]
    assert not missing, "%s lacks %s" % (name, missing)
    for what, figure in figures.items():
        if isinstance(figure, dict) and "server_cpu_s" in figure:
            assert all(key in figure for key in MEASURED), "%s, %s: %s" % (name, what, sorted(figure))
    for one in result["ratios"]:
        assert math.isfinite(one["value"]), "%s: %s is %s" % (name, one["what"], one["value"])
    assert result["server"]["innodb_flush_log_at_trx_commit"] == "1", result["server"]


def check_goals(found):
    """Each goal names a ratio that some case really tells."""
    told = {(one["case"], ratio["what"]) for one in found["results"] for ratio in one["ratios"]}
    for what, case, _, name in report.GOALS:
        assert (case, name) in told, "'%s' wants '%s' of %s, which tells no such ratio" % (what, name, case)


def main():
    with tempfile.TemporaryDirectory(prefix="sipkeep-bench-short-") as folder:
        path, svg = os.path.join(folder, "short.json"), os.path.join(folder, "short.svg")
        run("--short", "--out", path, "--folder", folder)
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
        assert [one["case"] for one in found["results"]] == list(bench.CASES), [one["case"] for one in found["results"]]
        for result in found["results"]:
            check_case(result)
        check_goals(found)
        assert len(run("--report", path).splitlines()) > len(report.GOALS)
        run("--plot", path, "--svg", svg)
        assert len(xml.etree.ElementTree.parse(svg).getroot()) > 20, "an empty plot"
        assert "--again" in run("--help")
        assert not run("--short", "--out", path).strip(), "what the JSON held was measured again"


if __name__ == "__main__":
    main()
