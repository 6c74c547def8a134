"""What one connection may do: pieces of any size, several requests at once, stopping in the middle, and the like."""
import http.client
import json
import socket
import threading
import time
import unittest

from harness import Client, DaemonTest, Story, UnixConnection, event

LINES, BATCH, ONE = "application/x-ndjson", "application/cloudevents-batch+json", "application/cloudevents+json"


class Raw:
    """A socket that speaks HTTP by the byte."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(60)
        self.socket.connect(str(path))
        self.left = b""

    def send(self, data):
        self.socket.sendall(data)

    def answer(self):
        """Status, fields and body of the next answer; None when the connection has ended."""
        while b"\r\n\r\n" not in self.left:
            if not self.more():
                return None
        head, self.left = self.left.split(b"\r\n\r\n", 1)
        first, *fields = head.decode().split("\r\n")
        status = int(first.split(" ")[1])
        fields = {name.lower(): value.strip() for name, value in (field.split(":", 1) for field in fields)}
        if status == 100:
            return status, fields, b""
        length = int(fields["content-length"])
        while len(self.left) < length:
            if not self.more():
                raise AssertionError("the connection ended in the middle of an answer")
        body, self.left = self.left[:length], self.left[length:]
        return status, fields, body

    def more(self):
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        self.left += data
        return bool(data)

    @property
    def has_ended(self):
        return self.left == b"" and not self.more()

    def close(self):
        self.socket.close()


def post(body, media=BATCH, version="1.1", length=True, target="/v1/events", **fields):
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    lines = [f"POST {target} HTTP/{version}", "Host: w", f"Content-Type: {media}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    if length:
        lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
    lines.append("Transfer-Encoding: chunked")
    pieces = [body[at : at + 1000] for at in range(0, len(body), 1000)]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


GET = b"GET /v1/accounts HTTP/1.1\r\nHost: w\r\n\r\n"


class Connections(DaemonTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.story = Story("con", number="n-con")
        cls.client.append(*cls.story.opening())

    def raw(self, daemon=None):
        raw = Raw((daemon or self.daemon).socket)
        self.addCleanup(raw.close)
        return raw

    def team(self, **more):
        return self.story.event("team.defined", "2026-01-01T00:00:00Z", team="t", name="T", **more)

    def appended(self, answer, count=1):
        status, fields, body = answer
        self.assertEqual(status, 200, body)
        self.assertEqual(fields["content-type"], "application/json")
        self.assertIn("GMT", fields["date"])
        found = json.loads(body)
        self.assertEqual(found["appended"], count, found)
        return int(found["last"])

    def problem(self, answer, status, code):
        self.assertIsNotNone(answer)
        self.assertEqual(answer[0], status, answer)
        self.assertEqual(answer[1]["content-type"], "application/problem+json")
        self.assertEqual(json.loads(answer[2])["type"], f"urn:waybill:problem:{code}", answer)
        return answer[1]

    # Pieces and order

    def test_a_request_may_come_in_pieces_cut_anywhere(self):
        raw = self.raw()
        whole = post([self.team()])
        for cut in range(1, len(whole)):
            raw.send(whole[:cut])
            if cut % 8 == 0:
                time.sleep(0.001)  # so that the pieces are read apart
            raw.send(whole[cut:])
            answer = raw.answer()
            self.assertEqual(answer[0], 200, (cut, answer))
            self.assertEqual(json.loads(answer[2])["appended"] + json.loads(answer[2])["duplicates"], 1)

    def test_a_request_may_come_byte_by_byte(self):
        raw = self.raw()
        for byte in post([self.team()]):
            raw.send(bytes([byte]))
        self.appended(raw.answer())

    def test_requests_sent_at_once_are_answered_in_their_order(self):
        raw = self.raw()
        raw.send(b"".join(post(self.team(), ONE) for _ in range(50)))
        places = [self.appended(raw.answer()) for _ in range(50)]
        self.assertEqual(places, sorted(places))

    def test_appends_and_questions_sent_at_once_are_answered_in_their_order(self):
        raw = self.raw()
        raw.send(b"".join(post([self.team()]) + GET + post(b"{", ONE) + GET for _ in range(10)))
        for _ in range(10):
            last = self.appended(raw.answer())
            for turn in range(2):
                status, _, body = raw.answer()
                self.assertEqual(status, 200)
                self.assertEqual(int(json.loads(body)["sequence"]), last, "a question saw another moment")
                if turn == 0:
                    self.problem(raw.answer(), 400, "malformed")

    def test_refusals_sent_at_once_in_great_number_are_all_answered(self):
        raw = self.raw()
        requests = post(b"{}", "text/plain") * 3000
        threading.Thread(target=raw.send, args=(requests,)).start()
        for _ in range(3000):
            self.problem(raw.answer(), 415, "unsupported_media_type")

    def test_requests_of_every_form_may_follow_one_another(self):
        raw = self.raw()
        usual = lambda: post([self.team()])
        refused = post(b"{}\r\n\r\n", "text/plain")
        others = [[GET], [post([self.team()], length=False)], [post(self.team(), LINES, X_Other="1")], [refused],
                  [usual(), usual()], [usual(), GET], [b"\r\n" + GET]]
        for requests in others:
            raw.send(usual())
            before = self.appended(raw.answer())
            raw.send(b"".join(requests))
            for request in requests:
                status, _, body = raw.answer()
                self.assertEqual(status, 415 if request is refused else 200, body)
            raw.send(usual())
            self.assertGreater(self.appended(raw.answer()), before)

    def test_answers_that_nobody_reads_yet_come_in_their_order(self):
        raw = self.raw()
        places, count = [], 1500  # more than a socket holds
        for _ in range(count):
            raw.send(post([self.team()]))
            places.append(places[-1] + 1 if places else self.last_after(raw))
            while self.last() < places[-1]:
                pass
        self.assertEqual([self.appended(raw.answer()) for _ in range(count)], places)

    def last_after(self, raw):
        """The place of the one request whose answer has not been read."""
        while not raw.socket.recv(1, socket.MSG_PEEK):
            pass
        return self.last()

    def test_an_append_behind_a_stream_waits_for_its_end(self):
        raw = self.raw()
        raw.send(b"GET /v1/events?limit=1 HTTP/1.1\r\nHost: w\r\nAccept: text/event-stream\r\n\r\n" + post([self.team()]))
        seen = b""
        while b"HTTP/1.1 200 OK\r\nContent-Type: application/json" not in seen:
            data = raw.socket.recv(65536)
            self.assertTrue(data, seen)
            seen += data
        self.assertLess(seen.index(b"text/event-stream"), seen.index(b"application/json\r\n"))

    # Bodies

    def test_all_forms_of_a_body_are_taken(self):
        raw = self.raw()
        for media in (ONE, BATCH, LINES, LINES + "; charset=utf-8", "Application/CloudEvents+JSON"):
            for length in (True, False):
                with self.subTest(media=media, length=length):
                    raw.send(post([self.team()] if media == BATCH else self.team(), media, length=length))
                    self.appended(raw.answer())

    def test_binary_mode(self):
        raw = self.raw()
        made = self.team()
        fields = {f"CE_{name}": value for name, value in made.items() if name != "data"}
        raw.send(post(made["data"], "application/json", **fields))
        self.appended(raw.answer())
        raw.send(post(made, ONE))  # the same event in the other form
        self.assertEqual(json.loads(raw.answer()[2])["duplicates"], 1)
        raw.send(post(b'{"team":"t"},"source":"x"', "application/json", **fields))
        self.problem(raw.answer(), 400, "malformed")
        raw.send(post(made["data"], "application/json", **(fields | {"ce_source": "%zz", "CE_source": "/a"})))
        self.problem(raw.answer(), 400, "bad_header")
        raw.send(post(made["data"], "application/json"))
        self.problem(raw.answer(), 415, "unsupported_media_type")

    def test_a_large_request_is_checked_like_a_small_one(self):
        events = [self.team() for _ in range(3000)]
        raw = self.raw()
        raw.send(post(events))
        self.appended(raw.answer(), 3000)
        events = [self.team() for _ in range(3000)]
        events[2999]["subject"] = "Nobody At All"
        raw.send(post(events))
        answer = raw.answer()
        self.assertIn(answer[0], (400, 422), answer[2])
        self.assertEqual(json.loads(answer[2])["index"], 2999)
        raw.send(post(b"[" + b" " * 400_000 + b"}"))
        self.problem(raw.answer(), 400, "malformed")
        raw.send(post([self.team()]))
        self.appended(raw.answer())

    def test_an_empty_body_is_no_event(self):
        raw = self.raw()
        for media in (ONE, BATCH, LINES):
            for length in (True, False):
                raw.send(post(b"", media, length=length))
                self.problem(raw.answer(), 400, "malformed")

    def test_the_wrong_media_type_is_said_before_the_body_is_read(self):
        raw = self.raw()
        whole = post([self.team()], "text/csv")
        raw.send(whole[:-5])
        self.problem(raw.answer(), 415, "unsupported_media_type")
        raw.send(whole[-5:] + post([self.team()]))
        self.appended(raw.answer())

    def test_expected_last(self):
        raw = self.raw()
        raw.send(post([self.team()]))
        last = self.appended(raw.answer())
        raw.send(post([self.team()], waybill_Expected_LAST=last - 1))
        self.problem(raw.answer(), 409, "unexpected_last")
        raw.send(post([self.team()], Waybill_Expected_Last=last))
        self.assertEqual(self.appended(raw.answer()), last + 1)
        for wrong in ("soon", "-1", "1, 2"):
            raw.send(post([self.team()], Waybill_Expected_Last=wrong))
            self.problem(raw.answer(), 400, "bad_header")

    def test_a_query_is_unknown_to_this_route(self):
        raw = self.raw()
        raw.send(post([self.team()], target="/v1/events?form=1"))
        self.problem(raw.answer(), 400, "unknown_parameter")
        raw.send(post([self.team()], target="/v1/events?"))
        self.appended(raw.answer())
        raw.send(post([self.team()], target="/v1/events/"))
        self.problem(raw.answer(), 404, "no_such_route")

    def test_a_client_that_asks_first_is_told_to_go_on(self):
        raw = self.raw()
        whole = post([self.team()], Expect="100-continue")
        head, body = whole.split(b"\r\n\r\n", 1)
        raw.send(head + b"\r\n\r\n")
        self.assertEqual(raw.answer()[0], 100)
        raw.send(body)
        self.appended(raw.answer())
        raw.send(head.replace(b"cloudevents-batch", b"other") + b"\r\n\r\n")
        self.problem(raw.answer(), 415, "unsupported_media_type")  # instead of 100

    # Ends

    def test_a_client_that_leaves_in_the_middle_of_a_body_appends_nothing(self):
        event = self.team()
        whole = post([event])
        for cut in range(whole.index(b"\r\n\r\n") + 4, len(whole), 16):
            raw = self.raw()
            raw.send(whole[:cut])
            raw.close()
        # Other tests' clients may have left requests behind, so the log's end alone does not tell.
        self.ok(self.client.post([self.team()]))
        self.assertNotIn(event["id"], [record["id"] for record in self.client.get("/v1/events").records])

    def test_a_client_that_ends_sending_in_the_middle_of_a_body_is_told(self):
        for length in (True, False):
            raw = self.raw()
            raw.send(post([self.team()], length=length)[:-12])
            raw.socket.shutdown(socket.SHUT_WR)
            fields = self.problem(raw.answer(), 400, "incomplete_request")
            self.assertEqual(fields["connection"], "close")
            self.assertTrue(raw.has_ended)

    def test_a_client_that_ends_sending_behind_its_request_gets_its_answer(self):
        raw = self.raw()
        raw.send(post([self.team()]))
        raw.socket.shutdown(socket.SHUT_WR)
        self.appended(raw.answer())
        self.assertTrue(raw.has_ended)

    def test_a_client_that_leaves_before_the_answer_harms_nobody(self):
        for _ in range(50):
            raw = self.raw()
            raw.send(post([self.team()]))
            raw.close()
        self.ok(self.client.post([self.team()]))

    def test_connection_close_is_honoured(self):
        for body, status in (([self.team()], 200), (b"nonsense", 400)):
            raw = self.raw()
            raw.send(post(body, Connection="close") + post([self.team()]))
            answer = raw.answer()
            self.assertEqual((answer[0], answer[1]["connection"]), (status, "close"))
            self.assertTrue(raw.has_ended)

    def test_http_1_0(self):
        raw = self.raw()
        raw.send(post([self.team()], version="1.0"))
        answer = raw.answer()
        self.appended(answer)
        self.assertEqual(answer[1]["connection"], "close")
        self.assertTrue(raw.has_ended)
        raw = self.raw()
        raw.send(GET.replace(b"1.1", b"1.0"))
        self.assertEqual(raw.answer()[0], 200)
        self.assertTrue(raw.has_ended)

    def test_too_large_a_body_is_refused_and_the_client_gets_to_read_it(self):
        for length in (True, False):
            with self.subTest(length=length):
                before = self.last()
                raw = self.raw()
                body = b"[" + b" " * (17 << 20) + b"]"
                sender = threading.Thread(target=self.sending, args=(raw, post(body, length=length)))
                sender.start()
                fields = self.problem(raw.answer(), 413, "request_too_large")
                self.assertEqual(fields["connection"], "close")
                self.assertTrue(raw.has_ended)
                sender.join()
                self.assertEqual(self.last(), before)

    def sending(self, raw, data):
        try:
            raw.send(data)
        except OSError:
            pass  # the daemon need not read to the end

    def test_garbage_behind_a_request_ends_the_connection_after_the_answer(self):
        raw = self.raw()
        raw.send(post([self.team()]) + b"\x00\x01 nonsense\r\n\r\n")
        self.appended(raw.answer())
        rest = raw.answer()
        self.assertTrue(rest is None or rest[0] == 400, rest)
        self.assertTrue(raw.has_ended)

    def test_lengths_that_contradict_each_other_are_refused(self):
        before = self.last()
        for fields in ("Content-Length: 10\r\nContent-Length: 11", "Content-Length: 10\r\nTransfer-Encoding: chunked", "Content-Length: -1",
                       "Content-Length: 99999999999999999999999", "Content-Length: ten"):
            with self.subTest(fields=fields):
                raw = self.raw()
                raw.send(f"POST /v1/events HTTP/1.1\r\nHost: w\r\nContent-Type: {LINES}\r\n{fields}\r\n\r\n".encode() + b"0\r\n\r\n      ")
                answer = raw.answer()
                self.assertTrue(answer is None or answer[0] in (400, 413), answer)
        self.assertEqual(self.last(), before)

    def test_requests_are_counted(self):
        def counted(status):
            for line in self.client.get("/metrics").body.decode().splitlines():
                if line.startswith("waybill_http_requests_total") and all(
                        part in line for part in ('route="/v1/events"', 'method="POST"', f'status="{status}"')):
                    return int(line.rsplit(" ", 1)[1])
            return 0

        before = counted(200), counted(400)
        self.client.append(self.team())
        self.assertEqual(self.client.post(b"{").status, 400)
        self.assertEqual((counted(200), counted(400)), (before[0] + 1, before[1] + 1))


class FullQueueTest(DaemonTest):
    environment = {"WAYBILL_LIMITS_REQUEST_BYTES": "400000", "WAYBILL_QUEUE_BYTES": "400000"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.story = Story("full", number="n-full")
        cls.client.append(*cls.story.opening())

    def body(self, count=900):
        return json.dumps([self.story.event("team.defined", "2026-01-01T00:00:00Z", team="t", name="T" * 200) for _ in range(count)]).encode()

    def raw(self):
        raw = Raw(self.daemon.socket)
        self.addCleanup(raw.close)
        return raw

    def holder(self):
        """A client that has most of the room and has not sent all; and what it has left to send."""
        request, raw = post(self.body()), self.raw()
        raw.send(request[:-10])
        self.until("waybill_queue_bytes", lambda bytes: bytes > 200_000)
        return raw, request[-10:]

    def until(self, metric, holds):
        deadline = time.monotonic() + 30
        while not holds(self.metric(metric)):
            self.assertLess(time.monotonic(), deadline, metric)

    def metric(self, name):
        for line in self.client.get("/metrics").body.decode().splitlines():
            if line.startswith(name + " "):
                return float(line.split(" ")[1])
        self.fail(f"there is no {name}")


class FullQueue(FullQueueTest):
    def test_what_has_no_room_for_a_second_is_told_to_come_again_and_nothing_is_lost(self):
        holder, rest = self.holder()
        before = self.last(), self.metric("waybill_requests_busy_total")
        began, request, late = time.monotonic(), post(self.body()), self.raw()
        late.send(request)
        status, fields, body = late.answer()
        self.assertEqual((status, fields["retry-after"], json.loads(body)["type"]), (503, "1", "urn:waybill:problem:busy"))
        self.assertGreaterEqual(time.monotonic() - began, 1)
        self.assertEqual((self.last(), self.metric("waybill_requests_busy_total")), (before[0], before[1] + 1))
        self.assertEqual(self.metric("waybill_queue_waiting_for_room"), 0)
        holder.send(rest)
        self.assertEqual(holder.answer()[0], 200)
        late.send(request)
        self.assertEqual(late.answer()[0], 200)
        self.assertEqual(self.last() - before[0], 1800)


class PatientQueue(FullQueueTest):
    environment = FullQueueTest.environment | {"WAYBILL_QUEUE_WAIT_SECONDS": "60"}

    def test_a_request_for_which_there_is_room_in_time_waits_and_is_taken(self):
        holder, rest = self.holder()
        before = self.last()
        # One is asked for its body, one brings it with the head, one sends a second request behind the first.
        invited, whole, double = self.raw(), self.raw(), self.raw()
        request = post(self.body(), Expect="100-continue")
        head = request.index(b"\r\n\r\n") + 4
        invited.send(request[:head])
        # There would be room for the others, but not before the first.
        self.until("waybill_queue_waiting_for_room", lambda count: count == 1)
        whole.send(post(self.body(60)))
        double.send(post(self.body(70)) + post(self.body(1)))
        self.until("waybill_queue_waiting_for_room", lambda count: count == 3)
        holder.send(rest)
        self.assertEqual(holder.answer()[0], 200)
        self.assertEqual(invited.answer()[0], 100)
        invited.send(request[head:])
        self.assertEqual([raw.answer()[0] for raw in (whole, invited, double, double)], [200] * 4)
        self.assertEqual(self.last() - before, 900 + 60 + 900 + 70 + 1)

    def test_a_client_that_goes_while_it_waits_leaves_no_room_taken(self):
        holder, rest = self.holder()
        before, gone, next = self.last(), self.raw(), self.raw()
        gone.send(post(self.body())[:2000])
        self.until("waybill_queue_waiting_for_room", lambda count: count == 1)
        gone.close()
        self.until("waybill_queue_waiting_for_room", lambda count: count == 0)
        holder.send(rest)
        self.assertEqual(holder.answer()[0], 200)
        self.until("waybill_queue_bytes", lambda bytes: bytes == 0)
        next.send(post(self.body()))
        self.assertEqual(next.answer()[0], 200)
        self.assertEqual(self.last() - before, 1800)

    def test_what_waits_behind_one_that_goes_need_not_wait_for_room_that_is_there(self):
        holder, rest = self.holder()
        gone, small = self.raw(), self.raw()
        gone.send(post(self.body())[:2000])
        self.until("waybill_queue_waiting_for_room", lambda count: count == 1)
        small.send(post(self.body(60)))
        self.until("waybill_queue_waiting_for_room", lambda count: count == 2)
        gone.close()
        self.assertEqual(small.answer()[0], 200)
        holder.send(rest)
        self.assertEqual(holder.answer()[0], 200)

    def test_a_daemon_that_stops_tells_who_waits_at_once_and_finishes_what_it_took(self):
        holder, rest = self.holder()
        before, late = self.last(), self.raw()
        late.send(post(self.body())[:2000])
        self.until("waybill_queue_waiting_for_room", lambda count: count == 1)
        self.client.close()
        codes = []
        stopping = threading.Thread(target=lambda: codes.append(self.daemon.stop()))
        stopping.start()
        status, fields, _ = late.answer()
        self.assertEqual((status, fields["connection"]), (503, "close"))
        holder.send(rest)
        self.assertEqual(holder.answer()[0], 200)
        late.close()
        stopping.join()
        self.assertEqual(codes, [0])
        self.daemon.start()
        self.assertEqual(self.last() - before, 900)

    def test_of_many_at_once_none_is_lost_and_none_counted_twice(self):
        bodies = [self.body(count) for count in [900, 20] * 8]
        answers, lock, before = [], threading.Lock(), self.last()

        def work(body):
            client = Client(self.daemon.socket)
            while True:
                answer = client.post(body)
                if answer.status != 503:
                    with lock:
                        answers.append(answer)
                    return client.close()

        threads = [threading.Thread(target=work, args=(body,)) for body in bodies]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        self.assertEqual([answer.status for answer in answers], [200] * 16, answers)
        self.assertEqual(self.last() - before, 920 * 8)


class Stopping(DaemonTest):
    def test_an_accepted_request_is_answered_while_the_daemon_stops(self):
        story = Story("stop", number="n-stop")
        self.client.append(*story.opening())
        self.client.close()
        answers = []

        def work(number):
            connection = UnixConnection(self.daemon.socket)
            try:
                for n in range(100_000):
                    made = event("team.defined", "2026-01-01T00:00:00Z", {"team": "t", "name": "T"}, "stop", identity=f"{number}-{n}")
                    connection.request("POST", "/v1/events", json.dumps(made), {"Content-Type": ONE})
                    reply = connection.getresponse()
                    answers.append((made["id"], reply.status))
                    reply.read()
                    if reply.will_close:
                        return
            except (OSError, http.client.HTTPException):
                pass  # not accepted any more
            finally:
                connection.close()

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        [thread.start() for thread in threads]
        time.sleep(0.3)
        self.assertEqual(self.daemon.stop(), 0)
        [thread.join() for thread in threads]
        self.daemon.start()
        known = {record["id"] for record in self.daemon.client.get("/v1/events").records}
        self.assertTrue(answers)
        lost = [identity for identity, status in answers if status == 200 and identity not in known]
        self.assertEqual(lost, [], "acknowledged and not there")
        self.assertTrue(all(status in (200, 503) for _, status in answers))


if __name__ == "__main__":
    unittest.main()
