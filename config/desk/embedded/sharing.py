"""Who uses the embedded servers: the first one starts them, the last one out stops them."""

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
    """Addresses with their passwords; None for a server that was not asked for."""

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
    """The servers of the checkout `base_dir`, with their data in its `folder`, joined or started
    and held until the block ends. `durable=False` trades safety for speed, for tests. `on_stop` is
    called before they are stopped, and not where another command goes on using them.

    Raises EmbeddedError; then nothing that it started is left running.
    """
    checkout = base_dir.resolve()
    names = ["postgres"] * want_postgres + ["valkey"] * want_redis
    with explained("The embedded servers cannot be used"):
        var = make_var(checkout, folder)
        lease = Lease(var, checkout)
    try:
        with explained("The embedded servers cannot start"), starting_or_stopping(var, checkout):
            in_use = not lease.is_only_one()
            lease.share()
            found = start_missing(checkout, var, names, in_use=in_use, durable=durable)
        yield found
    finally:
        with explained("The embedded servers could not be stopped"):
            leave(lease, checkout, var, on_stop)


def start_missing(
    checkout: Path, var: Path, names: list[str], *, in_use: bool, durable: bool
) -> Endpoints:
    """Notes each server as soon as it runs, so that a kill -9 right after loses nothing."""
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
    """Starts those of `names` (postgres, valkey) whose process is gone, where they listened, and
    returns the titles of these. The caller holds a share in them.

    Raises EmbeddedError.
    """
    checkout = base_dir.resolve()
    var = checkout / folder
    if not _dead(read_state(checkout, var), names):
        return []
    with explained("The embedded servers cannot start"), starting_or_stopping(var, checkout):
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
    """Gives the lease back, and stops the servers when nobody else holds one."""
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
    """The addresses of the servers that run for this checkout, from the state file alone; None
    when none runs, or when this user may not know."""
    checkout = base_dir.resolve()
    var = checkout / folder
    try:
        state = read_state(checkout, var)
    except PermissionError:
        return None
    running_at = {n: at.port for n, at in state.listeners.items() if number_lives(at.pid)}
    place = Place(checkout, var, state.home or var)
    return endpoints_of(servers_of(place, state), running_at) if running_at else None
