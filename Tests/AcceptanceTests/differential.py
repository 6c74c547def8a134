"""The daemon's answers against the oracle's, question by question, and the smallest log on which they differ.

    python3 differential.py fuzz SEED [EVENTS]     traffic made to reach the corners
    python3 differential.py month SEED [EVENTS]    traffic of tools/generate
"""
import datetime
import importlib.util
import json
import pathlib
import random
import subprocess
import sys

from harness import REPOSITORY, Client, Daemon, Story, card, event, markets, pricing

spec = importlib.util.spec_from_file_location("oracle", REPOSITORY / "tools" / "oracle.py")
oracle = importlib.util.module_from_spec(spec)
spec.loader.exec_module(oracle)

KEYS = ("template", "category", "market", "day", "month", "number", "agent", "team", "label")


def questions(account):
    """Everything that is compared, as (name, question, options of the oracle, query of the daemon)."""
    span = {"start": "2025-06-01", "end": "2027-06-01"}
    asked = {"from_": span["start"], "to": span["end"]}
    found = [(name, name, {}, {}) for name in ("balance", "unrated", "allowances", "workload")]
    for by in [()] + [(key,) for key in KEYS] + [("day", "category"), ("template", "market")]:
        found.append((f"charges by {','.join(by)}", "charges", span | {"by": by}, asked | ({"by": ",".join(by)} if by else {})))
    for by in ((), ("day",)):
        found.append((f"usage by {','.join(by)}", "usage", span | {"by": by}, asked | ({"by": ",".join(by)} if by else {})))
    for by in ((), ("agent",), ("team",), ("day",), ("label",)):
        found.append((f"response-times by {','.join(by)}", "response-times", span | {"by": by}, asked | ({"by": ",".join(by)} if by else {})))
    for state in ("open", "unassigned", "unanswered", "attention", "resolved", "snoozed"):
        found.append((f"conversations {state}", "conversations", {"state": state}, {"state": state}))
    found.append(("differences", "differences", {}, {}))
    return found


def compared(name, expected, actual):
    """Both sides cut to what is compared."""
    if name == "unrated":
        cut = lambda rows: sorted((row["message"], row["reason"], row["at"]) for row in rows)
        return (expected["count"], cut(expected["lines"])), (actual["count"], cut(actual["lines"]))
    if name == "differences":
        cut = lambda rows: sorted(row for row in rows if row[1] in ("failed_after_delivered", "charged_but_free", "free_but_charged"))
        return cut(expected), cut([(row["message"], row["kind"]) for row in actual["lines"]])
    if name.startswith("conversations"):
        rows = []
        for row in actual["conversations"]:
            row = dict(row, contact=row["contact"].get("phone") or row["contact"].get("user"))
            row["labels"] = sorted(row["labels"])
            rows.append(row)
        rows.sort(key=lambda row: (row["number"], row["contact"]))
        return expected, common(expected, rows)
    if name == "allowances":
        numbers = {row["number"] for row in expected["numbers"]}
        actual["numbers"] = [row for row in actual["numbers"] if row["number"] in numbers]
        actual["tiers"] = [row for row in actual["tiers"] if row["count"]]
    if name.startswith("response-times"):
        actual["lines"] = [row for row in actual["lines"] if row["waiting"] or any(
            row[kind]["n"] for kind in ("first_response", "next_response", "resolution"))]
    return expected, common(expected, actual)


