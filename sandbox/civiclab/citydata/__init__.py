"""Synthetic raw city records from a schema and a seed.

Personal data is included on purpose, always in ranges that can't be real (`people`).
"""
