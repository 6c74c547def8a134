"""What others make of the same lines on the same disk, each started on a folder of its own and ended by its process id."""
import json
import os
import pathlib
import pwd
import shutil
import subprocess
import time

from .machine import run

POSTGRES = pathlib.Path("/usr/lib/postgresql/15/bin")


class WrongResult(Exception):
    """A program stored something else than it was given."""


def expect(name, found, wanted):
    if found != wanted:
        raise WrongResult(f"{name}: {found} instead of {wanted}")


class Peer:
    """Measures one load: a file of lines (`count` events, `size` bytes), in batches from so many connections."""

    def __init__(self, programs, folder):
        self.programs, self.folder = programs, pathlib.Path(folder)

    def told(self, name, *arguments):
        return json.loads(run(self.programs.helper(name), *arguments, stdout=subprocess.PIPE, text=True).stdout)

    def fresh(self, name):
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder


class Embedded(Peer):
    """A library that is linked into its helper: one thread, whatever the connections."""

    file = ""  # what the helper is told to write in the fresh folder

    def measure(self, lines, connections, batch, count, size, amount):
        folder = self.fresh(self.name)
        found = self.told(self.name, folder / self.file, lines, batch)
        shutil.rmtree(folder)
        expect(self.title, (found["stored"], found["bytes"]), (count, size))
        return found


class LMDB(Embedded):
    name, title, most = "lmdb", "raw LMDB", {8000: 1_000_000, 100: 400_000, 1: 8_000}


class SQLite(Embedded):
    name, title, most = "sqlite", "SQLite, append only", {8000: 400_000, 100: 200_000, 1: 5_000}
    file = "events.db"


class Redis(Peer):
    name, title, most = "redis", "Redis stream", {8000: 400_000, 100: 200_000, 1: 40_000}

    def measure(self, lines, connections, batch, count, size, amount):
        folder = self.fresh("redis")
        socket = folder / "redis.sock"
        server = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", str(socket), "--dir", str(folder), "--appendonly", "yes",
             "--appendfsync", "always", "--save", "", "--auto-aof-rewrite-percentage", "0", "--daemonize", "no"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        try:
            wait_for(socket, server)
            found = self.told("redis", socket, lines, connections, batch)
            length = run("redis-cli", "-s", socket, "xlen", "ledger", capture_output=True, text=True).stdout.split()[-1]
            expect("Redis", int(length), count)
        finally:
            server.terminate()
            server.wait(120)
            shutil.rmtree(folder, ignore_errors=True)
        return found


class Postgres(Peer):
    """A cluster of the defaults but for room: 1 GiB of buffers, WAL that need not recycle. It runs only while measured."""

    TABLES = """
        drop table if exists event, posting, balance, line;
        create table event (sequence bigserial primary key, identity text not null unique, record text not null);
        create table posting (sequence bigserial primary key, identity text not null unique, account text not null,
          amount bigint not null, record text not null);
        create table balance (account text primary key, events bigint not null, amount numeric not null);
        create table line (record text not null);"""
    CHECKS = {
        "insert": "select count(*), sum(octet_length(record) + 1), 0 from event",
        "balances": "select (select sum(events) from balance), sum(octet_length(record) + 1), (select sum(amount) from balance) "
                    "from posting having sum(posting.amount) = (select sum(amount) from balance)",
        "copy": "select count(*), sum(octet_length(record) + 1), 0 from line"}
    cluster = None

    def as_user(self):
        return {"user": "postgres"} if os.getuid() == 0 else {}

    def quietly(self, program, *arguments):
        run(POSTGRES / program, *arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **self.as_user())

    def query(self, text):
        found = run(POSTGRES / "psql", self.conninfo, "-qAtc", text, capture_output=True, text=True, cwd="/", **self.as_user())
        return found.stdout.strip()

    def start(self):
        if Postgres.cluster is None:
            Postgres.cluster = self.fresh("postgres")
            if os.getuid() == 0:
                owner = pwd.getpwnam("postgres")
                os.chown(self.cluster, owner.pw_uid, owner.pw_gid)
            self.quietly("initdb", "-D", self.cluster / "data", "-A", "trust")
        settings = f"-c listen_addresses= -c unix_socket_directories={self.cluster} -c shared_buffers=1GB -c max_wal_size=8GB"
        self.quietly("pg_ctl", "-D", self.cluster / "data", "-w", "-o", settings, "-l", self.cluster / "log", "start")
        self.conninfo = f"host={self.cluster} dbname=postgres user={'postgres' if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name}"

    def stop(self):
        self.quietly("pg_ctl", "-D", self.cluster / "data", "-w", "-m", "fast", "stop")

    def measure(self, lines, connections, batch, count, size, amount):
        self.start()
        try:
            self.query(self.TABLES)
            self.query("checkpoint")
            found = self.told("postgres", self.conninfo, self.mode, lines, connections, batch)
            rows = self.query(self.CHECKS[self.mode])
            expect(f"PostgreSQL, {self.mode}", rows, f"{count}|{size}|{amount if self.mode == 'balances' else 0}")
            self.query(self.TABLES)
        finally:
            self.stop()
        return found


class PostgresInsert(Postgres):
    name, title, mode, most = "postgres", "PostgreSQL, insert", "insert", {8000: 160_000, 100: 80_000, 1: 15_000}


class PostgresBalances(Postgres):
    name, title, mode, most = "postgres_balances", "PostgreSQL, balances", "balances", {8000: 160_000, 100: 80_000, 1: 10_000}


class PostgresCopy(Postgres):
    name, title, mode, most = "postgres_copy", "PostgreSQL, COPY", "copy", {8000: 400_000, 100: 150_000, 1: 10_000}


ALL = [LMDB, SQLite, Redis, PostgresInsert, PostgresBalances, PostgresCopy]


def wait_for(socket, server, seconds=30):
    limit = time.monotonic() + seconds
    while not socket.exists():
        if server.poll() is not None or time.monotonic() > limit:
            raise RuntimeError(f"{socket.name}: the server did not start")
        time.sleep(0.02)
