"""The samples for integrators (deploy/integrators) without servers: PROTOCOL's vectors in each
language, and the reader in Python against a modelled owner, relay and log."""
