#!/usr/bin/env python3
"""A second, naive opinion on every figure: the rules of docs and facts read into plain Python, one fold a question.

It shares nothing with the daemon and is slow on purpose. It knows the per-message regimes (from 2025-07-01).

    tools/oracle.py LOG.ndjson ACCOUNT balance [--as-of INSTANT] [--at SEQUENCE] [--now INSTANT]
"""
import argparse
import datetime
import json
import math
import re
import sys
import zoneinfo

HOUR = 3_600_000_000
DAY = 24 * HOUR
MILLION = 1_000_000
RANKS = {"sent": 1, "delivered": 2, "read": 3, "played": 4}
PER_MESSAGE = datetime.date(2025, 7, 1)
SERVICE_CHARGED = datetime.date(2026, 10, 1)
ALLOWANCE = 1000
KNOWN_TYPES = {"regular", "free_customer_service", "free_group_customer_service", "free_entry_point"}
FREED_BY_ENTRY_POINTS = {"marketing", "utility", "authentication", "authentication_international", "service"}
NEVER_WAITS = {"reaction", "edit", "revoke", "system", "unsupported"}
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


# Time and money


def micros_of_instant(text):
    """Microseconds since 1970 of an RFC 3339 instant."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)", text)
    if not match:
        raise ValueError(f"{text!r} is not an instant")
    day, hour, minute, second, fraction, zone = match.groups()
    days = (datetime.date.fromisoformat(day) - EPOCH.date()).days
    offset = 0
    if zone not in "Zz":
        offset = (int(zone[1:3]) * 60 + int(zone[4:6])) * (-60 if zone[0] == "-" else 60)
    seconds = days * 86400 + int(hour) * 3600 + int(minute) * 60 + int(second) - offset
    return seconds * MILLION + int(((fraction or "") + "000000")[:6])


def instant_text(micros):
    seconds, fraction = divmod(micros, MILLION)
    text = (EPOCH + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    return text + (f".{fraction:06}".rstrip("0") if fraction else "") + "Z"


def micros(text):
    """Millionths of a currency unit of a decimal string."""
    sign = -1 if text.startswith("-") else 1
    whole, _, part = text.lstrip("+-").partition(".")
    return sign * (int(whole or 0) * MILLION + int((part + "000000")[:6]))


def amount_text(value):
    whole, part = divmod(abs(value), MILLION)
    text = str(whole) + (f".{part:06}".rstrip("0") if part else "")
    return "-" + text if value < 0 else text


def duration_text(value):
    """ISO 8601 without days, whole seconds."""
    if value is None:
        return None
    hours, seconds = divmod(value // MILLION, 3600)
    minutes, seconds = divmod(seconds, 60)
    text = "PT" + (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    if seconds or text == "PT":
        text += f"{seconds}S"
    return text


def micros_of_duration(text):
    match = re.fullmatch(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", text)
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * MILLION


def half_even(numerator, denominator):
    quotient, rest = divmod(numerator, denominator)
    if 2 * rest > denominator or (2 * rest == denominator and quotient % 2):
        quotient += 1
    return quotient


def decimal_over(text):
    """A decimal string as integer numerator over a power of ten."""
    sign = -1 if text.startswith("-") else 1
    whole, _, part = text.lstrip("+-").partition(".")
    return sign * int((whole or "0") + part), 10 ** len(part)


def is_after(a, b):
    return a is not None and (b is None or a > b)


# What is known of one message


class Part:
    """One recipient of one message: what may be charged once."""

    def __init__(self, message, participant):
        self.message, self.participant = message, participant
        self.number = None
        self.phone = self.user = None  # as far as known by now, for the market
        self.statuses = []          # (rank, order, pricing, window, time)
        self.delivered_at = None
        self.failed_at = None
        self.failed_after_delivered = None
        self.outcome = None         # charged, free, unrated
        self.reason = None
        self.category = self.market = None
        self.ordinal = self.ordinal_key = self.allowance_key = None
        self.counted_tier = self.counted_allowance = False
        self.amount = 0             # what was charged, re-ratings included
        self.corrections = 0
        self.card = None
        self.derived = None
        self.allocations = []       # [credit or debt, amount], in the order they were burned

    def believed(self):
        """Meta's word: the pricing of the highest rank, then of the last folded."""
        best = None
        for rank, order, pricing, window, _ in self.statuses:
            if pricing is not None and rank is not None and (best is None or (rank, order) >= best[:2]):
                best = (rank, order, pricing, window)
        return best[2] if best else None

    def window(self):
        best = None
        for rank, order, _, window, _ in self.statuses:
            if window is not None and rank is not None and (best is None or (rank, order) >= best[:2]):
                best = (rank, order, window)
        return best[2] if best else None


class Message:
    def __init__(self, identity):
        self.identity = identity
        self.announced_at = None
        self.first_status_at = None
        self.sent = {}
        self.team = None
        self.labels = ()
        self.parts = {}
        self.contact = None         # as its first event named it, for windows: of a group message the group
        self.market_seen = None     # as known when its charge was estimated
        self.hold = 0
        self.hold_from = None
        self.order = 0

    def part(self, participant):
        if participant not in self.parts:
            self.parts[participant] = Part(self, participant)
        return self.parts[participant]

    @property
    def delivered(self):
        return any(part.delivered_at is not None for part in self.parts.values())

    @property
    def failed_at(self):
        failures = [part.failed_at for part in self.parts.values() if part.failed_at is not None]
        return failures[0] if failures and not self.delivered else None

    @property
    def is_echo(self):
        return self.sent.get("echo") is True


class Credit:
    def __init__(self, identity, kind, amount, time, sequence, expires=None, priority=50, promotional=False):
        self.identity, self.kind, self.amount, self.remaining = identity, kind, amount, amount
        self.time, self.sequence, self.expires, self.priority, self.promotional = time, sequence, expires, priority, promotional

    def rank(self):
        return (self.priority, self.expires is None, self.expires or 0, not self.promotional, self.time, self.sequence)


class Debt:
    def __init__(self, allocations, amount, time):
        self.allocations, self.amount, self.time = allocations, amount, time


class Conversation:
    def __init__(self, number, contact):
        self.number, self.contact = number, contact
        self.is_open, self.cycle = False, 0
        self.agent = self.team = None
        self.labels, self.priority = set(), "normal"
        self.waiting_since = self.cycle_start = self.snoozed_until = None
        self.first_wait_done = self.answered = self.bot_spoke = False
        self.handed_over_at = None


