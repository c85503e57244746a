"""One SBC of a given size: its live tables, its statistics, its sipkeep, and the tables of what is compared."""
import datetime
import os
import subprocess

import measure

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
DAY_S = 86_400


def text_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Sbc:
    """`live_server`: the server of the live tables, where that is not the one of the history. `interval`: seconds between
    captures; all that happens a minute happens once an interval. `refresh`: percent of the registrations that do."""

    def __init__(self, bench, size, start_of_day_s=8 * 3600, interval=60, refresh=3, live_server=None, full_compare_every=60):
        self.server, self.live_server = bench.server, live_server or bench.server
        self.build, self.size, self.interval = bench.build, size, interval
        self.pace = ["interval=%d" % interval, "refresh=%d" % refresh]
        self.live, self.history, self.bench = ("%s_%d" % (stem, size) for stem in ("live", "history", "bench"))
        self.changes = os.path.join(self.server.folder, "changes_%d" % size)
        self.minute = 0
        self.mi = subprocess.Popen([self.program("bench_mi")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self.mi.stdout.readline().strip()
        try:
            self.make_databases()
            self.spool = os.path.join(self.server.folder, "spool_%d" % size)
            self.config = self.write_config(full_compare_every)
            self.plain([self.sipkeep(), "schema", "init", "-c", self.config])
            # Only now: the partitions `schema init` makes begin today.
            today = datetime.datetime.now(datetime.timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
            self.start = int(today.timestamp()) + start_of_day_s
            self.plain([self.program("bench_population"), "create", self.live_server.socket, self.live, str(size),
                        str(self.at())] + self.pace)
        except BaseException:
            self.end(drop=False)
            raise

    def make_databases(self):
        for server, database in ((self.live_server, self.live), (self.server, self.history), (self.server, self.bench)):
            server.sql("DROP DATABASE IF EXISTS %s; CREATE DATABASE %s" % (database, database))
        for table in ("location", "dialog"):
            self.live_server.sql(text_of(os.path.join(ROOT, "tests/fixtures/opensips/3.6/%s.sql" % table)), self.live)
        self.server.sql(text_of(os.path.join(HERE, "tables.sql")), self.bench)

    def program(self, name):
        return os.path.join(self.build, "tests/bench", name)

    def sipkeep(self):
        return os.path.join(self.build, "src/sipkeep")

    def write_config(self, full_compare_every, away=False):
        """`away`: no history server listens where this one looks for it."""
        config = os.path.join(self.server.folder, "sipkeep_%d%s.yaml" % (self.size, "_away" if away else ""))
        history = option_file(self.server, nowhere=True) if away else option_file(self.server)
        with open(config, "w", encoding="ascii") as file:
            file.write("node: sbc1\ninterval: %ds\nlock_file: %s/lock_%d\n" % (self.interval, self.server.folder, self.size) +
                       "mi: { url: \"%s\", dispatcher: false }\n" % self.url +
                       "live: { option_file: %s, database: %s, full_compare_every: %d }\n"
                       % (option_file(self.live_server), self.live, full_compare_every) +
                       "history: { option_file: %s, database: %s }\nspool: { dir: %s }\n" % (history, self.history, self.spool))
        return config

    def at(self):
        return self.start + self.interval * self.minute

    def at_text(self, later_s=0):
        return datetime.datetime.fromtimestamp(self.at() + later_s, datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S")

    def plain(self, command):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise measure.Failed("%s: %s%s" % (" ".join(command), done.stdout, done.stderr))
        return done.stdout

    def move(self):
        """The next minute: the live tables move, and `changes` tells which rows."""
        self.minute += 1
        self.plain([self.program("bench_population"), "move", self.live_server.socket, self.live, str(self.minute),
                    str(self.at()), self.changes] + self.pace)

    # The programs that are compared, as commands for the minute at hand.
    def snapshot(self, away=False):
        config = self.write_config(60, away=True) if away else self.config
        return [self.sipkeep(), "snapshot", "-c", config, "--json", "--at", str(self.at())]

    def replay(self):
        return [self.sipkeep(), "spool", "replay", "-c", self.config]

    def floor(self, kind="full"):
        key = self.at_text(later_s=1 if kind == "narrow" else 0)  # both kinds keep the same minute
        return [self.program("bench_floor"), self.live_server.socket, self.live, self.server.socket, self.bench, key,
                self.changes, kind]

    def copy(self, later_s=0):
        return [self.program("bench_copy"), self.server.socket, self.live, self.bench, self.at_text(later_s)]

    def connect(self):
        return [self.program("bench_copy"), self.server.socket, self.live, "connect"]

    def forget_copies(self):
        self.server.sql("TRUNCATE location_copy; TRUNCATE dialog_copy", self.bench)

    def end(self, drop=True):
        self.mi.stdin.close()
        self.mi.wait()
        if drop:
            self.live_server.sql("DROP DATABASE %s" % self.live)
            self.server.sql("DROP DATABASE %s; DROP DATABASE %s" % (self.history, self.bench))


def option_file(server, nowhere=False):
    path = os.path.join(server.folder, "nowhere.cnf" if nowhere else "client.cnf")
    with open(path, "w", encoding="ascii") as file:
        os.chmod(path, 0o600)
        file.write("[client]\nsocket=%s%s\nuser=root\n" % (server.socket, ".none" if nowhere else ""))
    return path
