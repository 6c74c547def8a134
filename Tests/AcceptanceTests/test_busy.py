"""Questions of all kinds while events come in as fast as they are taken: every one is answered, and the state is that of a fold alone."""
import itertools
import json
import pathlib
import subprocess
import sys
import tempfile
import threading
import unittest

from harness import REPOSITORY, Client, Daemon

EVENTS = 400_000
BATCH = 2_000
QUESTIONS = [
    "balance", "workload", "charges?from=2026-10-01&to=2026-11-01", "balance?as_of=2026-10-12T00:00:00Z", "usage?month=2026-10", "allowances",
    "conversations?limit=50", "response-times?from=2026-10-01&to=2026-11-01", "unrated?limit=10", "payments"]


class Asker(threading.Thread):
    """Asks one question after the other until it is told to stop, or is answered otherwise than it should be."""

    def __init__(self, daemon, questions):
        super().__init__(daemon=True)
        self.client, self.questions = Client(daemon.socket), questions
        self.count, self.problem, self.stopping = 0, None, False

    def run(self):
        try:
            for question in itertools.cycle(self.questions):
                if self.stopping:
                    break
                answer = self.client.get(question)
                if answer.status != 200 or not answer.json:
                    self.problem = f"{question}: {answer!r}"
                    break
                self.count += 1
        except Exception as problem:
            self.problem = f"{question}: {problem!r}"
        finally:
            self.client.close()


class Busy(unittest.TestCase):
    def test_questions_beside_ingest_change_nothing_and_are_all_answered(self):
        with tempfile.TemporaryDirectory() as folder, Daemon() as daemon:
            traffic = pathlib.Path(folder) / "events.ndjson"
            subprocess.run([sys.executable, REPOSITORY / "tools" / "generate", "--reference", "--seed", "11", "--events", str(EVENTS),
                            "--output", traffic], check=True)
            lines = traffic.read_bytes().splitlines(keepends=True)
            self.post(daemon.client, lines[:BATCH])
            accounts = [one["account"] for one in daemon.client.get("/v1/accounts")["accounts"]]
            self.assertEqual(len(accounts), 4)
            questions = [f"/v1/accounts/{account}/{question}" for question in QUESTIONS for account in accounts]
            askers = [Asker(daemon, questions[start:] + questions[:start]) for start in range(0, len(questions), 11)]
            for asker in askers:
                asker.start()
            try:
                for start in range(BATCH, len(lines), BATCH):
                    self.post(daemon.client, lines[start:start + BATCH])
            finally:
                for asker in askers:
                    asker.stopping = True
                for asker in askers:
                    asker.join(60)
            self.assertEqual([asker.problem for asker in askers if asker.problem], [])
            self.assertGreater(min(asker.count for asker in askers), 0)
            self.check(daemon)
            daemon.stop()
            daemon.start()
            self.check(daemon)

    def post(self, client, lines):
        answer = client.post(b"".join(lines), "application/x-ndjson")
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer["appended"] + answer["duplicates"], len(lines), answer)

    def check(self, daemon):
        """The running state is that of the whole log folded anew."""
        verified = daemon.waybill("verify", "--json")
        self.assertEqual(verified.returncode, 0, verified)
        told = json.loads(verified.stdout)
        self.assertTrue(told["ok"], told)
        self.assertEqual(told["daemon_digest"], told["digest"])


if __name__ == "__main__":
    unittest.main()
