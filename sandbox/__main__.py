"""`python -m sandbox`: run the sandbox in its own process."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from sandbox.server import CLIENT_ID, CLIENT_SECRET, Options, Running

_PORT = 8765


def main(arguments: list[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT; return 1 and print one line if it can't start."""
    options = _read_options(arguments)
    try:
        asyncio.run(_serve(options))
    except (OSError, ValueError) as error:
        print(f"Can't start the sandbox Google: {_reason(error, options)}", file=sys.stderr)
        return 1
    return 0


def _read_options(arguments: list[str] | None) -> Options:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address")
    parser.add_argument("--port", type=int, default=_PORT, help="0 for any free port")
    parser.add_argument("--people", choices=("demo", "none"), default="demo")
    parser.add_argument("--ics", type=Path, help="an iCalendar file to serve as another calendar")
    parser.add_argument("--client-id", default=CLIENT_ID)
    parser.add_argument("--client-secret", default=CLIENT_SECRET)
    parser.add_argument("--redirect-uri", default="", help="another redirect URI of the client")
    return Options(**vars(parser.parse_args(arguments)))


async def _serve(options: Options) -> None:
    running, stop = Running(options), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        print(f"Sandbox Google listens on {await running.start()}", flush=True)
        await stop.wait()
    finally:
        await running.stop()


def _reason(error: Exception, options: Options) -> str:
    if isinstance(error, OSError) and error.strerror and error.filename is None:
        return f"port {options.port} on {options.host}: {error.strerror}. Choose another --port."
    return str(error)


if __name__ == "__main__":
    sys.exit(main())
