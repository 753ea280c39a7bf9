"""Recipe, recoding, the release gate, the signed manifest."""
