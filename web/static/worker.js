// Every worker of parlab: loads the module that its first message names and does what that says.

// A trap in a promise would stay in this worker: let whoever made it hear of it as an error.
self.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  reportError(event.reason);
});

self.onmessage = async ({ data: [text, [module, memory] = []] }) => {
  self.onmessage = null;
  const lab = await import(JSON.parse(text).glue);
  // A thread gets a stack of 1 MiB in the memory that it joins.
  const exports = await lab.default({ module_or_path: module, memory, thread_stack_size: memory && 1 << 20 });
  const nothing_left = await lab.serve(text);
  self.onmessage = null;
  // Only a worker that is made for one task returns: its stack goes back to the memory that it joined, if nothing uses
  // it any more.
  if (memory && nothing_left) exports.__wbindgen_thread_destroy();
  self.postMessage(['"Over"']);
};
