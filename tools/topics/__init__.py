"""The topics for integrators as AsyncAPI documents; tools/asyncapi writes them."""
