// Every worker of parlab: loads the module that its first message names and calls the entry point.
self.onmessage = async ({ data: { glue, module, memory, entry, argument } }) => {
  self.onmessage = null;
  const lab = await import(glue);
  // 2 MiB is what native threads get; a page of wasm has 1 MiB by default.
  await lab.default({ module_or_path: module, memory, thread_stack_size: memory ? 2 * 1024 * 1024 : undefined });
  await lab[entry](argument);
};
