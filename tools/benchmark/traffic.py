"""Files of events to append: made once a run, each line distinct unless said otherwise."""
import hashlib
import hmac
import json
import pathlib
import random
import re
import urllib.parse

from .machine import REPOSITORY, TOOLS, run, say

IDENTITY = len(b'{"specversion":"1.0","id":"')
TEXT = re.compile(rb'"text":"(?:[^"\\]|\\.)*"')
MESSAGE = re.compile(rb'"message":"([^"]+)"')
SUBJECT = re.compile(rb'"subject":"([^"]+)"')
WORDS = ("order parcel courier address invoice refund size colour blue tomorrow afternoon please thanks delivery street number "
         "payment card receipt store return exchange broken box photo waiting since Monday week answer help person account").split()


class Stretch:
    """Traffic of some accounts: `preamble` opens them and publishes cards and markets, `lines` are what is measured."""

    def __init__(self, traffic, name, preamble, lines, count, days):
        self.traffic, self.name, self.preamble, self.lines, self.count, self.days = traffic, name, preamble, lines, count, days

    def first(self, count):
        """A file of the first lines."""
        count = min(count, self.count)
        path = self.traffic.folder / f"{self.name}-first-{count}.ndjson"
        if not path.exists():
            with open(self.lines, "rb") as source, open(path, "wb") as target:
                for _, line in zip(range(count), source):
                    target.write(line)
        return path

    def copy(self, number, days=None):
        """The same traffic later, with identities of its own; the caller removes the file."""
        path = self.traffic.folder / f"{self.name}-copy-{number}.ndjson"
        run(self.traffic.programs.helper("traffic"), self.lines, number, self.days if days is None else days, path,
            capture_output=True)
        return path

    def changed(self, name, change):
        """A file of what `change` makes of the lines (a list in, an iterable out)."""
        path = self.traffic.folder / f"{self.name}-{name}.ndjson"
        if not path.exists():
            with open(self.lines, "rb") as source:
                lines = list(source)
            with open(path, "wb") as target:
                target.writelines(change(lines))
        return path


class Traffic:
    def __init__(self, folder, programs, seed, usual):
        self.folder, self.programs, self.seed, self.usual = pathlib.Path(folder), programs, seed, usual
        self.stretches = {}

    def stretch(self, events, accounts=4, days=31, start="2026-10-01"):
        """So much traffic; up to the `usual` many events of a month of four accounts are cut from one file."""
        key = events, accounts, days, start
        usual = self.usual, 4, 31, "2026-10-01"
        if key[1:] == usual[1:] and events < self.usual:
            whole = self.stretch(*usual)
            return self.wrap(whole, f"of-{events}", whole.first(events), events)
        if key not in self.stretches:
            self.stretches[key] = self.generate(*key)
        return self.stretches[key]

    def wrap(self, stretch, name, lines, count):
        """A file of lines as a stretch of its own, with the preamble of another."""
        return Stretch(self, f"{stretch.name}-{name}", stretch.preamble, lines, count, stretch.days)

    def generate(self, events, accounts, days, start):
        name = f"traffic-{len(self.stretches)}"
        say(f"generating {events:,} events of {accounts:,} account{'s' * (accounts != 1)}")
        raw, preamble, lines = (self.folder / f"{name}{end}.ndjson" for end in ("-raw", "-preamble", ""))
        # settings and payments come on top of the traffic: some twenty an account at first, more as days pass
        run(TOOLS / "generate", "--reference", "--events", events + events // 50 + (20 + 2 * days) * accounts + 400, "--accounts", accounts,
            "--days", days, "--start", start, "--seed", self.seed, "--output", raw)
        count, seen = 0, set()
        with open(raw, "rb") as source, open(preamble, "wb") as first, open(lines, "wb") as rest:
            for line in source:
                if b'"type":"waybill.message.' in line or b'"type":"waybill.conversation.' in line:
                    identity = line[IDENTITY:line.index(b'"', IDENTITY)]
                    if identity not in seen and count < events:
                        seen.add(identity)
                        rest.write(line)
                        count += 1
                elif b'"type":"waybill.payment.' not in line or b"payment.received" in line:
                    first.write(line)
        raw.unlink()
        return Stretch(self, name, preamble, lines, count, days)


