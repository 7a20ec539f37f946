// Locks that are held for a life: the browser takes them back when the worker that holds them ends, however it does.

// Holds a lock from now on, alone or with others. Resolves when it is held; never, if there are no locks.
export function hold(name, mode = "exclusive") {
  return new Promise((held) => {
    navigator.locks?.request(name, { mode }, () => {
      held();
      return new Promise(() => {});
    });
  });
}

// Calls `over` when nobody holds the lock any more, unless what is returned was aborted before.
export function watch(name, over) {
  const controller = new AbortController();
  const { signal } = controller;
  navigator.locks
    ?.request(name, { signal }, () => {
      if (!signal.aborted) over();
    })
    // That it was aborted is no news.
    .catch(() => {});
  return controller;
}