def common(expected, actual):
    """The members of `actual` that `expected` has."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        if expected.keys() <= {"window", "entry_point", "allowance", "exempt", "conversation", "service"}:
            return actual  # free: by reason, nothing less and nothing more
        return {key: common(expected[key], actual[key]) if key in actual else "(missing)" for key in expected}
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        return [common(one, other) for one, other in zip(expected, actual)]
    return actual


def difference(daemon, account, moment, records=None, only=None):
    """The first question on which they differ, as (name, expected, actual)."""
    client = daemon.client
    at, as_of = moment
    if records is None:
        records = [record for record in client.get("/v1/events").records]
    model = oracle.Oracle(records)
    state = model.fold(account, at, oracle.micros_of_instant(as_of) if as_of else None)
    if state.zone is None:
        return None
    for name, question, options, query in questions(account):
        if only and name != only:
            continue
        answer = client.account(account, question, at=at, as_of=as_of, **query)
        if answer.status != 200:
            return name, "an answer", repr(answer)
        now = oracle.micros_of_instant(answer["as_of"])
        expected = getattr(oracle.Answers(state, now), question.replace("-", "_"))(**options)
        expected, actual = compared(name, expected, answer.json)
        if expected != actual:
            return name, expected, actual
    return None


def post(daemon, events, size=500):
    for start in range(0, len(events), size):
        daemon.client.append(*events[start:start + size])


def shrunk(events, fails):
    """A smaller list that still fails, by leaving out ever smaller stretches."""
    size = max(1, len(events) // 2)
    while True:
        start, smaller = 0, False
        while start < len(events):
            shorter = events[:start] + events[start + size:]
            if fails(shorter):
                events, smaller = shorter, True
            else:
                start += size
        if size == 1 and not smaller:
            return events
        size = max(1, size // 2)


# Traffic that reaches the corners


ZONES = ["America/Sao_Paulo", "Asia/Kolkata", "America/New_York", "Pacific/Apia", "Europe/Madrid"]
PHONES = ["5511987654321", "5511987654322", "919812345678", "77011234567", "821012345678"]

MEMBERS = ["5511900000001", "919800000002", "447700900003", "77010000004"]  # of groups, and nobody else's contacts


def instant(seconds):
    return (datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Fuzz:
    """Valid events of one account that bend every rule at once."""

    def __init__(self, seed, count):
        self.random = random.Random(seed)
        self.count = count
        pick = self.random.choice
        boundary = pick(["2026-10-01", "2026-10-01", "2025-12-01"])
        self.start = int(datetime.datetime.fromisoformat(boundary + "T00:00:00+00:00").timestamp()) - 3 * 86400
        self.span = 9 * 86400
        self.story = Story("fuzz", number="n1", zone=pick(ZONES), opened="2025-07-02T00:00:00Z")
        self.clock = self.start
        self.messages, self.inbound, self.payments, self.grants = [], [], {}, []
        self.words = {}
        self.serial = 0

    def next(self, name):
        self.serial += 1
        return f"{name}{self.serial}"

    def time(self):
        """Mostly forward, now and then back."""
        self.clock += int(self.random.expovariate(1) * self.span / self.count)
        if self.random.random() < 0.2:
            return instant(self.clock - self.random.randrange(2 * 86400))
        return instant(self.clock)

    def events(self):
        story, pick, chance = self.story, self.random.choice, self.random.random
        yield from story.opening(credit_limit=pick(["0", "5"]))
        yield story.event("number.added", story.opened, number="n2")
        for team in ("care", "sales"):
            yield story.event("team.defined", story.opened, team=team, name=team)
        yield story.event("agent.defined", story.opened, agent="ana", name="Ana", team="care")
        yield story.event("agent.defined", story.opened, agent="bia", name="Bia")
        yield story.event("account.configured", story.opened, sla={"first_response": "PT1H", "next_response": "PT2H"},
                          urgent_labels=["complaint"])
        if chance() < 0.5:
            yield story.event("account.configured", story.opened, markup={"percent": pick(["10", "2.5"]), "per_message": "0.0003",
                                                                         "from": "2025-08-01"})
        if chance() < 0.3:
            yield story.event("account.configured", story.opened, hold_days=pick([1, 3]))
        if chance() < 0.4:
            yield story.event("account.configured", story.opened, business_hours={
                "zone": story.zone, **{day: ["09:00-12:00", "13:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")},
                "holidays": ["2026-09-30"]})
        reference = [markets()] + self.cards()
        late = [made for made in reference if chance() < 0.3]
        yield from (made for made in reference if made not in late)
        makers = [self.inbound_message] * 5 + [self.template] * 5 + [self.text] * 4 + [self.status] * 14 + [self.desk] * 6 + [
            self.money] * 2 + [self.template_update, self.group, self.tier, self.team_change, self.known_user]
        for n in range(self.count):
            if late and chance() < 5 / self.count:
                yield late.pop()
            yield from pick(makers)()
        yield from late

    def cards(self):
        tiers = lambda price, *steps: (price, list(steps))
        rates = lambda k: {"Brazil": {"marketing": f"0.06{k}", "utility": tiers(f"0.008{k}", (3, f"0.008{k}"), (6, f"0.007{k}"), ("MAX", f"0.005{k}")),
                                      "authentication": tiers(f"0.03{k}", (2, f"0.03{k}"), ("MAX", f"0.02{k}")),
                                      "authentication_international": tiers(f"0.05{k}", (3, f"0.05{k}"), ("MAX", f"0.04{k}"))},
                           "India": {"marketing": f"0.01{k}", "utility": f"0.001{k}", "service": "0"},
                           "Other": {"marketing": f"0.02{k}", "utility": f"0.002{k}"}, "Kazakhstan": {"marketing": f"0.03{k}"}}
        thin = {"Brazil": {"marketing": "0.0777"}}
        day = lambda offset: (datetime.datetime.fromtimestamp(self.start, datetime.timezone.utc) + datetime.timedelta(days=offset)).date().isoformat()
        made = [card("c1", "2025-07-01", rates(1)), card("c2", day(2), rates(2)), card("c3", day(3), rates(3))]
        if self.random.random() < 0.2:
            made.append(card("c4", day(5), thin))
        if self.random.random() < 0.3:
            made.append(card("c3b", day(3), rates(4)))
        return made

    def contact(self):
        phone = self.random.choice(PHONES)
        if self.random.random() < 0.06:
            return {"user": "U." + phone}
        if self.random.random() < 0.03:
            return {"phone": phone, "user": "U." + phone}
        return {"phone": phone}

    def number(self):
        return self.random.choice(["n1", "n1", "n2"])

    def inbound_message(self):
        kind = self.random.choice(["text"] * 6 + ["image", "reaction", "system", "unsupported"])
        more = {"referral": {"source_type": "ad"}} if self.random.random() < 0.12 else {}
        yield self.story.event("message.received", self.time(), message=self.next("in"), number=self.number(), contact=self.contact(),
                               kind=kind, **more)

    def announce(self, kind, **more):
        message = self.next("m")
        number, contact, time = self.number(), self.contact(), self.time()
        self.messages.append((message, number, contact, time, kind))
        made = self.story.event("message.sent", time, message=message, number=number, contact=contact, kind=kind, **more)
        draw = self.random.random()
        if draw < 0.85:
            yield made
        elif draw < 0.93:  # announced after its statuses
            for _ in range(self.random.randrange(1, 3)):
                yield from self.status(self.messages[-1])
            yield made
        if draw < 0.05:
            yield made | {"id": made["id"] + "-again"}

    def template(self):
        category = self.random.choice(["utility", "utility", "marketing", "authentication", "authentication-international"])
        more = {"template": self.random.choice(["order", "sale"]), "language": self.random.choice(["pt_BR", "es"])}
        if self.random.random() < 0.7:
            more["category"] = category
        if self.random.random() < 0.3:
            more["agent"] = self.random.choice(["ana", "bia"])
        yield from self.announce("template", **more)

    def text(self):
        draw = self.random.random()
        more = {"agent": self.random.choice(["ana", "bia", "eva"])} if draw < 0.6 else {"bot": True} if draw < 0.8 else {}
        if self.random.random() < 0.05:
            more["echo"] = True
        yield from self.announce("text", **more)

    def status(self, message=None):
        chance, pick = self.random.random, self.random.choice
        if message is None:
            if not self.messages:
                return
            message = pick(self.messages[-12:])
        identity, number, contact, sent_at, kind = message
        status = pick(["sent", "delivered", "delivered", "read", "played", "failed"] if chance() < 0.4 else ["sent", "delivered", "read"])
        more = {}
        if chance() < 0.45:
            # Meta seldom changes its mind about a message
            word = self.words.get(identity)
            if word is None or chance() < 0.1:
                word = self.words[identity] = self.word(kind, word)
            more["pricing"] = word
        if status == "failed":
            more = {"error": {"code": 131026, "title": "undeliverable"}}
        yield self.story.event("message.status", max(self.time(), sent_at), message=identity, number=number, contact=contact, status=status, **more)

    def word(self, kind, earlier):
        """What Meta says of one message; once it has said a type it goes on saying one."""
        chance, pick = self.random.random, self.random.choice
        category = pick(["service"] if kind == "text" else ["utility", "marketing", "authentication", "authentication_international"])
        if chance() < 0.05:
            category = pick(["marketing_lite", "referral_conversion", "holographic"])
        word = {"model": "PMP", "category": category}
        if earlier and "type" in earlier or chance() < 0.8 and category != "referral_conversion":
            word["type"] = pick(["regular", "regular", "free_customer_service", "free_entry_point"] + ([] if earlier else ["brand_new"]))
        if chance() < 0.5:
            word["billable"] = word["type"] == "regular" if "type" in word else pick([True, False])
        if chance() < 0.03:
            word["subtype"] = "paid_exempt"
        return word

    def desk(self):
        what = self.random.choice(["assigned", "assigned", "unassigned", "resolved", "resolved", "reopened", "snoozed", "labelled",
                                   "unlabelled", "prioritised"])
        time, pick = self.time(), self.random.choice
        more = {}
        if what == "assigned":
            more = pick([{"agent": "ana"}, {"agent": "bia"}, {"team": "care"}, {"agent": "bia", "team": "sales"}])
        elif what == "snoozed":
            more = {"until": instant(self.clock + self.random.randrange(2 * 86400))}
        elif what in ("labelled", "unlabelled"):
            more = {"labels": pick([["complaint"], ["vip"], ["vip", "delivery"]])}
        elif what == "prioritised":
            more = {"priority": pick(["low", "normal", "high", "urgent"])}
        yield self.story.event("conversation." + what, time, number=self.number(), contact=self.contact(), **more)

    def money(self):
        pick, draw, time = self.random.choice, self.random.random(), self.time()
        put = lambda kind, **data: self.story.event(kind, time, **data)
        amount = pick(["0.01", "0.05", "0.1", "1", "0.000001"])
        expires = {"expires_at": instant(self.clock + self.random.randrange(-86400, 4 * 86400))} if self.random.random() < 0.5 else {}
        priority = {"priority": pick([0, 10, 50, 100])} if self.random.random() < 0.4 else {}
        if draw < 0.35:
            name = self.next("pay")
            self.payments[name] = oracle.micros(amount)
            yield put("payment.received", payment=name, amount=amount, currency="USD", **expires, **priority)
        elif draw < 0.6:
            name = self.next("grant")
            self.grants.append(name)
            yield put("credit.granted", grant=name, amount=amount, currency="USD", promotional=pick([True, False]), **expires, **priority)
        elif draw < 0.7:
            yield put("balance.adjusted", adjustment=self.next("adj"), amount=pick(["0.02", "-0.03"]), reason="r")
        elif draw < 0.8 and self.payments:
            name = pick(list(self.payments))
            some = self.random.randrange(self.payments[name] + 1)
            if some:
                self.payments[name] -= some
                yield put("payment.refunded", payment=name, amount=oracle.amount_text(some), reason="r")
        elif draw < 0.85 and self.grants:
            yield put("credit.voided", grant=self.grants.pop(self.random.randrange(len(self.grants))), reason="r")
        elif draw < 0.9:
            yield put("payment.failed", payment=self.next("bad"), amount=amount, currency="USD", reason="declined")

    def template_update(self):
        yield self.story.event("template.updated", self.time(), template=self.random.choice(["order", "sale"]),
                               language=self.random.choice(["pt_BR", "es"]), category=self.random.choice(["utility", "marketing"]))

    def group(self):
        """One message to a group: announced once, delivered to each participant."""
        message, sent_at = self.next("g"), self.time()
        kind = self.random.choice(["text", "template"])
        more = {"template": "order", "category": "marketing"} if kind == "template" else {"agent": "ana"}
        made = [self.story.event("message.sent", sent_at, message=message, number="n1", contact={"user": "group-1"}, kind=kind, **more)]
        for phone in self.random.sample(MEMBERS, self.random.randrange(4)):
            for status in self.random.sample(["sent", "delivered", "read", "failed"], self.random.randrange(1, 3)):
                made.append(self.story.event("message.status", self.time(), message=message, number="n1", contact={"phone": phone},
                                             participant=phone, status=status))
        if self.random.random() < 0.2:
            self.random.shuffle(made)
        yield from made

    def tier(self):
        time = self.time()
        yield self.story.event("tier.reported", time, market="Brazil", category=self.random.choice(["utility", "authentication"]),
                               month=time[:7], lower=self.random.choice([4, 7]), upper=99, at=time)

    def team_change(self):
        yield self.story.event("agent.defined", self.time(), agent=self.random.choice(["ana", "bia"]), name="A",
                               team=self.random.choice(["care", "sales"]))

    def known_user(self):
        if self.random.random() < 0.3:
            phone = self.random.choice(PHONES)
            yield self.story.event("message.received", self.time(), message=self.next("in"), number="n1",
                                   contact={"phone": phone, "user": "U." + phone}, kind="text")


def month(seed, count):
    made = subprocess.run([sys.executable, REPOSITORY / "tools" / "generate", "--events", str(count), "--accounts", "4", "--seed", str(seed),
                           "--days", "12", "--start", "2026-09-25", "--reference"], check=True, capture_output=True).stdout
    events, seen = [], set()
    for line in made.splitlines():
        events.append(json.loads(line))
    return events


def moments(records, account, source, count):
    """Now, and some moments of the past, as (at, as_of)."""
    mine = [record for record in records if record.get("subject") == account]
    last = max(record["time"] for record in mine)
    found = [(None, None), (None, last)]
    for _ in range(count):
        record = source.choice(mine)
        found.append(source.choice([(int(record["sequence"]), last), (None, record["time"]), (int(record["sequence"]), source.choice(mine)["time"])]))
    return found


def run(events, seed, accounts, how_many=4):
    """The first difference as (account, moment, name, expected, actual)."""
    with Daemon() as daemon:
        post(daemon, events)
        records = daemon.client.get("/v1/events").records
        for account in accounts:
            for moment in moments(records, account, random.Random(seed), how_many):
                found = difference(daemon, account, moment, records)
                if found:
                    return (account, moment, *found)
    return None


def minimal(events, account, moment, name):
    """The smallest log that still differs on that question, asked about the moment or, if that is enough, the end."""
    last = max(made["time"] for made in events)

    def fails(shorter):
        with Daemon() as daemon:
            for start in range(0, len(shorter), 500):
                if daemon.client.post(shorter[start:start + 500]).status != 200:
                    return None
            try:
                return difference(daemon, account, (None, moment[1] or last), only=name)
            except (KeyError, AttributeError, ValueError):
                return None

    if not fails(events):
        return None, None
    small = shrunk(events, fails)
    return small, fails(small)


def main():
    kind, seed = sys.argv[1], int(sys.argv[2])
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 300
    events = month(seed, count) if kind == "month" else list(Fuzz(seed, count).events())
    accounts = sorted({made["subject"] for made in events if "subject" in made})
    found = run(events, seed, accounts)
    if not found:
        print(f"{kind} {seed}: no difference in {len(events)} events")
        return 0
    account, moment, name, expected, actual = found
    print(f"{kind} {seed}: {account} at {moment}: {name}")
    small, again = minimal(events, account, moment, name)
    if small:
        for made in small:
            print(json.dumps(made, ensure_ascii=False)[:600])
        _, expected, actual = again
    print("expected", json.dumps(expected, ensure_ascii=False))
    print("actual  ", json.dumps(actual, ensure_ascii=False))
    return 1


if __name__ == "__main__":
    sys.exit(main())
