"""Holds, charges, credits and the balance: what is owed, set aside and left."""
import itertools
import random
import unittest

from harness import DaemonTest, Story, card, event, markets, pricing

BRAZIL, INDIA = "5511987650000", "919876500000"
RATES = {"Brazil": {"marketing": "0.0625", "utility": "0.0068", "authentication": "0.0068"}, "India": {"marketing": "0.0118"}}


class MoneyTest(DaemonTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client.append(markets(), card("usd", "2026-01-01", RATES))

    def balance(self, account, **query):
        return self.ok(self.client.account(account, "balance", **query))


class Holds(MoneyTest):
    def test_a_template_holds_its_price_until_delivery_failure_or_thirty_days(self):
        story = Story("holds", number="n-holds")
        pay = story.event("payment.received", "2026-03-01T00:00:00Z", payment="p", amount="10", currency="USD", method="card")
        self.client.append(*story.opening(), pay,
                           *[story.template(f"h{n}", "2026-03-01T12:00:00Z", BRAZIL, "marketing") for n in (1, 2, 3)])
        at = lambda time: self.balance("holds", as_of=time)
        self.assert_contains({"balance": "10", "held": "0.1875", "available": "9.8125", "charged_total": "0"}, at("2026-03-02T00:00:00Z"))
        self.client.append(story.status("h1", "2026-03-01T12:00:05Z", BRAZIL), story.status("h2", "2026-03-01T12:00:05Z", BRAZIL, "failed"))
        self.assert_contains({"balance": "9.9375", "held": "0.0625", "available": "9.875", "charged_total": "0.0625"},
                             at("2026-03-02T00:00:00Z"))
        self.assertEqual(at("2026-03-31T11:59:59.999999Z")["held"], "0.0625")
        self.assertEqual(at("2026-03-31T12:00:00Z")["held"], "0")
        self.client.append(story.status("h3", "2026-04-05T00:00:00Z", BRAZIL))  # delivered after the release: charged
        self.assert_contains({"balance": "9.875", "held": "0"}, at("2026-04-05T00:00:00Z"))

    def test_what_cannot_be_priced_or_is_free_or_is_no_template_holds_nothing(self):
        story = Story("no-holds", number="n-noholds")
        self.client.append(*story.opening(), story.sent("x1", "2026-11-01T12:00:00Z", BRAZIL),
                           story.template("x2", "2026-11-01T12:00:00Z", INDIA, "utility"),
                           story.template("x3", "2026-11-01T12:00:00Z", "XX.user", "marketing"),
                           story.status("x4", "2026-11-01T12:00:00Z", BRAZIL, "failed"),
                           story.template("x4", "2026-11-01T12:00:00Z", BRAZIL, "marketing"),
                           story.template("x5", "2026-11-01T12:00:00Z", BRAZIL, "marketing", echo=True))
        self.assertEqual(self.balance("no-holds", as_of="2026-11-01T13:00:00Z")["held"], "0")

    def test_an_account_may_hold_for_fewer_days(self):
        story = Story("hold-days", number="n-hd")
        self.client.append(*story.opening(), story.event("account.configured", story.opened, hold_days=2),
                           story.template("d1", "2026-03-01T12:00:00Z", BRAZIL, "marketing"))
        held = [self.balance("hold-days", as_of=f"2026-03-03T{time}Z")["held"] for time in ("11:59:59", "12:00:00")]
        self.assertEqual(held, ["0.0625", "0"])


class Statuses(MoneyTest):
    def test_any_order_and_any_number_of_statuses_gives_the_same_balance(self):
        seed = random.randrange(1 << 32)
        source = random.Random(seed)
        at = "2026-10-05T12:00:0{}Z"
        word = {"pricing": pricing("regular", "marketing")}
        makers = [lambda story, m: story.template(m, at.format(0), BRAZIL, "marketing"),
                  lambda story, m: story.status(m, at.format(1), BRAZIL, "sent"),
                  lambda story, m: story.status(m, at.format(2), BRAZIL, "delivered", **word),
                  lambda story, m: story.status(m, at.format(3), BRAZIL, "read"),
                  lambda story, m: story.status(m, at.format(4), BRAZIL, "played")]
        events, accounts = [], []
        for n, order in enumerate(itertools.permutations(range(5))):
            story = Story(f"perm-{n}", number=f"n-perm-{n}")
            accounts.append(story.name)
            made = [make(story, f"m{n}") for make in makers]
            sequence = [made[i] for i in order]
            for _ in range(source.randrange(4)):
                sequence.insert(source.randrange(len(sequence) + 1), source.choice(made))
                # the same status told again by another event
                again = dict(source.choice(made[1:]))
                again["id"] += f"-again-{source.random()}"
                sequence.append(again)
            events += story.opening() + sequence
        self.client.append(*events)
        for account in accounts:
            with self.subTest(seed=seed, account=account):
                self.assert_contains({"balance": "-0.0625", "held": "0", "charged_total": "0.0625", "unrated": {"count": 0}},
                                     self.balance(account))

    def test_the_pricing_of_the_highest_rank_then_of_the_last_folded_is_believed(self):
        story = Story("rank", number="n-rank")
        at = "2026-10-05T12:00:00Z"
        free, paid = pricing("free_customer_service", "utility"), pricing("regular", "utility")
        told = lambda message, status, word: story.status(message, at, BRAZIL, status, pricing=word)
        self.client.append(*story.opening(), story.received("in-rank", "2026-10-05T11:00:00Z", BRAZIL),
                           told("k1", "read", free), told("k1", "delivered", paid),    # read outranks
                           told("k2", "delivered", free), told("k2", "delivered", paid),  # the last of one rank
                           told("k3", "delivered", paid), told("k3", "failed", free),   # failed never counts
                           told("k4", "sent", free), story.status("k4", at, BRAZIL))
        amounts = [self.ok(self.client.account("rank", f"charges/k{n}"))["amount"] for n in (1, 2, 3, 4)]
        self.assertEqual(amounts, ["0", "0.0068", "0.0068", "0"])
        kinds = [(line["message"], line["kind"]) for line in self.ok(self.client.account("rank", "differences"))["lines"]]
        self.assertIn(("k3", "failed_after_delivered"), kinds)

    def test_a_later_word_of_meta_re_rates_in_place(self):
        story = Story("rerate", number="n-rerate")
        at = "2026-10-05T12:00:00Z"
        self.client.append(*story.opening(), story.event("payment.received", at, payment="p", amount="1", currency="USD"),
                           story.template("q", at, BRAZIL, "utility"), story.status("q", at, BRAZIL))
        self.assertEqual(self.balance("rerate")["balance"], "0.9932")
        self.client.append(story.status("q", at, BRAZIL, "read", pricing=pricing("regular", "marketing")))
        self.assert_contains({"balance": "0.9375", "charged_total": "0.0625"}, self.balance("rerate"))
        self.client.append(story.status("q", at, BRAZIL, "played", pricing=pricing("free_entry_point", "marketing")))
        self.assert_contains({"balance": "1", "charged_total": "0"}, self.balance("rerate"))


class Credits(MoneyTest):
    def charge(self, story, message, time="2026-10-05T12:00:00Z"):
        return [story.status(message, time, BRAZIL, pricing=pricing("regular", "marketing"))]

    def test_burning_goes_by_priority_expiry_promotion_time_and_sequence(self):
        story = Story("burn", number="n-burn")
        day = "2026-10-01T00:00:00Z"
        give = lambda name, amount, promotional, **more: story.event(
            "credit.granted", day, grant=name, amount=amount, currency="USD", promotional=promotional, **more)
        self.client.append(
            *story.opening(), story.event("payment.received", day, payment="pay", amount="0.05", currency="USD"),
            give("promo", "0.02", True), give("soon", "0.02", False, expires_at="2026-12-01T00:00:00Z"),
            give("first", "0.02", False, priority=1))
        burned = []
        for n in range(1, 3):
            self.client.append(*self.charge(story, f"b{n}"))
            burned.append(self.ok(self.client.account("burn", f"charges/b{n}"))["burned"])
        self.assertEqual(burned, [
            [{"credit": "first", "amount": "0.02"}, {"credit": "soon", "amount": "0.02"}, {"credit": "promo", "amount": "0.02"},
             {"credit": "pay", "amount": "0.0025"}],
            [{"credit": "pay", "amount": "0.0475"}, {"credit": None, "amount": "0.015"}]])  # None: owed
        self.assert_contains({"balance": "-0.015", "overdraft": "0.015", "credits": {"paid": "0", "promotional": "0"},
                              "payments_total": "0.05", "grants_total": "0.06", "charged_total": "0.125"}, self.balance("burn"))
        self.client.append(story.event("payment.received", day, payment="pay2", amount="1", currency="USD"))
        self.assert_contains({"balance": "0.985", "overdraft": "0", "credits": {"paid": "0.985"}}, self.balance("burn"))

    def test_a_credit_is_gone_at_its_expiry_and_pays_only_charges_dated_before(self):
        story = Story("expiry", number="n-expiry")
        self.client.append(
            *story.opening(), story.event("credit.granted", "2026-10-01T00:00:00Z", grant="g", amount="1", currency="USD",
                                          promotional=True, expires_at="2026-10-05T12:00:00Z"),
            story.event("credit.granted", "2026-10-01T00:00:00Z", grant="h", amount="0.5", currency="USD", promotional=True,
                        expires_at="2026-10-05T12:00:00Z"))
        before = self.balance("expiry", as_of="2026-10-05T11:59:59Z")
        self.assert_contains({"balance": "1.5", "credits": {"paid": "0", "promotional": "1.5"},
                              "next_expiry": {"amount": "1.5", "at": "2026-10-05T12:00:00Z"}}, before)
        after = self.balance("expiry", as_of="2026-10-05T12:00:00Z")
        self.assert_contains({"balance": "0", "next_expiry": None}, after)
        self.client.append(*self.charge(story, "at", "2026-10-05T12:00:00Z"), *self.charge(story, "before", "2026-10-05T11:59:59Z"))
        self.assert_contains({"balance": "-0.0625", "overdraft": "0.0625", "charged_total": "0.125"},
                             self.balance("expiry", as_of="2026-10-05T12:00:00Z"))

    def test_refunds_take_the_payment_first_and_never_more_than_was_paid(self):
        story = Story("refund", number="n-refund")
        day = "2026-10-01T00:00:00Z"
        refund = lambda amount: story.event("payment.refunded", "2026-10-06T00:00:00Z", payment="p1", amount=amount, reason="asked")
        self.client.append(
            *story.opening(), story.event("payment.received", day, payment="p1", amount="2", currency="USD", method="card"),
            story.event("payment.received", day, payment="p2", amount="3", currency="USD", method="boleto"),
            story.event("payment.failed", day, payment="p3", amount="5", currency="USD", reason="declined"), refund("1.5"))
        self.assert_contains({"balance": "3.5", "payments_total": "5", "credits": {"paid": "3.5"}}, self.balance("refund"))
        self.refused(self.client.post([refund("0.6")]), 422, index=0)
        self.ok(self.client.post([refund("0.5")]))
        self.assertEqual(self.balance("refund")["balance"], "3")
        payments = self.ok(self.client.account("refund", "payments"))["payments"]
        rows = [{name: row[name] for name in ("payment", "amount", "status", "refunded", "method")} for row in payments]
        self.assertCountEqual(rows, [
            {"payment": "p1", "amount": "2", "status": "refunded", "refunded": "2", "method": "card"},
            {"payment": "p2", "amount": "3", "status": "received", "refunded": "0", "method": "boleto"},
            {"payment": "p3", "amount": "5", "status": "failed", "refunded": "0", "method": None}])

    def test_adjustments_voids_and_corrections_move_the_balance(self):
        story = Story("adjust", number="n-adjust")
        day = "2026-10-01T00:00:00Z"
        put = lambda kind, **data: story.event(kind, day, **data)
        self.client.append(*story.opening(), put("balance.adjusted", adjustment="a1", amount="2.5", reason="courtesy"),
                           put("balance.adjusted", adjustment="a2", amount="-0.5", reason="fee"),
                           put("credit.granted", grant="g", amount="4", currency="USD", promotional=True),
                           *self.charge(story, "c1"))
        self.assert_contains({"balance": "5.9375", "credits": {"paid": "2", "promotional": "3.9375"}}, self.balance("adjust"))
        self.client.append(put("credit.voided", grant="g", reason="mistake"))
        self.assertEqual(self.balance("adjust")["balance"], "2")
        self.client.append(put("charge.corrected", message="c1", amount="-0.0125", reason="Meta refunded a part"))
        self.assert_contains({"charged_total": "0.05"}, self.balance("adjust"))
        total = self.ok(self.client.account("adjust", "charges", from_="2026-10-01", to="2026-11-01"))["total"]
        self.assertEqual(total["amount"], "0.05")

    def test_paid_plus_promotional_less_overdraft_is_the_balance_after_every_event(self):
        story = Story("identity", number="n-identity")
        source = random.Random(7)
        self.client.append(*story.opening())
        for n in range(60):
            time = f"2026-10-{1 + n // 3:02}T12:00:00Z"
            made = source.choice([
                lambda: story.event("payment.received", time, payment=f"p{n}", amount="0.1", currency="USD"),
                lambda: story.event("credit.granted", time, grant=f"g{n}", amount="0.07", currency="USD", promotional=n % 2 == 0,
                                    expires_at=f"2026-10-{2 + n // 3:02}T00:00:00Z"),
                lambda: story.event("balance.adjusted", time, adjustment=f"a{n}", amount="-0.03", reason="fee"),
                *[lambda: self.charge(story, f"i{n}", time)[0]] * 3])()
            self.client.append(made)
            answer = self.balance("identity", as_of=time)
            micros = lambda text: round(float(text) * 1_000_000)
            self.assertEqual(micros(answer["credits"]["paid"]) + micros(answer["credits"]["promotional"]) - micros(answer["overdraft"]),
                             micros(answer["balance"]), answer)


class Past(MoneyTest):
    def test_a_past_moment_by_time_and_by_sequence(self):
        story = Story("past", number="n-past")
        pay = lambda n, time: story.event("payment.received", time, payment=f"p{n}", amount=str(n), currency="USD")
        self.client.append(*story.opening())
        first = int(self.client.append(pay(1, "2026-10-05T00:00:00Z"))["first"])
        self.client.append(pay(2, "2026-10-03T00:00:00Z"))
        self.client.append(pay(4, "2026-10-04T00:00:00Z"))
        by_time = [self.balance("past", as_of=f"2026-10-0{day}T00:00:00Z")["balance"] for day in (2, 3, 4, 5)]
        self.assertEqual(by_time, ["0", "2", "6", "7"])
        by_sequence = [self.balance("past", at=first + n)["balance"] for n in (-1, 0, 1, 2)]
        self.assertEqual(by_sequence, ["0", "1", "3", "7"])
        both = self.balance("past", at=first + 1, as_of="2026-10-04T00:00:00Z")
        self.assertEqual((both["balance"], both["sequence"], both["as_of"]), ("2", str(first + 1), "2026-10-04T00:00:00Z"))
        self.assertEqual(self.balance("past", at=10 ** 9)["sequence"], str(self.last()))

    def test_an_account_before_it_existed_is_unknown(self):
        story = Story("unborn", number="n-unborn", opened="2026-05-01T00:00:00Z")
        first = int(self.client.append(*story.opening())["first"])
        self.refused(self.client.account("unborn", "balance", at=first - 1), 404)
        self.refused(self.client.account("unborn", "balance", as_of="2026-04-30T23:59:59Z"), 404)
        self.assertEqual(self.balance("unborn", as_of="2026-05-01T00:00:00Z")["balance"], "0")


if __name__ == "__main__":
    unittest.main()
