"""Meta's webhooks as captured: each is understood or kept with its reason, and none counts twice."""
import json
import threading
import time
import unittest
import zlib

from harness import FIXTURES, Client, DaemonTest, Story, card, event, markets, signature
from test_connections import Raw, post

SECRET, TOKEN = "test-app-secret", "test-verify-token"
ROUTE = "/v1/webhooks/whatsapp"


class WebhookTest(DaemonTest):
    environment = {"WAYBILL_WHATSAPP_APP_SECRET": SECRET, "WAYBILL_WHATSAPP_VERIFY_TOKEN": TOKEN}

    def deliver(self, body, header=None):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        header = signature(SECRET, body) if header is None else header
        if header:
            headers["X-Hub-Signature-256"] = header
        return self.client.request("POST", ROUTE, body, headers)


def delivery(number, value, waba="102290129340398", field="messages"):
    value = {"messaging_product": "whatsapp", "metadata": {"display_phone_number": "15550783881", "phone_number_id": number}} | value
    return {"object": "whatsapp_business_account", "entry": [{"id": waba, "changes": [{"value": value, "field": field}]}]}


class Fixtures(WebhookTest):
    def test_every_captured_payload_is_taken_and_taken_once(self):
        files = sorted(path for path in (FIXTURES / "webhooks").glob("*.json"))
        self.assertGreater(len(files), 60)
        self.client.append(*Story("fixtures", number="106540352242922").opening())
        for path in files:
            with self.subTest(file=path.name):
                before = self.last()
                self.ok_or_problem(path, self.deliver(path.read_bytes()))
                self.assertGreater(self.last(), before, "neither understood nor kept")
        end = self.last()
        for path in files:
            with self.subTest(again=path.name):
                self.assertEqual(self.deliver(path.read_bytes()).status, 200)
                self.assertEqual(self.last(), end, "appended again")
        kept = self.ok(self.client.get("/v1/kept"))
        reasons = {row["reason"] for row in kept["kept"]}
        self.assertTrue(reasons <= {"unclaimed", "not_understood", "no_effect", "conflict"}, reasons)

    def ok_or_problem(self, path, answer):
        self.assertEqual(answer.status, 200, f"{path.name}: {answer!r}")


