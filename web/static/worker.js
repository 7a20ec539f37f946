// Every worker of parlab: loads the module that its first message names and does what that says.

// A trap in a promise would stay in this worker: let whoever made it hear of it as an error.
self.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  reportError(event.reason);
});

// Holds a lock until this worker ends, however it does: then the browser takes it back, which others wait for.
const hold = (name, mode) =>
  new Promise((held) => {
    navigator.locks.request(name, { mode }, () => {
      held();
      return new Promise(() => {});
    });
  });

self.onmessage = async ({ data: [role, [module, memory] = [], glue, life, memory_lock] }) => {
  self.onmessage = null;
  const parts = [import(glue)];
  if (navigator.locks) {
    if (life) parts.push(hold(life, "exclusive").then(() => self.postMessage(["alive"])));
    // Nothing is touched in a memory that may be somebody else's by now.
    if (memory_lock) parts.push(hold(memory_lock, "shared"));
  }
  const [lab] = await Promise.all(parts);
  // A thread gets a stack of 1 MiB in the memory that it joins.
  const exports = await lab.default({ module_or_path: module, memory, thread_stack_size: memory && 1 << 20 });
  const nothing_left = await lab.serve(role, memory_lock);
  self.onmessage = null;
  // Only a worker that is made for one task returns: its stack goes back to the memory that it joined, if nothing uses
  // it any more.
  if (memory && nothing_left) exports.__wbindgen_thread_destroy();
  self.postMessage([new Uint8Array([1])]);
};
