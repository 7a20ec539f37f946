// Asks the browser not to remove what the page keeps when it needs room. It may ask the user, and may say no: nothing depends
// on it. Only a page can ask, no worker.
export function persist() {
  navigator.storage?.persist?.().catch(() => {});
}
