"""Courses, exercises, clauses, competencies, datasets and manifests as typed models; loaded and tied once."""
