"""Where the operators' command `lienthong` finds a stack: <run>/ops.env."""

from . import alertmanager, services, settings


def file(stack):
    """Given to the command as LIENTHONG_CONFIG or with --config."""
    return stack.run / "ops.env"


def write(stack):
    """Writes that file: the certificate `ops`, owners, copies, Alertmanager."""
    values = {
        "LIENTHONG_TLS_CA": stack.pki / "ca.crt",
        "LIENTHONG_TLS_CERT": stack.pki / "ops.crt",
        "LIENTHONG_TLS_KEY": stack.pki / "ops.key",
        "LIENTHONG_OWNERS": stack.owners,
        "LIENTHONG_REPLICAS": services.copies(stack),
        "LIENTHONG_ALERTMANAGER": alertmanager.address(stack),
    }
    settings.write_if_changed(
        file(stack), "".join(f"{name}={value}\n" for name, value in values.items()))
