"""One waybilld of our own, on its own folder, ended by its process id."""
import http.client
import json
import pathlib
import shutil
import signal
import socket
import subprocess
import time

from . import machine


class Connection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("waybill", timeout=3600)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Daemon:
    running = []

    def __init__(self, programs, folder, name="waybill", environment=None):
        self.programs = programs
        self.data, self.socket = pathlib.Path(folder) / f"{name}-data", pathlib.Path(folder) / f"{name}.sock"
        self.environment = environment
        self.process = None

    def start(self, limit=3600):
        """Starts the daemon; returns seconds from exec to `ready`, and the CPU seconds it used until then."""
        began = time.monotonic()
        self.process = subprocess.Popen(
            [str(self.programs.waybilld), "--data", str(self.data), "--socket", str(self.socket)],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, env=self.environment)
        Daemon.running.append(self)
        while line := self.process.stdout.readline():
            if b"ready" in line:
                return {"seconds": time.monotonic() - began, "cpu": machine.cpu_seconds(self.process.pid)}
        raise RuntimeError(f"waybilld did not start on {self.data}; its status is {self.process.wait()}")

    def stop(self):
        """Asks it to end, and waits; returns the seconds that took."""
        if self.process is None:
            return 0
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(300)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None
        Daemon.running.remove(self)
        return time.monotonic() - began

    def kill(self):
        """Ends it as a power cut would end the process: nothing is written any more."""
        self.process.kill()
        self.process.wait()
        self.process = None
        Daemon.running.remove(self)

    def remove(self):
        self.stop()
        shutil.rmtree(self.data, ignore_errors=True)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.remove()

    # What is asked of it

    def get(self, path, connection=None):
        own = connection or Connection(self.socket)
        own.request("GET", path)
        answer = own.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"GET {path}: {answer.status} {body[:300]!r}")
        return body

    def json(self, path, connection=None):
        return json.loads(self.get(path, connection))

    def metric(self, name):
        return self.metrics(name)[0]

    def metrics(self, *names):
        """Several of one moment."""
        found = dict(line.rsplit(" ", 1) for line in self.get("/metrics").decode().splitlines() if not line.startswith("#"))
        missing = [name for name in names if name not in found]
        if missing:
            raise RuntimeError(f"no metric {missing[0]}")
        return [float(found[name]) for name in names]

    def append(self, lines, connections=1, batch=8000, *more):
        """Posts the lines of a file; what bench-client tells, with the CPU the daemon's threads used for it."""
        before = machine.thread_seconds(self.process.pid)
        told = machine.run(self.programs.helper("client"), self.socket, lines, connections, batch, *more,
                           stdout=subprocess.PIPE, text=True)
        after = machine.thread_seconds(self.process.pid)
        found = json.loads(told.stdout)
        events = max(1, found["events"])
        found["rate"] = found["events"] / found["seconds"]
        found["cpu_ns"] = {"client": found.pop("cpu") / events * 1e9} | {
            role: max(0, seconds - before.get(role, 0)) / events * 1e9 for role, seconds in after.items()}
        return found

    def memory(self):
        return machine.memory_of(self.process.pid)

    def disk(self):
        """Bytes of the log, of the index, of the checkpoints, and of whatever else is in the data folder."""
        parts = {"log": 0, "index": 0, "checkpoints": 0}
        for entry in self.data.iterdir():
            name = entry.name if entry.name in ("log", "index", "checkpoints") else "others"
            parts[name] = parts.get(name, 0) + machine.disk_bytes(entry)
        return parts

    def set_aside_checkpoints(self):
        """Of a stopped daemon; the next start finds none."""
        (self.data / "checkpoints").rename(self.data.parent / "checkpoints-aside")

    def bring_back_checkpoints(self):
        shutil.rmtree(self.data / "checkpoints", ignore_errors=True)
        (self.data.parent / "checkpoints-aside").rename(self.data / "checkpoints")

    def forget_checkpoints(self):
        shutil.rmtree(self.data / "checkpoints", ignore_errors=True)

    def has_checkpoints(self):
        folder = self.data / "checkpoints"
        return folder.is_dir() and any(folder.rglob("*"))
