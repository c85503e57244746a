"""A MariaDB of the bench's own: temp folder, unix socket, durable settings, and what it says about its work."""
import os
import shutil
import subprocess
import tempfile
import time

SETTINGS = ["--innodb-flush-log-at-trx-commit=1", "--innodb-doublewrite=1", "--innodb-flush-method=O_DIRECT",
            "--innodb-io-capacity=20000", "--innodb-io-capacity-max=40000", "--innodb-undo-log-truncate=OFF",
            "--character-set-server=utf8mb4", "--max-connections=100", "--skip-networking",
            "--thread-cache-size=64", "--performance-schema=OFF", "--skip-log-bin"]
TICK = os.sysconf("SC_CLK_TCK")


class Server:
    def __init__(self, buffer_pool, parent=None):
        self.folder = tempfile.mkdtemp(prefix="sipkeep-bench-", dir=parent)
        self.socket = self.folder + "/s"
        program = next(p for p in ("/usr/sbin/mariadbd", "/usr/bin/mariadbd", "/usr/sbin/mysqld")
                       if os.access(p, os.X_OK))
        user = ["--user=root"] if os.geteuid() == 0 else []
        with open(self.folder + "/log", "w", encoding="utf-8") as log:
            subprocess.run(["mariadb-install-db", "--no-defaults", "--datadir=" + self.folder + "/data",
                            "--auth-root-authentication-method=normal", "--skip-test-db"] + user,
                           stdout=log, stderr=log, check=True)
            log_size = "1G" if buffer_pool.endswith("4G") else "512M"
            self.process = subprocess.Popen(
                [program, "--no-defaults", "--datadir=" + self.folder + "/data", "--socket=" + self.socket,
                 "--pid-file=" + self.folder + "/pid", "--innodb-buffer-pool-size=" + buffer_pool,
                 "--innodb-log-file-size=" + log_size] + SETTINGS + user, stdout=log, stderr=log)
        for _ in range(600):
            if self.process.poll() is not None:
                raise SystemExit("mariadbd ended; see " + self.folder + "/log")
            try:
                self.sql("SELECT 1")
                return
            except subprocess.CalledProcessError:
                time.sleep(0.1)
        raise SystemExit("mariadbd did not start; see " + self.folder + "/log")

    def stop(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def sql(self, statements, database="", check=True):
        done = subprocess.run(["mariadb", "--no-defaults", "-uroot", "-S", self.socket, "-N", "-B", "-D", database or "mysql"],
                              input=statements, capture_output=True, text=True, check=False)
        if check and done.returncode != 0:
            if "Can't connect" not in done.stderr:
                print(done.stderr)
            raise subprocess.CalledProcessError(done.returncode, "mariadb")
        return [line.split("\t") for line in done.stdout.splitlines()]

    def status(self):
        names = ("Innodb_data_written", "Innodb_os_log_written", "Innodb_row_lock_waits",
                 "Innodb_buffer_pool_pages_dirty", "Innodb_history_list_length", "Questions")
        listed = ",".join("'%s'" % name for name in names)
        return {name: int(value) for name, value in
                self.sql("SHOW GLOBAL STATUS WHERE Variable_name IN (%s)" % listed)}

    def cpu_s(self):
        """User and system time of the server: by the scheduler's nanoseconds where it tells, else in ticks."""
        with open("/proc/%d/stat" % self.process.pid, encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def written_bytes(self):
        """Bytes the server sent to the disk, whatever for."""
        with open("/proc/%d/io" % self.process.pid, encoding="ascii") as io:
            return int(next(line.split()[1] for line in io if line.startswith("write_bytes")))

    def settle(self):
        """Waits until what was done has reached the disk: no dirty page, nothing to purge."""
        self.sql("SET GLOBAL innodb_max_dirty_pages_pct_lwm=0, GLOBAL innodb_max_dirty_pages_pct=0")
        for _ in range(1200):
            now = self.status()
            if now["Innodb_buffer_pool_pages_dirty"] < 20 and now["Innodb_history_list_length"] < 20:
                break
            time.sleep(0.05)
        self.sql("SET GLOBAL innodb_max_dirty_pages_pct=90")

    def disk_bytes(self, database, like):
        """Size of the files of the tables whose name begins with one of `like`."""
        total = 0
        for name in os.listdir(os.path.join(self.folder, "data", database)):
            if name.endswith(".ibd") and any(name.startswith(stem) for stem in like):
                total += os.path.getsize(os.path.join(self.folder, "data", database, name))
        return total