class Account:
    """The fold of one account's events and of the cards and markets."""

    def __init__(self, name):
        self.name = name
        self.zone = self.currency = None
        self.settings = {}
        self.credit_limit = 0
        self.markups = []           # (from day, percent, per message) as folded
        self.hours = []             # (event time, hours)
        self.numbers = []
        self.cards, self.markets = [], None
        self.templates = []         # (time, template, language, category)
        self.teams, self.agents = {}, {}
        self.messages = {}
        self.written = {}           # (number, contact) -> {message: None}: what the business wrote to whom
        self.inbound = {}           # (number, contact) -> [(time, kind, order of a referral)]
        self.received = {}          # message -> (time, number, contact)
        self.replies = []           # (time, number, contact, agent)
        self.phones_of_users = {}
        self.credits, self.debts = [], []
        self.payments, self.grants = {}, {}
        self.payment_rows = []
        self.payments_total = self.grants_total = 0
        self.tier_counts, self.allowances, self.reported = {}, {}, {}
        self.closed = set()
        self.conversations = {}
        self.first_responses, self.next_responses, self.resolutions = [], [], []
        self.order = 0

    # Local time

    def local(self, at):
        return (EPOCH + datetime.timedelta(microseconds=at)).astimezone(self.zone)

    def day(self, at):
        return self.local(at).date()

    def month(self, at):
        return self.local(at).strftime("%Y-%m")

    # The fold

    def apply(self, event):
        self.order += 1
        kind = event["type"].removeprefix("waybill.").replace(".", "_")
        handler = getattr(self, "on_" + kind, None)
        data, sequence = event.get("data") or {}, int(event["sequence"])
        if isinstance(data.get("contact"), dict):
            self.learn(data["contact"], sequence)
        if handler:
            handler(data, micros_of_instant(event["time"]), sequence)

    def on_account_opened(self, data, time, sequence):
        self.zone = zoneinfo.ZoneInfo(data["time_zone"])
        self.currency = data["currency"]
        self.settings["name"] = data["name"]
        self.credit_limit = micros(data.get("credit_limit", "0"))

    def on_account_configured(self, data, time, sequence):
        if "credit_limit" in data:
            self.credit_limit = micros(data["credit_limit"])
        if "markup" in data:
            self.markups.append(data["markup"])
        if "business_hours" in data:
            self.hours.append((time, data["business_hours"]))
        self.settings.update(data)

    def on_number_added(self, data, time, sequence):
        if data["number"] not in self.numbers:
            self.numbers.append(data["number"])

    def on_rate_card_published(self, data, time, sequence):
        card = dict(data, sequence=sequence, day=datetime.date.fromisoformat(data["effective_from"]))
        self.cards.append(card)
        if self.zone is None or data["currency"] != self.currency or data["unit"] != "message":
            return
        for part in self.all_parts():
            if part.outcome == "unrated" and part.reason == "card":
                self.settle(part, sequence)
            elif part.outcome in ("charged",) or (part.outcome == "unrated" and part.reason == "card"):
                day = self.day(part.delivered_at)
                if day >= card["day"] and self.month(part.delivered_at) not in self.closed and self.card_for(day) is card:
                    self.price(part, sequence)

    def on_markets_published(self, data, time, sequence):
        self.markets = data["markets"]
        self.settle_unrated("market", sequence)

    def on_template_updated(self, data, time, sequence):
        if data.get("category"):
            self.templates.append((time, data["template"], data.get("language"), data["category"]))
            for part in self.all_parts():
                if part.outcome == "unrated" and part.reason == "category" and part.message.sent.get("template") == data["template"]:
                    self.settle(part, sequence)

    def on_team_defined(self, data, time, sequence):
        self.teams[data["team"]] = data["name"]

    def on_agent_defined(self, data, time, sequence):
        self.agents[data["agent"]] = data.get("team")

    def on_tier_reported(self, data, time, sequence):
        key = (data["market"], self.tier_category(data["category"]), data["month"], int(data["lower"]))
        at = micros_of_instant(data["at"])
        known = self.reported.get(key)
        if known is None or at < known[0]:
            self.reported[key] = (at, data["upper"])

    def on_statement_closed(self, data, time, sequence):
        self.closed.add(data["month"])

    # Contacts

    def phone_of(self, contact):
        text = contact.get("phone")
        return re.sub(r"[+ -]", "", text) if text else None

    def key_of(self, data):
        contact = data["contact"]
        return data["number"], self.phone_of(contact) or contact.get("user")

    def learn(self, contact, sequence):
        phone, user = self.phone_of(contact), contact.get("user")
        if phone and user:
            self.phones_of_users[user] = phone
            for part in self.all_parts():
                if part.phone is None and part.user == user:
                    part.phone = phone
                    if part.outcome == "unrated" and part.reason == "market":
                        self.settle(part, sequence)

    def all_parts(self):
        return [part for message in self.messages.values() for part in message.parts.values()]

    def settle_unrated(self, reason, sequence):
        for part in self.all_parts():
            if part.outcome == "unrated" and part.reason == reason:
                self.settle(part, sequence)

    # Messages

    def on_message_received(self, data, time, sequence):
        if data["message"] in self.received:
            return
        key = self.key_of(data)
        self.received[data["message"]] = (time, *key)
        self.inbound.setdefault(key, []).append((time, data["kind"], self.order if data.get("referral") else None))
        if data["kind"] in NEVER_WAITS:
            return
        conversation = self.conversation(key)
        if not conversation.is_open:
            self.open_cycle(conversation, time)
        if conversation.waiting_since is None:
            conversation.waiting_since = time
        conversation.snoozed_until = None

    def message(self, data):
        identity = data["message"]
        if identity not in self.messages:
            self.messages[identity] = Message(identity)
            self.messages[identity].contact = self.key_of(data)[1]
            self.messages[identity].order = self.order
        return self.messages[identity]

    def on_message_sent(self, data, time, sequence):
        message = self.message(data)
        is_new = message.announced_at is None
        for name, value in data.items():
            message.sent.setdefault(name, value)
        if is_new:
            message.announced_at, message.announced_order = time, self.order
            agent = data.get("agent")
            message.team = None if message.is_echo else self.agents.get(agent)
            key = self.key_of(data)
            self.written.setdefault(key, {})[message] = None
            if message.first_status_at is None:
                message.labels = self.labels_of(key)
        phone, user = self.phone_of(data["contact"]), data["contact"].get("user")
        for part in message.parts.values():
            if part.participant is None and part.phone is None:
                part.phone = phone or self.phones_of_users.get(user)
        if is_new:
            self.hold(message, time)
            self.desk_sent(data, time)
        for part in message.parts.values():
            if self.has_what_it_lacked(part):
                self.settle(part, sequence)

    def has_what_it_lacked(self, part):
        if part.outcome != "unrated" or part.reason not in ("category", "market"):
            return False
        return (self.category_of(part) if part.reason == "category" else self.market_of(part)) is not None

    def on_message_status(self, data, time, sequence):
        message = self.message(data)
        if message.first_status_at is None:
            message.first_status_at = time
            if message.announced_at is None:
                message.labels = self.labels_of(self.key_of(data))
        part = message.part(data.get("participant"))
        part.number = part.number or data["number"]
        phone, user = self.phone_of(data["contact"]), data["contact"].get("user")
        part.user = part.user or user
        if part.phone is None:
            part.phone = phone or self.phones_of_users.get(part.user)
        if part.phone is None and part.participant is None and message.sent:
            sent = message.sent["contact"]
            part.phone = self.phone_of(sent) or self.phones_of_users.get(sent.get("user"))
        self.written.setdefault(self.part_key(part), {})[message] = None
        status = data["status"]
        before = part.believed(), (part.window() or {}).get("origin")
        part.statuses.append((RANKS.get(status), self.order, data.get("pricing"), data.get("window"), time))
        if status == "failed":
            if part.delivered_at is not None:
                part.failed_after_delivered = time
            elif part.failed_at is None:
                part.failed_at = time
            message.hold = 0
            return
        if status not in RANKS:
            return
        if RANKS[status] >= 2 and part.delivered_at is None:
            if part.failed_at is not None:
                part.failed_after_delivered = part.failed_after_delivered or part.failed_at
            part.delivered_at = time
            message.hold = 0
            self.settle(part, sequence)
        elif part.delivered_at is not None:
            after = part.believed(), (part.window() or {}).get("origin")
            if self.has_what_it_lacked(part) or after != before:
                self.settle(part, sequence)

    def labels_of(self, key):
        known = self.conversations.get(key)
        return tuple(sorted(known.labels)) if known else ()

    def hold(self, message, time):
        sent = message.sent
        if sent["kind"] != "template" or message.is_echo:
            return
        if message.delivered or any(part.failed_at is not None for part in message.parts.values()):
            return
        probe = Part(message, None)
        probe.number = sent["number"]
        contact = sent["contact"]
        probe.phone = self.phone_of(contact) or self.phones_of_users.get(contact.get("user"))
        known = message.parts.get(None)
        if known:
            probe.statuses = known.statuses
            probe.phone = probe.phone or known.phone
        probe.delivered_at = time
        verdict, _ = self.verdict(probe)
        message.market_seen = self.market_of(probe)
        message.hold_from = time
        if verdict == "charged":
            price = self.price_of(probe, estimate=True)
            message.hold = price or 0

    # Which price

    def category_of(self, part):
        pricing = part.believed() or {}
        origin = (part.window() or {}).get("origin")
        found = pricing.get("category") or origin or self.own_category(part)
        return found.lower().replace("-", "_") if found else None

    def own_category(self, part):
        """The category as far as Meta does not say it."""
        sent = part.message.sent
        found = sent.get("category")
        if not found and sent.get("template"):
            found = self.template_category(sent["template"], sent.get("language"), part.message.announced_at)
        if not found and sent and sent["kind"] != "template":
            found = "service"
        return found.lower().replace("-", "_") if found else None

    def template_category(self, template, language, at):
        same, any_language = None, None
        for time, name, spoken, category in self.templates:
            if name == template and time <= at:
                any_language = category
                if spoken == language:
                    same = category
        return same or any_language

    def base(self, category):
        if category == "marketing_lite":
            return "marketing"
        return category.removeprefix("group_")

    def window_open(self, key, at):
        return any(time <= at < time + DAY for time, kind, _ in self.inbound.get(key, []) if kind != "system")

    def window_ends(self, key):
        times = [time for time, kind, _ in self.inbound.get(key, []) if kind != "system"]
        return max(times) + DAY if times else None

    def part_key(self, part):
        sent = part.message.sent
        return part.number or sent.get("number"), part.message.contact

    def says(self, status):
        """Whether a status tells if its message is free or charged."""
        rank, _, pricing, window, _ = status
        pricing, window = pricing or {}, window or {}
        return rank is not None and (pricing.get("type") in KNOWN_TYPES or "billable" in pricing or bool(window.get("origin"))
                                     or pricing.get("category") == "referral_conversion")

    def says_entry_point(self, status):
        pricing, window = status[2] or {}, status[3] or {}
        if pricing.get("type") in KNOWN_TYPES:
            return pricing["type"] == "free_entry_point"
        return "referral_conversion" in (pricing.get("category"), window.get("origin"))

    def entry_point_open(self, key, at):
        hours = self.settings.get("free_entry_point_hours", 72) * HOUR
        sent = []  # in order of folding: (d, Meta said, it is an entry point, expires, order)
        for message in self.written.get(key, ()):
            if message.is_echo:
                continue
            for part in message.parts.values() or [None]:
                if part is None or not part.statuses:
                    place = (message.sent.get("number"), self.key_of(message.sent)[1]) if message.sent else None
                    said = free = False
                    ends = None
                else:
                    place = self.part_key(part)
                    windows = [status[3] or {} for status in part.statuses]
                    word = (1, 0, part.believed(), part.window(), 0)
                    said, free = self.says(word), self.says(word) and self.says_entry_point(word)
                    ends = next((w["expires_at"] for w in windows if w.get("expires_at")), None)
                if place != key:
                    continue
                # the announcement, unless a status told of the price before it was known
                told = next((status for status in part.statuses if self.says(status)), None) if part else None
                opened = message.announced_at
                if told and (opened is None or told[1] < message.announced_order):
                    opened = told[4]
                elif opened is None and part is not None:
                    opened = part.delivered_at
                if opened is not None:
                    sent.append((opened, said, free, micros_of_instant(ends) if ends else None, message.order))
        spans = [(opened, ends or opened + hours) for opened, said, free, ends, _ in sent if free]
        for referred, _, referral in self.inbound.get(key, []):
            if not referral:
                continue
            answers = [row for row in sent if referred <= row[0] <= referred + DAY]
            told_before = [row for row in answers if row[4] < referral]
            first = min(told_before, key=lambda row: row[0]) if told_before else answers[0] if answers else None
            if first and not first[1]:
                spans.append((first[0], first[0] + hours))
        return any(start <= at < end for start, end in spans)

    def own_rule(self, part, category):
        """Free or charged as Waybill derives it, with the reason."""
        at, key = part.delivered_at, self.part_key(part)
        base = self.base(category)
        window = self.window_open(key, at)
        if part.message.is_echo:
            return "free", "window"
        if base == "referral_conversion":
            return "free", "entry_point"
        if base in FREED_BY_ENTRY_POINTS and self.entry_point_open(key, at):
            return "free", "entry_point"
        if self.day(at) < SERVICE_CHARGED:
            if base == "service" or (base == "utility" and window):
                return "free", "window"
        elif base == "service":
            used = self.allowances.get((key[0], self.month(at)), 0) - (1 if part.counted_allowance else 0)
            if used < ALLOWANCE:
                return "free", "allowance"
        return "charged", None

    def verdict(self, part):
        at = part.delivered_at
        day = self.day(at)
        pricing = part.believed() or {}
        model = pricing.get("model")
        if (day < PER_MESSAGE and model != "PMP") or model == "CBP":
            return "unrated", "regime"
        part.category = category = self.category_of(part)
        if category is None:
            return "unrated", "category"
        own = self.own_rule(part, category)
        part.derived = self.own_rule(part, self.own_category(part) or category)
        origin = (part.window() or {}).get("origin")
        meant = pricing.get("type")
        if pricing.get("subtype") == "paid_exempt":
            return "free", "exempt"
        if meant == "free_entry_point":
            return "free", "entry_point"
        if meant == "regular":
            return "charged", None
        told_free = meant in ("free_customer_service", "free_group_customer_service")
        if not told_free:
            if "referral_conversion" in (category, origin):
                return "free", "entry_point"
            if pricing.get("billable") is True:
                return "charged", None
            if pricing.get("billable") is not False:
                return own
        if own[0] == "free":
            return own
        return "free", "allowance" if self.base(category) == "service" and day >= SERVICE_CHARGED else "window"

    def market_of(self, part):
        if part.market:
            return part.market
        if self.markets is None or part.phone is None:
            return None
        day = self.day(part.delivered_at).isoformat()
        best = None
        for row in self.markets:
            if part.phone.startswith(row["prefix"]) and row.get("from", "") <= day and not ("to" in row and row["to"] <= day):
                if best is None or len(row["prefix"]) > len(best["prefix"]):
                    best = row
        return best["market"] if best else "Other"

    def card_for(self, day):
        fitting = [card for card in self.cards
                   if card["currency"] == self.currency and card["unit"] == "message" and card["day"] <= day]
        return max(fitting, key=lambda card: (card["day"], card["sequence"]), default=None)

    def tier_category(self, category):
        return "authentication" if category == "authentication_international" else category

    def row_of(self, card, market, category, day):
        """The row that prices it, and whether its tiers count."""
        rows = {(row["market"], row["category"]): row for row in card["rates"]}
        own = rows.get((market, category))
        if own:
            return own, category in ("utility", "authentication", "authentication_international")
        if category in ("marketing_lite", "group_marketing"):
            return rows.get((market, "marketing")), False
        if category in ("group_utility", "group_authentication"):
            return rows.get((market, self.base(category))), False
        if category in ("service", "group_service"):
            if category == "group_service" and (market, "service") in rows:
                return rows[market, "service"], False
            return (rows.get((market, "utility")) if day >= SERVICE_CHARGED else None), False
        return None, False

    def price_of(self, part, estimate=False):
        """The price with markup; sets the reason and gives None when something is missing."""
        market = self.market_of(part)
        if market is None:
            part.reason = "market"
            return None
        part.market = market
        at, day, category = part.delivered_at, self.day(part.delivered_at), part.category
        counted = category in ("utility", "authentication", "authentication_international")
        ordinal = part.ordinal
        if counted:
            key = (market, self.tier_category(category), self.month(at))
            if ordinal is None or part.ordinal_key != key:
                ordinal = self.tier_counts.get(key, 0) + 1
            if not estimate:
                if part.counted_tier and part.ordinal_key != key:  # another category now: its counter follows
                    part.counted_tier = False
                    self.tier_counts[part.ordinal_key] -= 1
                part.ordinal, part.ordinal_key = ordinal, key
                if not part.counted_tier:
                    part.counted_tier = True
                    self.tier_counts[key] = self.tier_counts.get(key, 0) + 1
            for (its_market, its_category, month, lower), (since, _) in self.reported.items():
                if (its_market, its_category, month) == key and at >= since:
                    ordinal = max(ordinal, lower)
        elif part.counted_tier and not estimate:
            part.counted_tier = False
            self.tier_counts[part.ordinal_key] -= 1
        card = self.card_for(day)
        row, has_tiers = self.row_of(card, market, category, day) if card else (None, False)
        if row is None:
            part.reason = "card"
            return None
        part.card = card["card"]
        price = row["price"]
        if has_tiers and row.get("tiers"):
            for tier in row["tiers"]:
                if tier["upper"] == "MAX" or tier["upper"] >= ordinal:
                    price = tier["price"]
                    break
        return self.marked_up(micros(price), day)

    def marked_up(self, price, day):
        fitting = [m for m in self.markups if m["from"] <= day.isoformat()]
        if not fitting:
            return price
        last = max(m["from"] for m in fitting)
        markup = [m for m in fitting if m["from"] == last][-1]
        percent, over = decimal_over(markup.get("percent", "0"))
        return half_even(price * (100 * over + percent), 100 * over) + micros(markup.get("per_message", "0"))

    def settle(self, part, sequence):
        """Decides a delivered message anew and posts the difference."""
        outcome, reason = self.verdict(part)
        part.outcome, part.reason = outcome, reason
        if outcome != "charged" and part.market is None:
            part.market_seen = self.market_of(part)
        self.count_allowance(part, outcome == "free" and reason == "allowance")
        if outcome == "charged":
            self.price(part, sequence)
        else:
            if part.counted_tier:
                part.counted_tier = False
                self.tier_counts[part.ordinal_key] -= 1
            self.post(part, 0, sequence)

    def price(self, part, sequence):
        amount = self.price_of(part)
        part.outcome = "unrated" if amount is None else "charged"
        if amount is not None:
            part.reason = None
        self.post(part, amount or 0, sequence)

    def count_allowance(self, part, uses):
        if uses == part.counted_allowance:
            return
        key = part.allowance_key = part.allowance_key or (self.part_key(part)[0], self.month(part.delivered_at))
        self.allowances[key] = self.allowances.get(key, 0) + (1 if uses else -1)
        part.counted_allowance = uses

    def post(self, part, amount, sequence):
        difference = amount - part.amount
        part.amount = amount
        self.move(part.allocations, difference, part.delivered_at, sequence)

    # Credits

    def move(self, allocations, difference, time, sequence):
        if difference > 0:
            self.burn(allocations, difference, time)
        elif difference < 0:
            self.give_back(allocations, -difference, time, sequence)

    def burn(self, allocations, amount, time, first=None):
        order = sorted((c for c in self.credits if c.remaining > 0), key=Credit.rank)
        for credit in ([first] if first else []) + order:
            if amount == 0:
                break
            if credit.expires is not None and time >= credit.expires and credit is not first:
                continue
            taken = min(amount, credit.remaining)
            if taken:
                credit.remaining -= taken
                amount -= taken
                allocations.append([credit, taken])
        if amount:
            debt = Debt(allocations, amount, time)
            self.debts.append(debt)
            allocations.append([debt, amount])

    def give_back(self, allocations, amount, time, sequence):
        # What is still owed is forgiven first (docs/rules-credits.md).
        for entry in sorted(reversed(allocations), key=lambda entry: not isinstance(entry[0], Debt)):
            source, burned = entry
            returned = min(amount, burned)
            if isinstance(source, Debt):
                source.amount -= returned
            else:
                source.remaining += returned
            entry[1] -= returned
            amount -= returned
        allocations[:] = [entry for entry in allocations if entry[1]]
        if amount:
            self.add_credit(Credit(None, "adjustment", amount, time, sequence))

    def add_credit(self, credit):
        for debt in self.debts:
            if debt.amount and credit.remaining and (credit.expires is None or debt.time < credit.expires):
                paid = min(debt.amount, credit.remaining)
                debt.amount -= paid
                credit.remaining -= paid
                entry = next(entry for entry in debt.allocations if entry[0] is debt)
                entry[1] -= paid
                debt.allocations.append([credit, paid])
        self.credits.append(credit)

    def on_payment_received(self, data, time, sequence):
        if data["payment"] in self.payments:
            return
        amount = micros(data["amount"])
        expires = micros_of_instant(data["expires_at"]) if data.get("expires_at") else None
        credit = Credit(data["payment"], "payment", amount, time, sequence, expires, data.get("priority", 50))
        self.payments[data["payment"]] = {"credit": credit, "amount": amount, "refunded": 0}
        self.payments_total += amount
        self.add_credit(credit)

    def on_payment_refunded(self, data, time, sequence):
        payment = self.payments.get(data["payment"])
        amount = micros(data["amount"])
        if payment:
            payment["refunded"] += amount
        self.burn([], amount, time, first=payment and payment["credit"])

    def on_credit_granted(self, data, time, sequence):
        if data["grant"] in self.grants:
            return
        amount = micros(data["amount"])
        expires = micros_of_instant(data["expires_at"]) if data.get("expires_at") else None
        credit = Credit(data["grant"], "grant", amount, time, sequence, expires, data.get("priority", 50), data["promotional"])
        self.grants[data["grant"]] = credit
        self.grants_total += amount
        self.add_credit(credit)

    def on_credit_voided(self, data, time, sequence):
        if data["grant"] in self.grants:
            self.grants[data["grant"]].remaining = 0

    def on_balance_adjusted(self, data, time, sequence):
        amount = micros(data["amount"])
        if amount > 0:
            self.add_credit(Credit(data["adjustment"], "adjustment", amount, time, sequence))
        else:
            self.burn([], -amount, time)

    def on_charge_corrected(self, data, time, sequence):
        amount = micros(data["amount"])
        part = next(iter(self.messages[data["message"]].parts.values()))
        part.corrections += amount
        self.move(part.allocations, amount, part.delivered_at, sequence)

    # The desk

    def conversation(self, key):
        if key not in self.conversations:
            self.conversations[key] = Conversation(*key)
        return self.conversations[key]

    def open_cycle(self, conversation, time):
        conversation.is_open = True
        conversation.cycle += 1
        conversation.cycle_start = time
        conversation.waiting_since = conversation.snoozed_until = None
        conversation.first_wait_done = conversation.answered = conversation.bot_spoke = False
        conversation.handed_over_at = None

    def desk_sent(self, data, time):
        key = self.key_of(data)
        conversation = self.conversations.get(key)
        is_echo = data.get("echo") is True
        if data.get("bot") is True and not is_echo:
            if conversation and conversation.is_open:
                conversation.bot_spoke = True
            return
        if not data.get("agent") and not is_echo:
            return
        agent = None if is_echo else data["agent"]
        self.replies.append((time, *key, agent))
        if not conversation or not conversation.is_open:
            return
        conversation.answered = True
        if conversation.waiting_since is None:
            return
        began, samples = conversation.waiting_since, self.next_responses
        if not conversation.first_wait_done:
            conversation.first_wait_done = True
            samples = self.first_responses
            if is_after(conversation.handed_over_at, began):
                began = conversation.handed_over_at
        conversation.waiting_since = None
        samples.append((time, began, agent, self.agents.get(agent), tuple(sorted(conversation.labels))))

    def on_conversation_assigned(self, data, time, sequence):
        conversation = self.conversation(self.key_of(data))
        conversation.agent = data.get("agent")
        conversation.team = data.get("team") or self.agents.get(data.get("agent"))
        if conversation.bot_spoke and conversation.handed_over_at is None:
            conversation.handed_over_at = time

    def on_conversation_unassigned(self, data, time, sequence):
        conversation = self.conversation(self.key_of(data))
        conversation.agent = conversation.team = None

    def on_conversation_resolved(self, data, time, sequence):
        conversation = self.conversation(self.key_of(data))
        if not conversation.is_open:
            return
        conversation.is_open = False
        conversation.waiting_since = conversation.snoozed_until = None
        self.resolutions.append((time, conversation.cycle_start, conversation.agent, conversation.team,
                                 tuple(sorted(conversation.labels))))

    def on_conversation_reopened(self, data, time, sequence):
        conversation = self.conversation(self.key_of(data))
        if not conversation.is_open and conversation.cycle:
            self.open_cycle(conversation, time)

    def on_conversation_snoozed(self, data, time, sequence):
        conversation = self.conversation(self.key_of(data))
        if conversation.is_open:
            conversation.snoozed_until = micros_of_instant(data["until"])

    def on_conversation_labelled(self, data, time, sequence):
        self.conversation(self.key_of(data)).labels.update(data["labels"])

    def on_conversation_unlabelled(self, data, time, sequence):
        self.conversation(self.key_of(data)).labels.difference_update(data["labels"])

    def on_conversation_prioritised(self, data, time, sequence):
        self.conversation(self.key_of(data)).priority = data["priority"]

    # Business time

    def business(self, start, end):
        """Business time between two instants, by the hours in force at each."""
        total, at = 0, start
        changes = sorted(time for time, _ in self.hours if start < time < end)
        for stop in changes + [end]:
            total += self.business_stretch(at, stop)
            at = stop
        return total

    def business_stretch(self, start, end):
        in_force = None
        for time, hours in sorted(self.hours, key=lambda pair: pair[0]):
            if time <= start:
                in_force = hours
        if in_force is None:
            return end - start
        zone = zoneinfo.ZoneInfo(in_force["zone"]) if in_force.get("zone") else self.zone
        day = (EPOCH + datetime.timedelta(microseconds=start)).astimezone(zone).date()
        total = 0
        while True:
            first = datetime.datetime.combine(day, datetime.time(), zone)
            if int(first.timestamp()) * MILLION >= end:
                return total
            spans = in_force.get(("mon", "tue", "wed", "thu", "fri", "sat", "sun")[day.weekday()], [])
            if day.isoformat() in in_force.get("holidays", []):
                spans = []
            for span in spans:
                opens, closes = (self.wall(day, text, zone) for text in span.split("-"))
                total += max(0, min(closes, end) - max(opens, start))
            day += datetime.timedelta(days=1)

    def wall(self, day, text, zone):
        hour, minute = map(int, text.split(":"))
        if hour == 24:
            day, hour = day + datetime.timedelta(days=1), 0
        moment = datetime.datetime.combine(day, datetime.time(hour, minute), zone)
        return int(moment.timestamp()) * MILLION


