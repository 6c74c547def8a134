"""The limit of each stage, measured on this machine, beside what an event costs; and what follows for more cores."""
import json
import os
import subprocess

from .daemon import Daemon
from .machine import run, say
from .report import Section

PARALLEL_CORES = (2, 4, 8, 16)
SIDE_BY_SIDE = ("requests", "checker", "sealer", "client", "reader", "historian")  # as many threads as cores; every other role is one thread


def limits(bench):
    options = bench.options
    events = 20_000 if options.smallest else 100_000 if options.quick else 500_000
    stretch = bench.traffic.stretch(max(events, 20_000))
    program = bench.programs.limits()
    found = json.loads(run(program, stretch.first(20_000), bench.folder, stdout=subprocess.PIPE, text=True).stdout)
    bench.limits = found
    say("  limits measured")
    with Daemon(bench.programs, bench.folder) as daemon:
        daemon.append(stretch.preamble)
        spent = daemon.append(stretch.lines, 4, 8000)
    size = found["bytes_per_event"]
    per_core = lambda nanoseconds: f"{1e9 / nanoseconds:,.0f}" if nanoseconds else "–"
    together = found["together"]
    rows = [[name, f"{value:,.0f} ns", per_core(value), f"{busy[0]:,.0f} ns" if busy else ""] for name, value, *busy in [
        ("copy of the bytes in memory", found["copy_ns"]),
        ("Unix socket, one thread to another", size / found["socket_gb_per_second"]),
        ("JSON to simdjson's tape", found["parse_ns"], together["parse_ns"]),
        ("SHA-256, one by one", found["sha256_ns"]),
        (f"SHA-256, {found['sha256_lanes']} side by side", found["sha256_many_ns"], together["hash_ns"]),
        ("zstd level 1 of a frame, in", found["compress_ns"], together["compress_ns"]),
        ("these three, one after the other", found["all_ns"], together["all_ns"]),
        ("zstd of a frame, out", found["decompress_ns"]),
        ("4 MiB written and synced, shared by its events", found["write_sync_4mib_us"] * 1000 * found["compressed_bytes_per_event"] / (4 << 20)),
    ]]
    cores = len(os.sched_getaffinity(0))
    notes = [f"Parsing, hashing and compressing, which no event is spared, take {together['all_ns']:,.0f} ns of a core when every core is at it: "
             f"{cores} cores, with nothing else to do, reach {cores * 1e9 / together['all_ns']:,.0f} events/s.", "",
             f"An event of this traffic has {size:.0f} bytes, {found['compressed_bytes_per_event']:.1f} in a compressed frame. "
             f"4 KiB written and synced: {found['sync_us']:.0f} µs. Waking a sleeping thread: {found['waking_us']:.1f} µs.",
             "", *budget(spent)]
    return Section("Limits of the stages", ["stage", "an event, alone on one core", "events/s", "an event, while every core is at it"], rows, notes,
                   {"limits": found, "spent": spent})


def budget(spent):
    """Markdown: who spent the CPU of an event, and the rates that would follow with more cores.

    Threads for requests work side by side, and so do checkers and sealers; each of the others is one thread and cannot be faster
    than one core.
    """
    cost = spent["cpu_ns"]
    serial = {role: value for role, value in cost.items() if role not in SIDE_BY_SIDE and value > 1}
    parallel = sum(value for role, value in cost.items() if role not in serial)
    total = parallel + sum(serial.values())
    widest = max(serial, key=serial.get, default=None)
    lines = [f"#### CPU of an event, batches of 8,000 from 4 connections: {total:,.0f} ns at {spent['rate']:,.0f} events/s", "",
             "| who | ns an event | |", "|---|---:|---|"]
    for role, value in sorted(cost.items(), key=lambda one: -one[1]):
        if value >= 0.5:
            lines.append(f"| {role} | {value:,.0f} | {'one thread' if role in serial else 'the load generator' if role == 'client' else 'as many threads as cores'} |")
    lines += ["", "| cores | CPU allows, events/s | the widest single thread allows | so at most |", "|---:|---:|---:|---:|"]
    for cores in PARALLEL_CORES:
        by_cores = cores * 1e9 / total
        by_thread = 1e9 / serial[widest] if widest else by_cores
        lines.append(f"| {cores} | {by_cores:,.0f} | {f'{by_thread:,.0f} ({widest})' if widest else '–'} | {min(by_cores, by_thread):,.0f} |")
    lines += ["", "The rates for more cores than this machine has are arithmetic, not measurements: they leave out memory bandwidth, "
              "the disk, and a client that has cores of its own."]
    return lines
