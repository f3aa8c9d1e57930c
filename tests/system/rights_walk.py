"""What servers tell everybody who has a certificate: what they serve, and whether they do."""

import re

import grpc

from stack import services

from .rights_callers import CALL_SECONDS, class_of

REFLECTION = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
LIST_SERVICES = b"\x3a\x01*"    # ServerReflectionRequest{list_services: "*"}
# The answer's names stand in it as they are, each with its length before it.
NAME = re.compile(rb"[a-z]\w*(?:\.\w+)*\.v\d\w*\.\w+")


def listed(channel):
    """Full names of the services that a server lists."""
    ask = channel.stream_stream(REFLECTION)
    answer, = ask(iter([LIST_SERVICES]), timeout=CALL_SECONDS)
    return {name.decode() for name in NAME.findall(answer)}


def serving(channel):
    """"SERVING", or why that is not known, in the words of the matrix."""
    try:
        answer = channel.unary_unary(services.HEALTH_METHOD)(b"", timeout=CALL_SECONDS)
    except grpc.RpcError as error:
        return class_of(error.code().name, "", error.details())
    return "SERVING" if answer == services.HEALTH_SERVING else repr(answer)
