"""Questions, webhooks, the export, and what too much load does: the daemon as its users meet it."""
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess

from . import checks, traffic
from .daemon import Daemon
from .machine import run, say
from .peers import expect
from .report import Section, latency, megabytes, shown, spread


def ask(bench, daemon, questions, seconds, pause=1000):
    told = run(bench.programs.helper("questions"), daemon.socket, questions, seconds, pause, stdout=subprocess.PIPE, text=True)
    return json.loads(told.stdout)


def point(bench):
    """Point questions while nothing else happens, and during full ingest."""
    options = bench.options
    events = 20_000 if options.smallest else 100_000 if options.quick else 500_000
    seconds = 1 if options.smallest else 3 if options.quick else 6
    stretch = bench.traffic.stretch(events)
    with open(stretch.lines, "rb") as source:
        messages = traffic.announced(source)
    step = max(1, len(messages) // 2000)
    with Daemon(bench.programs, bench.folder) as daemon:
        daemon.append(stretch.preamble)
        sustained = daemon.append(stretch.lines, 4, 8000)["rate"]
        accounts = [one["account"] for one in daemon.json("/v1/accounts")["accounts"]]
        asked = traffic.questions(bench.scratch / "questions", accounts, messages[::step])
        found = {"idle": ask(bench, daemon, asked, seconds)}
        say("  asked while idle")
        for name, batch, connections in (("during ingest, batches of 8,000 from 4", 8000, 4), ("during ingest, single events from 64", 1, 64)):
            lines = several(bench, stretch, sustained * 1.3 * seconds if batch > 1 else 0, 100 * len(found))
            found[name] = busily(bench, daemon, lines, asked, seconds, batch, connections)
            say(f"  asked {name}")
    rows = [[name, kind, f"{one['n']:,}", latency(one)] for name, kinds in found.items() for kind, one in kinds.items() if isinstance(one, dict)]
    notes = [f"{name}: {kinds['rate']:,.0f} events/s went in meanwhile." for name, kinds in found.items() if "rate" in kinds]
    return Section("Questions, one connection, a pause of 1 ms between two", ["while", "question", "asked", "p50 / p99 / max"], rows, notes, found)


def several(bench, stretch, wanted, first):
    """A file of copies of the traffic, at least one, about so many events, within what memory has room for."""
    copies = max(1, round(min(wanted, bench.room() / 3 / 420) / stretch.count))
    lines = bench.scratch / "several.ndjson"
    with open(lines, "wb") as target:
        for number in range(first, first + copies):
            part = stretch.copy(number)
            with open(part, "rb") as source:
                shutil.copyfileobj(source, target, 1 << 24)
            part.unlink()
    return lines


def busily(bench, daemon, lines, asked, seconds, batch, connections):
    """Asks while events arrive as fast as they are taken."""
    client = subprocess.Popen(
        [str(part) for part in (bench.programs.helper("client"), daemon.socket, lines, connections, batch, 1e9, seconds + 0.5)],
        stdout=subprocess.PIPE, text=True)
    wait_until_busy(daemon)
    found = ask(bench, daemon, asked, seconds)
    told = json.loads(client.communicate()[0])
    lines.unlink()
    found["rate"] = told["events"] / told["seconds"]
    return found


def wait_until_busy(daemon):
    first = daemon.metric("waybill_last_sequence")
    for _ in range(10_000):
        if daemon.metric("waybill_last_sequence") > first:
            return


def neighbours(bench):
    """What a client that appends one event after the other notices of others: a follower that does not read, years of
    charges asked for without a pause, and the whole log read again and again."""
    options = bench.options
    events, count = (20_000, 100) if options.smallest else (200_000, 1_000) if options.quick else (500_000, 3_000)
    stretch = bench.traffic.stretch(events)
    found = {}
    with Daemon(bench.programs, bench.folder) as daemon:
        daemon.append(stretch.preamble)
        daemon.append(stretch.lines, 4, 8000)
        accounts = [one["account"] for one in daemon.json("/v1/accounts")["accounts"]]
        asked = bench.scratch / "years"
        asked.write_text("".join(f"charges\t/v1/accounts/{account}/charges?from=2026-01-01&to=2026-12-31&by=day,template\n" for account in accounts))
        program = lambda name, *arguments: [str(part) for part in (bench.programs.helper(name), daemon.socket, *arguments)]
        for number, (name, beside) in enumerate((
                ("nobody", []), ("a follower that never reads", []), ("charges of a year", program("questions", asked, 600, 0)),
                ("exports of the whole log", ["sh", "-c", 'while "$@" >/dev/null; do :; done', "sh", *program("export", "/v1/events")]))):
            copy = stretch.copy(500 + number)
            lines = bench.traffic.wrap(stretch, f"single-{number}", copy, stretch.count).first(count)
            copy.unlink()
            with beside_of(daemon, name, beside):
                found[name] = daemon.append(lines, 1, 1, 1e9, 10)  # ten seconds at most
            say(f"  beside {name}: {found[name]['rate']:,.0f} /s")
    return Section("One client, one event after the other, beside", ["beside", "events/s", "answer p50 / p99 / max"],
                   [[name, f"{one['rate']:,.0f}", latency(one)] for name, one in found.items()], [], found)


@contextlib.contextmanager
def beside_of(daemon, name, command):
    """Whoever else uses the daemon meanwhile; ended, by its process id, when the measurement is over."""
    follower = process = None
    if "follower" in name:
        follower = socket.socket(socket.AF_UNIX)
        follower.connect(str(daemon.socket))
        follower.sendall(b"GET /v1/events?from=1 HTTP/1.1\r\nHost: waybill\r\nAccept: text/event-stream\r\n\r\n")
    elif command:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        yield
    finally:
        if follower:
            follower.close()
        if process:
            ended = process.poll()
            if ended is None:
                os.killpg(process.pid, signal.SIGTERM)
            process.wait()
            expect(f"{name}: it ended before the measurement did, with", ended, None)


def webhooks(bench):
    """Signed deliveries, one a request, as Meta sends them."""
    options = bench.options
    count = 2_000 if options.smallest else 10_000 if options.quick else 40_000
    deliveries, account = traffic.webhooks(bench.scratch, count)
    rates, latencies = [], []
    for turn in range(options.rounds):
        with Daemon(bench.programs, bench.folder, environment=bench.environment({"WAYBILL_WHATSAPP_APP_SECRET": traffic.SECRET})) as daemon:
            daemon.append(account, 1, 10)
            before = daemon.metric("waybill_last_sequence")
            found = daemon.append(deliveries, 64, "webhooks")
            expect("events from webhooks", daemon.metric("waybill_events_appended_total") - before >= count, True)
            expect("webhooks kept without effect", daemon.metric("waybill_kept_webhooks"), 0)
            if turn == 0:
                checked = checks.check_figures(daemon, bench.programs, bench.scratch)
        rates.append(found["rate"])
        latencies.append(found)
        say(f"  round {turn + 1}: {found['rate']:,.0f} webhooks/s")
    rate = spread(rates)
    middle = sorted(latencies, key=lambda one: one["p50"])[len(latencies) // 2]
    return Section("Webhooks: signed bodies of one message or status each, 64 connections", ["deliveries/s", "p50 / p99 / max", "MB/s"],
                   [[shown(rate), latency(middle), f"{rate['median'] * middle['bytes'] / middle['events'] / 1e6:.1f}"]],
                   [f"None was kept without effect; balances {checked['balances']}, as in a plain pass of the events."],
                   {"rate": rate, "rounds": latencies, "checked": checked})


def export(bench):
    """GET /v1/events of the whole log."""
    options = bench.options
    events = 20_000 if options.smallest else 100_000 if options.quick else 1_000_000
    stretch = bench.traffic.stretch(events)
    with Daemon(bench.programs, bench.folder) as daemon:
        daemon.append(stretch.preamble)
        daemon.append(stretch.lines, 4, 8000)
        found = [checks.check_log(daemon, bench.programs, stretch.preamble, stretch.lines) for _ in range(options.rounds)]
    rate = spread([one["events"] / one["seconds"] for one in found])
    speed = rate["median"] * found[0]["bytes"] / found[0]["events"]
    say(f"  {rate['median']:,} events/s")
    return Section("Export: GET /v1/events, one connection", ["events", "events/s", "MB/s", "sum of the events"],
                   [[f"{found[0]['events']:,}", shown(rate), f"{speed / 1e6:,.0f}", found[0]["sum"][:16]]], [],
                   {"rate": rate, "rounds": found})


def overload(bench):
    """Twice what was sustained, from many connections, in an open loop."""
    options = bench.options
    events = 40_000 if options.smallest else 200_000 if options.quick else 1_000_000
    seconds = 2 if options.smallest else 4 if options.quick else 8
    stretch = bench.traffic.stretch(events)
    with Daemon(bench.programs, bench.folder) as daemon:
        daemon.append(stretch.preamble)
        sustained = daemon.append(stretch.lines, 4, 8000)
        rest = daemon.memory()
        say(f"  sustained: {sustained['rate']:,.0f} /s")
        lines = several(bench, stretch, 2 * sustained["rate"] * seconds, 1)
        found = daemon.append(lines, 256, 8000 if not options.smallest else 1000, 2 * sustained["rate"], seconds)
        found["memory"] = daemon.memory()
        found["busy_counted"] = daemon.metric("waybill_requests_busy_total")
        lines.unlink()
        # the log is several times as long by now, so that is what the rate is to be compared with
        lines = several(bench, stretch, stretch.count, 1 + round(2 * sustained["rate"] * seconds / stretch.count + 1))
        again = daemon.append(lines, 4, 8000)
        lines.unlink()
        # what was answered with 200 is there, once
        expect("events after overload", daemon.metric("waybill_events_appended_total") >= found["appended"] + again["appended"] + stretch.count, True)
        expect("duplicates after overload", found["duplicates"], 0)
    say(f"  offered twice that: {found['rate']:,.0f} /s, {found['busy']} answers 503")
    return Section("Overload: twice the sustained rate offered, 256 connections",
                   ["sustained before, events/s", "and after", "offered", "taken, events/s", "answers 503", "own memory before / at most resident"],
                   [[f"{sustained['rate']:,.0f}", f"{again['rate']:,.0f}", f"{2 * sustained['rate']:,.0f}", f"{found['rate']:,.0f}", f"{found['busy']:,}",
                     f"{megabytes(rest['own'])} / {megabytes(found['memory']['most'])}"]],
                   ["A client that is answered 503 waits as long as Retry-After says and sends again; the rate is over all of that, "
                    "until the last answer."], {"sustained": sustained, "sustained_after": again, "offered": 2 * sustained["rate"], "found": found, "memory_before": rest})
