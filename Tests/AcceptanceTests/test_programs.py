"""The two programs: starting, stopping, refusing to start, and the query tool's commands and exit statuses."""
import grp
import json
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from harness import FIXTURES, Client, Daemon, DaemonTest, Story, UnixConnection, card, event, markets, pricing, programs, waybill

BRAZIL = "5511987654321"


class Life(unittest.TestCase):
    def daemon(self, **more):
        daemon = Daemon(**more)
        self.addCleanup(daemon.remove)
        return daemon

    def refuses(self, daemon, *says):
        """Starting ends at once with a sentence that says so, not a trace."""
        ended = subprocess.run(daemon.command(), capture_output=True, timeout=60, stdin=subprocess.DEVNULL, env=daemon.environment)
        text = (ended.stderr + ended.stdout).decode(errors="replace")
        self.assertNotEqual(ended.returncode, 0, text)
        self.assertGreaterEqual(ended.returncode, 0, f"it crashed: {text}")
        self.assertNotIn("ready", ended.stdout.decode())
        for word in says:
            self.assertIn(word, text)
        self.assertNotIn("Fatal error", text)
        return text

    def test_it_stops_cleanly_and_starts_again_with_everything(self):
        daemon = self.daemon().start()
        story = Story("again", number="n-again")
        daemon.client.append(*story.opening(), story.event("payment.received", "2026-01-01T00:00:00Z", payment="p", amount="7", currency="USD"))
        before = daemon.client.get("/v1/events").body
        self.assertEqual(daemon.stop(), 0)
        self.assertFalse(daemon.socket.exists(), "the socket file stays behind")
        daemon.start()
        self.assertEqual(daemon.client.get("/v1/events").body, before)
        self.assertEqual(daemon.client.account("again", "balance")["balance"], "7")

    def test_health_readiness_metrics_and_description(self):
        daemon = self.daemon().start()
        self.assertEqual(daemon.client.get("/healthz").status, 200)
        self.assertEqual(daemon.client.get("/readyz").status, 200)
        metrics = daemon.client.get("/metrics")
        self.assertEqual(metrics.status, 200)
        self.assertIn("text/plain", metrics.headers["Content-Type"])
        self.assertRegex(metrics.body.decode(), r"(?m)^# TYPE waybill_\w+ (counter|gauge|histogram|summary)$")
        described = daemon.client.get("/openapi.json")
        self.assertTrue(described["openapi"].startswith("3.1"))
        for path in ("/v1/events", "/v1/webhooks/whatsapp", "/v1/accounts", "/v1/kept", "/v1/backups"):
            self.assertIn(path, described["paths"])
        for question in ("balance", "charges", "payments", "usage", "allowances", "workload", "conversations", "response-times",
                         "unrated", "differences"):
            self.assertTrue(any(path.startswith("/v1/accounts/{") and path.endswith("/" + question) for path in described["paths"]), question)

    @unittest.skipUnless(pathlib.Path("/sys/kernel/mm/transparent_hugepage").exists(), "this kernel has no large pages")
    def test_the_heap_asks_for_large_pages(self):
        daemon = self.daemon().start()
        daemon.client.append(*Story("large").opening())
        mappings = pathlib.Path(f"/proc/{daemon.process.pid}/smaps").read_text()
        heaps = [part[:part.index("\n", part.index("VmFlags:"))] for part in mappings.split("[heap]")[1:]]
        large = [heap for heap in heaps if " hg" in heap[heap.index("VmFlags:"):]]
        self.assertTrue(any(int(heap.split("Size:")[1].split()[0]) >= 64 << 10 for heap in large), heaps)

    def test_histograms_count_what_was_committed_and_folded(self):
        daemon = self.daemon().start()
        daemon.client.append(*Story("measured").opening())
        lines = daemon.client.get("/metrics").body.decode().splitlines()
        for name in ("waybill_commit_seconds", "waybill_fold_hold_seconds"):
            buckets = [int(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name + "_bucket{le=")]
            count = next(int(line.split()[1]) for line in lines if line.startswith(name + "_count "))
            total = next(float(line.split()[1]) for line in lines if line.startswith(name + "_sum "))
            self.assertGreater(len(buckets), 5)
            self.assertEqual(buckets, sorted(buckets), "buckets are cumulative")
            self.assertEqual(buckets[-1], count, "+Inf holds all")
            self.assertGreater(count, 0)
            self.assertGreater(total, 0)

    def test_systemd_is_told_when_it_is_ready(self):
        folder = tempfile.mkdtemp(dir="/tmp")
        self.addCleanup(shutil.rmtree, folder)
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(notify.close)
        notify.bind(f"{folder}/notify")
        notify.settimeout(30)
        self.daemon(environment={"NOTIFY_SOCKET": f"{folder}/notify"}).start()
        self.assertIn(b"READY=1", notify.recv(4096))

    def test_a_request_under_way_is_finished_on_sigterm(self):
        daemon = self.daemon().start()
        story = Story("under-way", number="n-uw")
        daemon.client.append(*story.opening())
        answers, stopping = [], threading.Event()

        def work(worker):
            client = Client(daemon.socket)
            n = 0
            try:
                while True:
                    n += 1
                    identity = f"{worker}-{n}"
                    made = event("team.defined", "2026-01-01T00:00:00Z", {"team": identity, "name": "T"}, "under-way", identity=identity)
                    answer = client.post([made])
                    if answer.status == 200:
                        answers.append(identity)
                    elif answer.status == 503:
                        return
                    else:
                        answers.append(answer)
            except OSError:
                return
            except Exception as error:  # the connection closed between two requests
                if not stopping.is_set():
                    answers.append(error)
            finally:
                client.close()

        threads = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
        [thread.start() for thread in threads]
        time.sleep(0.5)
        stopping.set()
        self.assertEqual(daemon.stop(), 0)
        [thread.join() for thread in threads]
        daemon.start()
        stored = {record["id"] for record in daemon.client.get("/v1/events", account="under-way").records}
        self.assertGreater(len(answers), 0)
        self.assertEqual([answer for answer in answers if answer not in stored], [])

    def test_it_stops_while_a_follower_is_connected(self):
        daemon = self.daemon().start()
        connection = UnixConnection(daemon.socket)
        self.addCleanup(connection.close)
        connection.request("GET", "/v1/events", headers={"Accept": "text/event-stream"})
        self.assertEqual(connection.getresponse().status, 200)
        began = time.monotonic()
        self.assertEqual(daemon.stop(), 0)
        self.assertLess(time.monotonic() - began, 15)

    def test_a_second_daemon_on_the_same_folder_is_refused(self):
        first = self.daemon().start()
        second = self.daemon()
        second.data = first.data
        self.refuses(second, str(first.data))
        self.assertEqual(first.client.get("/healthz").status, 200)

    def test_a_stale_socket_file_is_replaced_and_a_live_one_is_not(self):
        first = self.daemon().start()
        first.kill()
        self.assertTrue(first.socket.exists())
        first.start()
        self.assertEqual(first.client.get("/healthz").status, 200)
        second = self.daemon()
        second.socket = first.socket
        self.refuses(second, str(first.socket))
        self.assertEqual(first.client.get("/healthz").status, 200)

    def test_a_folder_of_another_format_is_refused(self):
        for name, content in (("data.mdb", b"not a database" * 1000), ("data.mdb", b"")):
            daemon = self.daemon().start()
            daemon.stop()
            files = [path for path in daemon.data.rglob("*.mdb")]
            self.assertTrue(files)
            for path in files:
                path.write_bytes(content or os.urandom(65536))
            with self.subTest(content=content[:3]):
                self.refuses(daemon, str(daemon.data))

    def test_a_damaged_log_is_found_and_said(self):
        daemon = self.daemon().start()
        story = Story("damaged", number="n-damaged")
        daemon.client.append(*story.opening())
        for n in range(5):
            daemon.client.append(*[story.event("team.defined", "2026-01-01T00:00:00Z", team=f"t{n}-{m}", name=f"{n * m} name" * 20) for m in range(400)])
        daemon.stop()
        self.assertEqual(waybill("verify", "--data", daemon.data).returncode, 0)
        log = max(daemon.data.rglob("*.mdb"), key=lambda path: path.stat().st_size if "log" in str(path) else 0)
        content = bytearray(log.read_bytes())
        # frames are zstd: damage the middle of each
        place, found = 0, 0
        while (place := content.find(b"\x28\xb5\x2f\xfd", place)) >= 0:
            content[place + 200] ^= 0xFF
            place += 4
            found += 1
        self.assertGreater(found, 0, "no frame in the file")
        log.write_bytes(content)
        ended = waybill("verify", "--data", daemon.data)
        self.assertEqual(ended.returncode, 1, ended)
        self.assertTrue(ended.stderr or ended.stdout)
        self.assertNotIn(b"Fatal error", ended.stderr)

    @unittest.skipIf(os.getuid() != 0, "needs root to become another user")
    def test_a_folder_without_permission_is_refused(self):
        daemon, other = self.daemon(), self.daemon()
        daemon.data.mkdir(mode=0o700)
        os.chmod(daemon.folder, 0o755)
        os.chmod(other.folder, 0o777)
        daemon.socket = other.socket
        ended = subprocess.run(daemon.command(), capture_output=True, timeout=60, user="nobody", stdin=subprocess.DEVNULL)
        self.assertGreater(ended.returncode, 0)
        self.assertIn(str(daemon.data), (ended.stderr + ended.stdout).decode())

    def test_wrong_arguments_are_wrong_usage(self):
        ended = subprocess.run([programs() / "waybilld", "--colour"], capture_output=True, timeout=60)
        self.assertNotEqual(ended.returncode, 0)
        self.assertIn(b"colour", ended.stderr)


