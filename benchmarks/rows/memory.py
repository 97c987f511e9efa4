"""Memory: of a worker that served everything, and of an import's largest process.

Its one rule: one process, as the kernel counts it (VmRSS, VmHWM), not a sum and not the parent's.
"""

from benchmarks import servers
from benchmarks.bench import Bench
from benchmarks.client import Connection
from benchmarks.errors import Trouble
from benchmarks.processes import holder, memory
from benchmarks.promises import Promise, Seen, spelled
from benchmarks.selections import every_format


def worker(bench: Bench) -> Seen:
    """A worker over the large archive after every list in every format, plain and in gzip."""
    store = bench.large
    with servers.ours(store, bench.ports.free(), bench.place("logs")) as server, Connection(server.port) as connection:
        connection.ask("/healthz")
        pid = holder(server.pid, server.port, connection.own_port)
        began = memory(pid, "VmRSS")
        for target in every_format():
            for headers in ({}, {"Accept_Encoding": "gzip"}):
                answer = connection.ask(target, **headers)
                if answer.status != 200:
                    raise Trouble(f"{target} answers {answer.status}")
        held, peak = memory(pid, "VmRSS"), memory(pid, "VmHWM")
    told = f"{spelled(began)} MiB at its start, {spelled(peak)} MiB at most; {len(every_format())} addresses"
    return Seen((held,), told)


def largest(bench: Bench) -> Seen:
    """The import that made the large archive, with two processes."""
    done = bench.built(bench.sizes.large)[1]
    if not done.peaks:
        raise Trouble("nobody saw the processes of the import")
    told = ", ".join(spelled(peak) for peak in done.peaks[:4])
    return Seen((done.peaks[0],), f"processes: {told} MiB; {done.seconds:,.0f} s")


ROWS: tuple[Promise, ...] = (
    Promise("memory", "a worker over 1,000,000 items after serving every format", "≤", 120, worker, unit=" MiB"),
    Promise("memory", "the largest process of importing 1,000,000 records", "≤", 300, largest, unit=" MiB"),
)
