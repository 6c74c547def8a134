"""The programs a run needs: ours, built for release, and the small ones in C that drive and rival them."""
import os
import pathlib
import subprocess

from .machine import REPOSITORY, TOOLS, run, say

HELPERS = {  # by name: the sources beside bench-NAME.c, and what it is linked with
    "client": [],
    "traffic": [],
    "export": [],
    "questions": [],
    "lmdb": ["-llmdb"],
    "sqlite": ["-lsqlite3"],
    "redis": ["-lpthread"],
    "postgres": ["-I/usr/include/postgresql", "-lpq", "-lpthread"],
}


class Programs:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def prepare(self, built=None, verify=True):
        """Installs what is missing, builds, and compiles. `built` names a folder with programs that are used as they are."""
        run(TOOLS / "setup", "--bench")
        os.environ["PATH"] += ":/opt/swift/usr/bin"
        if built is None:
            say("building for release")
            for product in ("waybilld", "waybill"):
                run("swift", "build", "-c", "release", "--product", product, cwd=REPOSITORY, stdout=subprocess.DEVNULL)
            shown = run("swift", "build", "-c", "release", "--show-bin-path", cwd=REPOSITORY, capture_output=True, text=True)
            built = shown.stdout.strip()
        self.waybilld = pathlib.Path(built).resolve() / "waybilld"
        self.waybill = pathlib.Path(built).resolve() / "waybill"
        if not self.waybilld.exists():
            raise SystemExit(f"tools/bench: there is no waybilld in {built}")
        for name, flags in HELPERS.items():
            run("gcc", "-O2", "-o", self.helper(name), TOOLS / f"bench-{name}.c", *flags)

    def helper(self, name):
        return self.folder / f"bench-{name}"

    def limits(self):
        """The program that measures single stages; it takes the very sources that Waybill is built from."""
        program, sources = self.helper("limits"), REPOSITORY / "Sources"
        includes = [f"-I{sources / part / 'include'}" for part in ("CSHA256", "CSimdJSON")]
        run("gcc", "-O2", "-c", "-o", f"{program}.o", TOOLS / "bench-limits.c", *includes)
        run("gcc", "-O2", "-c", "-o", f"{program}-sha256.o", sources / "CSHA256" / "sha256.c", includes[0])
        run("g++", "-O2", "-std=c++17", "-o", program, f"{program}.o", f"{program}-sha256.o", sources / "CSimdJSON" / "shim.cpp",
            sources / "CSimdJSON" / "tape.cpp",
            includes[1], "-lsimdjson", "-lzstd", "-lcrypto", "-lpthread")
        return program
