"""The two real programs on a folder of their own, and a client that speaks HTTP on their socket."""
import hashlib
import hmac
import http.client
import itertools
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.parse

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = REPOSITORY / "fixtures"
PATIENCE = 180  # seconds for anything that normally takes a moment


def programs():
    """The folder of waybilld and waybill."""
    folder = os.environ.get("WAYBILL_PROGRAMS")
    if not folder:
        folder = subprocess.run(["swift", "build", "--show-bin-path"], cwd=REPOSITORY, check=True, capture_output=True,
                                text=True).stdout.strip()
        os.environ["WAYBILL_PROGRAMS"] = folder
    return pathlib.Path(folder)


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout=PATIENCE):
        super().__init__("waybill", timeout=timeout)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Answer:
    """Status, headers and body of one reply; members of a JSON body by subscript."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    def __getitem__(self, name):
        return self.json[name]

    @property
    def records(self):
        return [json.loads(line) for line in self.body.splitlines() if line.strip()]

    def __repr__(self):
        return f"{self.status} {self.body[:2000].decode(errors='replace')}"


class Client:
    """Speaks to the daemon; keeps one connection."""

    def __init__(self, path):
        self.path = path
        self.connection = None

    def request(self, method, target, body=None, headers=None):
        for attempt in (1, 2):
            if self.connection is None:
                self.connection = UnixConnection(self.path)
            try:
                self.connection.request(method, target, body=body, headers=headers or {})
                reply = self.connection.getresponse()
                answer = Answer(reply.status, reply.headers, reply.read())
                if reply.will_close:
                    self.close()
                return answer
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                self.close()
                if attempt == 2:
                    raise

    def get(self, target, headers=None, **query):
        query = {name.rstrip("_"): value for name, value in query.items() if value is not None}
        if query:
            target += "?" + urllib.parse.urlencode(query)
        return self.request("GET", target, headers=headers)

    def account(self, account, question="", **query):
        return self.get(f"/v1/accounts/{account}" + (f"/{question}" if question else ""), **query)

    def post(self, body, media="application/cloudevents-batch+json", **headers):
        if not isinstance(body, (bytes, bytearray)):
            body = json.dumps(body, ensure_ascii=False).encode()
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request("POST", "/v1/events", body, {"Content-Type": media} | headers)

    def append(self, *events):
        """Appends events that must be accepted."""
        answer = self.post(list(events))
        if answer.status != 200:
            raise AssertionError(f"refused: {answer!r}")
        return answer

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None


class Daemon:
    """A waybilld of its own folder and socket."""

    def __init__(self, environment=None, arguments=(), folder=None):
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="waybill-", dir="/tmp"))
        self.owns_folder = folder is None
        self.data, self.socket = self.folder / "data", self.folder / "waybill.sock"
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("WAYBILL_")}
        self.environment |= environment or {}
        self.arguments = list(arguments)
        self.process = None
        self.client = Client(self.socket)

    def command(self):
        return [str(programs() / "waybilld"), "--data", str(self.data), "--socket", str(self.socket), *self.arguments]

    def start(self):
        self.errors = open(self.folder / "stderr.txt", "ab")
        self.process = subprocess.Popen(self.command(), stdout=subprocess.PIPE, stderr=self.errors, stdin=subprocess.DEVNULL,
                                        env=self.environment, cwd=self.folder)
        os.set_blocking(self.process.stdout.fileno(), False)
        seen, deadline = b"", time.monotonic() + PATIENCE
        while b"ready" not in seen:
            if self.process.poll() is not None:
                raise AssertionError(f"waybilld ended with {self.process.returncode}: {seen!r} {self.said()}")
            if time.monotonic() > deadline:
                raise AssertionError(f"waybilld is not ready after {PATIENCE} s: {seen!r} {self.said()}")
            seen += self.process.stdout.read() or b""
            time.sleep(0.005)
        return self

    def said(self):
        return (self.folder / "stderr.txt").read_text(errors="replace")[-4000:]

    def stop(self):
        """Asks it to stop; gives its exit status."""
        self.client.close()
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"waybilld did not stop within {PATIENCE} s of SIGTERM: {self.said()}")
        finally:
            self.process.stdout.close()
            self.errors.close()
            self.process = None
        return status

    def kill(self):
        self.client.close()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.errors.close()
        self.process = None

    def remove(self):
        if self.process:
            self.stop()
        if self.owns_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def waybill(self, *arguments, input=None, **environment):
        """Runs the query tool on this daemon."""
        return waybill("--socket", str(self.socket), *arguments, input=input, **environment)

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.remove()
            raise

    def __exit__(self, *_):
        self.remove()


def waybill(*arguments, input=None, **environment):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WAYBILL_")}
    return subprocess.run([str(programs() / "waybill"), *map(str, arguments)], input=input, capture_output=True, timeout=300,
                          env=kept | environment, **({"stdin": subprocess.DEVNULL} if input is None else {}))


class DaemonTest(unittest.TestCase):
    """A test whose methods share one daemon."""

    environment = {}
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon(cls.environment)
        cls.addClassCleanup(cls.daemon.remove)
        cls.daemon.start()
        cls.client = cls.daemon.client

    def ok(self, answer):
        self.assertEqual(answer.status, 200, answer)
        return answer.json

    def refused(self, answer, status, says=None, index=None, pointer=None):
        """A problem of that status, in one sentence, with index and pointer of the event it is about."""
        self.assertEqual(answer.status, status, answer)
        self.assertIn("application/problem+json", answer.headers.get("Content-Type", ""), answer)
        problem = answer.json
        for member in ("type", "title", "status", "detail"):
            self.assertIn(member, problem)
        self.assertEqual(problem["status"], status)
        self.assertTrue(problem["detail"])
        if says is not None:
            self.assertIn(says.lower(), (problem["title"] + " " + problem["detail"]).lower())
        if index is not None:
            self.assertEqual(problem.get("index"), index, problem)
        if pointer is not None:
            self.assertEqual(problem.get("pointer"), pointer, problem)
        return problem

    def last(self):
        return int(self.ok(self.client.get("/v1/accounts"))["sequence"])

    def assert_contains(self, expected, actual, at=""):
        """Every member of `expected` stands in `actual` with that value."""
        if isinstance(expected, dict):
            self.assertIsInstance(actual, dict, at)
            for name, value in expected.items():
                self.assertIn(name, actual, at)
                self.assert_contains(value, actual[name], f"{at}/{name}")
        elif isinstance(expected, list):
            self.assertIsInstance(actual, list, at)
            self.assertEqual(len(expected), len(actual), f"{at}: {actual}")
            for position, value in enumerate(expected):
                self.assert_contains(value, actual[position], f"{at}/{position}")
        else:
            self.assertEqual(expected, actual, at)


# Events


_identities = itertools.count(1)


def event(kind, time, data, subject=None, source="/tests", identity=None, **extensions):
    made = {"specversion": "1.0", "id": identity or f"e{next(_identities)}", "source": source, "type": "waybill." + kind}
    if subject is not None:
        made["subject"] = subject
    return made | {"time": time, "data": data} | extensions


class Story:
    """Events of one account, short to write."""

    def __init__(self, account, number=None, zone="America/Sao_Paulo", currency="USD", opened="2025-01-01T00:00:00Z"):
        self.name, self.number, self.zone, self.currency, self.opened = account, number or f"n-{account}", zone, currency, opened

    def event(self, kind, time, /, **data):
        return event(kind, time, data, self.name)

    def opening(self, **more):
        return [self.event("account.opened", self.opened, name=self.name.title(), currency=self.currency,
                           time_zone=self.zone, **more),
                self.event("number.added", self.opened, number=self.number, waba="waba-" + self.name)]

    def contact(self, phone):
        return {"phone": phone} if phone.lstrip("+").isdigit() else {"user": phone}

    def received(self, message, time, phone, kind="text", **more):
        return self.event("message.received", time, message=message, number=self.number, contact=self.contact(phone), kind=kind,
                          **more)

    def sent(self, message, time, phone, kind="text", **more):
        return self.event("message.sent", time, message=message, number=self.number, contact=self.contact(phone), kind=kind,
                          **more)

    def template(self, message, time, phone, category="utility", template="order_shipped", **more):
        return self.sent(message, time, phone, "template", template=template, category=category, **more)

    def status(self, message, time, phone, status="delivered", **more):
        return self.event("message.status", time, message=message, number=self.number, contact=self.contact(phone),
                          status=status, **more)

    def desk(self, what, time, phone, **more):
        return self.event("conversation." + what, time, number=self.number, contact=self.contact(phone), **more)


def pricing(kind=None, category=None, billable=None, model="PMP", **more):
    word = {"model": model}
    if billable is None and (kind == "regular" or (kind or "").startswith("free_")):
        billable = kind == "regular"
    if billable is not None:
        word["billable"] = billable
    if kind is not None:
        word["type"] = kind
    if category is not None:
        word["category"] = category
    return word | more


MARKETS = [{"prefix": "55", "country": "BR", "market": "Brazil"}, {"prefix": "91", "country": "IN", "market": "India"},
           {"prefix": "1", "country": "US", "market": "North America"},
           {"prefix": "1809", "country": "DO", "market": "Rest of Latin America"},
           {"prefix": "7", "country": "RU", "market": "Russia"},
           {"prefix": "77", "country": "KZ", "market": "Other", "to": "2026-10-01"},
           {"prefix": "77", "country": "KZ", "market": "Kazakhstan", "from": "2026-10-01"}]


def markets(rows=None):
    return event("markets.published", "2022-01-01T00:00:00Z", {"markets": MARKETS if rows is None else rows})


def card(name, day, rates, currency="USD", unit="message", **more):
    """A card; `rates` is {market: {category: price or (price, tiers)}}."""
    rows = []
    for market, prices in rates.items():
        for category, price in prices.items():
            row = {"market": market, "category": category}
            if isinstance(price, tuple):
                row |= {"price": price[0], "tiers": [{"upper": upper, "price": step} for upper, step in price[1]]}
            else:
                row["price"] = price
            rows.append(row)
    return event("rate_card.published", "2022-01-01T00:00:00Z",
                 {"card": name, "currency": currency, "unit": unit, "effective_from": day, "rates": rows}, **more)


def signature(secret, body):
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
