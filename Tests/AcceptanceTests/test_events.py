"""Appending and reading the log: what is answered, what is stored, what is refused twice."""
import http.client
import json
import unittest

from harness import DaemonTest, Story, UnixConnection, event


class Appending(DaemonTest):
    def test_each_media_type_appends_and_answers_first_last_appended_duplicates(self):
        story = Story("media")
        before = self.last()
        answer = self.ok(self.client.post(story.opening()))
        self.assertEqual((answer["appended"], answer["duplicates"]), (2, 0))
        self.assertGreater(int(answer["first"]), before)  # the zone's transitions may stand before
        self.assertEqual(int(answer["last"]), int(answer["first"]) + 1)
        one = story.event("team.defined", "2026-01-01T00:00:00Z", team="sales", name="Sales")
        single = self.ok(self.client.post(one, media="application/cloudevents+json"))
        self.assertEqual(single, single | {"first": single["last"], "appended": 1, "duplicates": 0})
        lines = [story.event("team.defined", "2026-01-01T00:00:00Z", team=f"t{n}", name="T") for n in range(3)]
        body = b"\n".join(json.dumps(line).encode() for line in lines) + b"\n"
        answer = self.ok(self.client.post(body, media="application/x-ndjson"))
        self.assertEqual((answer["appended"], int(answer["last"]) - int(answer["first"])), (3, 2))

    def test_media_type_parameters_are_ignored(self):
        story = Story("charset")
        self.ok(self.client.post(story.opening(), media="application/cloudevents-batch+json; charset=utf-8"))

    def test_binary_mode_takes_the_attributes_from_headers(self):
        story = Story("binary")
        self.client.append(*story.opening())
        data = json.dumps({"team": "care", "name": "Cuidado ção"}).encode()
        headers = {"Content-Type": "application/json", "ce-specversion": "1.0", "ce-id": "bin-1", "ce-source": "/binary",
                   "ce-type": "waybill.team.defined", "ce-subject": "binary", "ce-time": "2026-01-02T03:04:05Z"}
        answer = self.client.request("POST", "/v1/events", data, headers)
        sequence = self.ok(answer)["first"]
        record = self.client.get("/v1/events", from_=sequence, to=int(sequence) + 1).records[0]
        self.assertEqual(record["data"], {"team": "care", "name": "Cuidado ção"})
        self.assertEqual((record["id"], record["source"], record["subject"]), ("bin-1", "/binary", "binary"))
        self.assertEqual(self.ok(self.client.request("POST", "/v1/events", data, headers))["duplicates"], 1)

    def test_a_record_is_the_event_with_sequence_and_recordedtime_and_nothing_lost(self):
        story = Story("kept")
        self.client.append(*story.opening())
        sent = story.event("team.defined", "2026-01-01T00:00:00.25Z", team="x", name="日本 \"q\" \\ é",
                           later={"a": [1, 2.5, None, True], "big": 12345678901234567})
        sent["extension1"] = "kept"
        text = json.dumps(sent, indent=2, ensure_ascii=False).encode()
        sequence = self.ok(self.client.post(text, media="application/cloudevents+json"))["first"]
        answer = self.client.get("/v1/events", from_=sequence, to=int(sequence) + 1)
        self.assertIn("application/x-ndjson", answer.headers["Content-Type"])
        record = answer.records[0]
        self.assertRegex(record.pop("recordedtime"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
        self.assertEqual(record.pop("sequence"), sequence)
        self.assertEqual(record, sent)
        self.assertNotIn(b'": ', answer.body)

    def test_the_log_is_numbered_from_one_without_gaps(self):
        records = self.client.get("/v1/events").records
        self.assertEqual([record["sequence"] for record in records], [str(n + 1) for n in range(len(records))])

    def test_events_are_filtered_by_account_type_range_and_limit(self):
        one, two = Story("filter-1"), Story("filter-2", number="2002")
        first = int(self.client.append(*one.opening(), *two.opening())["first"])
        self.client.append(*[one.event("team.defined", "2026-01-01T00:00:00Z", team=f"t{n}", name="T") for n in range(5)])
        mine = self.client.get("/v1/events", account="filter-2").records
        self.assertEqual([record["type"] for record in mine], ["waybill.account.opened", "waybill.number.added"])
        teams = self.client.get("/v1/events", account="filter-1", type="waybill.team.defined").records
        self.assertEqual([record["data"]["team"] for record in teams], ["t0", "t1", "t2", "t3", "t4"])
        limited = self.client.get("/v1/events", account="filter-1", type="waybill.team.defined", limit=2).records
        self.assertEqual([record["data"]["team"] for record in limited], ["t0", "t1"])
        part = self.client.get("/v1/events", from_=first, to=first + 3).records
        self.assertEqual([int(record["sequence"]) for record in part], [first, first + 1, first + 2])

    def test_the_same_event_again_is_a_duplicate_with_its_first_sequence(self):
        story = Story("again")
        self.client.append(*story.opening())
        made = story.event("team.defined", "2026-01-01T00:00:00Z", team="sales", name="Sales")
        first = self.client.append(made)["first"]
        before = self.last()
        reordered = dict(reversed(list(made.items())))
        for body in (made, reordered):
            answer = self.ok(self.client.post([body]))
            self.assertEqual(answer, answer | {"first": first, "last": first, "appended": 0, "duplicates": 1})
        self.assertEqual(self.last(), before)

    def test_a_batch_with_one_event_twice_appends_it_once(self):
        story = Story("twice")
        self.client.append(*story.opening())
        made = story.event("team.defined", "2026-01-01T00:00:00Z", team="sales", name="Sales")
        answer = self.ok(self.client.post([made, made]))
        self.assertEqual((answer["appended"], answer["duplicates"]), (1, 1))

    def test_one_identity_with_other_content_is_a_conflict_that_names_the_first(self):
        story = Story("conflict")
        self.client.append(*story.opening())
        made = story.event("team.defined", "2026-01-01T00:00:00Z", team="sales", name="Sales")
        first = self.client.append(made)["first"]
        other = made | {"data": {"team": "sales", "name": "Other"}}
        good = story.event("team.defined", "2026-01-01T00:00:00Z", team="good", name="Good")
        before = self.last()
        problem = self.refused(self.client.post([good, other]), 409, index=1)
        self.assertIn(first, problem["detail"])
        self.assertEqual(self.last(), before, "a request is all or nothing")

    def test_expected_last_lets_one_of_two_writers_through(self):
        story = Story("expected")
        self.client.append(*story.opening())
        last = self.last()
        made = lambda name: [story.event("team.defined", "2026-01-01T00:00:00Z", team=name, name="T")]
        self.refused(self.client.post(made("no"), Waybill_Expected_Last=str(last - 1)), 409)
        self.ok(self.client.post(made("yes"), Waybill_Expected_Last=str(last)))
        self.refused(self.client.post(made("no"), Waybill_Expected_Last=str(last)), 409)
        self.refused(self.client.post(made("no"), Waybill_Expected_Last="soon"), 400)
        self.assertEqual(self.last(), last + 1)

    def test_a_batch_may_open_an_account_and_use_it(self):
        story = Story("opens-and-uses")
        answer = self.client.append(*story.opening(), story.sent("m-ou", "2026-01-02T00:00:00Z", "5511987654321"))
        self.assertEqual(answer["appended"], 3)

    def test_an_empty_batch_appends_nothing(self):
        before = self.last()
        answer = self.client.post([])
        self.assertIn(answer.status, (200, 400, 422), answer)
        self.assertEqual(self.last(), before)


class Following(DaemonTest):
    def follow(self, query="", headers=None):
        connection = UnixConnection(self.daemon.socket)
        connection.request("GET", "/v1/events" + query, headers={"Accept": "text/event-stream"} | (headers or {}))
        reply = connection.getresponse()
        self.addCleanup(connection.close)
        self.assertEqual(reply.status, 200)
        self.assertIn("text/event-stream", reply.headers["Content-Type"])
        return reply

    def read(self, reply, count):
        """`count` server-sent events as (id, record)."""
        found, identity, data = [], None, []
        while len(found) < count:
            line = reply.readline().decode().rstrip("\r\n")
            if line.startswith("id:"):
                identity = line[3:].strip()
            elif line.startswith("data:"):
                data.append(line[5:].strip())
            elif line == "" and data:
                found.append((identity, json.loads("\n".join(data))))
                data = []
        return found

    def test_a_stream_follows_and_resumes_after_the_last_event_id(self):
        story = Story("follow")
        self.client.append(*story.opening())
        reply = self.follow("?account=follow&from=1")
        seen = self.read(reply, 2)
        self.assertEqual([record["type"] for _, record in seen], ["waybill.account.opened", "waybill.number.added"])
        for identity, record in seen:
            self.assertEqual(identity, record["sequence"])
        made = [story.event("team.defined", "2026-01-01T00:00:00Z", team=f"t{n}", name="T") for n in range(3)]
        self.client.append(*made)
        live = self.read(reply, 3)
        self.assertEqual([record["data"]["team"] for _, record in live], ["t0", "t1", "t2"])
        resumed = self.follow("?account=follow", {"Last-Event-ID": live[0][0]})
        self.assertEqual([record["data"]["team"] for _, record in self.read(resumed, 2)], ["t1", "t2"])

    def test_a_follower_by_type_sees_that_type_alone(self):
        story = Story("follow-type", number="77")
        self.client.append(*story.opening())
        reply = self.follow("?account=follow-type&type=waybill.team.defined&from=1")
        self.client.append(story.event("agent.defined", "2026-01-01T00:00:00Z", agent="a", name="A"),
                           story.event("team.defined", "2026-01-01T00:00:00Z", team="t", name="T"))
        self.assertEqual(self.read(reply, 1)[0][1]["type"], "waybill.team.defined")


if __name__ == "__main__":
    unittest.main()
