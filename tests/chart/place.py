"""Where the chart, its tools and what they fetched are."""

import json
import pathlib
import subprocess

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHART = ROOT / "charts" / "lienthong"
FILES = CHART / "files"
HELM = ROOT / "build" / "bin" / "helm"
KUBE_SCORE = ROOT / "build" / "bin" / "kube-score"
CRDS = ROOT / "build" / "charts" / "crds"
KUBERNETES = "1.31"
RELEASE = "lt"
FULLNAME = "lt-lienthong"
PROFILES = {path.name.removesuffix("-values.yaml"): path
            for path in sorted((CHART / "ci").glob("*-values.yaml"))}
HELM_SECONDS_MAX = 600


class HelmError(Exception):
    """Helm refused; the text is what it said."""


class Loader(yaml.CSafeLoader):
    """YAML in which a key that stands twice is an error: it would hide the first."""


def _mapping(loader, node, deep=False):
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    for key in keys:
        if keys.count(key) > 1:
            raise yaml.constructor.ConstructorError(None, None, f"{key} twice", node.start_mark)
    return yaml.constructor.SafeConstructor.construct_mapping(loader, node, deep)


Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG,
                       lambda loader, node: _mapping(loader, node, deep=True))


def helm(*arguments):
    """Runs helm on the chart; its output, HelmError when it refuses."""
    done = subprocess.run([str(HELM), *map(str, arguments)], capture_output=True, text=True,
                          check=False, timeout=HELM_SECONDS_MAX)
    if done.returncode != 0:
        raise HelmError(done.stderr.strip() + done.stdout.strip())
    return done.stdout


_rendered = {}


def manifest(profile=None, *options):
    """The text that `helm template` makes of a profile (None: the defaults), made once."""
    key = (profile, options)
    if key not in _rendered:
        values = ["--values", PROFILES[profile]] if profile else []
        _rendered[key] = helm("template", RELEASE, CHART, "--kube-version", f"{KUBERNETES}.0",
                              *values, *options)
    return _rendered[key]


_loaded = {}


def documents(profile=None, *options):
    """The same as a list of objects."""
    key = (profile, options)
    if key not in _loaded:
        text = manifest(profile, *options)
        _loaded[key] = [one for one in yaml.load_all(text, Loader) if one]
    return _loaded[key]


def of_kind(kind, profile=None, *options):
    """{name: object} of one kind; a name twice is an error."""
    found = [one for one in documents(profile, *options) if one["kind"] == kind]
    named = {one["metadata"]["name"]: one for one in found}
    if len(named) != len(found):
        raise AssertionError(f"{kind}: a name is there twice")
    return named


def with_values(values, *options):
    """`helm template` of the defaults with these values (a dict) on top."""
    return helm("template", RELEASE, CHART, "--kube-version", f"{KUBERNETES}.0", *options,
                *(argument for name, value in values.items()
                  for argument in ("--set-json", f"{name}={json.dumps(value)}")))
