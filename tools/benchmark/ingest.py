"""Appending: the loads beside the peers, and what duplicates, many accounts and long texts change."""
import statistics

from . import checks, peers, traffic
from .daemon import Daemon
from .machine import say
from .report import Section, cpu, latency, shown, spread

LOADS = [(8000, 4, 1_000_000), (100, 16, 400_000), (1, 64, 60_000), (1, 1, 3_000)]  # batch, connections, events


def loads(options):
    share = 20 if options.smallest else 4 if options.quick else 1
    return [(batch, connections, max(batch, events // share)) for batch, connections, events in LOADS]


def measure(bench, stretch, lines, batch, connections, preamble_batch=8000):
    """One load on a new folder, with what memory and disk it took."""
    daemon = Daemon(bench.programs, bench.folder)
    with daemon:
        daemon.append(stretch.preamble, 1, preamble_batch)
        found = daemon.append(lines, connections, batch)
        found["memory"] = daemon.memory()
        yield daemon, found
        daemon.stop()
        found["disk"] = daemon.disk()


def one(bench, stretch, lines, batch, connections, sent, check):
    """One load; with `check`, the log's content and figures as well."""
    result = None
    for daemon, found in measure(bench, stretch, lines, batch, connections):
        result = found
        log = checks.check_log(daemon, bench.programs, stretch.preamble, sent)
        found["log"] = {"events": log["events"], "sum": log["sum"]}
        if check:
            found["check"] = checks.check_figures(daemon, bench.programs, bench.scratch)
    return result


def ingest(bench):
    options, results, checked = bench.options, {}, {}
    every = loads(options)
    stretch = bench.traffic.stretch(max(events for _, _, events in every))
    rivals = [] if options.without_peers else [rival(bench.programs, bench.folder) for rival in peers.ALL]
    for turn in range(options.rounds):
        for batch, connections, events in every:
            lines = stretch.first(events)
            found = one(bench, stretch, lines, batch, connections, lines, check=turn == 0)
            checked.setdefault((batch, connections), found.get("check"))
            note(results, batch, connections, "waybill", found, turn)
            for rival in rivals:
                some = stretch.first(min(events, rival.most[batch] // (10 if connections == 1 and batch == 1 else 1)))
                size, content = some.stat().st_size, open(some, "rb").read().splitlines(keepends=True)
                count, amount = len(content), traffic.price(content)
                del content
                note(results, batch, connections, rival.name, rival.measure(some, connections, batch, count, size, amount), turn)
    return section(bench, results, checked, rivals)


def note(results, batch, connections, name, found, turn):
    found["rate"] = found["events"] / found["seconds"]
    results.setdefault((batch, connections), {}).setdefault(name, []).append(found)
    say(f"  round {turn + 1}: batches of {batch:>5} from {connections:>2}: {name:<18} {found['rate']:>12,.0f} /s")


def section(bench, results, checked, rivals):
    rows, data = [], []
    for (batch, connections), found in results.items():
        rates = {name: spread([one["rate"] for one in every]) for name, every in found.items()}
        own = found["waybill"]
        middle = {name: statistics.median(one[name] for one in own) for name in ("p50", "p99", "max")}
        load = {
            "batch": batch, "connections": connections, "events": own[0]["events"], "rates": rates, "latency_us": middle,
            "times": {rival.name: round(rates["waybill"]["median"] / rates[rival.name]["median"], 3) for rival in rivals},
            "cpu_ns_per_event": {role: round(statistics.median(one["cpu_ns"].get(role, 0) for one in own), 1) for role in own[0]["cpu_ns"]},
            "memory": own[-1]["memory"], "disk_bytes_per_event": {part: round(size / own[-1]["log"]["events"], 1) for part, size in own[-1]["disk"].items()},
            "checked": checked.get((batch, connections)), "log_sum": own[0]["log"]["sum"]}
        if batch == 1 and connections == 1 and rivals:
            load["times_a_commit_of_lmdb"] = round(middle["p50"] / statistics.median(one["p50"] for one in found["lmdb"]), 2)
        data.append(load)
        rows.append([f"{batch:,} × {connections}", shown(rates["waybill"]), latency(middle)]
                    + [f"{shown(rates[rival.name])}; × {load['times'][rival.name]:.2f}" for rival in rivals])
    notes = [f"Batches of {load['batch']:,} from {load['connections']}: CPU an event, in ns: {cpu(load['cpu_ns_per_event'])}."
             f" Balances of {load['checked']['accounts']} accounts: {load['checked']['balances']}, as in a plain pass."
             for load in data if load["checked"]]
    notes += [f"A lone event takes {load['times_a_commit_of_lmdb']} × a raw LMDB commit (medians)." for load in data if "times_a_commit_of_lmdb" in load]
    columns = ["batch × connections", "waybill, events/s", "answer p50 / p99 / max"] + [f"{rival.title}; ×" for rival in rivals]
    return Section("Ingest", columns, rows, ["\n".join(f"- {text}" for text in notes)], data)


def variants(bench):
    """The same load, batches of 8,000 from 4 connections, of other traffic."""
    options = bench.options
    events = 20_000 if options.smallest else 100_000 if options.quick else 300_000
    some = bench.traffic.stretch(events)
    first = some.lines
    wanted = [("4 accounts, no duplicates", some, first, first)]
    for share in (0.1, 0.5):
        wanted.append((f"{share:.0%} duplicates", some, some.changed(f"repeated-{share}", traffic.repeated(share)), first))
    for accounts in (1, 100, 10_000):
        other = bench.traffic.stretch(events, accounts, *((2, "2026-10-01") if accounts > 1000 else ()))
        wanted.append((f"{accounts:,} account{'s' * (accounts > 1)}", other, other.lines, other.lines))
    for size, name in ((10, "texts of 10 bytes"), (2_000, "texts of 2,000 bytes")):
        longer = some.changed(f"texts-{size}", traffic.lengthened(size))
        wanted.append((name, some, longer, longer))
    results, checked = {}, {}
    for turn in range(options.rounds):
        for name, stretch, lines, sent in wanted:
            found = one(bench, stretch, lines, 8000, 4, sent, check=turn == 0)
            checked.setdefault(name, found.get("check"))
            results.setdefault(name, []).append(found)
            say(f"  round {turn + 1}: {name:<28} {found['rate']:>12,.0f} /s")
    rows, data = [], []
    for name, found in results.items():
        rate = spread([one["rate"] for one in found])
        mean = found[0]["bytes"] / found[0]["events"]
        row = {"traffic": name, "rate": rate, "duplicates": found[0]["duplicates"], "events": found[0]["events"], "bytes_per_event": round(mean),
               "megabytes_per_second": round(rate["median"] * mean / 1e6, 1), "checked": checked[name], "memory": found[-1]["memory"],
               "latency_us": {part: statistics.median(one[part] for one in found) for part in ("p50", "p99", "max")}}
        data.append(row)
        rows.append([name, shown(rate), f"{row['duplicates']:,} of {row['events']:,}", f"{mean:,.0f}", f"{row['megabytes_per_second']:,}",
                     latency(row["latency_us"]), checked[name]["balances"]])
    return Section("Ingest of other traffic, batches of 8,000 from 4 connections",
                   ["traffic", "events/s", "duplicates", "bytes an event", "MB/s", "answer p50 / p99 / max", "hash of balances"], rows,
                   ["Each log's content and balances were those of a plain pass."], data)
