"""Where an event's nanoseconds go: the daemon's CPU during ingest, by stage and by thread, sampled by perf.

A sample is counted for the function it fell into, the kernel's included, and the function for a stage by its name or its
library. The samples' shares are of the CPU time that the kernel accounts to the daemon's threads.
"""
import collections
import re
import shutil
import signal
import subprocess
import time

from .daemon import Daemon
from .machine import role_of, run, say, thread_seconds
from .report import Section

# By library, then by the name of the function: the first that fits. Swift's names begin with $s, a length and the module.
LIBRARIES = (("parse", "simdjson"), ("compress", "zstd"), ("commit", "lmdb"), ("hash", "crypto"))
STAGES = (
    ("commit: the kernel's file and disk", r"^(?:ext4|jbd2|blk|bio|submit_bio|virtio|virtqueue|iomap|filemap|folio|page_cache|fsync|vfs_fsync|fdatasync|xas_|writeback|sync_)"),
    ("socket: the kernel's", r"^(?:unix_|sock_|skb_|__skb|alloc_skb|kfree_skb|consume_skb|rep_movs|copy_user|_copy_|copyin|copyout|ep_|do_epoll|epoll|simple_copy_to_iter|__check_object)"),
    ("parse", r"simdjson|tape_|^\$s8JSONTape"),
    ("check", r"^\$s6Ledger\d+(?:Event|Envelope|Fields|Fingerprint|Murmur|Timestamp|EventParser)"),
    ("admit", r"^\$s6Ledger\d+Admi"),
    ("fold", r"^\$s6Ledger"),
    ("hash", r"csha256|[sS][hH][aA]256|many_by(?:8|16)"),
    ("compress", r"ZSTD|HUF_|FSE_|XXH"),
    ("commit", r"^mdb_|^\$s4LMDB"),
    ("pack", r"^\$s8EventLog\d+(?:FramePacker|Base64|RecordEnding)"),
    ("frames, tiles, index", r"^\$s8EventLog"),
    ("groups, identities, records", r"^\$s12LedgerEngine"),
    ("HTTP", r"^\$s12LedgerServer|NIO|Hummingbird|HTTP|llhttp|ServiceLifecycle|AsyncAlgorithms"),
    ("malloc, free, copies", r"malloc|free|calloc|realloc|memcpy|memmove|memset|memcmp|^_int_|^unlink_chunk|[sS]low(?:Alloc|Dealloc)"),
    ("Swift's runtime and library", r"^_?swift|^\$s|^_ZN|^swift::|ispatch"),
)
PATTERNS = [(stage, re.compile(pattern)) for stage, pattern in STAGES]
LIMITS = {"parse": "parse_ns", "hash": "sha256_many_ns", "compress": "compress_ns"}
SAMPLE = re.compile(r"^\s*(.+?)\s+(\d+) +[0-9a-f]{8,} (.*) \((.*)\)$")


def stage_of(function, library):
    for stage, pattern in PATTERNS:
        if pattern.search(function):
            return stage
    for stage, name in LIBRARIES:
        if name in library:
            return stage
    return "the kernel's rest" if "kernel" in library else "the rest"


def sampled(path, process_id):
    """Samples of a process by (stage, role), and by function."""
    stages, functions = collections.Counter(), collections.Counter()
    told = run("perf", "script", "-i", path, "-F", "comm,pid,ip,sym,dso", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True).stdout
    for line in told.splitlines():
        if (found := SAMPLE.match(line)) and int(found[2]) == process_id:
            thread, _, function, library = found.groups()
            stage = stage_of(function, library)
            stages[stage, role_of(thread)] += 1
            functions[stage, function.partition("+")[0][:120]] += 1
    return stages, functions


def profile(bench):
    if not shutil.which("perf"):
        return Section("Where an event's nanoseconds go", [], [], ["There is no perf here: apt-get install linux-perf."])
    options = bench.options
    events = 50_000 if options.smallest else 200_000 if options.quick else 1_000_000
    stretch = bench.traffic.stretch(events)
    samples = bench.folder / "perf.data"
    with Daemon(bench.programs, bench.folder) as daemon:
        daemon.append(stretch.preamble)
        process_id = daemon.process.pid
        recorder = subprocess.Popen(
            ["perf", "record", "-e", "cpu-clock", "-F", "1999", "-o", str(samples), "-a"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        time.sleep(1)  # until it counts
        before = thread_seconds(daemon.process.pid)
        spent = daemon.append(stretch.lines, 4, 8000)
        after = thread_seconds(daemon.process.pid)
        recorder.send_signal(signal.SIGINT)
        told = recorder.communicate(timeout=120)[1]
    if not samples.exists() or not samples.stat().st_size:
        raise RuntimeError(f"perf recorded nothing (it needs root, or kernel.perf_event_paranoid of 0): {told.strip()[-300:]}")
    total = (sum(after.values()) - sum(before.values())) / spent["events"] * 1e9
    stages, functions = sampled(samples, process_id)
    count = sum(stages.values())
    if not count:
        return Section("Where an event's nanoseconds go", [], [], ["perf took no samples; it needs root, or kernel.perf_event_paranoid of 0."])
    say(f"  {count:,} samples")
    roles = [role for role, _ in collections.Counter({role: sum(n for (_, one), n in stages.items() if one == role) for _, role in stages}).most_common()]
    by_stage = collections.Counter()
    for (stage, _), number in stages.items():
        by_stage[stage] += number
    cost = lambda number: f"{number / count * total:,.0f}" if number else "–"
    limit = lambda stage: f"{bench.limits[LIMITS[stage]]:,.0f}" if stage in LIMITS and bench.limits else ""
    rows = [[stage, cost(number), f"{number / count:.0%}", *(cost(stages[stage, role]) for role in roles), limit(stage)]
            for stage, number in by_stage.most_common()]
    rows.append(["together", f"{total:,.0f}", "", *(cost(sum(n for (_, one), n in stages.items() if one == role)) for role in roles), ""])
    return Section("Where an event's nanoseconds go, batches of 8,000 from 4 connections",
                   ["stage", "ns of CPU", "share", *roles, "limit alone"], rows,
                   [f"{count:,} samples by perf at {spent['rate']:,.0f} events/s; the load generator is not in it. The limits are those of tools/bench limits."],
                   {"total_ns": total, "samples": count, "stages": [[stage, role, number] for (stage, role), number in stages.items()],
                    "functions": [[stage, name, number] for (stage, name), number in functions.most_common(60)], "spent": spent})
