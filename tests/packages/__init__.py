"""The Debian packages: checks that take seconds (selftest), and in a root of its own (walk)."""
