"""Few accounts with long lives: what a contact's and an account's past costs what comes after it."""
import statistics

from . import growth
from .daemon import Daemon
from .machine import say
from .report import Section, latency, megabytes


def life(bench):
    """The traffic of four accounts again and again, with the same contacts, and questions about their past."""
    options = bench.options
    copies, part = (4, 20_000) if options.smallest else (6, 250_000) if options.quick else (10, 500_000)
    stretch = bench.traffic.stretch(part, 4, 3, "2026-04-01")
    steps, kept = [], []
    with Daemon(bench.programs, bench.folder, "life") as daemon:
        daemon.append(stretch.preamble)
        for copy in range(copies):
            steps.append(growth.grow(daemon, stretch, copy, kept))
            say(f"  {steps[-1]['events']:>12,} events: {steps[-1]['rate']:>10,.0f} /s")
        past = growth.ask_past(bench, daemon, kept)
        accounts = daemon.json("/v1/accounts")["accounts"]
        disk = daemon.disk()
    rows = [[f"{step['events']:,}", f"{step['rate']:,.0f}", f"{step['cpu_ns'].get('folder', 0):,.0f}", megabytes(step["memory"]["own"])] for step in steps]
    third = max(1, copies // 3)
    fold = [statistics.median(step["cpu_ns"].get("folder", 0) for step in part) for part in (steps[:third], steps[-third:])]
    events = steps[-1]["events"]
    notes = [
        f"- The fold of an event in the last third of the log takes {fold[1] / fold[0]:.2f} × that in the first.",
        f"- A past balance of one of {len(accounts)} accounts with {events // len(accounts):,} events on average: as_of {latency(past['balance, as_of'])}, "
        f"at {latency(past['balance, at'])} (p50 / p99 / max).",
        f"- Checkpoints, and what of them is kept for the past: {disk['checkpoints'] / events:.1f} bytes an event; the log {disk['log'] / events:.1f}.",
    ]
    return Section("Four accounts with long lives, batches of 8,000 from 4 connections", ["events in the log", "events/s", "fold of an event, ns of CPU", "own memory"],
                   rows, ["\n".join(notes)], {"steps": steps, "past": past, "disk": disk, "fold": fold})
