"""An image of deploy/Dockerfile without Docker: its lines executed in a root, its command run."""

import shutil
import subprocess

from . import dockerfile, root

READY_SECONDS_MAX = 120
STOP_SECONDS_MAX = 60
STOPPED_WELL = {"service": (0,), "kafka": (0, 143)}  # the JVM ends with 143


class Image:
    """The image of a stage; `service`: the build argument SERVICE, if it has one."""

    def __init__(self, path, stage, service=""):
        self.root = root.Root(path)
        self.stage = dockerfile.stage(stage)
        self.service = service

    def build(self, base, archives, debs):
        """Executes the lines RUN, the packages where the build stage is mounted."""
        self.root.make(base, archives)
        self.root.bring(debs, "/packages")
        variables = {"SERVICE": self.service} if self.stage.arguments else {}
        with self.root.mounted(archives):
            for line in self.stage.run:
                self.root.run("sh", "-c", line, variables=variables)

    def give(self, folder, files):
        """Mounts files as compose does with secrets: {name: path on this machine}."""
        self.root.inside(folder).mkdir(parents=True, exist_ok=True)
        for name, path in files.items():
            shutil.copy(path, self.root.inside(f"{folder}/{name}"))
        root.checked(["chown", "-R", self.stage.user, str(self.root.inside(folder))])

    def words(self, command, variables):
        """A command line as the image's user in the image's environment."""
        user, group = self.stage.user.split(":")
        values = {"PATH": root.unit.PATH, **self.stage.variables(self.service), **variables}
        return ["chroot", str(self.root.path), "setpriv", "--reuid", user, "--regid", group,
                "--clear-groups", "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all",
                "env", "-i", *(f"{name}={value}" for name, value in values.items()), *command]

    def start(self, variables, log):
        """Runs the command until the health check says that it is well; the process."""
        with log.open("wb") as file:
            process = subprocess.Popen(self.words(self.stage.command, variables), stdout=file,
                                       stderr=file)

        def healthy():
            if process.poll() is not None:
                last = log.read_text(encoding="utf-8", errors="replace").splitlines()[-30:]
                raise root.WalkError("\n".join(["the image's command ended", *last]))
            root.checked(self.words(self.stage.health, variables))

        root.eventually(READY_SECONDS_MAX, healthy)
        return process

    def stop(self, process):
        process.terminate()
        code = process.wait(STOP_SECONDS_MAX)
        if code not in STOPPED_WELL[self.stage.name]:
            raise root.WalkError(f"the command of the image {self.stage.name} ended with {code}")
