"""Civiclab: AI competency training and sandbox environment for a city's officials."""

__version__ = "0.1.0"
