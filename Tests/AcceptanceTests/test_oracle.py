"""Every answer against a second, naive reading of the rules (tools/oracle.py), on traffic made to reach the corners."""
import os
import unittest

import differential

SEEDS = int(os.environ.get("WAYBILL_ORACLE_SEEDS", "8"))


class SecondOpinion(unittest.TestCase):
    maxDiff = None

    def agree(self, events, seed):
        accounts = sorted({made["subject"] for made in events if "subject" in made})
        found = differential.run(events, seed, accounts)
        if found:
            account, moment, name, expected, actual = found
            self.assertEqual(expected, actual, f"seed {seed}: {name} of {account} at {moment}")

    def test_traffic_that_reaches_the_corners(self):
        for seed in range(1, SEEDS + 1):
            with self.subTest(seed=seed):
                self.agree(list(differential.Fuzz(seed, 250).events()), seed)

    def test_a_generated_fortnight_across_a_change_of_regime(self):
        for seed in (1, 2):
            with self.subTest(seed=seed):
                self.agree(differential.month(seed, 1500), seed)


if __name__ == "__main__":
    unittest.main()
