"""What each message costs: the tables of the per-message regimes, by hand, on both sides of each midnight."""
import datetime
import unittest

from harness import DaemonTest, Story, card, event, markets, pricing

BRAZIL = "5511987650000"

# The first instant of the day in each zone, in UTC, worked out by hand.
MIDNIGHTS = {
    "America/Sao_Paulo": ("2025-07-01T03:00:00Z", "2026-10-01T03:00:00Z"),  # -03:00 all year
    "Asia/Kolkata": ("2025-06-30T18:30:00Z", "2026-09-30T18:30:00Z"),       # +05:30
    "America/New_York": ("2025-07-01T04:00:00Z", "2026-10-01T04:00:00Z"),   # -04:00 in summer
    "Pacific/Apia": ("2025-06-30T11:00:00Z", "2026-09-30T11:00:00Z"),       # +13:00, no daylight saving since 2021
}
CHARGED = "charged"
# facts, section 4: kind of message -> customer service window closed, open; entry point open with the window open, closed
FROM_2025 = {
    "marketing": (CHARGED, CHARGED, {"entry_point"}, {"entry_point"}),
    "authentication": (CHARGED, CHARGED, {"entry_point"}, {"entry_point"}),
    "utility": (CHARGED, {"window"}, {"entry_point"}, {"entry_point"}),
    "text": ({"window"}, {"window"}, {"entry_point"}, {"entry_point"}),
}
# facts, section 9: utility in the window and service are charged, the latter after 1,000
FROM_2026 = {
    "marketing": (CHARGED, CHARGED, {"entry_point"}, {"entry_point"}),
    "authentication": (CHARGED, CHARGED, {"entry_point"}, {"entry_point"}),
    "utility": (CHARGED, CHARGED, {"entry_point"}, {"entry_point"}),
    "text": ({"allowance"}, {"allowance"}, {"entry_point"}, {"entry_point"}),
}
CARDS = [
    card("early", "2025-01-01", {"Brazil": {"marketing": "0.05", "utility": "0.005", "authentication": "0.02"}}),
    card("july", "2025-07-01", {"Brazil": {"marketing": "0.0625", "utility": "0.0068", "authentication": "0.0315"}}),
    card("october", "2026-10-01", {"Brazil": {"marketing": "0.07", "utility": "0.008", "authentication": "0.033"}}),
]
PRICES = {"early": {"marketing": "0.05", "utility": "0.005", "authentication": "0.02"},
          "july": {"marketing": "0.0625", "utility": "0.0068", "authentication": "0.0315"},
          "october": {"marketing": "0.07", "utility": "0.008", "authentication": "0.033"}}


