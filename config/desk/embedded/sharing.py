"""Sharing of the embedded servers: the first command starts them, the last one stops them."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from config.desk.embedded.place import Place, explained, find_place, make_var
from config.desk.embedded.programs import Postgres, Valkey
from config.desk.embedded.servers import Server, ensure_running, number_lives, stop
from config.desk.embedded.state import Lease, State, read_state, starting_or_stopping

FOLDER = "var"


@dataclass(frozen=True)
class Endpoints:
    """URLs of the servers with passwords; None for a server that wasn't requested."""

    database_url: str | None = field(repr=False)
    redis_url: str | None = field(repr=False)


@contextmanager
def running(
    base_dir: Path,
    *,
    want_postgres: bool = True,
    want_redis: bool = True,
    durable: bool = True,
    folder: str = FOLDER,
    on_stop: Callable[[], None] = lambda: None,
) -> Iterator[Endpoints]:
    """Join or start the servers of a checkout, and keep them running for the block.

    Their data is in the checkout's `folder`. `durable=False` trades safety for speed, for tests.
    `on_stop` is called before they are stopped, but not if another command still uses them. Raises
    EmbeddedError; then every server that it started is stopped.
    """
    checkout = base_dir.resolve()
    names = ["postgres"] * want_postgres + ["valkey"] * want_redis
    with explained("Can't use the embedded servers"):
        var = make_var(checkout, folder)
        lease = Lease(var, checkout)
    try:
        with explained("Can't start the embedded servers"), starting_or_stopping(var, checkout):
            in_use = not lease.is_only_one()
            lease.share()
            found = start_missing(checkout, var, names, in_use=in_use, durable=durable)
        yield found
    finally:
        with explained("Can't stop the embedded servers"):
            leave(lease, checkout, var, on_stop)


def start_missing(
    checkout: Path, var: Path, names: list[str], *, in_use: bool, durable: bool
) -> Endpoints:
    """Start servers, and record each at once, so that a kill -9 loses track of none."""
    state = read_state(checkout, var)
    place = find_place(checkout, var, state.home)
    servers = servers_of(place, state, durable=durable)
    state = replace(state, home=None if place.home == var else place.home)
    for name in names:
        listener = ensure_running(servers[name], state.listeners.get(name), in_use=in_use)
        if listener != state.listeners.get(name):
            state = state.with_listener(name, listener)
            state.write(var)
    return endpoints_of(servers, {name: state.listeners[name].port for name in names})


def restart_dead(base_dir: Path, names: Collection[str], *, folder: str = FOLDER) -> list[str]:
    """Restart those of `names` (postgres, valkey) that died, at their ports; return their titles.

    The caller holds a lease. Raises EmbeddedError.
    """
    checkout = base_dir.resolve()
    var = checkout / folder
    if not _dead(read_state(checkout, var), names):
        return []
    with explained("Can't start the embedded servers"), starting_or_stopping(var, checkout):
        state = read_state(checkout, var)
        dead = _dead(state, names)
        servers = servers_of(Place(checkout, var, state.home or var), state)
        start_missing(checkout, var, dead, in_use=False, durable=True)
    return [servers[name].title for name in dead]


def _dead(state: State, names: Collection[str]) -> list[str]:
    return [n for n, at in state.listeners.items() if n in names and not number_lives(at.pid)]


def servers_of(place: Place, state: State, *, durable: bool = True) -> Mapping[str, Server]:
    password = state.password
    return {
        "postgres": Postgres(
            place, password, password_is_new=state.password_is_new, durable=durable
        ),
        "valkey": Valkey(place, password, durable=durable),
    }


def endpoints_of(servers: Mapping[str, Server], ports: Mapping[str, int]) -> Endpoints:
    urls = {name: servers[name].url(port) for name, port in ports.items()}
    return Endpoints(urls.get("postgres"), urls.get("valkey"))


def leave(lease: Lease, checkout: Path, var: Path, on_stop: Callable[[], None]) -> None:
    """Return the lease, and stop the servers if no other command holds one."""
    try:
        with starting_or_stopping(var, checkout):
            if lease.is_only_one():
                state = read_state(checkout, var)
                place = Place(checkout, var, state.home or var)
                on_stop()
                for server in servers_of(place, state).values():
                    stop(server)
    finally:
        lease.give_back()


def endpoints(base_dir: Path, *, folder: str = FOLDER) -> Endpoints | None:
    """Return the URLs of the running servers of this checkout, from the state file alone.

    Returns None if none is running or this user can't read the state.
    """
    checkout = base_dir.resolve()
    var = checkout / folder
    try:
        state = read_state(checkout, var)
    except PermissionError:
        return None
    running_at = {n: at.port for n, at in state.listeners.items() if number_lives(at.pid)}
    place = Place(checkout, var, state.home or var)
    return endpoints_of(servers_of(place, state), running_at) if running_at else None
