# SPDX-License-Identifier: Apache-2.0
"""Bundles for tests, made by `outrigger bundle`, and taken apart and put together again to be wrong on purpose."""
import json
import os
import subprocess
import zipfile


def make(build, image, out, *options):
    """Bundles an ELF or a binary. Options as of `outrigger bundle`."""
    r = subprocess.run([os.path.join(build, "bin", "outrigger"), "bundle", image, out, *options],
                       capture_output=True, text=True, timeout=60)
    if r.returncode != 0:
        raise RuntimeError(f"outrigger bundle ended with {r.returncode}: {r.stderr}")
    return out


def script(build, folder, name, text, *options):
    """A bundle of a script for the host device."""
    image = os.path.join(folder, name + ".bin")
    with open(image, "w") as f:
        f.write("#!outrigger-host\n" + text)
    return make(build, image, os.path.join(folder, name + ".zip"), *options)


def app(build, folder, name, *options):
    """A bundle of a sample application of the emulated board."""
    return make(build, os.path.join(build, "fw", "apps", name + ".elf"), os.path.join(folder, name + ".zip"), *options)


def entries(path):
    with zipfile.ZipFile(path) as z:
        return {n: z.read(n) for n in z.namelist()}


def write(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in files.items():
            z.writestr(name, data)
    return path


def microvisor(build, image, out, version="0.2.0", key=None, *options):
    """Bundles a signed microvisor image; the key is the build's root key unless another one is given."""
    key = key or os.path.join(build, "keys", "boot_root.pem")
    r = subprocess.run([os.path.join(build, "bin", "outrigger"), "microvisors", "bundle", image, "--key", key,
                        "--version", version, "--out", out, *options], capture_output=True, text=True, timeout=60)
    if r.returncode != 0:
        raise RuntimeError(f"outrigger microvisors bundle ended with {r.returncode}: {r.stderr}")
    return out


def upload(server, path, unique_name=None, to="/v1/Apps"):
    """SID of the new app or microvisor; the answer must be 201."""
    status, answer = server.rest.upload(path, unique_name, to)
    if status != 201:
        raise RuntimeError(f"upload of {os.path.basename(path)}: HTTP {status} {json.dumps(answer, default=str)}")
    return answer["sid"]
