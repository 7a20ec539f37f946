// Asks the browser not to remove what the page keeps when it needs room. It may ask the user, and may say no: nothing depends
// on it. Only a page can ask, no worker.
export async function persist() {
  try {
    if (!(await navigator.storage.persisted())) await navigator.storage.persist();
  } catch {
    // It has no such storage.
  }
}
