"""Bad input of every kind: one clear answer, nothing appended, the daemon still there."""
import json
import socket
import threading
import time
import unittest

from harness import DaemonTest, Story, card, event


class Refusals(DaemonTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.story = Story("bad", number="n-bad")
        cls.client.append(*cls.story.opening())

    def setUp(self):
        self.before = self.last()

    def tearDown(self):
        self.assertEqual(self.last(), self.before, "something was appended")

    def good(self, **changes):
        made = self.story.event("team.defined", "2026-01-01T00:00:00Z", team="t", name="T")
        return {name: value for name, value in (made | changes).items() if value is not None}

    def data(self, kind, /, **data):
        return self.story.event(kind, "2026-01-01T00:00:00Z", **data)

    def test_malformed_json(self):
        for body in (b"", b"{", b"[{]", b'{"a":1,}', b"nonsense", b'"text"', b"12", b"[1,2]", b"null", b'[{"specversion":"1.0"'):
            for media in ("application/cloudevents+json", "application/cloudevents-batch+json", "application/x-ndjson"):
                if body == b"" and media == "application/x-ndjson":
                    continue
                with self.subTest(body=body, media=media):
                    self.refused(self.client.post(body, media=media), 400)

    def test_a_bad_line_is_named_by_its_index(self):
        lines = [json.dumps(self.good()).encode(), b'{"specversion":', json.dumps(self.good()).encode()]
        self.refused(self.client.post(b"\n".join(lines), media="application/x-ndjson"), 400, index=1)

    def test_invalid_utf8(self):
        body = json.dumps([self.good(data={"team": "t", "name": "X"})]).encode().replace(b'"X"', b'"\xc3\x28"')
        self.refused(self.client.post(body), 400)
        self.refused(self.client.post(b'\xff\xfe[\x00]\x00'), 400)

    def test_wrong_types_and_missing_fields_name_index_and_pointer(self):
        cases = [
            (self.good(specversion=None), "/specversion"), (self.good(specversion="0.3"), "/specversion"),
            (self.good(id=None), "/id"), (self.good(id=""), "/id"), (self.good(id=7), "/id"), (self.good(source=None), "/source"),
            (self.good(type=None), "/type"), (self.good(type=5), "/type"), (self.good(time=None), "/time"),
            (self.good(time="yesterday"), "/time"), (self.good(time="2026-02-30T00:00:00Z"), "/time"),
            (self.good(time="2026-01-01"), "/time"), (self.good(time=1767225600), "/time"), (self.good(subject=None), "/subject"),
            (self.good(subject="Not An Account"), "/subject"), (self.good(subject=9), "/subject"), (self.good(data=None), "/data"),
            (self.good(data=[]), "/data"), (self.good(data={"team": "t"}), "/data/name"), (self.good(data={"name": "t"}), "/data/team"),
            (self.good(data={"team": 1, "name": "t"}), "/data/team"), (self.good(sequence="7"), "/sequence"),
            (self.good(recordedtime="2026-01-01T00:00:00Z"), "/recordedtime"),
            (self.data("message.sent", message="m", number="n-bad", contact={"phone": "12"}, kind="text"), "/data/contact/phone"),
            (self.data("message.sent", message="m", number="n-bad", contact={"phone": 5511987654321}, kind="text"), "/data/contact/phone"),
            (self.data("message.sent", message="m", number="n-bad", contact={}, kind="text"), "/data/contact/phone"),
            (self.data("message.sent", message="m", number="n-bad", contact="5511987654321", kind="text"), "/data/contact"),
            (self.data("message.sent", message="m", number="n-bad", contact={"phone": "5511987654321"}), "/data/kind"),
            (self.data("message.sent", message="m", number="n-bad", contact={"phone": "5511987654321"}, kind="text", bot="yes"), "/data/bot"),
            (self.data("message.status", message="m", number="n-bad", contact={"phone": "5511987654321"}), "/data/status"),
            (self.data("message.status", message="m", number="n-bad", contact={"phone": "5511987654321"}, status="sent",
                       pricing={"billable": "true"}), "/data/pricing/billable"),
            (self.data("conversation.snoozed", number="n-bad", contact={"phone": "5511987654321"}, until="later"), "/data/until"),
            (self.data("conversation.prioritised", number="n-bad", contact={"phone": "5511987654321"}, priority="huge"), "/data/priority"),
            (self.data("conversation.labelled", number="n-bad", contact={"phone": "5511987654321"}, labels="one"), "/data/labels"),
            (self.data("account.configured", sla={"first_response": "15 minutes"}), "/data/sla/first_response"),
            (self.data("account.configured", hold_days="30"), "/data/hold_days"),
        ]
        for made, pointer in cases:
            with self.subTest(pointer=pointer, event=made):
                answer = self.client.post([self.good(), made])
                self.assertIn(answer.status, (400, 422), answer)
                self.refused(answer, answer.status, index=1, pointer=pointer)

    def test_numbers_as_money_are_malformed(self):
        for kind, data, pointer in (
            ("payment.received", {"payment": "p", "amount": 12.5, "currency": "USD"}, "/data/amount"),
            ("payment.received", {"payment": "p", "amount": 12, "currency": "USD"}, "/data/amount"),
            ("balance.adjusted", {"adjustment": "a", "amount": -1, "reason": "r"}, "/data/amount"),
            ("account.configured", {"credit_limit": 5}, "/data/credit_limit"),
            ("account.configured", {"low_balance": [5]}, "/data/low_balance/0"),
        ):
            with self.subTest(kind=kind, data=data):
                self.refused(self.client.post([self.data(kind, **data)]), 400, index=0, pointer=pointer)
        rates = card("c", "2026-01-01", {"Brazil": {"utility": "1"}})
        rates["data"]["rates"][0]["price"] = 0.0068
        self.refused(self.client.post([rates]), 400, index=0, pointer="/data/rates/0/price")

    def test_amounts_that_no_ledger_can_keep_are_refused(self):
        for amount in ("0.0000001", "1234567890123", "1e3", "", "abc", "-5", "0", "+", ".", "1.2.3", "1,50", " 1"):
            with self.subTest(amount=amount):
                made = self.data("payment.received", payment="p", amount=amount, currency="USD")
                self.refused(self.client.post([made]), 422, index=0, pointer="/data/amount")

    def test_currencies_and_zones_are_checked(self):
        opened = lambda **more: event("account.opened", "2026-01-01T00:00:00Z",
                                      {"name": "N", "currency": "USD", "time_zone": "America/Bogota"} | more, "new-account")
        for made, pointer in ((opened(currency="DOLLAR"), "/data/currency"), (opened(time_zone="Mars/Olympus"), "/data/time_zone"),
                              (opened(time_zone="../../etc/passwd"), "/data/time_zone"),
                              (self.data("payment.received", payment="p", amount="1", currency="EUR"), "/data/currency")):
            with self.subTest(pointer=pointer, data=made["data"]):
                self.refused(self.client.post([made]), 422, index=0, pointer=pointer)

    def test_what_the_ledger_does_not_know(self):
        self.refused(self.client.post([self.good(type="waybill.message.teleported")]), 422, index=0, pointer="/type")
        self.refused(self.client.post([self.good(type="com.example.other")]), 422, index=0, pointer="/type")
        self.refused(self.client.post([self.good(subject="nobody")]), 422, index=0, pointer="/subject")
        self.refused(self.client.post([self.data("payment.refunded", payment="none", amount="1")]), 422, index=0)
        self.refused(self.client.post([self.data("credit.voided", grant="none", reason="r")]), 422, index=0)

    def test_what_is_not_the_clients_to_say(self):
        self.refused(self.client.post([self.data("alert.raised", alert="low_balance")]), 422, index=0)
        self.refused(self.client.post([self.data("zone.resolved", zone="UTC", transitions=[])]), 422, index=0)
        self.refused(self.client.post([self.good(source="/waybilld")]), 422, index=0, pointer="/source")
        self.refused(self.client.post([self.story.opening()[0] | {"id": "second-opening"}]), 422, index=0)

    def test_a_number_of_another_account_is_a_conflict(self):
        other = Story("bad-2", number="n-bad-2")
        opening = other.opening()
        opening[1]["data"]["number"] = "n-bad"
        self.refused(self.client.post(opening), 409, index=1)

    def test_one_bad_event_of_many_and_nothing_is_appended(self):
        events = [self.good(id=f"g{n}") for n in range(500)]
        events[499] = self.good(subject="nobody")
        self.refused(self.client.post(events), 422, index=499)

    def test_other_media_types(self):
        body = json.dumps(self.good()).encode()
        for media in ("text/plain", "application/xml", "application/octet-stream", "application/x-www-form-urlencoded"):
            with self.subTest(media=media):
                self.refused(self.client.post(body, media=media), 415)
        self.assertIn(self.client.request("POST", "/v1/events", body).status, (400, 415))

    def test_an_event_that_is_too_large_names_itself(self):
        large = self.good(data={"team": "t", "name": "x" * 66_000})
        self.refused(self.client.post([self.good(), large]), 413, index=1)

    def test_a_request_that_is_too_large(self):
        answer = self.client.post(b"[" + b" " * (17 << 20) + b"]")
        self.assertEqual(answer.status, 413, answer)
        self.client.close()

    def test_nesting_that_is_too_deep(self):
        deep = self.good(data={"team": "t", "name": "T", "deep": None})
        body = json.dumps([deep]).replace("null", "[" * 70 + "]" * 70).encode()
        answer = self.client.post(body)
        self.assertIn(answer.status, (400, 413, 422), answer)
        self.refused(answer, answer.status, says="64")

    def test_names_that_are_too_long(self):
        for made in (self.good(id="i" * 257), self.good(data={"team": "t" * 257, "name": "T"}),
                     self.data("message.received", message="m" * 300, number="n-bad", contact={"phone": "5511987654321"}, kind="text")):
            with self.subTest(made=str(made)[:80]):
                answer = self.client.post([made])
                self.assertIn(answer.status, (413, 422), answer)

    def test_questions_that_make_no_sense(self):
        for query in ({"as_of": "yesterday"}, {"at": "minus one"}, {"at": "-1"}):
            with self.subTest(query=query):
                self.refused(self.client.account("bad", "balance", **query), 400)
        for query in ({"from_": "2026-13-01", "to": "2026-12-01"}, {"from_": "soon"}):
            with self.subTest(query=query):
                self.refused(self.client.account("bad", "charges", **query), 400)
        self.assertIn(self.client.request("DELETE", "/v1/events").status, (404, 405))


class BrokenClients(DaemonTest):
    def connect(self):
        raw = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        raw.settimeout(60)
        raw.connect(str(self.daemon.socket))
        self.addCleanup(raw.close)
        return raw

    def head(self, length):
        return (f"POST /v1/events HTTP/1.1\r\nHost: w\r\nContent-Type: application/cloudevents-batch+json\r\n"
                f"Content-Length: {length}\r\n\r\n").encode()

    def test_a_half_sent_request_appends_nothing(self):
        story = Story("half", number="n-half")
        body = json.dumps(story.opening()).encode()
        before = self.last()
        raw = self.connect()
        raw.sendall(self.head(len(body)) + body[:-10])
        raw.close()
        time.sleep(0.2)
        self.assertEqual(self.last(), before)
        self.ok(self.client.post(story.opening()))

    def test_a_stalling_client_keeps_nobody_waiting(self):
        stalled = [self.connect() for _ in range(8)]
        for raw in stalled:
            raw.sendall(self.head(100) + b"[")
        began = time.monotonic()
        self.ok(self.client.post(Story("stalled", number="n-st").opening()))
        self.assertLess(time.monotonic() - began, 5)

    def test_what_is_not_http_ends_the_connection_alone(self):
        raw = self.connect()
        raw.sendall(b"\x16\x03\x01\x02\x00 this is not HTTP\r\n\r\n")
        try:
            answer = raw.recv(4096)
        except ConnectionResetError:
            answer = b""
        self.assertTrue(answer == b"" or answer.startswith(b"HTTP/1.1 400"), answer)
        self.assertEqual(self.client.get("/healthz").status, 200)

    def test_pipelined_and_chunked_requests_are_answered(self):
        story = Story("chunked", number="n-ch")
        body = json.dumps(story.opening()).encode()
        raw = self.connect()
        chunks = b"".join(f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in (body[:20], body[20:])) + b"0\r\n\r\n"
        raw.sendall(b"POST /v1/events HTTP/1.1\r\nHost: w\r\nContent-Type: application/cloudevents-batch+json\r\n"
                    b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
        self.assertTrue(raw.recv(65536).startswith(b"HTTP/1.1 200"))

    def test_many_clients_at_once_all_get_their_answer(self):
        from harness import Client
        self.client.append(*Story("many", number="n-many").opening())
        failures = []

        def work(worker):
            client = Client(self.daemon.socket)
            try:
                for n in range(20):
                    answer = client.post([event("team.defined", "2026-01-01T00:00:00Z", {"team": f"t{worker}-{n}", "name": "T"}, "many")])
                    if answer.status != 200 or answer["appended"] != 1:
                        failures.append(answer)
            finally:
                client.close()

        threads = [threading.Thread(target=work, args=(worker,)) for worker in range(16)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        self.assertEqual(failures, [])
        self.assertEqual(len(self.client.get("/v1/events", account="many", type="waybill.team.defined").records), 320)


if __name__ == "__main__":
    unittest.main()
