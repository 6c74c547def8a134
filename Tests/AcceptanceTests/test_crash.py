"""kill -9 at random moments under clients that retry: what was acknowledged is there once, nothing is half applied."""
import json
import os
import random
import threading
import time
import unittest

from harness import Client, Daemon, Story, card, markets, waybill

ROUNDS = int(os.environ.get("WAYBILL_CRASH_ROUNDS", "10"))
KILLS_A_FOLDER = 10
WORKERS = 8
BRAZIL = "5511987654321"


class Worker(threading.Thread):
    """Posts batches for ever and retries each until it is answered."""

    def __init__(self, daemon, number, story, source):
        super().__init__(daemon=True)
        self.daemon_process, self.number, self.story, self.source = daemon, number, story, source
        self.acknowledged, self.batches, self.problem = set(), {}, None
        self.stopping = False
        self.serial = 0

    def batch(self):
        self.serial += 1
        name = f"w{self.number}-{self.serial}"
        events = []
        for n in range(self.source.choice([1, 1, 3, 40])):
            message = f"{name}-{n}"
            time_text = f"2026-10-05T12:{self.source.randrange(60):02}:00Z"
            for made in (self.story.template(message, time_text, BRAZIL, "marketing"),
                         self.story.status(message, time_text, BRAZIL)):
                made["id"] = f"{message}:{made['type'][16:]}"
                events.append(made)
        return name, events

    def run(self):
        client = Client(self.daemon_process.socket)
        try:
            while not self.stopping:
                name, events = self.batch()
                self.batches[name] = {made["id"] for made in events}
                while not self.stopping:
                    try:
                        answer = client.post(events)
                    except Exception:
                        client.close()
                        time.sleep(0.01)
                        continue
                    if answer.status == 200:
                        if answer["appended"] + answer["duplicates"] != len(events):
                            self.problem = answer
                        self.acknowledged.add(name)
                        time.sleep(0.02)
                        break
                    if answer.status not in (503, 507):
                        self.problem = answer
                        return
                    time.sleep(0.05)
        finally:
            client.close()


class Crash(unittest.TestCase):
    def test_nothing_acknowledged_is_lost_and_nothing_is_half_applied(self):
        seed = random.randrange(1 << 32)
        print(f"crash test: {ROUNDS} kills, seed {seed}", flush=True)
        for start in range(0, ROUNDS, KILLS_A_FOLDER):
            self.crash(seed + start, min(KILLS_A_FOLDER, ROUNDS - start))

    def crash(self, seed, kills):
        source = random.Random(seed)
        daemon = Daemon()
        self.addCleanup(daemon.remove)
        daemon.start()
        story = Story("crash")
        daemon.client.append(markets(), card("usd", "2026-01-01", {"Brazil": {"marketing": "0.0625"}}), *story.opening())
        workers = [Worker(daemon, number, story, random.Random(seed + number)) for number in range(WORKERS)]
        for worker in workers:
            worker.start()
        try:
            for kill in range(kills):
                time.sleep(source.random() * 0.7)
                acknowledged = {name for worker in workers for name in list(worker.acknowledged)}
                daemon.kill()
                daemon.start()
                with self.subTest(seed=seed, kill=kill):
                    self.check(daemon, workers, acknowledged)
        finally:
            for worker in workers:
                worker.stopping = True
            for worker in workers:
                worker.join(60)
        self.assertEqual([worker.problem for worker in workers if worker.problem], [], f"seed {seed}")
        self.check(daemon, workers, {name for worker in workers for name in worker.acknowledged})
        balance = daemon.client.account("crash", "balance").json
        delivered = sum(len(batch) // 2 for batch in self.stored_batches(daemon))
        self.assertGreater(delivered, 0)
        self.assertEqual(round(float(balance["charged_total"]) * 10_000), 625 * delivered)
        verified = daemon.waybill("verify")
        self.assertEqual(verified.returncode, 0, verified)
        daemon.stop()
        offline = waybill("verify", "--data", daemon.data)
        self.assertEqual(offline.returncode, 0, offline)
        daemon.remove()

    def stored_batches(self, daemon):
        groups = {}
        for record in daemon.client.get("/v1/events", account="crash").records:
            if record["id"].startswith("w"):
                groups.setdefault(record["id"].rsplit("-", 1)[0], []).append(record["id"])
        return groups.values()

    def check(self, daemon, workers, acknowledged):
        records = daemon.client.get("/v1/events").records
        self.assertEqual([int(record["sequence"]) for record in records], list(range(1, len(records) + 1)))
        stored, groups = set(), {}
        for record in records:
            if record.get("subject") == "crash" and record["id"].startswith("w"):
                self.assertNotIn(record["id"], stored, "stored twice")
                stored.add(record["id"])
                groups.setdefault(record["id"].rsplit("-", 1)[0], set()).add(record["id"])
        known = {name: ids for worker in workers for name, ids in list(worker.batches.items())}
        for name in acknowledged:
            self.assertEqual(groups.get(name), known[name], f"acknowledged {name} is not whole")
        for name, ids in groups.items():
            self.assertEqual(ids, known[name], f"{name} is half applied")


if __name__ == "__main__":
    unittest.main()
