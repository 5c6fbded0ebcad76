"""Try two million requests at the edge, and raw bytes at a running one: `make fuzz`."""

import argparse
import gc
import sys
import time
from collections.abc import Callable

from tests.conftest import open_folder
from tests.fuzz.edge import EdgeFuzz
from tests.fuzz.service import fill
from tests.fuzz.wire import WireFuzz
from tests.integration.running import running

_INPUTS = 2_000_000
_RAW_INPUTS = 200_000


def main() -> None:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=_INPUTS, help="requests to the callable")
    parser.add_argument("--raw-inputs", type=int, default=_RAW_INPUTS, help="requests over sockets")
    parser.add_argument(
        "--seed", type=int, default=time.time_ns() % 1_000_000, help="the same makes the same"
    )
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    fuzz_edge(options.inputs, options.seed)
    fuzz_wire(options.raw_inputs, options.seed)


def fuzz_edge(inputs: int, seed: int) -> None:
    gc.freeze()
    gc.disable()  # as in a serving process
    fuzz = EdgeFuzz(seed)
    fuzz.run(inputs, progress_of("requests to the callable", inputs))
    report(fuzz.seen)
    print(
        f"  no 5xx; the slowest took {fuzz.slowest_s * 1000:.1f} ms of CPU, {fuzz.outliers} were tried again"
    )
    gc.enable()


def fuzz_wire(inputs: int, seed: int) -> None:
    with open_folder() as folder, running(folder / "data", "--workers", "2") as up:
        up.ready = up.wait_until_ready()
        gtin = fill(up)
        workers = up.edge_workers()
        fuzz = WireFuzz(up.port, seed)
        fuzz.run(inputs, progress_of("requests over sockets", inputs))
        assert up.get(f"/01/{gtin}?linkType=linkset")[0] == 200, "an honest request is not answered"
        assert up.edge_workers() == workers, "a worker has died"
        report(fuzz.seen)
        print("  no 5xx; the same workers still serve")


def progress_of(what: str, inputs: int) -> Callable[[int], None]:
    began = last = time.monotonic()

    def show(number: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= 1:
            last = now
            sys.stderr.write(f"\r{number:,} of {inputs:,} {what}, {number / (now - began):,.0f}/s ")
            sys.stderr.flush()

    return show


def report(seen: dict[str, int]) -> None:
    print()
    for sign, times in sorted(seen.items(), key=lambda pair: -pair[1]):
        print(f"{times:>10,}  {sign}")


if __name__ == "__main__":
    main()
