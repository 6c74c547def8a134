"""Whether what was measured is right: the log holds what was sent, and the figures are those of a slow, plain pass."""
import hashlib
import json
import subprocess

from .daemon import Connection, Daemon
from .machine import run
from .peers import WrongResult, expect

PLAIN_BATCH = 997  # on one connection, against the 8,000, 100 and 1 of the loads


def summed(programs, *arguments):
    return json.loads(run(programs.helper("export"), *arguments, stdout=subprocess.PIPE, text=True).stdout)


def balances(daemon):
    """A hash of the balances of all accounts, without the members that say when and at which event they were asked."""
    connection = Connection(daemon.socket)
    digest = hashlib.sha256()
    accounts = sorted(account["account"] for account in daemon.json("/v1/accounts", connection)["accounts"])
    for account in accounts:
        answer = daemon.json(f"/v1/accounts/{account}/balance", connection)
        digest.update(json.dumps({name: value for name, value in answer.items() if name not in ("sequence", "as_of")},
                                 sort_keys=True, separators=(",", ":")).encode())
    connection.close()
    return digest.hexdigest()[:16], len(accounts)


def added(first, second):
    """The sum of two files' sums."""
    return f"{(int(first['sum'], 16) + int(second['sum'], 16)) % (1 << 128):032x}"


def check_log(daemon, programs, preamble, lines):
    """Compares the log with the files sent to it, whatever their order; returns what it holds."""
    parts = summed(programs, "-", preamble), summed(programs, "-", lines)
    log = summed(programs, daemon.socket, "/v1/events")
    expect("events in the log", log["events"] - log["decided"], parts[0]["events"] + parts[1]["events"])
    expect("sum of the events in the log", log["sum"], added(*parts))
    return log


def check_figures(daemon, programs, folder):
    """Appends the log's own events, in its order, to another daemon in one slow pass; the balances must be the same."""
    export = folder / "export.ndjson"
    summed(programs, daemon.socket, "/v1/events", export)
    found, accounts = balances(daemon)
    try:
        with Daemon(programs, folder, "plain") as plain:
            plain.append(export, 1, PLAIN_BATCH)
            wanted, _ = balances(plain)
    finally:
        export.unlink()
    expect("hash of the balances", found, wanted)
    return {"balances": found, "accounts": accounts}


__all__ = ["WrongResult", "balances", "check_figures", "check_log", "summed"]
