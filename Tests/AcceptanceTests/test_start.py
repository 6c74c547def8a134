"""A start with a checkpoint: the daemon is at work before all accounts are read, and nobody can tell from an answer."""
import re
import struct
import threading
import time
import unittest

from harness import PATIENCE, Client, Daemon, Story, card, markets

BRAZIL = "5511987654321"
ACCOUNTS = 300
# A stop writes a checkpoint of no fewer new events than 50,000.
MESSAGES = 26_000
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"


class Start(unittest.TestCase):
    def setUp(self):
        self.daemon = Daemon()
        self.addCleanup(self.daemon.remove)
        self.daemon.start()
        self.stories = [Story(f"account-{number}") for number in range(ACCOUNTS)]
        client = self.daemon.client
        client.append(markets(), card("c", "2026-10-01", {"Brazil": {"utility": "0.0068", "service": "0.001"}}))
        client.append(*[made for story in self.stories for made in story.opening()])
        events = []
        for number in range(MESSAGES):
            story = self.stories[number * number % ACCOUNTS]
            moment = f"2026-10-{1 + number % 28:02}T12:00:00Z"
            events += [story.template(f"m{number}", moment, BRAZIL), story.status(f"m{number}", moment, BRAZIL)]
        for first in range(0, len(events), 4_000):
            client.append(*events[first:first + 4_000])
        self.expected = self.answers()
        self.assertEqual(self.daemon.stop(), 0)

    def answers(self):
        """What is told of each account, asked by several clients at once, the last account first."""
        found, left, lock = {}, [story.name for story in self.stories], threading.Lock()

        def ask():
            client = Client(self.daemon.socket)
            while True:
                with lock:
                    if not left:
                        return client.close()
                    name = left.pop()
                questions = ("balance", "charges", "workload")
                found[name] = [client.account(name, question) for question in questions]

        askers = [threading.Thread(target=ask) for _ in range(4)]
        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join()
        return {name: [self.figures(answer) for answer in answers] for name, answers in found.items()}

    def figures(self, answer):
        self.assertEqual(answer.status, 200, answer)
        return {name: value for name, value in answer.json.items() if name not in ("as_of", "sequence")}

    def metric(self, name):
        found = re.search(rf"^{name} (\S+)$", self.daemon.client.get("/metrics").body.decode(), re.MULTILINE)
        return float(found[1]) if found else None

    def until(self, what, is_so):
        deadline = time.monotonic() + PATIENCE
        while not is_so():
            self.assertLess(time.monotonic(), deadline, f"{what}: {self.daemon.said()}")
            time.sleep(0.01)

    def test_accounts_are_read_beside_the_work(self):
        self.daemon.start()
        story = self.stories[-1]
        # The first request after `ready` needs one of the accounts that are read last.
        self.daemon.client.append(story.template("late", "2026-10-29T12:00:00Z", BRAZIL),
                                  story.status("late", "2026-10-29T12:00:00Z", BRAZIL))
        found = self.answers()
        self.assertEqual(found.keys(), self.expected.keys())
        for name in found.keys() - {story.name}:
            self.assertEqual(found[name], self.expected[name], name)
        self.assertNotEqual(found[story.name], self.expected[story.name])
        listed = self.daemon.client.get("/v1/accounts").json["accounts"]
        self.assertEqual({each["account"]: each["balance"] for each in listed},
                         {name: answers[0]["balance"] for name, answers in found.items()})
        self.until("all accounts are read", lambda: self.metric("waybill_accounts_unread") == 0)
        self.assertEqual(self.metric("waybill_unrated_charges"), 0)
        self.assertEqual(self.metric("waybill_accounts"), ACCOUNTS)
        self.until("it is said", lambda: "all accounts are read" in self.daemon.said())
        # What was read and is full does not lie in the heap.
        self.assertGreater(self.metric("waybill_cold_bytes"), ACCOUNTS * 4_096)
        verified = self.daemon.waybill("verify")
        self.assertEqual(verified.returncode, 0, verified)

    def test_an_account_that_cannot_be_read_is_folded_from_the_log(self):
        self.damage_last_account()
        self.daemon.start()
        self.assertGreater(self.metric("waybill_checkpoint_sequence") or 0, 0)
        self.assertEqual(self.answers(), self.expected)
        self.until("the damage is said", lambda: "is damaged" in self.daemon.said())
        self.until("a checkpoint is written", lambda: (self.metric("waybill_checkpoint_sequence") or 0) > 0)
        self.assertEqual(self.daemon.stop(), 0)
        said = self.daemon.said().count("is damaged")
        self.daemon.start()
        self.assertEqual(self.answers(), self.expected)
        self.until("all accounts are read", lambda: self.daemon.said().count("all accounts are read") == 1)
        self.assertEqual(self.daemon.said().count("is damaged"), said)

    def test_what_a_kill_leaves_of_the_cold_file_does_not_matter(self):
        cold = self.daemon.data / "cold"
        self.assertFalse(cold.exists(), "the daemon was stopped")
        self.daemon.start()
        self.until("all accounts are read", lambda: self.metric("waybill_accounts_unread") == 0)
        self.daemon.kill()
        self.assertGreater(cold.stat().st_size, ACCOUNTS * 4_096)
        cold.write_bytes(b"\x11" * 5_000_000)
        self.daemon.start()
        self.until("all accounts are read", lambda: self.metric("waybill_accounts_unread") == 0)
        self.assertEqual(self.answers(), self.expected)
        verified = self.daemon.waybill("verify")
        self.assertEqual(verified.returncode, 0, verified)
        self.assertEqual(self.daemon.stop(), 0)
        # Where there can be no such file, all is in memory.
        cold.mkdir()
        self.daemon.start()
        self.until("all accounts are read", lambda: self.metric("waybill_accounts_unread") == 0)
        self.assertEqual(self.answers(), self.expected)
        self.assertEqual(self.metric("waybill_cold_bytes"), 0)
        self.assertIn("cold cannot be made", self.daemon.said())

    def damage_last_account(self):
        """Alters the piece that was written last, wherever its bytes stand in the file."""
        path = self.daemon.data / "checkpoints" / "data.mdb"
        content = bytearray(path.read_bytes())
        places = [found.start() for found in re.finditer(re.escape(ZSTD_MAGIC), content) if found.start() >= 8]
        numbers = {place: struct.unpack_from("<Q", content, place - 8)[0] for place in places}
        last = max(number for number in numbers.values() if number < 100_000)
        for place, number in numbers.items():
            if number == last:
                content[place + 12] ^= 0x11
        path.write_bytes(content)


if __name__ == "__main__":
    unittest.main()