def repeated(share, seed=1):
    """Puts repetitions of earlier lines between them, until they are `share` of all."""

    def change(lines):
        source = random.Random(seed)
        for index, line in enumerate(lines):
            yield line
            while source.random() < share:
                # mostly soon after, as a delivery that is tried again; sometimes much later
                back = source.randrange(20_000) if source.random() < 0.9 else source.randrange(index + 1)
                yield lines[max(0, index - back)]

    return change


def lengthened(bytes_of_text, seed=1):
    """Gives every message with a text one of so many bytes, no two alike."""

    def change(lines):
        source = random.Random(seed)
        prose = " ".join(source.choices(WORDS, k=200_000))
        for line in lines:
            at = source.randrange(len(prose) - bytes_of_text)
            yield TEXT.sub(b'"text":"' + prose[at:at + bytes_of_text].encode() + b'"', line, count=1)

    return change


def of_type(kind):
    marked = f'"type":"waybill.{kind}"'.encode()
    return lambda lines: (line for line in lines if marked in line)


def price(lines):
    """What the peers that keep balances sum up: 68 for each line that says `delivered`."""
    return 68 * sum(b'"status":"delivered"' in line for line in lines)


def questions(path, accounts, messages, month=("2026-10-01", "2026-11-01")):
    """Writes GET paths for bench-questions, a kind and a tab before each. `messages` are (account, message)."""
    quoted = lambda text: urllib.parse.quote(text, safe="")
    with open(path, "w") as file:
        for index, (account, message) in enumerate(messages):
            asked = accounts[index % len(accounts)]
            file.write(f"balance\t/v1/accounts/{asked}/balance\nworkload\t/v1/accounts/{asked}/workload\n"
                       f"charges\t/v1/accounts/{asked}/charges?from={month[0]}&to={month[1]}\n"
                       f"explain\t/v1/accounts/{quoted(account)}/charges/{quoted(message)}\n")
    return path


def announced(lines):
    """(account, message) of the lines that announce a message."""
    return [(SUBJECT.search(line)[1].decode(), MESSAGE.search(line)[1].decode())
            for line in lines if b'"type":"waybill.message.sent"' in line]


# Webhooks

SECRET = "a secret that only the bench knows"
FIXTURE = "cap-2025-10-17-{}.json"
STEPS = ("1-inbound-text", "2-status-sent-service-free", "3-status-delivered-service-free", "4-status-read-service-free")


def webhooks(folder, count, seed=1):
    """Signed deliveries, each distinct: a captured exchange of fixtures/, its ids, times and contacts varied."""
    bodies = [json.loads((REPOSITORY / "fixtures/webhooks" / FIXTURE.format(step)).read_text()) for step in STEPS]
    texts = [json.dumps(body, separators=(",", ":")) for body in bodies]
    inbound, outbound = (re.search(r'"id":"(wamid[^"]+)"', text)[1] for text in texts[:2])
    contact = re.search(r'"from":"(\d+)"', texts[0])[1]
    source = random.Random(seed)
    path = pathlib.Path(folder) / f"webhooks-{count}"
    with open(path, "w") as file:
        for index in range(count):
            turn, step = divmod(index, len(texts))
            text = texts[step].replace(contact, contact[:-6] + f"{turn % 50_000:06}")
            for message, mark in ((inbound, "I"), (outbound, "O")):
                text = text.replace(message, f"{message[:-12]}{mark}{turn:07}AAA=")
            text = re.sub(r'"timestamp":"\d+"', f'"timestamp":"{1760659222 + turn * 3 + step}"', text)
            text = text.replace("Test message", " ".join(source.choices(WORDS, k=6)))
            signature = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
            file.write(f"sha256={signature}\t{text}\n")
    value = bodies[0]["entry"][0]
    waba, number = value["id"], value["changes"][0]["value"]["metadata"]["phone_number_id"]
    opened = pathlib.Path(folder) / "webhooks-account.ndjson"
    events = [("account.opened", {"name": "Bench", "currency": "USD", "time_zone": "America/Guayaquil"}),
              ("number.added", {"number": number, "waba": waba})]
    opened.write_text("".join(json.dumps({
        "specversion": "1.0", "id": f"bench-{index}", "source": "/bench", "type": f"waybill.{kind}", "subject": "bench",
        "time": "2025-01-01T00:00:00Z", "data": data}, separators=(",", ":")) + "\n" for index, (kind, data) in enumerate(events)))
    return path, opened
