// What the browser knows of the page's storage, and names that are in use (locks).

import { root, why_none } from "../../origin_files.js";

// Folders of runs' files, as in lab/files.js: `PREFIX` + session + `-` + number, in use while the lock `PREFIX` + session is held.
const PREFIX = "parlab-";

// How much is used of how much, and whether it stays.
export async function estimate() {
  const { usage, quota } = (await navigator.storage?.estimate?.()) ?? {};
  return { usage, quota, persistent: (await navigator.storage?.persisted?.()) ?? false };
}

// Ends after a time.
export function after(ms) {
  return new Promise((done) => setTimeout(done, ms));
}

// Holds a lock until the function is called that this gives, or this worker ends.
export function hold(name) {
  if (navigator.locks === undefined) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      if (lock === null) return resolve(undefined);
      return new Promise((release) => resolve(() => release()));
    });
  });
}

// Whether nobody holds a lock, or gives it back within a time.
export function take(name, patience_ms) {
  if (navigator.locks === undefined) return Promise.resolve(undefined);
  const options = patience_ms > 0 ? { signal: AbortSignal.timeout(patience_ms) } : { ifAvailable: true };
  return navigator.locks.request(name, options, (lock) => lock !== null).catch((error) => {
    if (options.signal?.aborted) return false;
    throw error;
  });
}

// Removes the files of runs whose lab is gone. Those of a lab that lives go when their run is over.
export async function clear_files() {
  // There may be no file system, and nothing in it.
  if (await why_none()) return;
  const folders = await root();
  for await (const name of folders.keys()) {
    if (!name.startsWith(PREFIX)) continue;
    const remove = () => folders.removeEntry(name, { recursive: true });
    if (navigator.locks === undefined) await remove();
    else await navigator.locks.request(name.replace(/-[0-9]+$/, ""), { ifAvailable: true }, (lock) => lock && remove());
  }
}
