"""The generator: the same bytes for the same arguments, valid to the last event."""
import collections
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

from harness import REPOSITORY, Daemon

GENERATE = REPOSITORY / "tools" / "generate"


def generate(*arguments):
    return subprocess.run([sys.executable, GENERATE, *map(str, arguments)], check=True, capture_output=True).stdout


class Generator(unittest.TestCase):
    def test_a_seed_names_the_bytes(self):
        once, again, other = (generate("--events", 2000, "--seed", seed) for seed in (5, 5, 6))
        self.assertEqual(once, again)
        self.assertNotEqual(once, other)
        self.assertEqual(len(once.splitlines()), 2000)

    def test_it_can_be_cut_into_files(self):
        with tempfile.TemporaryDirectory() as folder:
            generate("--events", 1000, "--output", f"{folder}/part", "--split", 300)
            parts = sorted(pathlib.Path(folder).iterdir())
            self.assertEqual([len(part.read_bytes().splitlines()) for part in parts], [300, 300, 300, 100])
            self.assertEqual(b"".join(part.read_bytes() for part in parts), generate("--events", 1000))

    def test_it_makes_everything_that_happens_in_a_month(self):
        kinds, statuses, subjects = collections.Counter(), collections.Counter(), set()
        for line in generate("--events", 20000, "--accounts", 5).splitlines():
            made = json.loads(line)
            kinds[made["type"].removeprefix("waybill.")] += 1
            subjects.add(made["subject"])
            if made["type"] == "waybill.message.status":
                statuses[made["data"]["status"]] += 1
        self.assertEqual(len(subjects), 5)
        self.assertTrue({"account.opened", "account.configured", "number.added", "template.updated", "team.defined", "agent.defined",
                         "message.received", "message.sent", "message.status", "conversation.assigned", "conversation.resolved",
                         "conversation.labelled", "conversation.snoozed", "conversation.prioritised", "payment.received",
                         "payment.refunded", "credit.granted", "credit.voided", "balance.adjusted"} <= set(kinds), kinds)
        self.assertEqual(set(statuses), {"sent", "delivered", "read", "failed"})

    def test_the_daemon_accepts_every_event_of_a_month(self):
        with Daemon() as daemon:
            lines = generate("--events", 20000, "--accounts", 8, "--reference", "--seed", 3).splitlines()
            identities = {(made["source"], made["id"]) for made in map(json.loads, lines)}
            for start in range(0, len(lines), 4000):
                answer = daemon.client.post(b"\n".join(lines[start:start + 4000]), media="application/x-ndjson")
                self.assertEqual(answer.status, 200, answer)
            stored = daemon.client.get("/v1/events").records
            theirs = [record for record in stored if record["source"] != "/waybilld"]
            self.assertEqual(len(theirs), len(identities))
            accounts = daemon.client.get("/v1/accounts")["accounts"]
            self.assertEqual(len(accounts), 8)


if __name__ == "__main__":
    unittest.main()
