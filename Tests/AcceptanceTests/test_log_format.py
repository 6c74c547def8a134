"""docs/log-format.md read by somebody else: a log's frames unpacked by what the document says and nothing of Waybill's."""
import base64
import ctypes
import struct
import unittest

from harness import DaemonTest, Story, event

HEADER = 72


def zstd():
    """The system's zstd, which the daemon links too."""
    library = ctypes.CDLL("libzstd.so.1")
    library.ZSTD_decompress.restype = ctypes.c_size_t
    library.ZSTD_decompress.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]
    return library


def frames(file):
    """(first sequence, count, version, what was compressed) of the frames in a data.mdb, found by zstd's magic number behind a header."""
    content, library, place = file.read_bytes(), zstd(), 0
    while (place := content.find(b"\x28\xb5\x2f\xfd", place)) >= 0:
        start, place = place - HEADER, place + 4
        if start < 0:
            continue
        version, count, bundled, first, stored = struct.unpack_from("<HHIQI", content, start)
        (packed,) = struct.unpack_from("<I", content, start + 64)
        if (version, packed > 0) not in ((1, False), (2, True)) or not 1 <= count <= 256 or first % 256 != 1:
            continue
        size = packed or bundled
        target = ctypes.create_string_buffer(size)
        source = content[start + HEADER:start + HEADER + stored]
        if library.ZSTD_decompress(target, size, source, stored) == size:
            yield first, count, version, target.raw


def unpacked(packed, first, count):
    """The records of a frame of version 2."""
    place, identity, phone, moment = 0, None, None, None

    def take():
        nonlocal place
        length = packed[place]
        place += 1 + length
        return packed[place - length:place]

    for sequence in range(first, first + count):
        record = bytearray()
        while True:
            sign = packed[place]
            place += 1
            if sign >= 8:
                record.append(sign)
            elif sign == 1:
                said = take()
                identity = b"wamid." + base64.b64encode(said)
                phone = said[3:3 + said[2]] if len(said) > 3 else None
                record += identity
            elif sign == 2:
                record += identity
            elif sign == 3:
                record += phone
            elif sign in (4, 5):
                moment = take() if sign == 5 else moment
                record += b',"sequence":"%d","recordedtime":"%s"}' % (sequence, moment)
                break
            elif sign == 6:
                break
            else:
                raise AssertionError(f"sign {sign} in record {sequence}")
        yield bytes(record)
    assert place == len(packed), "something is behind the last record"


class LogFormat(DaemonTest):
    def test_the_document_is_enough_to_read_a_log(self):
        daemon = self.daemon
        story = Story("format", number="n-format")
        daemon.client.append(*story.opening())
        for n in range(1, 400):
            phone = f"55119876{n % 50:05d}"
            said = b"\x1c\x18" + bytes([len(phone)]) + phone.encode() + b"\x15\x02\x00\x11\x18\x12" + b"%018X" % (n * 7919) + b"\x00"
            identity = "wamid." + base64.b64encode(said).decode()
            about = {"message": identity, "number": "n-format", "contact": {"phone": phone}}
            sent = about | {"kind": "template", "template": "hello", "category": "utility"}
            daemon.client.append(
                event("message.sent", "2026-09-01T09:00:00Z", sent, "format", identity=identity),
                event("message.status", "2026-09-01T09:00:01Z", about | {"status": "delivered"}, "format", identity=identity + ":delivered"))
        exported = daemon.client.get("/v1/events").body.splitlines()
        daemon.stop()
        found = {first: (count, version, content) for first, count, version, content in frames(daemon.data / "log" / "data.mdb")}
        complete = len(exported) // 256
        self.assertGreaterEqual(complete, 3)
        self.assertEqual(sorted(found), [256 * n + 1 for n in range(complete)])
        ids = 0
        for first, (count, version, content) in found.items():
            self.assertEqual((count, version), (256, 2))
            self.assertEqual(list(unpacked(content, first, count)), exported[first - 1:first + 255])
            self.assertLess(len(content), 0.7 * sum(map(len, exported[first - 1:first + 255])))
            ids += content.count(b"wamid.")
        self.assertEqual(ids, 0, "there are ids that are not packed")


if __name__ == "__main__":
    unittest.main()
