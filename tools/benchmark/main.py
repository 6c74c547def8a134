"""The command: which workloads, in what sizes, and where the results go."""
import argparse
import json
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time
import traceback

from . import growth, ingest, life, limits, machine, profile, questions
from .daemon import Daemon
from .machine import REPOSITORY, say
from .programs import Programs
from .report import Section
from .traffic import Traffic

WORKLOADS = {  # name: what runs, what it is, whether it is part of the default
    "limits": (limits.limits, "what the machine can do at most in each stage of an event's way", True),
    "profile": (profile.profile, "where an event's nanoseconds go, by stage and thread, sampled by perf", True),
    "ingest": (ingest.ingest, "batches of 8,000, 100 and 1 from 4, 16, 64 and 1 connections, beside the peers", True),
    "variants": (ingest.variants, "0, 10, 50 % duplicates; 1, 100, 10,000 accounts; short and long texts", True),
    "replay": (growth.replay, "a start without checkpoints: the whole log folded from zero", True),
    "questions": (questions.point, "balance, workload, charges, explain: idle and during full ingest", True),
    "neighbours": (questions.neighbours, "a lone client's appends beside a stalled follower, charges of years, and an export", True),
    "webhooks": (questions.webhooks, "signed deliveries from fixtures/, each distinct", True),
    "export": (questions.export, "GET /v1/events of the whole log", True),
    "memory": (growth.memory, "bytes for each message that can still change", True),
    "overload": (questions.overload, "twice the sustainable load: rate, 503, memory", True),
    "life": (life.life, "four accounts, the same contacts again and again: the fold's cost, their past", True),
    "growth": (growth.growth, "one log of 1, 10, 30 million events: rate, memory, starts, disk, the past", True),
}


class Bench:
    """What every workload is given."""

    def __init__(self, options):
        self.options = options
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="waybill-bench-", dir=options.folder))
        os.chmod(self.folder, 0o755)
        memory = pathlib.Path("/dev/shm")
        roomy = memory.is_dir() and shutil.disk_usage(memory).free > 6 << 30
        # traffic is read from memory where there is room, so that reading it costs the disk nothing
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="waybill-bench-", dir=memory)) if roomy else self.folder
        self.results = REPOSITORY / ".build" / "bench"
        self.results.mkdir(parents=True, exist_ok=True)
        self.programs = Programs(self.folder)
        self.traffic = Traffic(self.scratch, self.programs, options.seed, 50_000 if options.smallest else 250_000 if options.quick else 1_000_000)
        self.limits = None  # what the workload of that name found

    def room(self):
        """Bytes a file of traffic may still take."""
        available = next(int(line.split()[1]) * 1024 for line in open("/proc/meminfo") if line.startswith("MemAvailable"))
        return min(available, shutil.disk_usage(self.scratch).free)

    @staticmethod
    def environment(more):
        return dict(os.environ) | more

    def remove(self):
        for daemon in list(Daemon.running):
            daemon.stop()
        for folder in {self.folder, self.scratch}:
            shutil.rmtree(folder, ignore_errors=True)


def parsed():
    names = "\n".join(f"  {name:<10} {what}{'' if default else '; only when named'}" for name, (_, what, default) in WORKLOADS.items())
    parser = argparse.ArgumentParser(
        prog="tools/bench", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Measures Waybill and its peers on this machine, in one run. Builds what it needs, shows progress on standard\n"
                    "error and tables (Markdown) on standard output, and writes everything it found as JSON.",
        epilog=f"workloads:\n{names}\n\nAll of it takes about 20 minutes, --quick about 5, on two quiet cores.")
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help="what to measure; without one, the default set")
    parser.add_argument("--list", action="store_true", help="say which workloads there are")
    parser.add_argument("--rounds", type=int, help="how often each load is measured, taking turns (3; with --quick 1)")
    parser.add_argument("--quick", action="store_true", help="fewer events, a log of 3 million at most")
    parser.add_argument("--smallest", action="store_true", help="a twentieth of the events, to see that everything runs")
    parser.add_argument("--hundred", action="store_true", help="let `growth` go on to 100 million events (12 GB of disk)")
    parser.add_argument("--without-peers", action="store_true", help="leave out LMDB, SQLite, Redis and PostgreSQL")
    parser.add_argument("--programs", metavar="DIR", help="measure the waybilld and waybill there, instead of building them")
    parser.add_argument("--folder", default="/var/tmp", help="where the databases are written: the disk that is measured (/var/tmp)")
    parser.add_argument("--seed", type=int, default=1, help="of the traffic (1)")
    parser.add_argument("--output", type=pathlib.Path, metavar="FILE", help="where the JSON goes (.build/bench/results.json)")
    parser.add_argument("--figure", type=pathlib.Path, metavar="FILE", help="where `growth` draws its picture (.build/bench/growth.svg)")
    options = parser.parse_args()
    options.names = options.workloads
    unknown = [name for name in options.workloads if name not in WORKLOADS]
    if unknown:
        parser.error(f"there is no workload {', '.join(unknown)}; see tools/bench --list")
    if options.list:
        print(names)
        sys.exit(0)
    options.workloads = [name for name, (_, _, default) in WORKLOADS.items() if name in options.workloads or default and not options.workloads]
    options.rounds = options.rounds or (1 if options.quick or options.smallest else 3)
    if options.rounds < 1:
        parser.error("--rounds is at least 1")
    return options


def measured(bench, name, began):
    """Runs one workload; what goes wrong in it does not end the others."""
    say(f"== {name} ({time.monotonic() - began:,.0f} s)")
    try:
        return WORKLOADS[name][0](bench), None
    except Exception as error:  # a rival that does not start, a wrong result, a full disk: said, and the run goes on
        traceback.print_exc()
        for daemon in list(Daemon.running):
            daemon.remove()
        return Section(name, [], [], [f"Failed: {error}"]), str(error)


def stop(*_):
    raise KeyboardInterrupt


def main():
    options = parsed()
    signal.signal(signal.SIGTERM, stop)
    bench = Bench(options)
    path = options.output or bench.results / "results.json"
    began, failures, sections = time.monotonic(), [], []
    report = machine.facts(bench.folder) | {"rounds": options.rounds, "seed": options.seed, "workloads": {}}
    if report["load_at_start"] > 0.5:
        say(f"the machine is not quiet: its load is {report['load_at_start']:.1f}; the ratios hold better than the rates")
    try:
        bench.programs.prepare(options.programs)
        for name in options.workloads:
            start = time.monotonic()
            section, failure = measured(bench, name, began)
            failures += [name] if failure else []
            sections.append(section)
            report["workloads"][name] = {
                "seconds": round(time.monotonic() - start, 1), "failure": failure, "columns": section.columns, "rows": section.rows,
                "notes": section.notes, "data": section.data}
            path.write_text(json.dumps(report, indent=1, default=str) + "\n")
            say("\n" + section.markdown() + "\n")
    except KeyboardInterrupt:
        say("tools/bench: stopped")
        failures.append("the run")
    finally:
        bench.remove()
    print(f"## {report['date']}, commit {report['commit']}\n\n{report['machine']}; `{report['command']}`; "
          f"{options.rounds} round{'s' * (options.rounds > 1)}; load at the start {report['load_at_start']:.2f}.\n")
    print("\n\n".join(section.markdown() for section in sections))
    say(f"\n{time.monotonic() - began:,.0f} s; everything as JSON in {path}")
    if failures:
        say(f"tools/bench: failed: {', '.join(failures)}")
        sys.exit(1)
