"""The command line of the bench: which cases, at which sizes; prints the tables, writes JSON."""
import argparse
import inspect
import json
import os
import sys
import time

import cases
import day
import measure
from server import SETTINGS, Server

# name: function, sizes of --quick, sizes of --full, rounds of --quick and of --full
CASES = {
    "steady": (cases.steady, [1_000, 10_000], [1_000, 10_000, 100_000, 1_000_000], 4, 8),
    "first": (cases.first, [1_000, 10_000], [1_000, 10_000, 100_000, 1_000_000], 1, 3),
    "nothing": (cases.nothing, [1_000], [1_000], 20, 60),
    "writers": (cases.writers, [10_000], [100_000], 1, 4),
    "midnight": (cases.midnight, [1_000], [100_000, 1_000_000], 1, 1),
    "day": (day.day, [1_000], [100_000], 1, 1),
}
LARGE = 1_000_000


def shown(name, size, result):
    """The table of a case as text."""
    lines = ["", "%s, %s registrations" % (name, format(size, ","))]
    rows = [(what, f) for what, f in result["figures"].items() if isinstance(f, dict) and "rss_mb" in f]
    if rows:
        lines.append("| what | wall ms (min .. max) | CPU ms process + server | .. until settled | written MB | redo MB | peak MB | lock waits |")
        lines.append("|---|---|---|---|---|---|---|---|")
    for what, f in rows:
        lines.append("| %s | %.1f (%.1f .. %.1f) | %.1f + %.1f | %.1f | %.2f | %.2f | %.1f | %d |" % (
            what, 1000 * f["wall_s"], 1000 * f["wall_s_min"], 1000 * f["wall_s_max"], 1000 * f["process_cpu_s"],
            1000 * f["server_cpu_s"], 1000 * f["cpu_until_settled_s"], f["written_bytes"] / 1e6, f["redo_bytes"] / 1e6,
            f["rss_mb"], f["row_lock_waits"]))
    for what, f in result["figures"].items():
        if (what, f) not in rows and what != "captures":
            lines.append("%s: %s" % (what, json.dumps(f)))
    lines += ["", "| ratio | measured | goal | met |", "|---|---|---|---|"]
    for one in result["ratios"]:
        lines.append("| %s | %.3g | %s | %s |" % (one["what"], one["value"], one["goal"], "yes" if one["met"] else "**no**"))
    return "\n".join(lines)


def parse():
    parser = argparse.ArgumentParser(prog="tests/bench/run", description="Measures sipkeep against the least work "
                                     "possible and against copying the tables.", epilog="cases: " + "; ".join(
                                         "%s: %s" % (n, inspect.getdoc(c[0])) for n, c in CASES.items()))
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="small populations, buffer pool 1G (default)")
    size.add_argument("--full", action="store_true", help="up to 1,000,000 registrations, buffer pool 4G; hours")
    parser.add_argument("--only", action="append", choices=list(CASES), help="this case only; may be repeated")
    parser.add_argument("--sizes", type=lambda text: [int(n.replace("_", "")) for n in text.split(",")],
                        help="registrations, e.g. 1000,100000")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--out", default="bench.json", help="where the JSON goes (default: bench.json)")
    parser.add_argument("--folder", help="where the server's folder is made (default: the temp folder)")
    return parser.parse_args()


def main():
    args = parse()
    build = os.environ.get("SIPKEEP_BENCH_BUILD") or os.path.join(cases_root(), "build/release")
    found = {"machine": measure.machine(), "server_settings": SETTINGS, "command": sys.argv[1:], "results": []}
    server = Server("4G" if args.full else "1G", args.folder)
    found["server"] = server.sql("SELECT VERSION()")[0][0]
    try:
        for name in args.only or list(CASES):
            function, quick_sizes, full_sizes, quick_rounds, full_rounds = CASES[name]
            for size in args.sizes or (full_sizes if args.full else quick_sizes):
                rounds = args.rounds or (full_rounds if args.full else quick_rounds)
                if size >= LARGE:
                    rounds = min(rounds, 4)
                started = time.monotonic()
                result = function(server, build, size, rounds, lambda text: print("#", text, file=sys.stderr, flush=True))
                result.update(case=name, size=size, rounds=rounds, took_s=time.monotonic() - started)
                found["results"].append(result)
                print(shown(name, size, result), flush=True)
                with open(args.out, "w", encoding="utf-8") as out:
                    json.dump(found, out, indent=1)
    finally:
        server.stop()


def cases_root():
    return os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


if __name__ == "__main__":
    main()