class Translation(WebhookTest):
    def setUp(self):
        own = str(zlib.crc32(self._testMethodName.encode()))
        self.number = "77" + own
        self.story = Story("story-" + own, number=self.number)
        self.client.append(*self.story.opening())

    def records(self, kind):
        return self.client.get("/v1/events", account=self.story.name, type="waybill." + kind).records

    def test_an_inbound_message_opens_a_conversation(self):
        value = {"contacts": [{"profile": {"name": "Ana"}, "wa_id": "5511987654321"}],
                 "messages": [{"from": "5511987654321", "id": "wamid.IN1", "timestamp": "1791201600", "type": "text",
                               "text": {"body": "quando chega o meu pedido?"}}]}
        self.ok(self.deliver(delivery(self.number, value)))
        record = self.records("message.received")[0]
        self.assert_contains({"id": "wamid.IN1", "source": "/whatsapp/102290129340398", "time": "2026-10-05T12:00:00Z", "data": {
            "message": "wamid.IN1", "number": self.number, "contact": {"phone": "5511987654321", "name": "Ana"}, "kind": "text",
            "text": "quando chega o meu pedido?"}}, record)
        workload = self.ok(self.client.account(self.story.name, "workload", as_of="2026-10-05T12:30:00Z"))
        self.assert_contains({"open": 1, "unanswered": 1, "longest_wait": "PT30M"}, workload)

    def test_a_status_with_pricing_becomes_a_charge(self):
        self.client.append(markets(), card("usd-webhook", "2026-01-01", {"Brazil": {"marketing": "0.0625"}}))
        status = {"id": "wamid.OUT1", "status": "delivered", "timestamp": "1791201600", "recipient_id": "5511987654321",
                  "pricing": {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "marketing"}}
        body = delivery(self.number, {"statuses": [status]})
        self.ok(self.deliver(body))
        record = self.records("message.status")[0]
        self.assert_contains({"id": "wamid.OUT1:delivered", "data": {"status": "delivered", "pricing": {
            "billable": True, "model": "PMP", "type": "regular", "category": "marketing"}}}, record)
        self.assertEqual(self.ok(self.client.account(self.story.name, "balance"))["charged_total"], "0.0625")
        # the same update inside another request, with the keys in another order, is the same update
        self.ok(self.deliver(json.dumps(body, sort_keys=True, indent=1).encode()))
        self.assertEqual(self.ok(self.client.account(self.story.name, "balance"))["charged_total"], "0.0625")
        self.assertEqual(len(self.records("message.status")), 1)

    def test_the_same_identity_with_other_content_is_kept_as_a_conflict(self):
        status = {"id": "wamid.C1", "status": "sent", "timestamp": "1791201600", "recipient_id": "5511987654321"}
        self.ok(self.deliver(delivery(self.number, {"statuses": [status]})))
        self.ok(self.deliver(delivery(self.number, {"statuses": [status | {"timestamp": "1791201700"}]})))
        self.assertEqual(self.records("message.status")[0]["time"], "2026-10-05T12:00:00Z")
        kept = self.ok(self.client.get("/v1/kept", reason="conflict"))["kept"]
        self.assertIn("wamid.C1", json.dumps(kept))

    def test_a_delivery_of_many_updates_is_taken_once_and_what_conflicts_in_it_is_kept(self):
        status = lambda index, time: {"id": f"wamid.M{index}", "status": "sent", "timestamp": str(time), "recipient_id": f"55119876{index:05}"}
        many = [status(index, 1791201600) for index in range(400)]
        body = delivery(self.number, {"statuses": many})
        self.assertGreater(len(json.dumps(body)), 32_768)
        for _ in range(2):
            self.ok(self.deliver(body))
            self.assertEqual([record["id"] for record in self.records("message.status")], [f"wamid.M{index}:sent" for index in range(400)])
        conflicts = {7, 200, 399}
        for index in conflicts:
            many[index] = status(index, 1791201700)
        self.ok(self.deliver(delivery(self.number, {"statuses": many})))
        self.assertEqual({record["time"] for record in self.records("message.status")}, {"2026-10-05T12:00:00Z"})
        kept = self.client.get("/v1/events", account=self.story.name, type="waybill.whatsapp.kept").records
        named = [record["data"]["body"]["entry"][0]["changes"][0]["value"]["statuses"] for record in kept]
        self.assertEqual(sorted(index for [update] in named for index in [int(update["id"][7:])]), sorted(conflicts))

    def test_a_delivery_of_many_updates_keeps_no_other_connection_waiting(self):
        status = {"status": "delivered", "timestamp": "1791201600", "recipient_id": "5511987654321"}
        body = delivery(self.number, {"statuses": [{"id": f"wamid.L{index}"} | status for index in range(5_000)]})
        # More connections than a machine of few cores has event loops, so one shares the delivery's.
        others = [Client(self.daemon.socket) for _ in range(8)]
        for other in others:
            self.addCleanup(other.close)
        answered = [0] * len(others)
        delivered = []
        beside = threading.Thread(target=lambda: delivered.append(self.deliver(body)))
        beside.start()
        while beside.is_alive():
            for place, other in enumerate(others):
                self.assertEqual(other.get("/healthz").status, 200)
                answered[place] += beside.is_alive()
        beside.join()
        self.assertEqual([answer.status for answer in delivered], [200])
        self.assertEqual(len(self.records("message.status")), 5_000)
        # An event loop that translated it would answer once before and once after.
        self.assertGreater(min(answered), 5, answered)

    def test_a_number_of_nobody_is_kept_as_unclaimed(self):
        before = len(self.ok(self.client.get("/v1/kept", reason="unclaimed"))["kept"])
        body = delivery("999", {"messages": [{"from": "5511987654321", "id": "wamid.N1", "timestamp": "1791201600", "type": "text",
                                              "text": {"body": "hi"}}]}, waba="no-such-waba")
        self.ok(self.deliver(body))
        kept = self.ok(self.client.get("/v1/kept", reason="unclaimed"))["kept"]
        self.assertEqual(len(kept), before + 1)


