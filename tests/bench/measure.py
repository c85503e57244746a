"""Runs one program and tells what it cost: itself, the server, the disk."""
import os
import resource
import statistics
import subprocess
import time


class Failed(Exception):
    pass


def run(server, command, settle=True, codes=(0,)):
    """`codes`: the exit codes that are no failure. Wall seconds, CPU seconds of process and server, bytes written until all is on disk, peak RSS in MB."""
    if settle:
        server.settle()
    before = server.status()
    cpu_before, io_before = server.cpu_s(), server.written_bytes()
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - started
    cpu_end = server.cpu_s()
    if process.returncode not in codes:
        raise Failed("%s: exit %d: %s" % (" ".join(command), process.returncode, output.decode(errors="replace")))
    if settle:
        server.settle()
    after = server.status()
    process_cpu = usage.ru_utime + usage.ru_stime
    return {
        "wall_s": wall,
        "process_cpu_s": process_cpu,
        "server_cpu_s": cpu_end - cpu_before,
        "cpu_s": process_cpu + cpu_end - cpu_before,
        "cpu_until_settled_s": process_cpu + server.cpu_s() - cpu_before,
        "written_bytes": server.written_bytes() - io_before,
        "innodb_data_written": after["Innodb_data_written"] - before["Innodb_data_written"],
        "redo_bytes": after["Innodb_os_log_written"] - before["Innodb_os_log_written"],
        "row_lock_waits": after["Innodb_row_lock_waits"] - before["Innodb_row_lock_waits"],
        "rss_mb": usage.ru_maxrss / 1024,
        "output": output.decode(errors="replace").strip(),
    }


def in_a_row(server, step, count):
    """What the server wrote for each of `count` steps in a row, from all settled until all is settled again."""
    server.settle()
    before, io_before = server.status(), server.written_bytes()
    for _ in range(count):
        step()
    server.settle()
    after = server.status()
    return {"count": count,
            "written_bytes": (server.written_bytes() - io_before) / count,
            "redo_bytes": (after["Innodb_os_log_written"] - before["Innodb_os_log_written"]) / count}


def medians(runs):
    """Of each figure the median; of CPU, which the kernel may count in ticks of 10 ms, the mean."""
    found = {}
    for key in runs[0]:
        if key == "output":
            continue
        values = [one[key] for one in runs]
        found[key] = statistics.fmean(values) if "cpu" in key else statistics.median(values)
    found["wall_s_min"] = min(one["wall_s"] for one in runs)
    found["wall_s_max"] = max(one["wall_s"] for one in runs)
    found["runs"] = len(runs)
    return found


def ratio(what, value, goal, higher_is_better=False):
    """One line of a case's table of ratios. A goal of None: only told."""
    met = None if goal is None else value >= goal if higher_is_better else value <= goal
    text = "" if goal is None else ("at least %g" if higher_is_better else "at most %g") % goal
    return {"what": what, "value": value, "goal": text, "met": met}


def machine():
    with open("/proc/cpuinfo", encoding="ascii") as info:
        model = next((line.split(":", 1)[1].strip() for line in info if line.startswith("model name")), "?")
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {"cpu": model, "cores": os.cpu_count(), "memory_gb": round(pages / 2**30),
            "kernel": os.uname().release, "load_average": os.getloadavg(),
            "priority": os.nice(0), "open_files": resource.getrlimit(resource.RLIMIT_NOFILE)[0]}
