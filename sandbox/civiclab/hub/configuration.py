"""JupyterHub's configuration as pure functions of the settings: they set, and never append."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from civiclab.config import LOOPBACK, Settings
from civiclab.hub.authenticator import LEAST_PASSWORD, CivicAuthenticator
from civiclab.hub.home import Wiring
from civiclab.hub.proxy import API_ENTRY, API_USER, ENTRY, rules_file
from civiclab.hub.spawner import JailSpawner

SERVICE = "civiclab"
SERVICE_PREFIX = f"/services/{SERVICE}/"
ROLES = ("learner", "instructor", "admin")
ENTER_SERVICE = f"access:services!service={SERVICE}"
CULL_EVERY_S = 60
AUTH_REFRESH_S = 60  # a role taken back is gone after this at the latest
# JupyterHub's own `self` would also let a person make tokens that outlive her session, and share her server.
OWN_SERVER = ["read:users!user", "servers!user", "access:servers!user", "users:activity!user"]
# A sandbox runs what its learner was sent by others: its token submits and reads results, and opens no page.
SUBMIT = "custom:civiclab:submit"
SERVER_TOKEN = ["users:activity!user", "access:servers!server", SUBMIT]
MIB = 1024 * 1024


def configure(c: Any, settings: Settings, wiring: Wiring) -> None:
    """Sets everything the hub needs on `c`."""
    configure_hub(c, settings, wiring)
    configure_proxy(c, settings, wiring)
    configure_sign_in(c, settings)
    configure_sandboxes(c, settings)
    configure_services(c, settings, wiring)
    configure_roles(c)


def configure_hub(c: Any, settings: Settings, wiring: Wiring) -> None:
    """Addresses, database, pages, limits of the hub itself."""
    hub = c.JupyterHub
    hub.bind_url = settings.address
    hub.hub_bind_url = f"http://{LOOPBACK}:{wiring.hub_port}"
    hub.hub_routespec = "/hub/"
    hub.db_url = settings.hub_url
    hub.cookie_secret_file = str(settings.folder("hub") / "cookie_secret")
    hub.default_url = SERVICE_PREFIX
    hub.template_paths = [str(Path(__file__).parent / "templates")]
    hub.template_vars = {
        "academy_ko": wiring.academy_ko,
        "academy_en": wiring.academy_en,
        "service": SERVICE_PREFIX,
    }
    hub.allow_named_servers = False
    hub.implicit_spawn_seconds = 1
    hub.active_server_limit = settings.sandbox_count
    hub.concurrent_spawn_limit = 10
    hub.cleanup_servers = True


def configure_proxy(c: Any, settings: Settings, wiring: Wiring) -> None:
    """Traefik runs beside the hub, so that sandboxes answer while the hub is away."""
    c.JupyterHub.proxy_class = "traefik_file"
    c.Proxy.should_start = False
    c.Proxy.extra_routes = {"/": f"http://{LOOPBACK}:{wiring.service_port}"}
    proxy = c.TraefikFileProviderProxy
    proxy.dynamic_config_file = str(rules_file(settings))
    proxy.traefik_entrypoint = ENTRY
    proxy.traefik_api_entrypoint = API_ENTRY
    proxy.traefik_api_url = f"http://{LOOPBACK}:{wiring.proxy_port}"
    proxy.traefik_api_username = API_USER
    proxy.traefik_api_password = wiring.proxy_password


def configure_sign_in(c: Any, settings: Settings) -> None:
    """Passwords, approval, lock."""
    c.JupyterHub.authenticator_class = CivicAuthenticator
    c.Authenticator.manage_groups = True
    c.Authenticator.allow_all = False
    c.Authenticator.any_allow_config = True  # the records say who may enter, at each sign-in
    c.Authenticator.auth_refresh_age = AUTH_REFRESH_S
    c.Authenticator.refresh_pre_spawn = True
    native = c.CivicAuthenticator
    native.records_url = settings.records_url
    # The password is kept from the sign-up on; the approval is the records' to give.
    native.open_signup = True
    native.check_common_password = True
    native.minimum_password_length = LEAST_PASSWORD
    native.allowed_failed_logins = settings.failed_logins
    native.seconds_before_next_try = settings.lock_minutes * 60


def configure_sandboxes(c: Any, settings: Settings) -> None:
    """Each learner's jail."""
    c.JupyterHub.spawner_class = JailSpawner
    spawner = c.JailSpawner
    spawner.homes = str(settings.folder("homes"))
    spawner.released = str(settings.folder("released"))
    spawner.register = str(settings.folder("hub") / "uids.json")
    spawner.logs = str(settings.folder("logs"))
    spawner.service_url = f"{settings.address}{SERVICE_PREFIX}".rstrip("/")
    spawner.mem_limit = settings.sandbox_memory_mb * MIB
    spawner.cpu_limit = settings.sandbox_cpus
    spawner.pids_limit = settings.sandbox_pids
    spawner.server_token_scopes = SERVER_TOKEN
    spawner.default_url = "/lab"
    spawner.start_timeout = 60
    spawner.http_timeout = 60
    spawner.poll_interval = 10


