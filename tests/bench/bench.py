"""The command line of the bench: which cases, at which sizes; prints the tables, writes JSON."""
import argparse
import inspect
import json
import os
import signal
import sys
import time
import traceback

import calls
import cases
import day
import fleet
import measure
import outage
import packing
import plot
import queries
import report
import splice
import steady
from server import SETTINGS, Server

ALL = (1_000, 10_000, 100_000, 1_000_000)
# name: function, sizes of --quick and of --full, rounds of --quick and of --full (--short: 1,000 and 1)
CASES = {
    "steady": (steady.steady, ALL[:2], ALL, 4, 8),
    "growth": (steady.growth, (10_000,), (100_000,), 3, 5),
    "first": (cases.first, ALL[:2], ALL, 1, 3),
    "nothing": (cases.nothing, (1_000,), (1_000,), 20, 60),
    "writers": (cases.writers, (10_000,), (100_000,), 2, 4),
    "outage": (outage.outage, (10_000,), (100_000,), 1, 1),
    "fleet": (fleet.fleet, (20,), (200,), 3, 5),
    "midnight": (day.midnight, (10_000,), (1_000_000,), 1, 1),
    "day": (day.day, (1_000,), (100_000,), 1, 1),
    "splice": (splice.splice, (10_000,), (100_000, 1_000_000), 3, 3),
    "calls": (calls.calls, (100_000,), (1_000_000, 10_000_000), 3, 3),
    "packing": (packing.packing, (400,), (400,), 5, 5),
    "queries": (queries.queries, (1_000,), (100_000,), 5, 5),
}
# What --short, --quick and --full differ in besides; each can be set by an option of its name.
KNOBS = {
    "captures": ("captures in a row whose bytes are counted", 2, 10, 30),
    "seconds": ("of a round of writers", 2, 10, 30),
    "minutes": ("of the simulated day", 5, 1440, 1440),
    "days": ("that the queries are asked about", 3, 30, 30),
    "away": ("captures while the history database is away", 3, 10, 60),
    "steps": ("captures of `midnight`", 4, 30, 144),
    "interval": ("seconds between the captures of `midnight`", 600, 600, 600),
}
PROFILES = ("short", "quick", "full")
RATES = (0, 1, 3, 10, 30)  # percent of the registrations that refresh in a minute
LARGE = 1_000_000


class Bench:
    """What a case is run with: servers, programs, knobs."""

    def __init__(self, args, build):
        short = args.profile == "short"
        self.build, self.reuse, self.rates = build, short, RATES[::4] if short else RATES
        self.server_options = {"parent": args.folder, "patience_s": 0.3 if short else 300, "redo_log": args.redo_log}
        self.buffer_pool = "4G" if args.profile == "full" else "1G"
        self.server = self.live = self.day = None
        for name, knob in KNOBS.items():
            chosen = getattr(args, name)
            setattr(self, name, knob[1 + PROFILES.index(args.profile)] if chosen is None else chosen)

    def progress(self, text):
        print("#", time.strftime("%H:%M:%S"), text, file=sys.stderr, flush=True)

    def begin(self):
        """A server of its own for each case, so that none finds what another left."""
        if self.server and not self.reuse:
            self.end()
        self.server = self.server or Server(self.buffer_pool, **self.server_options)

    def live_server(self):
        self.live = self.live or Server(self.buffer_pool, **self.server_options)
        return self.live

    def forget_day(self):
        if self.day:
            self.day.end()
        self.day = None

    def end(self):
        if self.day:
            self.day.end(drop=False)
        for server in (self.server, self.live):
            if server:
                server.stop()
        self.server = self.live = self.day = None