class Oracle:
    """Answers from a list of records, in order of sequence."""

    def __init__(self, records):
        self.records = sorted(records, key=lambda record: int(record["sequence"]))

    def fold(self, account, at=None, as_of=None):
        state = Account(account)
        for record in self.records:
            if at is not None and int(record["sequence"]) > at:
                break
            subject = record.get("subject")
            if subject is not None and subject != account:
                continue
            if subject is not None and as_of is not None and micros_of_instant(record["time"]) > as_of:
                continue
            state.apply(record)
        return state

    def answer(self, account, question, now, at=None, as_of=None, **options):
        state = self.fold(account, at, as_of)
        return getattr(Answers(state, now if as_of is None else as_of), question.replace("-", "_"))(**options)


class Answers:
    """What the questions of INTERFACE.md get from one fold at one instant."""

    def __init__(self, account, now):
        self.account, self.now = account, now

    def live_hold(self, message):
        days = self.account.settings.get("hold_days", 30)
        if message.hold and message.hold_from + days * DAY > self.now:
            return message.hold
        return 0

    def balance(self):
        a = self.account
        alive = [c for c in a.credits if c.remaining and (c.expires is None or c.expires > self.now)]
        paid = sum(c.remaining for c in alive if not c.promotional)
        promotional = sum(c.remaining for c in alive if c.promotional)
        overdraft = sum(debt.amount for debt in a.debts)
        balance = paid + promotional - overdraft
        held = sum(self.live_hold(message) for message in a.messages.values())
        expiries = [c.expires for c in alive if c.expires is not None]
        expiry = None
        if expiries:
            first = min(expiries)
            expiry = {"amount": amount_text(sum(c.remaining for c in alive if c.expires == first)), "at": instant_text(first)}
        return {
            "balance": amount_text(balance), "held": amount_text(held),
            "available": amount_text(balance - held + a.credit_limit), "credit_limit": amount_text(a.credit_limit),
            "overdraft": amount_text(overdraft),
            "credits": {"paid": amount_text(paid), "promotional": amount_text(promotional)}, "next_expiry": expiry,
            "charged_total": amount_text(sum(part.amount + part.corrections for part in a.all_parts())),
            "payments_total": amount_text(a.payments_total), "grants_total": amount_text(a.grants_total),
            "unrated": {"count": sum(part.outcome == "unrated" for part in a.all_parts())},
        }

    # Lines

    def keys_of(self, part, message, at, by):
        """The keys a message stands under, one tuple a line."""
        a = self.account
        sent = message.sent
        rows = [()]
        for name in by:
            if name == "day":
                values = [a.day(at).isoformat()]
            elif name == "month":
                values = [a.month(at)]
            elif name == "label":
                values = list(message.labels) or [None]
            elif name == "team":
                values = [message.team]
            elif name == "template":
                values = [sent.get("template")]
            elif name == "agent":
                values = [None if message.is_echo else sent.get("agent")]
            elif name == "number":
                values = [sent.get("number") or next(part.number for part in message.parts.values())]
            elif name == "category":
                values = [self.category(part, message)]
            elif name == "market":
                values = [self.market(part, message)]
            rows = [row + (value,) for row in rows for value in values]
        return rows

    def category(self, part, message):
        if part is None:
            part = Part(message, None)
        return part.category or self.account.category_of(part)

    def market(self, part, message):
        a = self.account
        if part is None:
            part = Part(message, None)
        if part.market or getattr(part, "market_seen", None):
            return part.market or part.market_seen
        if part.delivered_at is not None:
            return None
        return message.market_seen

    def contributions(self):
        """(part or None, message, when, member, value) of everything that counts."""
        for message in self.account.messages.values():
            whole = message.parts.get(None)  # of a group message there is none
            began = message.announced_at if message.announced_at is not None else message.first_status_at
            yield whole, message, began, "sent", 1
            yield whole, message, began, "held", self.live_hold(message)
            if message.failed_at is not None:
                yield whole, message, message.failed_at, "failed", 1
            for part in message.parts.values():
                if part.delivered_at is None:
                    continue
                at = part.delivered_at
                yield part, message, at, "delivered", 1
                if part.outcome == "free":
                    yield part, message, at, "free:" + part.reason, 1
                else:
                    yield part, message, at, part.outcome, 1
                yield part, message, at, "amount", part.amount + part.corrections

    def empty(self):
        return {"sent": 0, "delivered": 0, "charged": 0, "free": {}, "failed": 0, "unrated": 0, "held": 0, "amount": 0}

    def add(self, line, member, value):
        if member.startswith("free:"):
            reason = member[5:]
            line["free"][reason] = line["free"].get(reason, 0) + value
        else:
            line[member] += value

    def within(self, at, start, end):
        day = self.account.day(at).isoformat()
        return (start is None or day >= start) and (end is None or day < end)

    def printed(self, line):
        return dict(line, held=amount_text(line["held"]), amount=amount_text(line["amount"]))

    def charges(self, start=None, end=None, by=()):
        lines, total = {}, self.empty()
        for part, message, at, member, value in self.contributions():
            if not self.within(at, start, end):
                continue
            self.add(total, member, value)
            for key in self.keys_of(part, message, at, by) if by else []:
                self.add(lines.setdefault(key, self.empty()), member, value)
        rank = lambda key: [(value is not None, value or "") for value in key]
        ordered = [dict(zip(by, key)) | self.printed(lines[key]) for key in sorted(lines, key=rank)]
        return {"lines": ordered, "total": self.printed(total)}

    def usage(self, start=None, end=None, by=()):
        a = self.account
        lines, total = {}, self.empty() | {"received": 0, "people": set()}

        def note(at, member, value):
            if not self.within(at, start, end):
                return
            line = lines.setdefault(a.day(at).isoformat(), self.empty() | {"received": 0, "people": set()})
            for target in (line, total):
                if member == "people":
                    target["people"].add(value)
                else:
                    self.add(target, member, value)

        for _, _, at, member, value in self.contributions():
            note(at, member, value)
        for at, number, contact in a.received.values():
            note(at, "received", 1)
            note(at, "people", (number, contact))
        for at, number, contact, _ in a.replies:
            note(at, "people", (number, contact))

        def printed(line):
            line = self.printed(line)
            line["conversations"] = len(line.pop("people"))
            del line["held"]
            return line

        return {"lines": [{"day": day} | printed(lines[day]) for day in sorted(lines)] if by else [], "total": printed(total)}

    def printed_reason(self, part):
        """An unknown category that the card has no row for is what is missing, not the card."""
        if part.reason == "card" and self.account.card_for(self.account.day(part.delivered_at)):
            if self.account.base(part.category) not in FREED_BY_ENTRY_POINTS | {"referral_conversion"}:
                return "category"
        return part.reason

    def unrated(self):
        rows = [{"message": part.message.identity, "reason": self.printed_reason(part), "at": instant_text(part.delivered_at)}
                for part in self.account.all_parts() if part.outcome == "unrated"]
        return {"count": len(rows), "lines": sorted(rows, key=lambda row: row["message"])}

    def differences(self):
        rows = []
        for part in self.account.all_parts():
            if part.delivered_at is not None and part.failed_after_delivered is not None:
                rows.append((part.message.identity, "failed_after_delivered"))
            pricing = part.believed() or {}
            said = {"regular": "charged", "free_customer_service": "free", "free_group_customer_service": "free",
                    "free_entry_point": "free"}.get(pricing.get("type"))
            if said is None and "referral_conversion" in (part.category, (part.window() or {}).get("origin")):
                said = "free"
            if said is None and "billable" in pricing:
                said = "charged" if pricing["billable"] else "free"
            if pricing.get("subtype") == "paid_exempt":
                said = "free"
            if part.outcome is not None and said and part.derived and said != part.derived[0]:
                rows.append((part.message.identity, "charged_but_free" if said == "charged" else "free_but_charged"))
        return sorted(rows)

    def allowances(self):
        a = self.account
        month = a.month(self.now)
        numbers = [{"number": number, "used": a.allowances.get((number, month), 0),
                    "left": max(0, ALLOWANCE - a.allowances.get((number, month), 0)), "limit": ALLOWANCE}
                   for number in sorted(a.numbers)]
        tiers = [{"market": market, "category": category, "month": its_month, "count": count}
                 for (market, category, its_month), count in sorted(a.tier_counts.items()) if its_month == month and count]
        return {"month": month, "numbers": numbers, "tiers": tiers}

    # The desk

    def is_snoozed(self, conversation):
        return conversation.snoozed_until is not None and conversation.snoozed_until > self.now

    def attention(self, conversation):
        a, found = self.account, []
        waiting = conversation.waiting_since
        if not conversation.is_open or self.is_snoozed(conversation):
            return found
        if waiting is not None:
            allowed = a.settings.get("sla", {}).get("next_response" if conversation.first_wait_done else "first_response")
            if allowed and self.now > waiting and a.business(waiting, self.now) > micros_of_duration(allowed):
                found.append("sla")
            ends = a.window_ends((conversation.number, conversation.contact))
            if ends is not None and 0 < ends - self.now <= 2 * HOUR:
                found.append("window")
        if conversation.priority == "urgent":
            found.append("urgent")
        if conversation.labels & set(a.settings.get("urgent_labels", [])):
            found.append("label")
        return found

    def state(self, conversation):
        if not conversation.is_open:
            return "resolved" if conversation.cycle else None
        return "snoozed" if self.is_snoozed(conversation) else "open"

    def conversations(self, state=None, **filters):
        rows = []
        for conversation in self.account.conversations.values():
            its_state = self.state(conversation)
            if its_state is None:
                continue
            is_open = its_state == "open"
            fits = {None: True, "open": is_open, "resolved": its_state == "resolved", "snoozed": its_state == "snoozed",
                    "unassigned": is_open and not conversation.agent and not conversation.team,
                    "unanswered": is_open and conversation.waiting_since is not None,
                    "attention": is_open and bool(self.attention(conversation))}[state]
            if not fits:
                continue
            waiting = conversation.waiting_since
            rows.append({
                "number": conversation.number, "contact": conversation.contact, "state": its_state,
                "agent": conversation.agent, "team": conversation.team, "labels": sorted(conversation.labels),
                "priority": conversation.priority, "waiting_since": instant_text(waiting) if waiting is not None else None,
                "attention": self.attention(conversation), "cycle_start": instant_text(conversation.cycle_start),
                "cycle": conversation.cycle})
        return sorted(rows, key=lambda row: (row["number"], row["contact"]))

    def times(self, samples):
        a = self.account
        spans = sorted(max(0, end - start) for end, start, *_ in samples)
        pick = lambda values, percent: values[math.ceil(percent * len(values) / 100) - 1] if values else None
        answer = {"n": len(spans), "median": duration_text(pick(spans, 50)), "p90": duration_text(pick(spans, 90))}
        if a.hours:
            spans = sorted(a.business(start, end) if end > start else 0 for end, start, *_ in samples)
            answer["business_median"], answer["business_p90"] = (duration_text(pick(spans, p)) for p in (50, 90))
        return answer

    def workload(self):
        a = self.account
        today = a.day(self.now)
        is_today = lambda at: a.day(at) == today
        open_ones = [c for c in a.conversations.values() if self.state(c) == "open"]
        waiting = [c for c in open_ones if c.waiting_since is not None]
        needy = [c for c in open_ones if self.attention(c)]
        answer = {
            "open": len(open_ones), "unassigned": sum(not c.agent and not c.team for c in open_ones),
            "unanswered": len(waiting), "never_answered": sum(not c.answered for c in open_ones),
            "attention": len(needy), "snoozed": sum(self.state(c) == "snoozed" for c in a.conversations.values()),
            "resolved_today": sum(is_today(row[0]) for row in a.resolutions),
            "longest_wait": duration_text(max((max(0, self.now - c.waiting_since) for c in waiting), default=None)),
            "teams": [], "agents": [],
        }
        for team in sorted(set(a.teams) | {c.team for c in open_ones if c.team}):
            its = [c for c in open_ones if c.team == team]
            answer["teams"].append({
                "team": team, "open": len(its), "unassigned": sum(not c.agent for c in its),
                "unanswered": sum(c.waiting_since is not None for c in its), "attention": sum(c in needy for c in its),
                "agents": sum(its_team == team for its_team in a.agents.values())})
        sent = {}
        for message in a.messages.values():
            agent = message.sent.get("agent")
            if agent and not message.is_echo:
                sent.setdefault(agent, []).append(message)
        for agent in sorted(set(a.agents) | set(sent) | {c.agent for c in a.conversations.values() if c.agent}):
            its = [c for c in open_ones if c.agent == agent]
            charged = sum(part.amount + part.corrections for message in sent.get(agent, []) for part in message.parts.values()
                          if part.delivered_at is not None and is_today(part.delivered_at))
            mine = lambda rows: [row for row in rows if row[2] == agent and is_today(row[0])]
            answer["agents"].append({
                "agent": agent, "team": a.agents.get(agent), "open": len(its),
                "unanswered": sum(c.waiting_since is not None for c in its),
                "handled_today": len({row[1:3] for row in a.replies if row[3] == agent and is_today(row[0])}),
                "sent_today": sum(is_today(message.announced_at) for message in sent.get(agent, [])),
                "first_response": self.times(mine(a.first_responses)), "next_response": self.times(mine(a.next_responses)),
                "resolution": self.times(mine(a.resolutions)), "charges_today": amount_text(charged)})
        return answer

    def response_times(self, start=None, end=None, by=()):
        a = self.account
        kinds = ("first_response", "next_response", "resolution")
        empty = lambda: {kind: [] for kind in kinds} | {"waiting": 0}
        rows, total = {}, empty()

        def targets(at, agent, team, labels):
            keys = [()]
            for name in by:
                values = {"agent": [agent], "team": [team], "day": [a.day(at).isoformat()], "label": list(labels) or [None]}[name]
                keys = [key + (value,) for key in keys for value in values]
            return [total] + [rows.setdefault(key, empty()) for key in keys if by]

        for kind, samples in zip(kinds, (a.first_responses, a.next_responses, a.resolutions)):
            for sample in samples:
                at, _, agent, team, labels = sample
                if self.within(at, start, end):
                    for row in targets(at, agent, team, labels):
                        row[kind].append(sample)
        for conversation in a.conversations.values():
            since = conversation.waiting_since
            if self.state(conversation) == "open" and since is not None and self.within(since, start, end):
                for row in targets(since, conversation.agent, conversation.team, sorted(conversation.labels)):
                    row["waiting"] += 1
        rank = lambda key: [(value is not None, value or "") for value in key]
        printed = lambda row: {kind: self.times(row[kind]) for kind in kinds} | {"waiting": row["waiting"]}
        return {"lines": [dict(zip(by, key)) | printed(rows[key]) for key in sorted(rows, key=rank)], "total": printed(total)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("log", help="records as `waybill log` prints them")
    parser.add_argument("account")
    parser.add_argument("question", choices=["balance", "charges", "usage", "unrated", "differences", "allowances",
                                             "conversations", "workload", "response-times"])
    parser.add_argument("--as-of")
    parser.add_argument("--at", type=int)
    parser.add_argument("--now", help="the instant of a question without --as-of; the last event's time without it")
    parser.add_argument("--by", default="")
    parser.add_argument("--from", dest="start")
    parser.add_argument("--to", dest="end")
    parser.add_argument("--state")
    options = parser.parse_args()
    with open(options.log, encoding="utf-8") as file:
        records = [json.loads(line) for line in file if line.strip()]
    for sequence, record in enumerate(records, 1):
        record.setdefault("sequence", str(sequence))
    now = micros_of_instant(options.now) if options.now else max(micros_of_instant(r["time"]) for r in records)
    more = {}
    if options.question in ("charges", "usage", "response-times"):
        more = {"start": options.start, "end": options.end, "by": tuple(filter(None, options.by.split(",")))}
    if options.question == "conversations":
        more = {"state": options.state}
    answer = Oracle(records).answer(options.account, options.question, now, options.at,
                                    micros_of_instant(options.as_of) if options.as_of else None, **more)
    json.dump(answer, sys.stdout, indent=2, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()