def configure_services(c: Any, settings: Settings, wiring: Wiring) -> None:
    """The service, the grading worker and the culler of idle sandboxes; the hub restarts what ends."""
    told = {
        "CIVICLAB_CONTENT": str(settings.content),
        "CIVICLAB_DATABASE": settings.records_url,
        "CIVICLAB_GRADEBOOK": settings.gradebook_url,
        "CIVICLAB_RELEASED": str(settings.folder("released")),
        "CIVICLAB_RUN": str(settings.folder("run")),
        "CIVICLAB_SITE": wiring.site,
    }
    page = {
        "name": SERVICE,
        "url": f"http://{LOOPBACK}:{wiring.service_port}",
        "command": program("civiclab.service"),
        "oauth_no_confirm": True,
        "environment": told,
    }
    grading = {"name": "grading", "command": program("civiclab.grading.worker"), "environment": told}
    idle = f"--timeout={settings.idle_minutes * 60}"
    culler = {
        "name": "idle-culler",
        "command": [*program("jupyterhub_idle_culler"), idle, f"--cull-every={CULL_EVERY_S}"],
    }
    # The hub waits for a service with pages before it starts the next: the slowest goes first.
    c.JupyterHub.services = [grading, culler, page]


def program(module: str) -> list[str]:
    """A program of ours that ends with the hub, however the hub ends."""
    return ["setpriv", "--pdeathsig", "TERM", sys.executable, "-m", module]


def configure_roles(c: Any) -> None:
    """The least scopes. Nobody, not even an admin, may enter another person's server."""
    c.JupyterHub.custom_scopes = {SUBMIT: {"description": "Submit notebooks and read their results"}}
    c.JupyterHub.load_roles = [
        {"name": "user", "description": "Own server", "scopes": OWN_SERVER},
        {"name": "server", "description": "A sandbox's own token", "scopes": SERVER_TOKEN},
        {
            "name": "learner",
            "description": "Takes courses",
            "scopes": [ENTER_SERVICE, SUBMIT],
            "groups": list(ROLES),
        },
        {
            "name": "instructor",
            "description": "Marks answers and approves accounts, in the service",
            "scopes": ["read:users:name", "list:users", "read:users:activity"],
            "groups": ["instructor", "admin"],
        },
        {
            "name": "academy-admin",
            "description": "Sees and stops sandboxes",
            "scopes": ["admin-ui", "list:users", "read:users", "read:servers", "delete:servers", "read:hub"],
            "groups": ["admin"],
        },
        {
            "name": "idle-culler",
            "description": "Stops idle sandboxes",
            "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
            "services": ["idle-culler"],
        },
    ]