class Roles(unittest.TestCase):
    """Who may do what is known by the peer's user and group."""

    SCRIPT = """
import http.client, socket, sys
sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
try:
    sock.connect(sys.argv[1])
except PermissionError:
    print(403); sys.exit()
connection = http.client.HTTPConnection("w"); connection.sock = sock
body = sys.argv[4].encode() if len(sys.argv) > 4 else None
connection.request(sys.argv[2], sys.argv[3], body, {"Content-Type": "application/cloudevents-batch+json"})
reply = connection.getresponse(); print(reply.status); reply.read()
"""

    def as_nobody(self, daemon, method, target, body=None, group=None):
        arguments = [sys.executable, "-c", self.SCRIPT, str(daemon.socket), method, target] + ([body] if body else [])
        group = group if group is not None else grp.getgrgid(pwd.getpwnam("nobody").pw_gid).gr_gid
        executable = shutil.which("python3", path="/usr/bin") or sys.executable
        arguments[0] = executable
        ended = subprocess.run(arguments, capture_output=True, timeout=60, user="nobody", group=group, extra_groups=[])
        return int(ended.stdout or -1)

    @unittest.skipIf(os.getuid() != 0, "needs root to become another user")
    def test_owner_everything_group_read_and_append_others_nothing(self):
        daemon = Daemon()
        self.addCleanup(daemon.remove)
        os.chmod(daemon.folder, 0o755)
        daemon.start()
        opening = Story("roles", number="n-roles").opening()
        self.assertEqual(daemon.client.post(opening).status, 200)
        more = json.dumps([event("team.defined", "2026-01-01T00:00:00Z", {"team": "t", "name": "T"}, "roles")])
        self.assertEqual(self.as_nobody(daemon, "GET", "/v1/accounts/roles/balance"), 403)
        self.assertEqual(self.as_nobody(daemon, "POST", "/v1/events", more), 403)
        group = os.getgid()
        self.assertEqual(self.as_nobody(daemon, "GET", "/v1/accounts/roles/balance", group=group), 200)
        self.assertEqual(self.as_nobody(daemon, "POST", "/v1/events", more, group=group), 200)
        self.assertEqual(self.as_nobody(daemon, "POST", "/v1/backups", json.dumps({"path": "/tmp/no"}), group=group), 403)


