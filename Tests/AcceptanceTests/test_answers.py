"""Every question about an account, with exact figures from one small and known story."""
import unittest

from harness import DaemonTest, Story, card, event, markets, pricing

ANA, BIA, CAIO = "5511900000001", "5511900000002", "5511900000003"
DAY = "2026-10-05"


def at(clock, day=DAY):
    """An instant by the clock of São Paulo."""
    hour, minute = map(int, clock.split(":"))
    return f"{day}T{hour + 3:02}:{minute:02}:00Z"


class OneDay(DaemonTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        story = cls.story = Story("acme", number="n-1")
        cls.client.append(markets(), card("usd", "2026-10-01", {"Brazil": {"marketing": "0.0625", "utility": "0.0068"}}))
        cls.client.append(
            *story.opening(credit_limit="5"),
            story.event("account.configured", story.opened, sla={"first_response": "PT15M", "next_response": "PT30M"},
                        urgent_labels=["complaint"]),
            *[story.event("team.defined", story.opened, team=team, name=team) for team in ("care", "sales")],
            story.event("agent.defined", story.opened, agent="priya", name="Priya", team="care"),
            story.event("agent.defined", story.opened, agent="bruno", name="Bruno", team="sales"),
            story.event("agent.defined", story.opened, agent="zoe", name="Zoe"),
            story.event("payment.received", at("08:00"), payment="pay_1", amount="20", currency="USD", method="card"))
        cls.client.append(
            # Ana: asks at 9:00, bot at 9:01, assigned at 9:04, answered at 9:10; asks again at 9:20, answered at 9:45; resolved
            story.received("a1", at("09:00"), ANA, text="when will my order arrive?"),
            story.sent("ab", at("09:01"), ANA, bot=True), story.desk("assigned", at("09:04"), ANA, agent="priya"),
            story.sent("a2", at("09:10"), ANA, agent="priya"), story.received("a3", at("09:20"), ANA),
            story.received("a4", at("09:30"), ANA), story.sent("a5", at("09:45"), ANA, agent="bruno"),
            story.desk("resolved", at("10:00"), ANA),
            # Bia: complains at 11:00, labelled; nobody answers
            story.received("b1", at("11:00"), BIA), story.desk("labelled", at("11:01"), BIA, labels=["complaint", "delivery"]),
            story.desk("assigned", at("11:02"), BIA, team="sales"),
            # Caio: asks at 11:30, answered at once by Priya, then writes once more
            story.received("c1", at("11:30"), CAIO), story.sent("c2", at("11:30"), CAIO, agent="priya"),
            story.received("c3", at("11:50"), CAIO),
            # templates
            story.template("t1", at("10:00"), ANA, "utility", agent="priya"), story.status("t1", at("10:01"), ANA),
            story.template("t2", at("10:00"), BIA, "marketing", template="sale"), story.status("t2", at("10:01"), BIA),
            story.template("t3", at("10:00"), CAIO, "marketing", template="sale"), story.status("t3", at("10:01"), CAIO, "failed"),
            story.template("t4", at("10:00"), CAIO, "marketing", template="sale"),
            story.status("a2", at("09:10"), ANA), story.status("a5", at("09:45"), ANA, "read"))
        cls.now = at("12:00")

    def ask(self, question, **query):
        answer = self.ok(self.client.account("acme", question, as_of=self.now, **query))
        self.assertEqual((answer["account"], answer["currency"], answer["as_of"]), ("acme", "USD", self.now))
        self.assertRegex(answer["sequence"], r"^[1-9]\d*$")
        return answer

    def test_balance(self):
        self.assert_contains(
            {"balance": "19.9307", "held": "0.0625", "available": "24.8682", "credit_limit": "5", "overdraft": "0",
             "credits": {"paid": "19.9307", "promotional": "0"}, "next_expiry": None, "charged_total": "0.0693",
             "payments_total": "20", "grants_total": "0", "unrated": {"count": 0}}, self.ask("balance"))

    def test_charges_by_template_and_category(self):
        answer = self.ask("charges", from_="2026-10-01", to="2026-11-01", by="template,category")
        line = lambda template, category, **more: {
            "template": template, "category": category, "sent": 0, "delivered": 0, "charged": 0, "free": {}, "failed": 0,
            "unrated": 0, "held": "0", "amount": "0"} | more
        self.assertEqual((answer["from"], answer["to"]), ("2026-10-01", "2026-11-01"))
        self.assert_contains([
            line(None, "service", sent=4, delivered=2, free={"allowance": 2}),
            line("order_shipped", "utility", sent=1, delivered=1, charged=1, amount="0.0068"),
            line("sale", "marketing", sent=3, delivered=1, charged=1, failed=1, held="0.0625", amount="0.0625")], answer["lines"])
        self.assert_contains({"sent": 8, "delivered": 4, "charged": 2, "free": {"allowance": 2}, "failed": 1, "unrated": 0,
                              "held": "0.0625", "amount": "0.0693"}, answer["total"])

    def test_charges_by_each_key(self):
        span = {"from_": "2026-10-01", "to": "2026-11-01"}
        amounts = lambda by: {line[by]: (line["sent"], line["amount"]) for line in self.ask("charges", by=by, **span)["lines"]}
        self.assertEqual(amounts("agent"), {None: (4, "0.0625"), "bruno": (1, "0"), "priya": (3, "0.0068")})
        self.assertEqual(amounts("team"), {None: (4, "0.0625"), "care": (3, "0.0068"), "sales": (1, "0")})
        self.assertEqual(amounts("number"), {"n-1": (8, "0.0693")})
        self.assertEqual(amounts("day"), {"2026-10-05": (8, "0.0693")})
        self.assertEqual(amounts("month"), {"2026-10": (8, "0.0693")})
        self.assertEqual(self.ask("charges", **span)["lines"], [])
        self.refused(self.client.account("acme", "charges", by="colour", **span), 400)

    def test_charges_of_another_period_are_empty(self):
        answer = self.ask("charges", from_="2026-09-01", to="2026-10-05", by="template")
        self.assertEqual((answer["lines"], answer["total"]["sent"], answer["total"]["amount"]), ([], 0, "0"))

    def test_explain(self):
        answer = self.ask("charges/t1")
        self.assert_contains(
            {"message": "t1", "outcome": "charged", "amount": "0.0068", "market": {"name": "Brazil", "prefix": "55"},
             "regime": "2026-10-01", "category": "utility", "tier": "0:MAX",
             "card": {"card": "usd", "price": "0.0068"}, "markup": None, "burned": [{"credit": "pay_1", "amount": "0.0068"}]}, answer)
        self.assertEqual([row["type"] for row in answer["events"]], ["waybill.message.sent", "waybill.message.status"])
        self.assertEqual(answer["events"][0]["time"], at("10:00"))
        self.refused(self.client.account("acme", "charges/nothing"), 404)

    def test_payments(self):
        self.assert_contains({"payments": [{"payment": "pay_1", "amount": "20", "status": "received", "refunded": "0",
                                            "method": "card", "time": at("08:00")}]}, self.ask("payments"))

    def test_usage(self):
        answer = self.ask("usage", from_="2026-10-01", to="2026-11-01", by="day")
        figures = {"conversations": 3, "received": 6, "sent": 8, "delivered": 4, "failed": 1, "charged": 2,
                   "free": {"allowance": 2}, "unrated": 0, "amount": "0.0693"}
        self.assert_contains([{"day": "2026-10-05"} | figures], answer["lines"])
        self.assert_contains(figures, answer["total"])

    def test_allowances(self):
        self.assert_contains({"month": "2026-10", "numbers": [{"number": "n-1", "used": 2, "left": 998, "limit": 1000}],
                              "wabas": []}, self.ask("allowances"))

    def test_workload(self):
        answer = self.ask("workload")
        none = {"n": 0, "median": None, "p90": None}
        times = lambda text, n=1: {"n": n, "median": text, "p90": text}
        self.assert_contains(
            {"open": 2, "unassigned": 1, "unanswered": 2, "never_answered": 1, "attention": 1, "snoozed": 0, "resolved_today": 1,
             "longest_wait": "PT1H",
             "teams": [{"team": "care", "open": 0, "unassigned": 0, "unanswered": 0, "attention": 0, "agents": 1},
                       {"team": "sales", "open": 1, "unassigned": 1, "unanswered": 1, "attention": 1, "agents": 1}],
             "agents": [
                 {"agent": "bruno", "team": "sales", "open": 0, "unanswered": 0, "handled_today": 1, "sent_today": 1,
                  "first_response": none, "next_response": times("PT25M"), "resolution": none, "charges_today": "0"},
                 {"agent": "priya", "team": "care", "open": 0, "unanswered": 0, "handled_today": 2, "sent_today": 3,
                  # Ana's from the hand-over at 9:04, Caio's at once
                  "first_response": {"n": 2, "median": "PT0S", "p90": "PT6M"}, "next_response": none, "resolution": times("PT1H"),
                  "charges_today": "0.0068"},
                 {"agent": "zoe", "team": None, "open": 0, "unanswered": 0, "handled_today": 0, "sent_today": 0,
                  "first_response": none, "charges_today": "0"}]}, answer)

    def test_conversations_by_state(self):
        phones = lambda state, **more: sorted(row["contact"]["phone"] for row in self.ask("conversations", state=state, **more)["conversations"])
        self.assertEqual(phones("open"), [BIA, CAIO])
        self.assertEqual(phones("unassigned"), [CAIO])
        self.assertEqual(phones("unanswered"), [BIA, CAIO])
        self.assertEqual(phones("attention"), [BIA])
        self.assertEqual(phones("resolved"), [ANA])
        self.assertEqual(phones("snoozed"), [])
        self.assertEqual(phones("open", team="sales"), [BIA])
        self.assertEqual(phones("open", label="delivery"), [BIA])
        self.assertEqual(phones("resolved", agent="priya"), [ANA])
        bia = self.ask("conversations", state="attention")["conversations"][0]
        self.assert_contains({"number": "n-1", "state": "open", "agent": None, "team": "sales", "labels": ["complaint", "delivery"],
                              "priority": "normal", "waiting_since": at("11:00"), "attention": ["sla", "label"],
                              "window_ends": at("11:00", "2026-10-06"), "cycle_start": at("11:00"), "cycle": 1}, bia)

    def test_response_times(self):
        answer = self.ask("response-times", from_="2026-10-05", to="2026-10-06", by="agent")
        lines = {line["agent"]: line for line in answer["lines"]}
        self.assertEqual(lines["priya"]["first_response"], {"n": 2, "median": "PT0S", "p90": "PT6M"})
        self.assertEqual(lines["bruno"]["next_response"], {"n": 1, "median": "PT25M", "p90": "PT25M"})
        self.assertEqual(answer["total"]["resolution"], {"n": 1, "median": "PT1H", "p90": "PT1H"})
        by_team = {line["team"]: line for line in self.ask("response-times", from_="2026-10-05", to="2026-10-06", by="team")["lines"]}
        self.assertEqual(by_team["sales"]["next_response"]["median"], "PT25M")
        self.assertEqual(self.ask("response-times", from_="2026-10-06", to="2026-10-07", by="agent")["total"]["first_response"]["n"], 0)

    def test_unrated_and_differences_are_empty(self):
        self.assert_contains({"count": 0, "lines": []}, self.ask("unrated"))
        self.assert_contains({"lines": []}, self.ask("differences"))

    def test_accounts(self):
        answer = self.ok(self.client.get("/v1/accounts"))
        self.assertIn("acme", [row["account"] for row in answer["accounts"]])
        one = self.ok(self.client.account("acme"))
        self.assert_contains({"account": "acme", "currency": "USD"}, one)
        self.refused(self.client.account("nobody", "balance"), 404)
        self.refused(self.client.get("/v1/nothing"), 404)


class Desk(DaemonTest):
    def story(self, name):
        story = Story(name, number=f"n-{name}")
        self.client.append(*story.opening())
        return story

    def workload(self, story, clock, day=DAY):
        return self.ok(self.client.account(story.name, "workload", as_of=at(clock, day)))

    def test_what_does_not_open_a_conversation(self):
        story = self.story("quiet")
        for n, kind in enumerate(("reaction", "edit", "revoke", "system", "unsupported")):
            self.client.append(story.received(f"q{n}", at("09:00"), ANA, kind=kind))
        self.client.append(story.sent("q9", at("09:01"), ANA, agent="priya"))
        self.assertEqual(self.workload(story, "10:00")["open"], 0)

    def test_a_snoozed_conversation_counts_as_snoozed_alone_until_it_ends_or_the_contact_writes(self):
        story = self.story("snooze")
        self.client.append(story.received("s1", at("09:00"), ANA), story.desk("snoozed", at("09:05"), ANA, until=at("12:00")))
        counts = lambda clock: [self.workload(story, clock)[name] for name in ("open", "unanswered", "snoozed")]
        self.assertEqual((counts("11:59"), counts("12:00")), ([0, 0, 1], [1, 1, 0]))
        self.client.append(story.received("s2", at("11:00"), ANA))
        self.assertEqual(counts("11:59"), [1, 1, 0])

    def test_a_message_after_resolving_opens_the_next_cycle_and_keeps_what_is_known(self):
        story = self.story("cycles")
        self.client.append(story.received("y1", at("09:00"), ANA), story.desk("labelled", at("09:01"), ANA, labels=["vip"]),
                           story.desk("assigned", at("09:01"), ANA, agent="priya"), story.desk("prioritised", at("09:01"), ANA, priority="high"),
                           story.desk("resolved", at("09:30"), ANA), story.received("y2", at("13:00"), ANA))
        row = self.ok(self.client.account("cycles", "conversations", state="open", as_of=at("14:00")))["conversations"][0]
        self.assert_contains({"agent": "priya", "labels": ["vip"], "priority": "high", "cycle": 2, "cycle_start": at("13:00"),
                              "waiting_since": at("13:00")}, row)
        self.client.append(story.desk("unlabelled", at("13:10"), ANA, labels=["vip"]), story.desk("unassigned", at("13:10"), ANA))
        row = self.ok(self.client.account("cycles", "conversations", state="open", as_of=at("14:00")))["conversations"][0]
        self.assert_contains({"agent": None, "team": None, "labels": []}, row)

    def test_reopening_needs_an_earlier_cycle(self):
        story = self.story("reopen")
        self.client.append(story.desk("reopened", at("09:00"), ANA))
        self.assertEqual(self.workload(story, "10:00")["open"], 0)
        self.client.append(story.received("o1", at("10:00"), ANA), story.desk("resolved", at("10:10"), ANA), story.desk("reopened", at("11:00"), ANA))
        self.assert_contains({"open": 1, "unanswered": 0, "never_answered": 1}, self.workload(story, "12:00"))

    def test_a_bot_does_not_end_the_wait_and_a_phone_app_reply_does(self):
        story = self.story("echo")
        self.client.append(story.received("e1", at("09:00"), ANA), story.sent("e2", at("09:01"), ANA, bot=True, agent="priya"))
        self.assertEqual(self.workload(story, "09:05")["unanswered"], 1)
        self.client.append(story.sent("e3", at("09:10"), ANA, echo=True))
        self.assert_contains({"unanswered": 0, "never_answered": 0}, self.workload(story, "09:15"))
        total = self.ok(self.client.account("echo", "response-times", from_=DAY, to="2026-10-06", by="agent"))
        self.assert_contains([{"agent": None, "first_response": {"n": 1, "median": "PT10M", "p90": "PT10M"}}], total["lines"])

    def test_attention_by_closing_window_and_priority(self):
        story = self.story("attention")
        self.client.append(story.received("n1", at("09:00"), ANA), story.received("n2", at("09:00"), BIA),
                           story.desk("prioritised", at("09:00"), BIA, priority="urgent"))
        seen = lambda clock, day: {row["contact"]["phone"]: row["attention"] for row in self.ok(self.client.account(
            "attention", "conversations", state="open", as_of=at(clock, day)))["conversations"]}
        self.assertEqual(seen("06:59", "2026-10-06"), {ANA: [], BIA: ["urgent"]})
        self.assertEqual(seen("07:00", "2026-10-06"), {ANA: ["window"], BIA: ["window", "urgent"]})
        self.assertEqual(seen("09:00", "2026-10-06"), {ANA: [], BIA: ["urgent"]})

    def test_a_list_is_as_long_as_asked_and_a_month_may_be_named(self):
        story = self.story("lists")
        self.client.append(*[story.received(f"lists-{index}", at("09:00"), f"551197000{index:04}") for index in range(1_200)])
        for limit, length in ((None, 1_000), (3, 3), (5_000, 1_200)):
            answer = self.ok(self.client.account("lists", "conversations", limit=limit))
            self.assertEqual((len(answer["conversations"]), answer["count"]), (length, 1_200))
        # Longer than the pieces in which it is sent, and as long as it says.
        whole = self.client.account("lists", "conversations", limit=5_000)
        self.assertGreater(len(whole.body), 300_000)
        self.assertEqual(whole.headers["Content-Length"], str(len(whole.body)))
        head = self.client.request("HEAD", "/v1/accounts/lists/conversations?limit=5000")
        self.assertEqual((head.status, head.body), (200, b""))
        self.refused(self.client.account("lists", "conversations", limit=0), 400)
        self.assertEqual(self.ok(self.client.account("lists", "unrated", limit=7))["lines"], [])
        self.assertEqual(self.ok(self.client.account("lists", "allowances", month="2026-10"))["month"], "2026-10")
        month = self.ok(self.client.account("lists", "usage", month="2026-10"))
        whole = self.ok(self.client.account("lists", "usage", from_="2026-10-01", to="2026-11-01"))
        self.assertEqual(month["lines"], whole["lines"])

    def test_a_desk_of_thousands_is_told_now_as_it_is_told_at_its_last_event(self):
        story = self.story("crowd")
        self.client.append(story.event("account.configured", story.opened, sla={"first_response": "PT15M"},
                                       business_hours={"zone": "UTC", "mon": ["09:00-18:00"]}))
        people = [f"55119{index:08}" for index in range(6_000)]
        for start in range(0, len(people), 2_000):
            self.client.append(*[story.received(f"crowd-{phone}", at("09:00"), phone) for phone in people[start:start + 2_000]])
        self.client.append(*[story.sent(f"reply-{phone}", at("09:10"), phone, agent="priya") for phone in people[:50]])
        now = self.ok(self.client.account("crowd", "workload"))
        self.assert_contains({"open": 6_000, "unassigned": 6_000, "unanswered": 5_950, "never_answered": 5_950, "attention": 5_950}, now)
        then = self.ok(self.client.account("crowd", "workload", at=now["sequence"]))
        for answer in (now, then):
            del answer["as_of"], answer["longest_wait"]
        self.assertEqual(now, then)

    def test_business_hours_measure_the_waits_beside_the_calendar(self):
        story = self.story("hours")
        week = {day: ["09:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
        self.client.append(story.event("account.configured", story.opened, business_hours={"zone": "America/Sao_Paulo", **week,
                                                                                           "holidays": ["2026-10-12"]},
                                       sla={"first_response": "PT2H"}),
                           # Friday 17:30 to Tuesday 10:00, with a holiday on Monday: half an hour and an hour
                           story.received("u1", at("17:30", "2026-10-09"), ANA), story.sent("u2", at("10:00", "2026-10-13"), ANA, agent="priya"))
        answer = self.ok(self.client.account("hours", "response-times", from_="2026-10-13", to="2026-10-14", by="agent"))
        self.assertEqual(answer["lines"][0]["first_response"],
                         {"n": 1, "median": "PT88H30M", "p90": "PT88H30M", "business_median": "PT1H30M", "business_p90": "PT1H30M"})
        self.client.append(story.received("u3", at("17:00", "2026-10-13"), BIA))
        self.assertEqual(self.workload(story, "10:00", "2026-10-14")["attention"], 0)  # exactly two hours
        self.assertEqual(self.workload(story, "10:01", "2026-10-14")["attention"], 1)


if __name__ == "__main__":
    unittest.main()
