// Files in the origin private file system: a folder per run, below the root.

import { hold } from "../life.js";
import { root, why_none } from "../origin_files.js";

// Folders are `PREFIX` + session + `-` + number. While a session's lab lives it holds the lock `PREFIX` + session.
const PREFIX = "parlab-";

// How often, and how long apart, a folder is tried to be removed, or a file to be read, while a worker that was ended still
// has a file open.
const TRIES = 20;
const PAUSE_MS = 50;

// The run's folder, which a worker looks up once.
let folder;

// Looks the run's folder up, and makes it if there is none.
export function open_folder(name) {
  folder ??= (async () => (await root()).getDirectoryHandle(name, { create: true }))();
  return folder;
}

// Creates a file, or empties it. Rejects with the kind of a task's error and a message.
export async function create_file(folder_name, name) {
  try {
    const file = await (await open_folder(folder_name)).getFileHandle(name, { create: true });
    const access = await file.createSyncAccessHandle();
    if (access.getSize() > 0) access.truncate(0);
    return new Writer(access, name);
  } catch (error) {
    throw explain(error, name);
  }
}

// A block is copied out of shared memory in pieces of this length, where it has to be.
const PIECE_BYTES = 1 << 20;
let piece;
// Whether this browser writes from shared memory; known after the first try.
let writes_shared = true;

export class Writer {
  #access;
  #name;
  #options = { at: 0 };

  constructor(access, name) {
    this.#access = access;
    this.#name = name;
  }

  write(bytes) {
    try {
      if (writes_shared || !(bytes.buffer instanceof SharedArrayBuffer)) {
        try {
          return this.#append(bytes);
        } catch (error) {
          // The standard lets it be shared, not every browser does:
          // https://fs.spec.whatwg.org/#api-filesystemsyncaccesshandle-write
          if (!(error instanceof TypeError)) throw error;
          writes_shared = false;
        }
      }
      piece ??= new Uint8Array(PIECE_BYTES);
      for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
        const part = bytes.subarray(at, at + PIECE_BYTES);
        piece.set(part);
        this.#append(part.length < PIECE_BYTES ? piece.subarray(0, part.length) : piece);
      }
    } catch (error) {
      throw explain(error, this.#name);
    }
  }

  #append(bytes) {
    for (let rest = bytes; rest.length > 0; ) {
      const written = this.#access.write(rest, this.#options);
      if (written === 0) throw { kind: "disk-full", message: `${this.#name} cannot grow: the disk is full` };
      this.#options.at += written;
      if (written === rest.length) return;
      rest = rest.subarray(written);
    }
  }

  flush() {
    try {
      this.#access.flush();
    } catch (error) {
      throw explain(error, this.#name);
    }
  }

  close() {
    this.#access.close();
  }
}

// Reads a file to its end, a piece at a time, through a handle as it was written: one that is open still elsewhere would
// not let it, and is waited for.
export async function read_file(folder_name, name, take) {
  try {
    const file = await (await open_folder(folder_name)).getFileHandle(name);
    const access = await retried(() => file.createSyncAccessHandle());
    try {
      const piece = new Uint8Array(PIECE_BYTES);
      for (let at = 0; ; ) {
        const length = access.read(piece, { at });
        if (length === 0) return;
        take(piece.subarray(0, length));
        at += length;
      }
    } finally {
      access.close();
    }
  } catch (error) {
    throw explain(error, name);
  }
}

// Does something again if it failed: what is in use elsewhere has no error of its own in all browsers.
async function retried(act) {
  for (let left = TRIES; ; left -= 1) {
    try {
      return await act();
    } catch (error) {
      if (error.name === "NotFoundError" || left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

function explain(error, name) {
  if (error?.kind !== undefined) return error;
  switch (error.name) {
    case "QuotaExceededError":
      return { kind: "disk-full", message: `${name}: the browser's quota for this site, or the disk, is full` };
    case "NoModificationAllowedError":
      return { kind: "file", message: `${name} is being written already: a browser allows one writer per file` };
    default:
      return { kind: "file", message: `${name}: ${error.message}` };
  }
}

// Says that the folders of this session are in use, until this worker ends; then removes those that nobody uses.
export async function begin_session(session) {
  if (navigator.locks === undefined || (await why_none())) return;
  await hold(PREFIX + session);
  const folders = await root();
  for await (const name of folders.keys()) {
    if (!name.startsWith(PREFIX)) continue;
    await navigator.locks.request(name.replace(/-[0-9]+$/, ""), { ifAvailable: true }, async (lock) => {
      if (lock) await folders.removeEntry(name, { recursive: true });
    });
  }
}

// Removes a run's folder with all that is in it, if there is one.
export async function remove_folder(name) {
  if (await why_none()) return;
  const folders = await root();
  try {
    await retried(() => folders.removeEntry(name, { recursive: true }));
  } catch (error) {
    if (error.name !== "NotFoundError") throw error;
  }
}
