"""The swarm where there is no C compiler: same options, same commands, same answers as `swarm.c`, fewer viewers.

One asyncio protocol per viewer. It costs about 15 times the processor time of the C swarm per message, which its
marks tell (`cpu_ns`), so nothing measured through it is judged beyond what it could see (SWM4).
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import resource
import struct
import sys
import time
from contextlib import suppress
from pathlib import Path

from loadtest.histogram import Histogram
from loadtest.swarm_viewer import Counts, Viewer, client_frame


class PythonSwarm:
    def __init__(self, options: argparse.Namespace, capacity: int) -> None:
        self.options, self.capacity = options, capacity
        self.counts = Counts()
        self.viewers: dict[Viewer, int] = {}
        """Each with its number."""
        subprotocol = f"Sec-WebSocket-Protocol: {options.subprotocol}\r\n" if options.subprotocol else ""
        headers = "".join(f"{header}\r\n" for header in options.header)
        self._request = (
            f"GET {options.path} HTTP/1.1\r\nHost: {options.host}:{options.port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: bGl2ZXJvb20tYmVuY2gxMg==\r\n"
            f"Sec-WebSocket-Version: 13\r\n{subprotocol}{headers}\r\n"
        ).encode()
        opcode = 1 if options.text else 2
        records = unpacked(options.records.read_bytes()) if options.records else []
        self._hellos = [client_frame(opcode, record) for record in records]
        self._serial = itertools.count()

    async def open(self, count: int, per_second: float) -> dict[str, object]:
        counts = self.counts
        counts.joined, counts.failed, counts.last_error = 0, 0, ""
        begun = time.monotonic_ns()
        gate = asyncio.Semaphore(self.options.inflight)

        async def one() -> None:
            async with gate:
                await self._open_one()

        async with asyncio.TaskGroup() as group:
            for n in range(count):
                if per_second:
                    await asyncio.sleep(max(0.0, n / per_second - (time.monotonic_ns() - begun) / 1e9))
                group.create_task(one())
        answer: dict[str, object] = {
            "event": "opened",
            "joined": counts.joined,
            "failed": counts.failed,
            "seconds": (time.monotonic_ns() - begun) / 1e9,
            "last_error": counts.last_error,
            "join_ns": counts.join_ns.pairs(),
            "close_codes": dict(counts.close_codes),
        }
        counts.join_ns = Histogram()
        return answer

    async def _open_one(self) -> None:
        options, number = self.options, next(self._serial)
        hello = self._hellos[number % len(self._hellos)] if self._hellos else b""
        source = (f"127.0.0.{1 + number % options.sources}", 0) if options.sources > 1 else None

        def viewer() -> Viewer:
            return Viewer(self._request, hello, options.tag.encode(), options.welcome, self.counts)

        try:
            if len(self.viewers) >= self.capacity:
                raise OSError("no more descriptors")
            _, made = await asyncio.get_running_loop().create_connection(
                viewer, options.host, options.port, local_addr=source
            )
        except OSError as error:
            self.counts.failed += 1
            self.counts.last_error = f"connect: {error}"
            return
        self.viewers[made] = number
        await made.settled

    def mark(self) -> dict[str, object]:
        counts = self.counts
        answer: dict[str, object] = {
            "event": "mark",
            "monotonic_ns": time.monotonic_ns(),
            "cpu_ns": time.process_time_ns(),
            "live": sum(
                1 for viewer in self.viewers if viewer.transport and not viewer.transport.is_closing()
            ),
            "messages": counts.messages,
            "bytes": counts.bytes,
            "markers": counts.markers,
            "missing": counts.missing,
            "repeated": counts.repeated,
            "pings": counts.pings,
            "ended": counts.ended,
            "latency_ns": counts.latency_ns.pairs(),
            "close_codes": dict(counts.close_codes),
        }
        counts.latency_ns = Histogram()
        return answer

    async def say(
        self,
        at_ns: int,
        within_ns: int,
        every: int,
        patience_ns: int,
        message: bytes,
        needle: bytes,
        file: Path,
    ) -> dict[str, object]:
        """See `say` in `swarm.c`."""
        sayers = list(self.viewers)[::every]
        frame = client_frame(1 if self.options.text else 2, message)
        sent, answered, first_ns, last_ns = 0, 0, 0, 0
        all_answered = asyncio.Event()
        with file.open("wb") as answers:

            def heard(viewer: Viewer, now: int, payload: bytes) -> None:
                nonlocal answered
                head = struct.pack("=IIQQ", len(payload), self.viewers[viewer], viewer.said_ns, now)
                answers.write(head + payload)
                answered += 1
                all_answered.set()

            for n, viewer in enumerate(sayers):
                due_ns = at_ns + within_ns * n // len(sayers)
                if (wait_ns := due_ns - time.monotonic_ns()) > 0:
                    await asyncio.sleep(wait_ns / 1e9)
                last_ns = time.monotonic_ns()
                first_ns = first_ns or last_ns
                sent += viewer.say(frame, needle, last_ns, heard)
            while answered < sent:
                left_s = (at_ns + within_ns + patience_ns - time.monotonic_ns()) / 1e9
                if left_s <= 0:
                    break
                all_answered.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(all_answered.wait(), left_s)
            for viewer in sayers:
                viewer.said_ns = 0
        return {"event": "said", "sent": sent, "answered": answered, "first_ns": first_ns, "last_ns": last_ns}

    def close(self) -> dict[str, object]:
        closed = len(self.viewers)
        for viewer in self.viewers:
            viewer.is_joined = False  # what we end ourselves is no ended viewer
            if viewer.transport:
                viewer.transport.abort()
        self.viewers.clear()
        return {"event": "closed", "closed": closed}

    async def obey(self) -> None:
        """Do the commands of standard input until it ends or says something unknown."""
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
        )
        tell({"event": "ready", "capacity": self.capacity})
        while line := await reader.readline():
            match line.decode().split():
                case ["open", count]:
                    tell(await self.open(int(count), 0.0))
                case ["open", count, rate]:
                    tell(await self.open(int(count), float(rate)))
                case ["say", at, within, every, patience, message, needle, file]:
                    numbers = (int(at), int(within), int(every), int(patience))
                    says = (bytes.fromhex(message), bytes.fromhex(needle), Path(file))
                    tell(await self.say(*numbers, *says))
                case ["mark"]:
                    tell(self.mark())
                case ["close"]:
                    tell(self.close())
                case _:
                    return


def unpacked(data: bytes) -> list[bytes]:
    """Return the records of `swarm.packed`."""
    records, at = [], 0
    while at < len(data):
        (length,) = struct.unpack_from("<I", data, at)
        records.append(data[at + 4 : at + 4 + length])
        at += 4 + length
    return records


def tell(answer: dict[str, object]) -> None:
    print(json.dumps(answer, separators=(",", ":")), flush=True)


def descriptors() -> int:
    """Raise the limit of open descriptors as far as it goes and return how many viewers it leaves room for."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard - 64


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m loadtest.swarm_python")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--path", default="/v1/live")
    parser.add_argument("--subprotocol")
    parser.add_argument("--header", action="append", default=[])
    parser.add_argument("--records", type=Path)
    parser.add_argument("--text", action="store_true")
    parser.add_argument("--welcome", action="store_true")
    parser.add_argument("--sources", type=int, default=1)
    parser.add_argument("--inflight", type=int, default=64)
    parser.add_argument("--tag", default="liveroom-bench:")
    parser.add_argument("--pause", type=int, help="taken and left aside: this one looks at once")
    parser.add_argument("--cpu", type=int)
    options = parser.parse_args()
    if options.cpu is not None:
        os.sched_setaffinity(0, {options.cpu})
    asyncio.run(PythonSwarm(options, descriptors()).obey())


if __name__ == "__main__":
    main()
