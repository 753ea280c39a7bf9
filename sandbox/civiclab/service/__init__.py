"""The Hub service: learner pages, instructor pages, API."""
