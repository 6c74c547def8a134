"""Instructions an event by stage, counted by valgrind: they repeat, whatever else the machine does."""
import collections
import re
import shutil
import subprocess
import time

from .daemon import Daemon
from .machine import say
from .report import Section

# By the name of the function: the first that fits. Swift's names begin with $s, the length of the module and its name.
STAGES = (
    ("parse: simdjson, tape", r"simdjson|tape_|^\$s8JSONTape"),
    ("check: events read from the tape", r"^\$s6Ledger\d+(Event|Fingerprint|Timestamp|EventParser|Reader|Member)"),
    ("admit", r"^\$s6Ledger\d+Admi"),
    ("fold: state, charges, prices", r"^\$s6Ledger"),
    ("compress", r"ZSTD|HUF_|FSE_|HIST_|XXH"),
    ("hash", r"csha256|[sS][hH][aA]256|compress(8|16)"),
    ("commit: LMDB", r"^mdb_|^\$s4LMDB"),
    ("log: frames, tiles, index", r"^\$s8EventLog"),
    ("engine: groups, identities, records", r"^\$s12LedgerEngine"),
    ("socket and HTTP", r"^\$s12LedgerServer|NIO|Hummingbird|HTTP|llhttp|ServiceLifecycle|AsyncAlgorithms"),
    ("memory: malloc, free, copies", r"malloc|free|calloc|realloc|memcpy|memmove|memset|memcmp|^_int_|^unlink_chunk|slowAlloc|slowDealloc"),
    ("Swift's runtime and library", r"^swift_|^_swift|^\$sS|^\$ss|^_?\$s|^_ZN5swift|^_ZN12_GLOBAL__N_1|Dispatch|dispatch"),
)
PATTERNS = [(stage, re.compile(pattern)) for stage, pattern in STAGES]


def stage_of(function):
    return next((stage for stage, pattern in PATTERNS if pattern.search(function)), "the rest")


def functions(path):
    """Instructions by function, without those of the functions it calls."""
    names, found, current, called = {}, collections.Counter(), None, False
    for line in open(path, errors="replace"):
        if line.startswith("fn="):
            number, _, name = line[3:].rstrip().partition(" ")
            if name:
                names[number] = name
            current = names.get(number, number)
        elif line.startswith(("cfn=", "cfi=", "cob=", "fl=", "fi=", "fe=", "ob=")):
            if line.startswith("cfn="):
                number, _, name = line[4:].rstrip().partition(" ")
                if name:
                    names[number] = name
        elif line.startswith("calls="):
            called = True
        elif line[:1] in "0123456789+-*":
            if called:
                called = False  # the cost of the function called
            elif current:
                found[current] += int(line.split()[1])
    return found


class Counted(Daemon):
    """A daemon under callgrind."""

    def start(self, limit=3600):
        began = time.monotonic()
        self.counts = self.data.parent / "callgrind.out"
        self.process = subprocess.Popen(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={self.counts}", "--cache-sim=no", str(self.programs.waybilld),
             "--data", str(self.data), "--socket", str(self.socket)],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        Daemon.running.append(self)
        while line := self.process.stdout.readline():
            if b"ready" in line:
                return {"seconds": time.monotonic() - began}
        raise RuntimeError("waybilld did not start under valgrind")


def counted(bench, stretch, count):
    """Instructions by function of a daemon that takes so many events, and nothing else."""
    lines = stretch.first(count)
    daemon = Counted(bench.programs, bench.folder, "counted")
    try:
        daemon.start()
        daemon.append(stretch.preamble, 1, 1000)
        daemon.append(lines, 1, 8000)
        daemon.stop()
        return functions(daemon.counts)
    finally:
        daemon.remove()


def profile(bench):
    if not shutil.which("valgrind"):
        raise RuntimeError("there is no valgrind; install it with apt-get install valgrind")
    few, many = (8_000, 16_000) if bench.options.quick or bench.options.smallest else (16_000, 48_000)
    stretch = bench.traffic.stretch(max(many, 20_000))
    first = counted(bench, stretch, few)
    say(f"  {few:,} events counted")
    second = counted(bench, stretch, many)
    say(f"  {many:,} events counted")
    by_function = {name: (second[name] - first.get(name, 0)) / (many - few) for name in second}
    by_stage = collections.Counter()
    for name, cost in by_function.items():
        by_stage[stage_of(name)] += cost
    total = sum(by_stage.values())
    rows = [[stage, f"{cost:,.0f}", f"{cost / total:.0%}"] for stage, cost in by_stage.most_common()]
    rows.append(["together", f"{total:,.0f}", ""])
    largest = sorted(by_function.items(), key=lambda one: -one[1])[:40]
    return Section("Instructions an event in the daemon, by stage", ["stage", "instructions", "share"], rows,
                   [f"The difference between {many:,} and {few:,} events in batches of 8,000 from one connection, by `valgrind --tool=callgrind`. "
                    "The kernel's part (socket, disk) is not counted; memory and runtime are those of all stages."],
                   {"by_stage": by_stage, "total": total, "functions": largest})
