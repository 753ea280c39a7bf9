"""JupyterHub: configuration, spawners, authenticators, roles; starting and watching the academy."""
