"""A training that starts from what an earlier run learned."""
