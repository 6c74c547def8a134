"""What the machine is, and what a process has used of it."""
import datetime
import os
import pathlib
import platform
import re
import subprocess
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
TOOLS = REPOSITORY / "tools"


def say(text):
    print(text, file=sys.stderr, flush=True)


def run(*command, **more):
    return subprocess.run([str(part) for part in command], check=True, **more)


def git(*arguments):
    return subprocess.run(["git", *arguments], cwd=REPOSITORY, capture_output=True, text=True).stdout.strip()


def facts(folder):
    """Where and when a measurement was made."""
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    memory = int(open("/proc/meminfo").readline().split()[1]) // 1_000_000
    changed = git("status", "--porcelain", "--untracked-files=no")
    kind = subprocess.run(["df", "--output=fstype", folder], capture_output=True, text=True).stdout.split()[-1]
    return {
        "date": datetime.date.today().isoformat(),
        "commit": git("rev-parse", "--short=12", "HEAD") + (" and changes" if changed else ""),
        "machine": f"{os.cpu_count()} cores, {model}, {memory} GB, Linux {platform.release()}, {kind}",
        "command": "tools/bench" + "".join(f" {argument}" for argument in sys.argv[1:]),
        "load_at_start": os.getloadavg()[0],
    }


def disk_bytes(path):
    """Bytes on disk below `path`; 0 when it is not there."""
    path = pathlib.Path(path)
    if path.is_file():
        return path.stat().st_blocks * 512
    return sum(file.stat().st_blocks * 512 for file in path.rglob("*") if file.is_file())


def memory_of(process_id):
    """Bytes: all that is resident, what of it is the process's own (no mapped file), and the most there ever was."""
    found = {}
    for line in open(f"/proc/{process_id}/status"):
        name, _, rest = line.partition(":")
        if name in ("VmRSS", "RssAnon", "VmHWM"):
            found[name] = int(rest.split()[0]) * 1024
    return {"resident": found["VmRSS"], "own": found["RssAnon"], "most": found["VmHWM"]}


def process_seconds(process_id):
    """CPU seconds of all threads, those that ended too, to a hundredth."""
    fields = pathlib.Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def thread_seconds(process_id):
    """CPU seconds by what the thread does. Threads of Swift's pool come and go, so `requests` is what the others leave."""
    found = {}
    for task in pathlib.Path(f"/proc/{process_id}/task").iterdir():
        try:
            role = role_of((task / "comm").read_text().strip())
            found[role] = found.get(role, 0) + int((task / "schedstat").read_text().split()[0]) / 1e9
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended just now
    named = sum(seconds for role, seconds in found.items() if role != "requests")
    found["requests"] = max(found.get("requests", 0), process_seconds(process_id) - named)
    return found


def role_of(thread):
    """What a thread does, by its name: event loops and Swift's own pool take requests, the others are named for what they do."""
    if thread.startswith("NIO") or "qos" in thread:
        return "requests"
    return re.sub(r"[-#0-9]*$", "", thread) or "others"


def cpu_seconds(process_id):
    return sum(thread_seconds(process_id).values())