class Handshake(WebhookTest):
    def test_the_handshake_answers_the_challenge_to_who_knows_the_token(self):
        ask = lambda token, mode="subscribe": self.client.get(ROUTE, **{"hub.mode": mode, "hub.challenge": "11589", "hub.verify_token": token})
        answer = ask(TOKEN)
        self.assertEqual((answer.status, answer.body), (200, b"11589"))
        for wrong in (ask("wrong"), ask(TOKEN, "unsubscribe"), self.client.get(ROUTE)):
            self.assertIn(wrong.status, range(400, 500))

    def test_a_wrong_or_missing_signature_is_refused_and_appends_nothing(self):
        body = json.dumps(delivery("1", {"statuses": []})).encode()
        right = signature(SECRET, body)
        before = self.last()
        for header in ("", "sha256=", "sha256=" + "0" * 64, right.replace("sha256", "sha1"), right[:-1], right + "0",
                       right.removeprefix("sha256="), signature("other-secret", body)):
            with self.subTest(header=header):
                self.refused(self.deliver(body, header), 403)
        self.assertEqual(self.last(), before)

    def test_the_signature_is_of_the_raw_bytes(self):
        vector = json.loads((FIXTURES / "signature-vector.json").read_text())
        answer = self.deliver(vector["raw_body"].encode(), vector["header_value"])
        self.assertEqual(answer.status, 200, answer)
        self.refused(self.deliver(vector["raw_body"].encode() + b" ", vector["header_value"]), 403)

    def test_signed_nonsense_is_kept_or_malformed_but_never_a_failure(self):
        for body in (b"{}", b"[]", b"null", b'{"object":"page","entry":[]}', b'{"object":"whatsapp_business_account"}', b"not json"):
            with self.subTest(body=body):
                self.assertIn(self.deliver(body).status, (200, 400))


class LittleRoom(WebhookTest):
    environment = WebhookTest.environment | {"WAYBILL_LIMITS_REQUEST_BYTES": "100000", "WAYBILL_QUEUE_BYTES": "200000"}

    def webhook_bytes(self):
        return next(int(line.split()[1]) for line in self.client.get("/metrics").body.decode().splitlines()
                    if line.startswith("waybill_webhook_bytes "))

    def until(self, byte_count):
        deadline = time.monotonic() + 30
        while self.webhook_bytes() != byte_count:
            self.assertLess(time.monotonic(), deadline, f"{self.webhook_bytes()} and not {byte_count}")

    def test_bodies_that_nobody_may_have_signed_take_no_more_than_their_room(self):
        request = post(b"x" * 90_000, media="application/json", target=ROUTE)
        holders = [Raw(self.daemon.socket) for _ in range(2)]
        for count, holder in enumerate(holders, 1):
            self.addCleanup(holder.close)
            holder.send(request[:-1])
            self.until(count * 89_999)
        third = Raw(self.daemon.socket)
        self.addCleanup(third.close)
        third.send(request[:-1])
        status, fields, body = third.answer()
        self.assertEqual((status, fields["retry-after"], json.loads(body)["type"]), (503, "1", "urn:waybill:problem:busy"))
        self.until(2 * 89_999)
        holders[0].send(request[-1:])
        self.assertEqual(holders[0].answer()[0], 403)
        holders[1].close()
        self.until(0)
        self.ok(self.deliver(delivery("1", {"statuses": []}, field="account_alerts") | {"pad": "x" * 90_000}))
        self.until(0)


class WithoutSecret(DaemonTest):
    def test_everything_is_refused_without_a_secret(self):
        body = b'{"object":"whatsapp_business_account","entry":[]}'
        for header in (signature("", body), signature("test-app-secret", body)):
            answer = self.client.request("POST", ROUTE, body, {"Content-Type": "application/json", "X-Hub-Signature-256": header})
            self.refused(answer, 403)
        self.assertIn(self.client.get(ROUTE, **{"hub.mode": "subscribe", "hub.challenge": "1", "hub.verify_token": ""}).status, range(400, 500))


class WithEmptySecret(WithoutSecret):
    """An empty secret is no secret."""

    environment = {"WAYBILL_WHATSAPP_APP_SECRET": "", "WAYBILL_WHATSAPP_VERIFY_TOKEN": ""}


if __name__ == "__main__":
    unittest.main()