def parse():
    parser = argparse.ArgumentParser(
        prog="tests/bench/run", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Measures sipkeep against the least work possible and against copying the tables. What the JSON file\n"
                    "holds already is not measured again, so that a run that was stopped can be started again.",
        epilog="cases:\n" + "\n".join("  %-10s%s" % (n, " ".join(inspect.getdoc(c[0]).split())) for n, c in CASES.items()))
    profile = parser.add_mutually_exclusive_group()
    for name, what in (("short", "does everything work? seconds"), ("quick", "small populations, buffer pool 1G (default)"),
                       ("full", "up to 1,000,000 registrations, buffer pool 4G; hours")):
        profile.add_argument("--" + name, dest="profile", action="store_const", const=name, default="quick", help=what)
    parser.add_argument("--only", action="append", choices=list(CASES), help="this case only; may be repeated")
    parser.add_argument("--sizes", type=lambda text: [int(n.replace("_", "")) for n in text.split(",")],
                        help="registrations, e.g. 1000,100000")
    parser.add_argument("--rounds", type=int)
    for name, knob in KNOBS.items():
        parser.add_argument("--" + name, type=int, help="%s (short, quick, full: %d, %d, %d)" % knob)
    parser.add_argument("--redo-log", default="96M", help="innodb_log_file_size of the servers (default: 96M, MariaDB's)")
    parser.add_argument("--out", default="bench.json", help="where the JSON goes (default: bench.json)")
    parser.add_argument("--again", action="store_true", help="measure also what the JSON file holds")
    parser.add_argument("--folder", help="where the servers' folders are made (default: the temp folder)")
    parser.add_argument("--report", metavar="FILE.json", help="only print the goals of a JSON file as a table")
    parser.add_argument("--plot", metavar="FILE.json", help="only draw docs/performance.svg (or --svg) of a JSON file")
    parser.add_argument("--svg", metavar="FILE.svg", default=os.path.join(root(), "docs/performance.svg"))
    return parser.parse_args()


def todo(args):
    column = PROFILES.index(args.profile)
    for name in args.only or list(CASES):
        _, quick_sizes, full_sizes, quick_rounds, full_rounds = CASES[name]
        for size in args.sizes or ((1_000,), quick_sizes, full_sizes)[column]:
            rounds = args.rounds or (1, quick_rounds, full_rounds)[column]
            yield name, size, min(rounds, 4) if size >= LARGE else rounds


def load(path):
    if not os.path.exists(path):
        return {"results": []}
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def save(found, path):
    with open(path + ".new", "w", encoding="utf-8") as out:
        json.dump(found, out, indent=1)
    os.replace(path + ".new", path)


def one_case(bench, name, size, rounds):
    if name == "queries" and bench.day and bench.day.size == size:
        bench.progress("queries %d: of the day simulated before" % size)
    else:
        bench.forget_day()
        bench.begin()
    started = time.monotonic()
    result = CASES[name][0](bench, size, rounds)
    result.update(case=name, size=size, rounds=rounds, took_s=time.monotonic() - started,
                  began=time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() - (time.monotonic() - started))),
                  machine=measure.machine(), server=bench.server.settings, server_options=SETTINGS)
    return result


def measured(args, bench):
    found, failed = load(args.out), []
    for name, size, rounds in todo(args):
        known = [one for one in found["results"] if (one["case"], one["size"]) == (name, size)]
        if known and not args.again:
            bench.progress("%s %d: in %s already (--again measures it again)" % (name, size, args.out))
            continue
        bench.progress("%s %d: begins" % (name, size))
        try:
            result = one_case(bench, name, size, rounds)
        except Exception as error:  # the other cases are worth their time all the same
            traceback.print_exc()
            failed.append("%s %d: %s" % (name, size, error))
            bench.end()
            continue
        found["results"] = [one for one in found["results"] if one not in known] + [result]
        save(found, args.out)
        print(report.shown(result), flush=True)
    return failed


def main():
    args = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # so that no server is left behind
    for path, draw in ((args.report, report.print_goals), (args.plot, lambda found: plot.draw(found, args.svg))):
        if path:
            draw(load(path))
    if args.report or args.plot:
        return 0
    bench = Bench(args, os.environ.get("SIPKEEP_BENCH_BUILD") or os.path.join(root(), "build/release"))
    try:
        failed = measured(args, bench)
    finally:
        bench.end()
    for one in failed:
        print("failed:", one, file=sys.stderr)
    return 1 if failed else 0


def root():
    return os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


if __name__ == "__main__":
    sys.exit(main())
