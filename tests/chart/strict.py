"""Strict schemas: Kubernetes' own by kubernetes-validate, those of operators from their CRDs."""

import functools
import pathlib
import subprocess
import sys

import jsonschema
import yaml

from . import place

OBJECTS = ("properties", "patternProperties", "$defs")
VALIDATE = [sys.executable, "-m", "kubernetes_validate", "--strict", "--quiet",
            "--kubernetes-version", place.KUBERNETES]


@functools.cache
def crds():
    """{(apiVersion, kind): strict JSON schema} of every CRD that tools/setup fetched."""
    found = {}
    for path in sorted(place.CRDS.glob("*.yaml")):
        crd = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
        for version in crd["spec"]["versions"]:
            name = f"{crd['spec']['group']}/{version['name']}"
            schema = version["schema"]["openAPIV3Schema"]
            # What every object has is not in a CRD.
            schema["properties"] |= {"apiVersion": {"type": "string"}, "kind": {"type": "string"},
                                     "metadata": {"x-kubernetes-preserve-unknown-fields": True}}
            found[name, crd["spec"]["names"]["kind"]] = _strict(schema)
    return found


def _strict(schema):
    """The schema with every unknown property an error, and Kubernetes' words in JSON Schema's."""
    if not isinstance(schema, dict):
        return schema
    made = {}
    for key, value in schema.items():
        if key in OBJECTS:
            made[key] = {name: _strict(one) for name, one in value.items()}
        elif key in ("items", "additionalProperties", "not"):
            made[key] = _strict(value)
        elif key in ("allOf", "anyOf", "oneOf"):
            made[key] = list(value)  # branches only narrow; properties are named beside them
        else:
            made[key] = value
    if made.pop("x-kubernetes-int-or-string", False):
        made.pop("type", None)
        made.setdefault("anyOf", [{"type": "integer"}, {"type": "string"}])
    if made.pop("nullable", False) and "type" in made:
        made["type"] = [made["type"], "null"]
    if ("properties" in made and "additionalProperties" not in made
            and not made.get("x-kubernetes-preserve-unknown-fields")):
        made["additionalProperties"] = False
    return made


@functools.cache
def _validator(api_version, kind):
    return jsonschema.Draft202012Validator(crds()[api_version, kind])


def mistakes_of_custom(resource):
    """What the CRD of a resource says against it, None when there is no CRD of its kind."""
    key = resource["apiVersion"], resource["kind"]
    if key not in crds():
        return None
    return [f"{resource['kind']}/{resource['metadata']['name']}: "
            f"{'.'.join(map(str, error.absolute_path))}: {error.message}"
            for error in _validator(*key).iter_errors(resource)]


def mistakes_of_core(resources, folder):
    """What kubernetes-validate says against resources of Kubernetes itself; "" when nothing."""
    path = pathlib.Path(folder) / "core.yaml"
    path.write_text(yaml.dump_all(resources, Dumper=yaml.CSafeDumper), encoding="utf-8")
    done = subprocess.run([*VALIDATE, str(path)], capture_output=True, text=True, check=False,
                          timeout=place.HELM_SECONDS_MAX)
    said = (done.stdout + done.stderr).strip()
    return said if done.returncode or said else ""
