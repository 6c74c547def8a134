"""How cost grows: one log that becomes longer and longer, and at some sizes everything that length could slow."""
import random
import shutil
import subprocess
import time

from . import figure, questions, traffic
from .daemon import Daemon
from .machine import run, say
from .peers import expect
from .report import Section, latency, megabytes, seconds, spread

MESSAGES_KEPT = 400  # per size, to be asked about later
REST = 12  # seconds until the daemon has seen that nothing comes, has written its checkpoint and given memory back


def sizes(options):
    if options.smallest:
        return [50_000, 100_000]
    if options.quick:
        return [300_000, 1_000_000, 3_000_000]
    return [1_000_000, 10_000_000, 30_000_000] + ([100_000_000] if options.hundred else [])


def growth(bench):
    options, wanted = bench.options, sizes(bench.options)
    accounts = 200 if options.smallest else 10_000
    part = wanted[0] // 2
    need = wanted[-1] * 110
    if shutil.disk_usage(bench.folder).free < need:
        raise RuntimeError(f"{wanted[-1]:,} events need about {need / 1e9:,.0f} GB free in {bench.folder}")
    stretch = bench.traffic.stretch(part, accounts, 3, "2026-04-01")
    daemon = Daemon(bench.programs, bench.folder, "growth")
    found = {"accounts": accounts, "ingest": [], "sizes": [], "empty_start": daemon.start()}
    try:
        daemon.append(stretch.preamble)
        found["before"] = daemon.memory()
        copy, kept = 0, []
        for size in wanted:
            while daemon.metric("waybill_last_sequence") < size:
                found["ingest"].append(grow(daemon, stretch, copy, kept))
                copy += 1
            found["sizes"].append(at_size(bench, daemon, kept, found["empty_start"]))
    finally:
        daemon.remove()
    drawing = figure.growth(found)
    (bench.results / "growth.svg").write_text(drawing)
    if options.figure:
        options.figure.write_text(drawing)
    return section(found, options)