def shifted(instant, **by):
    moment = datetime.datetime.fromisoformat(instant.replace("Z", "+00:00")) + datetime.timedelta(**by)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class PriceTest(DaemonTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client.append(markets(), *CARDS)

    def charges(self, account, by="agent", **query):
        answer = self.ok(self.client.account(account, "charges", from_="2025-01-01", to="2027-01-01", by=by, **query))
        return {line[by]: line for line in answer["lines"]}

    def explain(self, account, message, **query):
        return self.ok(self.client.account(account, f"charges/{message}", **query))


class Tables(PriceTest):
    def case(self, story, name, at, kind, window, word=None):
        """The events of one message delivered at `at`."""
        phone = BRAZIL[:-5] + f"{abs(hash_of(name)) % 100000:05}"
        events = []
        if window == 1:
            events.append(story.received(f"in-{name}", shifted(at, hours=-1), phone))
        if window in (2, 3):
            referred = shifted(at, hours=-2 if window == 2 else -30)
            events += [story.received(f"in-{name}", referred, phone, referral={"source_type": "ad"}),
                       story.sent(f"open-{name}", shifted(referred, hours=1), phone, agent="opener")]
        sent = shifted(at, seconds=-10)
        if kind == "text":
            events.append(story.sent(f"m-{name}", sent, phone, agent=name))
        else:
            events.append(story.template(f"m-{name}", sent, phone, kind, agent=name))
        more = {"pricing": word} if word else {}
        return events + [story.status(f"m-{name}", at, phone, "delivered", **more)]

    def check(self, name, line, expected, price):
        free = dict(line["free"])
        if expected == CHARGED:
            self.assertEqual((line["charged"], free, line["amount"]), (1, {}, price), name)
        else:
            self.assertEqual((line["charged"], line["amount"], sum(free.values())), (0, "0", 1), name)
            self.assertTrue(set(free) <= expected, f"{name}: free as {free}, expected {expected}")

    def test_each_row_on_both_sides_of_each_midnight_in_each_zone(self):
        for zone, (july, october) in MIDNIGHTS.items():
            # account's name from its zone
            story = Story("t-" + zone.split("/")[1].lower().replace("_", "-"), number="n-" + zone[-4:], zone=zone)
            moments = [("july", FROM_2025, july), ("july", FROM_2025, shifted(october, seconds=-1)),
                       ("october", FROM_2026, october)]
            cases = {}
            events = story.opening()
            for row, (prices, table, at) in enumerate(moments):
                for kind, outcomes in table.items():
                    for window, expected in enumerate(outcomes):
                        name = f"{row}-{kind}-{window}"
                        cases[name] = (expected, PRICES[prices].get(kind))
                        events += self.case(story, name, at, kind, window)
            self.client.append(*events)
            lines = self.charges(story.name)
            for name, (expected, price) in cases.items():
                with self.subTest(zone=zone, case=name):
                    self.check(name, lines[name], expected, price)
                    regime = "2026-10-01" if name.startswith("2") else "2025-07-01"
                    self.assertEqual(self.explain(story.name, "m-" + name)["regime"], regime)

    def test_the_day_before_the_first_midnight_belongs_to_conversations_unless_meta_says_per_message(self):
        for zone, (july, _) in MIDNIGHTS.items():
            story = Story("b-" + zone.split("/")[1].lower().replace("_", "-"), number="nb-" + zone[-4:], zone=zone)
            last = shifted(july, seconds=-1)
            events = story.opening()
            for kind in ("marketing", "utility", "authentication"):
                events += self.case(story, f"pmp-{kind}", last, kind, 0, pricing(category=kind))
            self.client.append(*events)
            lines = self.charges(story.name)
            for kind in ("marketing", "utility", "authentication"):
                with self.subTest(zone=zone, kind=kind):
                    self.check(kind, lines[f"pmp-{kind}"], CHARGED, PRICES["early"][kind])

    def test_metas_word_for_each_row_wins_over_what_is_derived(self):
        at = "2026-10-05T12:00:00Z"
        rows = [  # kind, window, Meta's pricing -> expected, price
            ("marketing", 1, pricing("regular", "marketing"), CHARGED, "0.07"),
            ("utility", 1, pricing("regular", "utility"), CHARGED, "0.008"),
            ("utility", 1, pricing("free_customer_service", "utility"), {"window"}, None),
            ("text", 1, pricing("free_customer_service", "service"), {"allowance"}, None),
            ("text", 1, pricing("regular", "service"), CHARGED, "0.008"),
            ("marketing", 0, pricing("free_entry_point", "marketing"), {"entry_point"}, None),
            ("marketing", 2, pricing("regular", "marketing"), CHARGED, "0.07"),
            ("utility", 0, pricing("regular", "marketing"), CHARGED, "0.07"),
            ("text", 1, pricing("regular", "service", subtype="paid_exempt"), {"exempt"}, None),
            ("marketing", 0, pricing(category="referral_conversion"), {"entry_point"}, None),
            ("text", 1, pricing(category="service", billable=True), CHARGED, "0.008"),
            ("text", 1, pricing(category="service", billable=False), {"allowance"}, None),
            ("authentication", 0, pricing("regular", "AUTHENTICATION"), CHARGED, "0.033"),
            ("marketing", 0, pricing("regular", "marketing_lite"), CHARGED, "0.07"),
            ("utility", 0, pricing("something_new", "utility"), CHARGED, "0.008"),
        ]
        story = Story("meta", number="n-meta")
        events = story.opening()
        for n, (kind, window, word, _, _) in enumerate(rows):
            events += self.case(story, f"w{n}", at, kind, window, word)
        self.client.append(*events)
        lines = self.charges("meta")
        for n, (kind, window, word, expected, price) in enumerate(rows):
            with self.subTest(kind=kind, window=window, word=word):
                self.check(f"w{n}", lines[f"w{n}"], expected, price)
        differing = {(line["message"], line["kind"]) for line in self.ok(self.client.account("meta", "differences"))["lines"]}
        self.assertIn("m-w2", {message for message, _ in differing})  # Meta free, the own rule charged


def hash_of(text):
    value = 7
    for character in text:
        value = (value * 131 + ord(character)) % 1_000_003
    return value


class Windows(PriceTest):
    def test_the_customer_service_window_is_half_open_and_restarts_with_each_message(self):
        story = Story("window", number="n-window")
        edges = [("inside", "2026-03-02T11:59:59Z", "0"), ("end", "2026-03-02T12:00:00Z", "0.0068"),
                 ("start", "2026-03-01T12:00:00Z", "0"), ("before", "2026-03-01T11:59:59Z", "0.0068")]
        events = story.opening()
        for n, (name, at, _) in enumerate(edges):
            phone = f"551198765{n:04}"
            events += [story.received(f"in-{name}", "2026-03-01T12:00:00Z", phone),
                       story.template(name, at, phone, agent=name), story.status(name, at, phone)]
        phone = "5511987659999"
        events += [story.received("r1", "2026-03-01T12:00:00Z", phone), story.received("r2", "2026-03-02T06:00:00Z", phone),
                   story.template("again", "2026-03-03T05:59:59Z", phone, agent="again"),
                   story.status("again", "2026-03-03T05:59:59Z", phone)]
        self.client.append(*events)
        lines = self.charges("window")
        for name, _, amount in edges + [("again", None, "0")]:
            self.assertEqual(lines[name]["amount"], amount, name)

    def test_a_system_message_and_another_number_open_no_window(self):
        story = Story("nowindow", number="n-now")
        at = "2026-03-01T12:00:00Z"
        other = dict(story.received("in-other", "2026-03-01T11:00:00Z", "5511900000002"))
        other["data"] = other["data"] | {"number": "n-now-2"}
        self.client.append(*story.opening(), story.event("number.added", story.opened, number="n-now-2"),
                           story.received("in-s", "2026-03-01T11:00:00Z", "5511900000001", kind="system"), other,
                           *[made for n in (1, 2) for made in (
                               story.template(f"nw{n}", at, f"551190000000{n}", agent=f"a{n}"),
                               story.status(f"nw{n}", at, f"551190000000{n}"))])
        lines = self.charges("nowindow")
        self.assertEqual([lines[name]["amount"] for name in ("a1", "a2")], ["0.0068", "0.0068"])

    def test_a_free_entry_point_lasts_72_hours_from_the_answer_and_needs_one_within_24(self):
        story = Story("entry", number="n-entry")
        referral = {"source_type": "ad"}
        events = story.opening()
        # answered after 10 hours: open from 2026-03-01T22:00 to 2026-03-04T22:00
        edges = [("last", "2026-03-04T21:59:59Z", "0"), ("after", "2026-03-04T22:00:00Z", "0.0625")]
        for n, (name, at, _) in enumerate(edges):
            phone = f"551198770{n:04}"
            events += [story.received(f"ad-{name}", "2026-03-01T12:00:00Z", phone, referral=referral),
                       story.sent(f"o-{name}", "2026-03-01T22:00:00Z", phone),
                       story.template(name, at, phone, "marketing", agent=name), story.status(name, at, phone)]
        phone = "5511987709999"
        events += [story.received("ad-late", "2026-03-01T12:00:00Z", phone, referral=referral),
                   story.sent("o-late", "2026-03-02T12:00:01Z", phone),
                   story.template("late", "2026-03-02T13:00:00Z", phone, "marketing", agent="late"),
                   story.status("late", "2026-03-02T13:00:00Z", phone)]
        self.client.append(*events)
        lines = self.charges("entry")
        for name, _, amount in edges + [("late", None, "0.0625")]:
            self.assertEqual(lines[name]["amount"], amount, name)

    def test_an_account_may_have_another_length_of_entry_points(self):
        story = Story("entry-7", number="n-entry-7")
        self.client.append(
            *story.opening(), story.event("account.configured", story.opened, free_entry_point_hours=168),
            story.received("ad7", "2026-10-01T12:00:00Z", BRAZIL, referral={"source_type": "ad"}),
            story.sent("o7", "2026-10-01T12:30:00Z", BRAZIL), story.template("m7", "2026-10-08T12:29:59Z", BRAZIL, "marketing"),
            story.status("m7", "2026-10-08T12:29:59Z", BRAZIL), story.template("m8", "2026-10-08T12:30:00Z", BRAZIL, "marketing"),
            story.status("m8", "2026-10-08T12:30:00Z", BRAZIL))
        self.assertEqual(self.explain("entry-7", "m7")["outcome"], "free")
        self.assertEqual(self.explain("entry-7", "m8")["outcome"], "charged")


class Allowance(PriceTest):
    def service(self, story, number, name, at):
        contact = {"phone": BRAZIL}
        return [event("message.sent", at, {"message": name, "number": number, "contact": contact, "kind": "text",
                                           "agent": number}, story.name),
                event("message.status", at, {"message": name, "number": number, "contact": contact, "status": "delivered"},
                      story.name)]

    def test_a_thousand_service_messages_a_number_and_month_are_free_and_the_next_is_charged(self):
        story = Story("thousand", number="al-1", zone="Asia/Kolkata")
        events = story.opening() + [story.event("number.added", story.opened, number="al-2")]
        for n in range(1, 1003):
            events += self.service(story, "al-1", f"s{n}", "2026-10-31T18:29:59Z")  # the last second of October in Kolkata
        events += self.service(story, "al-2", "other-number", "2026-10-31T18:29:59Z")
        events += self.service(story, "al-1", "next-month", "2026-10-31T18:30:00Z")
        self.client.append(*events)
        lines = self.charges("thousand", by="number")
        self.assertEqual((lines["al-1"]["charged"], lines["al-1"]["free"], lines["al-1"]["amount"]),
                         (2, {"allowance": 1001}, "0.016"))  # 1,000 in October, one in November, two charged at 0.008
        self.assertEqual((lines["al-2"]["charged"], lines["al-2"]["free"]), (0, {"allowance": 1}))
        thousandth, next_one = self.explain("thousand", "s1000"), self.explain("thousand", "s1001")
        self.assertEqual((thousandth["outcome"], thousandth["ordinal"]), ("free", {"of": "allowance", "n": 1000}))
        self.assertEqual((next_one["outcome"], next_one["amount"], next_one["ordinal"]),
                         ("charged", "0.008", {"of": "allowance", "n": 1001}))
        self.assertEqual(self.explain("thousand", "next-month")["outcome"], "free")
        october = self.ok(self.client.account("thousand", "allowances", as_of="2026-10-31T18:29:59Z"))
        self.assert_contains({"month": "2026-10", "numbers": [{"number": "al-1", "used": 1000, "left": 0, "limit": 1000},
                                                              {"number": "al-2", "used": 1, "left": 999, "limit": 1000}]}, october)
        november = self.ok(self.client.account("thousand", "allowances", as_of="2026-10-31T18:30:00Z"))
        self.assert_contains({"month": "2026-11", "numbers": [{"number": "al-1", "used": 1, "left": 999},
                                                              {"number": "al-2", "used": 0, "left": 1000}]}, november)

    def test_what_meta_charges_as_regular_uses_no_allowance(self):
        story = Story("regular", number="al-3")
        self.client.append(*story.opening(), *self.service(story, "al-3", "a1", "2026-10-05T12:00:00Z"),
                           story.status("a2", "2026-10-05T12:00:00Z", BRAZIL, pricing=pricing("regular", "service")))
        answer = self.ok(self.client.account("regular", "allowances", as_of="2026-10-06T00:00:00Z"))
        self.assertEqual(answer["numbers"][0]["used"], 1)


class Cards(PriceTest):
    def send(self, story, name, phone, at="2026-10-05T12:00:00Z", category="marketing", **more):
        return [story.template(name, at, phone, category, **more), story.status(name, at, phone)]

    def test_a_charge_without_its_market_or_card_waits_and_is_rated_when_the_fact_arrives(self):
        story = Story("waits", number="n-waits", currency="GBP")
        self.client.append(*story.opening(), *self.send(story, "w1", BRAZIL))
        unrated = self.ok(self.client.account("waits", "unrated"))
        self.assert_contains({"count": 1, "lines": [{"message": "w1", "reason": "card", "at": "2026-10-05T12:00:00Z"}]}, unrated)
        balance = self.ok(self.client.account("waits", "balance"))
        self.assert_contains({"balance": "0", "charged_total": "0", "unrated": {"count": 1}}, balance)
        self.client.append(card("gbp", "2026-07-01", {"Brazil": {"marketing": "0.0504"}}, currency="GBP"))
        self.assertEqual(self.ok(self.client.account("waits", "unrated"))["count"], 0)
        balance = self.ok(self.client.account("waits", "balance"))
        self.assert_contains({"balance": "-0.0504", "overdraft": "0.0504", "charged_total": "0.0504"}, balance)

    def test_a_status_without_any_category_waits_for_the_announcement(self):
        story = Story("nocategory", number="n-nocat")
        self.client.append(*story.opening(), story.status("u1", "2026-10-05T12:00:00Z", BRAZIL))
        self.assert_contains({"count": 1, "lines": [{"message": "u1", "reason": "category"}]},
                             self.ok(self.client.account("nocategory", "unrated")))
        self.client.append(story.template("u1", "2026-10-05T11:59:59Z", BRAZIL, "marketing"))
        self.assertEqual(self.explain("nocategory", "u1")["amount"], "0.07")

    def test_a_contact_known_by_user_alone_waits_for_its_phone(self):
        story = Story("byuser", number="n-user")
        self.client.append(*story.opening(), *self.send(story, "p1", "BR.123"))
        self.assert_contains({"count": 1, "lines": [{"message": "p1", "reason": "market"}]},
                             self.ok(self.client.account("byuser", "unrated")))
        both = story.received("in-p1", "2026-10-05T13:00:00Z", BRAZIL)
        both["data"] = both["data"] | {"contact": {"phone": BRAZIL, "user": "BR.123"}}
        self.client.append(both)
        self.assertEqual(self.explain("byuser", "p1")["amount"], "0.07")

    def test_the_category_of_the_template_at_the_send_decides_when_nobody_says_one(self):
        story = Story("template", number="n-tpl")
        update = lambda time, category: story.event("template.updated", time, template="invoice", language="pt_BR", category=category)
        bare = lambda name, time: [story.sent(name, time, BRAZIL, "template", template="invoice", language="pt_BR"),
                                   story.status(name, "2026-10-05T18:00:00Z", BRAZIL)]
        self.client.append(*story.opening(), update("2026-10-01T00:00:00Z", "utility"), update("2026-10-05T12:00:00Z", "marketing"),
                           *bare("t1", "2026-10-05T11:59:59Z"), *bare("t2", "2026-10-05T12:00:00Z"))
        self.assertEqual([self.explain("template", name)["category"] for name in ("t1", "t2")], ["utility", "marketing"])
        self.assertEqual([self.explain("template", name)["amount"] for name in ("t1", "t2")], ["0.008", "0.07"])

    def test_the_longest_prefix_whose_dates_fit_is_the_market(self):
        story = Story("market", number="n-market", zone="Asia/Kolkata", currency="AUD")
        self.client.append(
            *story.opening(), card("aud", "2026-01-01", {name: {"marketing": price} for name, price in {
                "North America": "0.01", "Rest of Latin America": "0.02", "Russia": "0.03", "Kazakhstan": "0.04",
                "Other": "0.05"}.items()}, currency="AUD"),
            *self.send(story, "us", "16465550100"), *self.send(story, "do", "18095550100"), *self.send(story, "ru", "79161234567"),
            *self.send(story, "kz", "77011234567"), *self.send(story, "kr", "821012345678"),
            # the last second before Kazakhstan's own market, and its first, in Kolkata
            *self.send(story, "kz-old", "77011234567", at="2026-09-30T18:29:59Z"),
            *self.send(story, "kz-new", "77011234567", at="2026-09-30T18:30:00Z"))
        amounts = {name: self.explain("market", name)["amount"] for name in ("us", "do", "ru", "kz", "kr", "kz-old", "kz-new")}
        self.assertEqual(amounts, {"us": "0.01", "do": "0.02", "ru": "0.03", "kz": "0.04", "kr": "0.05", "kz-old": "0.05",
                                   "kz-new": "0.04"})
        self.assertEqual(self.explain("market", "do")["market"], {"name": "Rest of Latin America", "prefix": "1809"})

    def test_a_card_that_comes_late_re_rates_what_it_wins_and_posts_the_difference(self):
        story = Story("late-card", number="n-late", currency="INR")
        self.client.append(*story.opening(), card("inr-1", "2026-07-01", {"Brazil": {"marketing": "4"}}, currency="INR"),
                           *self.send(story, "l1", BRAZIL, at="2026-10-05T12:00:00Z"),
                           *self.send(story, "l2", BRAZIL, at="2026-09-05T12:00:00Z"))
        self.assertEqual(self.ok(self.client.account("late-card", "balance"))["balance"], "-8")
        before = self.last()
        self.client.append(card("inr-2", "2026-10-01", {"Brazil": {"marketing": "4.5"}}, currency="INR"))
        self.assertEqual(self.ok(self.client.account("late-card", "balance"))["balance"], "-8.5")
        self.assertEqual(self.ok(self.client.account("late-card", "balance", at=before))["balance"], "-8")
        explained = self.explain("late-card", "l1")
        self.assert_contains({"amount": "4.5", "card": {"card": "inr-2", "price": "4.5"}}, explained)
        # a winning card without the row makes the charge unrated and gives the money back
        self.client.append(card("inr-3", "2026-10-02", {"India": {"marketing": "1"}}, currency="INR"))
        balance = self.ok(self.client.account("late-card", "balance"))
        self.assertEqual((balance["balance"], balance["unrated"]["count"]), ("-4", 1))

    def test_tiers_are_marginal_and_counted_by_market_category_and_month(self):
        story = Story("tiers", number="n-tiers", currency="MXN", zone="America/New_York")
        steps = ("1", [(2, "1"), (4, "0.9"), ("MAX", "0.5")])
        events = story.opening() + [card("mxn", "2026-07-01", {"Brazil": {"utility": steps, "authentication": steps}}, currency="MXN")]
        for n in range(1, 7):
            events += self.send(story, f"v{n}", BRAZIL, category="utility")
        events += self.send(story, "auth", BRAZIL, category="authentication")
        events += self.send(story, "next-month", BRAZIL, category="utility", at="2026-11-01T04:00:00Z")
        self.client.append(*events)
        amounts = [self.explain("tiers", f"v{n}")["amount"] for n in range(1, 7)]
        self.assertEqual(amounts, ["1", "1", "0.9", "0.9", "0.5", "0.5"])
        self.assertEqual([self.explain("tiers", f"v{n}")["tier"] for n in (1, 3, 5)], ["0:2", "3:4", "5:MAX"])
        self.assertEqual(self.explain("tiers", "auth")["amount"], "1")
        self.assertEqual(self.explain("tiers", "next-month")["amount"], "1")
        answer = self.ok(self.client.account("tiers", "allowances", as_of="2026-10-20T00:00:00Z"))
        utility = next(row for row in answer["tiers"] if row["category"] == "utility")
        self.assert_contains({"market": "Brazil", "month": "2026-10", "count": 6, "lower": 5}, utility)

    def test_a_tier_that_meta_reports_raises_the_ordinal_of_later_charges(self):
        story = Story("reported", number="n-reported", currency="PEN")
        steps = ("1", [(100, "1"), ("MAX", "0.5")])
        self.client.append(
            *story.opening(), card("pen", "2026-07-01", {"Brazil": {"utility": steps}}, currency="PEN"),
            *self.send(story, "r1", BRAZIL, category="utility", at="2026-10-05T12:00:00Z"),
            story.event("tier.reported", "2026-10-06T00:00:00Z", market="Brazil", category="utility", month="2026-10", lower=101,
                        upper="MAX", at="2026-10-05T20:00:00Z"),
            *self.send(story, "r2", BRAZIL, category="utility", at="2026-10-05T19:59:59Z"),
            *self.send(story, "r3", BRAZIL, category="utility", at="2026-10-05T20:00:00Z"))
        self.assertEqual([self.explain("reported", f"r{n}")["amount"] for n in (1, 2, 3)], ["1", "1", "0.5"])

    def test_a_markup_is_rounded_half_to_even_on_the_day_it_is_in_force(self):
        story = Story("markup", number="n-markup")
        markup = lambda **values: story.event("account.configured", "2026-01-01T00:00:00Z", markup=values)
        self.client.append(
            *story.opening(), markup(percent="10", per_message="0.001", **{"from": "2026-10-02"}),
            markup(percent="0.0125", **{"from": "2026-10-03"}),
            *self.send(story, "k1", BRAZIL, at="2026-10-02T02:59:59Z", category="utility"),   # the day before, in São Paulo
            *self.send(story, "k2", BRAZIL, at="2026-10-02T03:00:00Z", category="utility"),
            *self.send(story, "k3", BRAZIL, at="2026-10-03T03:00:00Z", category="utility"),
            *self.send(story, "k4", BRAZIL, at="2026-10-03T03:00:00Z", category="marketing"))
        # 0.008; 0.008 × 1.1 + 0.001; 0.008 × 1.000125 = 0.008001 exactly; 0.07 × 1.000125 = 0.07000875, up to 0.070009
        self.assertEqual([self.explain("markup", f"k{n}")["amount"] for n in (1, 2, 3, 4)], ["0.008", "0.0098", "0.008001", "0.070009"])

    def test_an_unknown_category_is_priced_by_a_row_of_its_own_or_not_at_all(self):
        story = Story("unknown-category", number="n-uc", currency="CLP")
        word = lambda category: {"pricing": pricing("regular", category)}
        self.client.append(
            *story.opening(), card("clp", "2026-07-01", {"Brazil": {"marketing": "60", "general_purpose_ai": "11"}}, currency="CLP"),
            story.status("c1", "2026-10-05T12:00:00Z", BRAZIL, **word("general-purpose-AI")),
            story.status("c2", "2026-10-05T12:00:00Z", BRAZIL, **word("holographic")),
            story.status("c3", "2026-10-05T12:00:00Z", BRAZIL, **word("group_marketing")))
        self.assertEqual(self.explain("unknown-category", "c1")["amount"], "11")
        self.assertEqual(self.explain("unknown-category", "c2")["outcome"], "unrated")
        self.assertEqual(self.explain("unknown-category", "c3")["amount"], "60")


if __name__ == "__main__":
    unittest.main()
