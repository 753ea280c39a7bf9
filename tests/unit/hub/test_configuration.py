"""JupyterHub's configuration, on a bare Config()."""

from __future__ import annotations

from typing import Any

import pytest
from traitlets.config import Config

from civiclab.config import Settings
from civiclab.hub.configuration import configure, configure_roles
from civiclab.hub.home import Wiring
from civiclab.hub.proxy import static_config

WIRING = Wiring(9501, 9502, 9503, "the-proxy-password", "/site")


@pytest.fixture
def c(settings: Settings) -> Any:
    """Everything set once."""
    config = Config()
    configure(config, settings, WIRING)
    return config


def roles(c: Any) -> dict[str, Any]:
    """The roles by name."""
    return {role["name"]: role for role in c.JupyterHub.load_roles}


def test_it_sets_and_never_appends(c: Any, settings: Settings) -> None:
    """A second run over the same Config changes nothing."""
    once = repr(c)
    configure(c, settings, WIRING)
    assert repr(c) == once


def test_everything_listens_on_loopback(c: Any, settings: Settings) -> None:
    """Hub, service, proxy and proxy's API all have a loopback address."""
    urls = [c.JupyterHub.bind_url, c.JupyterHub.hub_bind_url, c.TraefikFileProviderProxy.traefik_api_url]
    urls += [service["url"] for service in c.JupyterHub.services if "url" in service]
    urls += c.Proxy.extra_routes.values()
    assert len(urls) == 5
    assert all(url.startswith("http://127.0.0.1:") for url in urls)
    config = static_config(settings, WIRING)
    assert config.count('address = "127.0.0.1:') == config.count("address =") == 2
    assert "dashboard = false" in config
    assert "insecure" not in config


def test_named_servers_are_off(c: Any) -> None:
    """A server's name can't collide with an account's (CVE-2026-108752)."""
    assert c.JupyterHub.allow_named_servers is False


def test_signing_in_is_never_open_to_all(c: Any) -> None:
    """No allow_all; a lock after five failures; groups come from the records."""
    assert c.Authenticator.allow_all is False
    assert c.Authenticator.manage_groups is True
    assert c.CivicAuthenticator.allowed_failed_logins == 5
    assert c.CivicAuthenticator.seconds_before_next_try == 600
    assert "admin_users" not in c.Authenticator


FORBIDDEN = {
    *("admin:users", "admin:servers", "admin:groups", "admin:services", "admin:auth_state"),
    *("access:servers", "users", "tokens", "shares", "self", "inherit", "servers", "groups", "shutdown"),
}


def test_no_role_holds_a_scope_over_others(c: Any) -> None:
    """Nobody may enter, change or act for another person; not instructors, not admins."""
    held = {scope for role in roles(c).values() for scope in role["scopes"]}
    assert held
    assert not held & FORBIDDEN


def test_only_approved_roles_enter_the_service(c: Any) -> None:
    """The scope hangs on the three groups, not on every user the hub knows."""
    entering = [
        name for name, role in roles(c).items() if "access:services!service=civiclab" in role["scopes"]
    ]
    assert entering == ["learner"]
    assert roles(c)["learner"]["groups"] == ["learner", "instructor", "admin"]
    assert "groups" not in roles(c)["server"]


def test_a_sandboxs_token_submits_and_opens_no_page(c: Any) -> None:
    """A notebook that somebody was sent runs with this token: it must not mark, approve or read for her."""
    scopes = roles(c)["server"]["scopes"]
    assert "custom:civiclab:submit" in scopes
    assert not any(scope.startswith("access:services") for scope in scopes)
    assert c.JailSpawner.server_token_scopes == scopes


def test_only_the_culler_among_services_holds_a_role(c: Any) -> None:
    """The service asks with its visitors' tokens; the grading worker asks nothing."""
    assert {name for role in roles(c).values() for name in role.get("services", ())} == {"idle-culler"}
    assert not any(service.get("admin") for service in c.JupyterHub.services)


def test_managed_services_end_with_the_hub(c: Any) -> None:
    """Each command asks the kernel to end it when the hub ends, however that happens."""
    assert {service["name"] for service in c.JupyterHub.services} == {"civiclab", "grading", "idle-culler"}
    for service in c.JupyterHub.services:
        assert service["command"][:3] == ["setpriv", "--pdeathsig", "TERM"]


def test_limits_reach_the_spawner(settings: Settings) -> None:
    """Memory, processes, CPU and idle time come from the settings."""
    changed = settings.model_copy(
        update={"sandbox_memory_mb": 512, "sandbox_pids": 64, "sandbox_cpus": 0.5, "idle_minutes": 3}
    )
    config = Config()
    configure(config, changed, WIRING)
    assert (config.JailSpawner.mem_limit, config.JailSpawner.pids_limit) == (512 * 1024 * 1024, 64)
    assert config.JailSpawner.cpu_limit == 0.5
    culler = next(one for one in config.JupyterHub.services if one["name"] == "idle-culler")
    assert "--timeout=180" in culler["command"]


def test_roles_can_be_set_alone() -> None:
    """A part of the configuration needs no other part."""
    config = Config()
    configure_roles(config)
    assert {"user", "server"} <= set(roles(config))