class Tool(DaemonTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        story = cls.story = Story("acme", number="n-1")
        cls.client.append(markets(), card("usd", "2026-10-01", {"Brazil": {"marketing": "0.0625", "utility": "0.0068"}}), *story.opening(),
                          story.event("payment.received", "2026-10-01T12:00:00Z", payment="pay_1", amount="20", currency="USD", method="card"),
                          story.received("i1", "2026-10-05T11:00:00Z", BRAZIL, text="oi"),
                          story.template("t1", "2026-10-05T12:00:00Z", BRAZIL, "utility"), story.status("t1", "2026-10-05T12:00:01Z", BRAZIL),
                          story.status("m-free", "2026-10-05T12:00:01Z", BRAZIL, pricing=pricing("free_customer_service", "utility")))

    def run_tool(self, *arguments, status=0, input=None):
        ended = self.daemon.waybill(*arguments, input=input)
        self.assertEqual(ended.returncode, status, f"{arguments}: {ended.stdout.decode()} {ended.stderr.decode()}")
        return ended

    def test_every_question_answers_in_a_table_in_json_and_in_csv(self):
        span = ["--from", "2026-10-01", "--to", "2026-11-01"]
        for command in (["accounts"], ["balance", "acme"], ["charges", "acme", *span, "--by", "template"], ["explain", "acme", "t1"],
                        ["payments", "acme"], ["usage", "acme", *span, "--by", "day"], ["allowances", "acme"], ["workload", "acme"],
                        ["conversations", "acme"], ["response-times", "acme", *span, "--by", "agent"], ["unrated", "acme"],
                        ["differences", "acme"]):
            with self.subTest(command=command):
                table = self.run_tool(*command)
                self.assertNotIn(b"\x1b[", table.stdout, "colour in a pipe")
                self.assertTrue(table.stdout.strip() or table.stderr.strip())
                self.assertIn("sequence", json.loads(self.run_tool("--json", *command).stdout))
                self.run_tool("--csv", *command)

    def test_json_is_the_answer_as_it_is(self):
        shown = json.loads(self.run_tool("--json", "charges", "acme", "--from", "2026-10-01", "--to", "2026-11-01", "--by", "template").stdout)
        asked = self.client.account("acme", "charges", from_="2026-10-01", to="2026-11-01", by="template").json
        self.assertEqual(shown["lines"], asked["lines"])
        self.assertEqual(shown["total"]["amount"], "0.0068")

    def test_the_figures_stand_in_the_tables(self):
        self.assertIn("19.9932", self.run_tool("balance", "acme").stdout.decode())
        self.assertIn("0.0068", self.run_tool("charges", "acme", "--from", "2026-10-01", "--to", "2026-11-01", "--by", "template").stdout.decode())
        self.assertIn("pay_1", self.run_tool("payments", "acme").stdout.decode())
        self.assertIn("0.0068", self.run_tool("explain", "acme", "t1").stdout.decode())
        rows = self.run_tool("--csv", "charges", "acme", "--from", "2026-10-01", "--to", "2026-11-01", "--by", "template").stdout.decode().splitlines()
        self.assertIn("template", rows[0])
        self.assertTrue(any(row.startswith("order_shipped,") for row in rows[1:]), rows)

    def test_past_moments(self):
        self.assertEqual(json.loads(self.run_tool("--json", "balance", "acme", "--as-of", "2026-10-02T00:00:00Z").stdout)["balance"], "20")

    def test_append_is_resumable_from_files_and_standard_input(self):
        folder = pathlib.Path(tempfile.mkdtemp(dir="/tmp"))
        self.addCleanup(shutil.rmtree, folder)
        story = Story("appended", number="n-appended")
        events = story.opening() + [story.event("team.defined", "2026-01-01T00:00:00Z", team=f"t{n}", name="T") for n in range(300)]
        lines = "\n".join(json.dumps(made) for made in events) + "\n"
        (folder / "lines.ndjson").write_text(lines)
        (folder / "array.json").write_text(json.dumps(events))
        (folder / "one.json").write_text(json.dumps(events[0]))
        self.run_tool("append", folder / "lines.ndjson")
        last = self.last()
        self.run_tool("append", folder / "array.json", folder / "one.json")
        self.run_tool("append", "-", input=lines.encode())
        self.assertEqual(self.last(), last)
        (folder / "bad.ndjson").write_text(lines + '{"specversion":')
        self.run_tool("append", folder / "bad.ndjson", status=1)
        self.run_tool("append", folder / "missing.ndjson", status=1)

    def test_one_event_commands_for_people(self):
        self.run_tool("account", "open", "people", "--currency", "USD", "--time-zone", "America/Sao_Paulo", "--name", "People")
        self.run_tool("number", "add", "people", "n-people")
        self.run_tool("pay", "people", "100", "--payment", "p1")
        self.run_tool("grant", "people", "10", "--grant", "g1")
        self.run_tool("refund", "people", "p1", "25")
        self.run_tool("adjust", "people", "--reason", "fee", "--", "-5")
        self.assertEqual(self.client.account("people", "balance")["balance"], "80")

    def test_rates_markets_and_webhooks_import_from_the_files_of_fixtures(self):
        self.run_tool("import", "markets", FIXTURES / "markets.csv")
        self.run_tool("import", "rates", FIXTURES / "rate-cards" / "eur-2026-07-01.csv")
        before = self.last()
        self.run_tool("import", "rates", FIXTURES / "rate-cards" / "eur-2026-07-01.csv")
        self.assertEqual(self.last(), before, "imported twice")
        record = self.client.get("/v1/events", type="waybill.rate_card.published").records[-1]
        self.assert_contains({"card": "eur-2026-07-01", "currency": "EUR", "unit": "message", "effective_from": "2026-07-01"}, record["data"])
        brazil = [row for row in record["data"]["rates"] if row["market"] == "Brazil"]
        self.assertCountEqual([(row["category"], row["price"]) for row in brazil],
                              [("marketing", "0.0518"), ("utility", "0.0056"), ("authentication", "0.0056")])
        self.run_tool("import", "webhooks", FIXTURES / "webhooks")
        before = self.last()
        self.run_tool("import", "webhooks", FIXTURES / "webhooks")
        self.assertEqual(self.last(), before, "imported twice")
        self.run_tool("import", "rates", FIXTURES / "markets.csv", status=1)

    def test_the_log_prints_records(self):
        lines = self.run_tool("log", "--account", "acme").stdout.splitlines()
        self.assertEqual([json.loads(line)["type"] for line in lines][:2], ["waybill.account.opened", "waybill.number.added"])
        typed = self.run_tool("log", "--account", "acme", "--type", "waybill.payment.received").stdout.splitlines()
        self.assertEqual([json.loads(line)["data"]["payment"] for line in typed], ["pay_1"])
        follower = subprocess.Popen([programs() / "waybill", "--socket", self.daemon.socket, "log", "--follow", "--type", "waybill.agent.defined"],
                                    stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                                    # a shell's background jobs ignore the signal, and so would what they start
                                    preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        self.addCleanup(follower.stdout.close)
        time.sleep(0.5)
        self.client.append(self.story.event("agent.defined", "2026-10-01T00:00:00Z", agent="followed", name="F"))
        self.assertEqual(json.loads(follower.stdout.readline())["data"]["agent"], "followed")
        follower.send_signal(signal.SIGINT)
        follower.wait(30)

    def test_backup_verify_and_restore(self):
        folder = pathlib.Path(tempfile.mkdtemp(dir="/tmp"))
        self.addCleanup(shutil.rmtree, folder)
        self.run_tool("verify")
        self.run_tool("backup", folder / "copy")
        self.run_tool("backup", folder / "copy", status=1)  # never over a file that is there
        self.assertEqual(waybill("verify", "--data", folder / "copy").returncode, 0)
        ended = waybill("restore", folder / "copy", folder / "data")
        self.assertEqual(ended.returncode, 0, ended)
        self.assertEqual(waybill("verify", "--data", folder / "data").returncode, 0)
        restored = Daemon(folder=folder)
        self.addCleanup(restored.stop)
        restored.start()
        self.assertEqual(restored.client.account("acme", "balance").json | {"as_of": 0, "sequence": 0},
                         self.client.account("acme", "balance").json | {"as_of": 0, "sequence": 0})
        self.assertNotEqual(waybill("restore", folder / "copy", folder / "data").returncode, 0, "restored over a folder in use")

    def test_backup_by_the_route(self):
        folder = pathlib.Path(tempfile.mkdtemp(dir="/tmp"))
        self.addCleanup(shutil.rmtree, folder)
        answer = self.client.request("POST", "/v1/backups", json.dumps({"path": str(folder / "b")}).encode(), {"Content-Type": "application/json"})
        self.ok(answer)
        self.assertEqual(waybill("verify", "--data", folder / "b").returncode, 0)

    def test_doctor(self):
        ended = self.daemon.waybill("doctor")
        self.assertIn(ended.returncode, (0, 1), ended)
        self.assertTrue(ended.stdout.strip())

    def test_refusals_are_one_sentence_and_status_one(self):
        for command in (["balance", "nobody"], ["explain", "acme", "nothing"], ["refund", "acme", "pay_1", "1000"],
                        ["balance", "acme", "--as-of", "yesterday"]):
            with self.subTest(command=command):
                ended = self.run_tool(*command, status=1)
                self.assertTrue(ended.stderr.strip())
                self.assertNotIn(b"Swift", ended.stderr)

    def test_wrong_usage_is_status_two(self):
        for command in (["balance"], ["colour"], ["charges", "acme", "--by"]):
            with self.subTest(command=command):
                self.run_tool(*command, status=2)

    def test_no_daemon_is_status_three(self):
        ended = waybill("--socket", "/tmp/no-such-waybill.sock", "balance", "acme")
        self.assertEqual(ended.returncode, 3, ended)
        self.assertIn(b"/tmp/no-such-waybill.sock", ended.stderr)
        ended = waybill("balance", "acme", WAYBILL_SOCKET="/tmp/no-such-waybill.sock")
        self.assertEqual(ended.returncode, 3, ended)

    def test_help_and_completion(self):
        self.assertIn("balance", self.run_tool("--help").stdout.decode())
        self.assertTrue(waybill("--generate-completion-script", "bash").stdout)


if __name__ == "__main__":
    unittest.main()
