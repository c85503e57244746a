"""A MariaDB of the bench's own: temp folder, unix socket, the defaults, and what it says about its work."""
import os
import shutil
import subprocess
import sys
import tempfile
import time

# What Debian's configuration says, and what keeps the server to itself. All else is MariaDB's default, which is durable:
# flush_log_at_trx_commit=1, doublewrite on. The buffer pool is an argument, as on any server that holds a database.
SETTINGS = ["--character-set-server=utf8mb4", "--collation-server=utf8mb4_general_ci", "--skip-networking", "--skip-log-bin"]
TOLD = ("version", "innodb_buffer_pool_size", "innodb_log_file_size", "innodb_flush_log_at_trx_commit", "innodb_doublewrite",
        "innodb_flush_method", "innodb_io_capacity", "innodb_io_capacity_max", "innodb_max_dirty_pages_pct",
        "innodb_max_dirty_pages_pct_lwm", "innodb_undo_log_truncate", "innodb_adaptive_flushing", "performance_schema", "log_bin")
TICK = os.sysconf("SC_CLK_TCK")


class Server:
    """`patience_s`: how long settle() waits at most. `redo_log`: size of the redo log, as the server takes it."""

    def __init__(self, buffer_pool, parent=None, patience_s=300, redo_log="96M"):
        self.patience_s, self.redo_log = patience_s, redo_log
        self.folder = tempfile.mkdtemp(prefix="sipkeep-bench-", dir=parent)
        self.socket = self.folder + "/s"
        self.process = None
        try:
            self.start(buffer_pool)
            self.settings = dict(self.sql("SHOW GLOBAL VARIABLES WHERE Variable_name IN (%s)" % quoted(TOLD)))
        except BaseException:
            self.stop()
            raise

    def start(self, buffer_pool):
        program = next(p for p in ("/usr/sbin/mariadbd", "/usr/bin/mariadbd", "/usr/sbin/mysqld")
                       if os.access(p, os.X_OK))
        user = ["--user=root"] if os.geteuid() == 0 else []
        with open(self.folder + "/log", "w", encoding="utf-8") as log:
            subprocess.run(["mariadb-install-db", "--no-defaults", "--datadir=" + self.folder + "/data", "--tmpdir=" + self.folder,
                            "--auth-root-authentication-method=normal", "--skip-test-db"] + user,
                           stdout=log, stderr=log, check=True)
            self.process = subprocess.Popen(
                [program, "--no-defaults", "--datadir=" + self.folder + "/data", "--tmpdir=" + self.folder, "--socket=" + self.socket,
                 "--pid-file=" + self.folder + "/pid", "--innodb-buffer-pool-size=" + buffer_pool,
                 "--innodb-log-file-size=" + self.redo_log] + SETTINGS + user,
                stdout=log, stderr=log)
        for _ in range(600):
            if self.process.poll() is not None:
                break
            try:
                self.sql("SELECT 1", quiet=True)
                return
            except subprocess.CalledProcessError:
                time.sleep(0.1)
        with open(self.folder + "/log", encoding="utf-8", errors="replace") as log:
            raise SystemExit("mariadbd did not start: " + log.read()[-2000:])

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def sql(self, statements, database="", quiet=False):
        done = subprocess.run(["mariadb", "--no-defaults", "-uroot", "-S", self.socket, "-N", "-B", "-D", database or "mysql"],
                              input=statements, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            if not quiet:
                print(done.stderr, file=sys.stderr, flush=True)
            raise subprocess.CalledProcessError(done.returncode, "mariadb: " + done.stderr.strip())
        return [line.split("\t") for line in done.stdout.splitlines()]

    def number(self, query, database=""):
        return int(self.sql(query, database)[0][0])

    def status(self):
        names = ("Innodb_data_written", "Innodb_os_log_written", "Innodb_row_lock_waits",
                 "Innodb_buffer_pool_pages_dirty", "Innodb_history_list_length", "Questions")
        return {name: int(value) for name, value in
                self.sql("SHOW GLOBAL STATUS WHERE Variable_name IN (%s)" % quoted(names))}

    def cpu_s(self):
        """User and system time of the server, in ticks of 10 ms."""
        with open("/proc/%d/stat" % self.process.pid, encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def written_bytes(self):
        """Bytes the server sent to the disk, whatever for."""
        with open("/proc/%d/io" % self.process.pid, encoding="ascii") as io:
            return int(next(line.split()[1] for line in io if line.startswith("write_bytes")))

    def settle(self):
        """Waits until what was done has reached the disk: no dirty page, nothing to purge. Faster than a server left alone
        would do it; the settings are the defaults again afterwards."""
        self.sql("SET GLOBAL innodb_io_capacity_max=40000; SET GLOBAL innodb_io_capacity=20000; "
                 "SET GLOBAL innodb_max_dirty_pages_pct_lwm=0; SET GLOBAL innodb_max_dirty_pages_pct=0")
        deadline = time.monotonic() + self.patience_s
        while True:
            now = self.status()
            if now["Innodb_buffer_pool_pages_dirty"] < 20 and now["Innodb_history_list_length"] < 20:
                break
            if time.monotonic() > deadline:
                if self.patience_s > 1:
                    print("# did not settle in %d s: %s" % (self.patience_s, now), file=sys.stderr, flush=True)
                break
            time.sleep(0.05)
        self.sql("SET GLOBAL innodb_max_dirty_pages_pct=%(innodb_max_dirty_pages_pct)s; "
                 "SET GLOBAL innodb_max_dirty_pages_pct_lwm=%(innodb_max_dirty_pages_pct_lwm)s; "
                 "SET GLOBAL innodb_io_capacity=%(innodb_io_capacity)s; "
                 "SET GLOBAL innodb_io_capacity_max=%(innodb_io_capacity_max)s" % self.settings)

    def disk_bytes(self, database, tables):
        """Size of the files of these tables, those of their partitions included."""
        folder = os.path.join(self.folder, "data", database)
        total = 0
        for name in os.listdir(folder):
            if name.endswith(".ibd") and name[:-4].split("#")[0] in tables:
                total += os.path.getsize(os.path.join(folder, name))
        return total

    def free_bytes(self):
        found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize


def quoted(names):
    return ",".join("'%s'" % name for name in names)
