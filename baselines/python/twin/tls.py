"""How requests over https are secured: whom they trust."""

import functools
import os
import re

try:
    import ssl
except ImportError:
    # Some Pythons are built without it, and need it for https alone.
    ssl = None

# The environment variables that name certificates to trust instead of the system's: a file, folders.
_CHOICES = "SSL_CERT_FILE", "SSL_CERT_DIR"
# How files are called in a folder that is looked through: by what they are about.
_HASHED = re.compile(r"[0-9a-f]{8}\.[0-9]+")


@functools.lru_cache(maxsize=None)
def trusting():
    """The settings of connections that trust the system's certificates, or those that the environment names; an `OSError`
    that says how to give some, if there are none. They are read once in each process.
    """
    if ssl is None:
        raise OSError("https needs Python's module ssl, which this Python was built without: use another one")
    file, folders = (os.environ.get(name) or None for name in _CHOICES)
    named = " and ".join(path for path in (file, folders) if path)
    reason = f"there are none in {named}" if named else "this Python finds none of the system's"
    try:
        context = ssl.create_default_context(cafile=file, capath=folders)
    except OSError as error:
        # One of both is enough.
        reason = f"{file}: {error.strerror or error}"
        context = ssl.create_default_context(capath=folders or os.devnull)
    if not named:
        folders = ssl.get_default_verify_paths().capath
    # Folders are looked through when somebody is met.
    if not context.cert_store_stats()["x509"] and not any(map(_has_some, (folders or "").split(os.pathsep))):
        raise OSError(
            f"https needs certificates to trust ({reason}): install the system's (ca-certificates; on macOS, the"
            f" Install Certificates command of this Python), or name a file or folder with {' or '.join(_CHOICES)}"
        )
    return context


def _has_some(folder):
    try:
        return any(map(_HASHED.fullmatch, os.listdir(folder)))
    except OSError:
        return False


def is_secured(sock):
    """Whether a connection goes over TLS."""
    return ssl is not None and isinstance(sock, ssl.SSLSocket)


# What reading from such a connection raises that has nothing to read.
NOTHING_TO_READ = (BlockingIOError,) if ssl is None else (BlockingIOError, ssl.SSLWantReadError)
