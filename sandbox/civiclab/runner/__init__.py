"""What runs INSIDE a jail. Standard library and what a Jupyter environment has; nothing of civiclab.

`learner` runs the answers, `checker` runs the checks and sees the learner's names as values over a socket,
`wire` is what they say to each other; `sandbox` and `bench` are the learner's own JupyterLab server.
The jail starts these as programs; nothing of civiclab imports them.
"""