def grow(daemon, stretch, copy, kept):
    """Appends the traffic once more, and notes what that cost."""
    lines = stretch.copy(copy)
    told = daemon.append(lines, 4, 8000)
    expect("events appended", told["appended"], stretch.count)
    with open(lines, "rb") as source:
        messages = traffic.announced(source)
    kept += messages[::max(1, len(messages) // MESSAGES_KEPT)]
    lines.unlink()
    count = int(daemon.metric("waybill_last_sequence"))
    bounds = ("0.001", "0.005", "+Inf")
    counts = daemon.metrics(*(f'waybill_fold_hold_seconds_bucket{{le="{bound}"}}' for bound in bounds))
    holds = {bound: int(held) for bound, held in zip(bounds, counts)}
    note = {"events": count, "holds": holds, "checkpoint": int(daemon.metric("waybill_checkpoint_sequence")), "cold": daemon.metric("waybill_cold_bytes"), "rate": told["rate"], "p99": told["p99"], "max": told["max"], "cpu_ns": told["cpu_ns"],
            "memory": daemon.memory(), "disk": daemon.disk(), "messages": len(messages)}
    if copy % 5 == 0:
        say(f"  {count:>12,} events: {note['rate']:>10,.0f} /s, {megabytes(note['memory']['own'])} of memory")
    return note


def at_size(bench, daemon, kept, empty):
    """Everything that is measured at one size of the log; the daemon runs before and after."""
    count = int(daemon.metric("waybill_last_sequence"))
    say(f"  at {count:,} events: questions, starts, replay")
    note = {"events": count, "now": ask_now(bench, daemon, kept), "past": ask_past(bench, daemon, kept)}
    account = random.Random(3).choice(kept)[0]
    daemon.kill()
    note["after_kill"] = started(daemon, count, account)
    note["disk"] = daemon.disk()
    note["with"] = []
    kept_aside = daemon.has_checkpoints()
    if kept_aside:
        note["with"] = [started(daemon, count, account) for _ in range(bench.options.rounds)]
        daemon.set_aside_checkpoints()
    note["without"] = started(daemon, count, account)
    if kept_aside:
        daemon.bring_back_checkpoints()
    replay = note["without"]["seconds"] - empty["seconds"]
    note["replay_rate"] = count / max(replay, 0.001)
    note["replay_cpu_ns"] = (note["without"]["cpu"] - empty["cpu"]) / count * 1e9
    if count <= 12_000_000 and bench.programs.waybill.exists():
        note["verify_seconds"] = verified(bench, daemon)
    daemon.start()
    say(f"    start {seconds(note['without']['seconds'])} without checkpoints" +
        (f", {seconds(spread([one['seconds'] for one in note['with']], 3)['median'])} with" if note["with"] else ""))
    return note


def started(daemon, count, account=None):
    """Starts it, and stops it when it has read everything: seconds until it takes events, until the first balance was
    answered, and until all accounts are read, each from the beginning."""
    note = daemon.start()
    began = time.monotonic() - note["seconds"]
    if account:
        daemon.get(f"/v1/accounts/{account}/balance")
        note["balance"] = time.monotonic() - began
    while daemon.metric("waybill_accounts_unread") > 0:
        time.sleep(0.01)
    note["whole"] = time.monotonic() - began
    # the daemon may have told something itself meanwhile
    expect("all events after a start", daemon.metric("waybill_last_sequence") >= count, True)
    note["memory"] = daemon.memory()
    daemon.stop()
    return note


def verified(bench, daemon):
    """Seconds of `waybill verify` on the folder of the stopped daemon."""
    began = time.monotonic()
    run(bench.programs.waybill, "verify", "--data", daemon.data, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - began


def ask_now(bench, daemon, kept):
    accounts = sorted({account for account, _ in kept})
    chosen = random.Random(1).sample(kept, min(400, len(kept)))
    asked = traffic.questions(bench.scratch / "questions", accounts, chosen, ("2026-04-01", "2026-05-01"))
    return questions.ask(bench, daemon, asked, 1 if bench.options.smallest else 3)


def ask_past(bench, daemon, kept):
    """Balances of single accounts at a moment and at a sequence long past, and why an old message cost what it did."""
    source = random.Random(2)
    count = int(daemon.metric("waybill_last_sequence"))
    lines = []
    for account, message in source.sample(kept, min(60, len(kept))):
        sequence, moment = past_moment(daemon, source, count)
        lines += [f"balance, as_of\t/v1/accounts/{account}/balance?as_of={moment}",
                  f"balance, at\t/v1/accounts/{account}/balance?at={sequence}"]
    asked = bench.scratch / "past"
    asked.write_text("\n".join(lines) + "\n")
    return questions.ask(bench, daemon, asked, 2 if bench.options.smallest else 6 if bench.options.quick else 15, 0)


def past_moment(daemon, source, count):
    """A place in the log, and its time, when every account was open: they open in the course of the first day."""
    while True:
        sequence = source.randrange(count // 20, count)
        record = daemon.get(f"/v1/events?from={sequence}&to={sequence + 1}")
        moment = record.split(b'"time":"')[1].split(b'"')[0].decode()
        if moment >= "2026-04-02T12":
            return sequence, moment


def section(found, options):
    rows = []
    for note in found["sizes"]:
        rate = rate_near(found["ingest"], note["events"])
        own = next(one["memory"]["own"] for one in reversed(found["ingest"]) if one["events"] <= note["events"])
        checkpointed = " / ".join(seconds(spread([one[until] for one in note["with"]], 3)["median"]) for until in
                                  ("seconds", "balance", "whole")) if note["with"] else "–"
        disk, events = note["disk"], note["events"]
        rows.append([
            f"{events:,}", f"{rate:,.0f}", megabytes(own), megabytes(note["without"]["memory"]["own"]),
            checkpointed, seconds(note["after_kill"]["seconds"]),
            seconds(note["without"]["seconds"]), f"{note['replay_rate']:,.0f}",
            f"{disk['log'] / events:.1f} + {disk['index'] / events:.1f} + {(sum(disk.values()) - disk['log'] - disk['index']) / events:.1f}",
            latency(note["now"]["balance"]), latency(note["now"]["explain"]),
            latency(note["past"]["balance, as_of"]), latency(note["past"]["balance, at"])])
    first, last = found["ingest"][0], found["ingest"][-1]
    notes = []
    if len(found["ingest"]) > 4:
        half = len(found["ingest"]) // 2
        middle = [spread([one["rate"] for one in part])["median"] for part in (found["ingest"][:half], found["ingest"][half:])]
        notes.append(f"Median rate of the log's second half: {middle[1] / middle[0]:.2f} × that of the first.")
        added = sum(one["messages"] for one in found["ingest"][half:])
        grown = last["memory"]["own"] - found["ingest"][half - 1]["memory"]["own"]
        notes.append(f"Memory at rest: {grown / added:.0f} bytes for each message of the second half ({megabytes(grown)} for {added:,} announced).")
    notes.append(f"In the file `cold` were {megabytes(last['cold'])} of the state in the end, {last['cold'] / last['events']:.1f} bytes for each event of the log.")
    notes.append(holds_of(found["ingest"]))
    for note in found["sizes"]:
        if "verify_seconds" in note:
            notes.append(f"`waybill verify --data` of {note['events']:,} events: {seconds(note['verify_seconds'])}.")
    return Section(f"One log that grows, {found['accounts']:,} accounts, batches of 8,000 from 4 connections",
                   ["events in the log", "events/s", "own memory", "after a start", "start with checkpoints: ready / a balance / all accounts read", "after a kill", "without any", "replay, events/s",
                    "disk bytes an event: log + index + rest", "balance now", "explain", "balance, as_of", "balance, at"],
                   rows, ["\n".join(f"- {text}" for text in notes)], found)


def holds_of(ingest):
    """How long the fold held the state at a time, checkpoints being copied and written beside; a start begins to count anew."""
    last = [one for one, then in zip(ingest, ingest[1:]) if then["holds"]["+Inf"] < one["holds"]["+Inf"]] + ingest[-1:]
    count = lambda bound: sum(one["holds"]["+Inf"] - one["holds"][bound] for one in last)
    checkpoints = len({one["checkpoint"] for one in ingest if one["checkpoint"]})
    return (f"The fold held the state {sum(one['holds']['+Inf'] for one in last):,} times while events went in, {checkpoints} checkpoints being copied "
            f"and written beside: {count('0.001'):,} times for more than 1 ms of the processor's time, {count('0.005'):,} times for more than 5 ms.")


def rate_near(ingest, count):
    """The median rate of the last appends up to a size, a tenth of the log at most."""
    near = [one["rate"] for one in ingest if count * 0.9 <= one["events"] <= count] or [ingest[0]["rate"]]
    return spread(near)["median"]


def replay(bench):
    """From nothing: a start without checkpoints, in so many rounds."""
    options = bench.options
    events = 40_000 if options.smallest else 200_000 if options.quick else 1_000_000
    stretch = bench.traffic.stretch(events)
    daemon = Daemon(bench.programs, bench.folder, "replay")
    empty = daemon.start()
    rounds = []
    try:
        daemon.append(stretch.preamble)
        daemon.append(stretch.lines, 4, 8000)
        count = int(daemon.metric("waybill_last_sequence"))
        daemon.stop()
        for _ in range(options.rounds):
            daemon.forget_checkpoints()
            rounds.append(started(daemon, count))
    finally:
        daemon.remove()
    rate = spread([count / max(one["seconds"] - empty["seconds"], 0.001) for one in rounds])
    cost = spread([(one["cpu"] - empty["cpu"]) / count * 1e9 for one in rounds])
    say(f"  {rate['median']:,} events/s")
    return Section("Replay from zero: a start without checkpoints", ["events", "events/s", "CPU an event", "start of an empty folder"],
                   [[f"{count:,}", f"{rate['median']:,} ({rate['min']:,} – {rate['max']:,})", f"{cost['median']:,} ns", seconds(empty["seconds"])]],
                   [], {"rate": rate, "cpu_ns": cost, "rounds": rounds, "empty": empty})


def memory(bench):
    """What a message that can still change costs: messages announced and not yet delivered, all at once."""
    options = bench.options
    events = 20_000 if options.smallest else 100_000 if options.quick else 500_000
    copies = 4 if options.smallest or options.quick else 10
    stretch = bench.traffic.stretch(events)
    sent = stretch.changed("sent", traffic.of_type("message.sent"))
    with open(sent, "rb") as source:
        count = sum(1 for _ in source)
    only = bench.traffic.wrap(stretch, "only-sent", sent, count)
    notes = []
    with Daemon(bench.programs, bench.folder) as daemon:
        daemon.append(stretch.preamble)
        for number in range(copies):
            lines = only.copy(number, days=0)
            daemon.append(lines, 4, 8000)
            lines.unlink()
            time.sleep(1)
            note = {"messages": (number + 1) * count} | daemon.memory()
            if number in (copies // 4, copies - 1):
                time.sleep(REST)
                note["at_rest"] = daemon.memory()["own"]
            notes.append(note)
    first, last = (note for note in notes if "at_rest" in note)
    slopes = {kind: (last[kind] - first[kind]) / (last["messages"] - first["messages"]) for kind in ("own", "at_rest")}
    say(f"  {slopes['own']:.0f} bytes a message, {slopes['at_rest']:.0f} at rest")
    return Section("Memory of messages that can still change (announced, not delivered)",
                   ["messages", "own memory", "bytes a message more", "own memory at rest", "bytes a message more"],
                   [[f"{last['messages']:,}", megabytes(last["own"]), f"{slopes['own']:.0f}", megabytes(last["at_rest"]), f"{slopes['at_rest']:.0f}"]],
                   [f"Between {first['messages']:,} and {last['messages']:,} messages; what is there before the first is left out. "
                    f"At rest: {REST} seconds behind the last event."],
                   {"steps": notes, "bytes_per_message": slopes["own"], "bytes_per_message_at_rest": slopes["at_rest"]})
