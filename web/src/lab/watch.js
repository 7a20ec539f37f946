// Makes the death of workers that others start (wasm-bindgen-rayon keeps its workers to itself) known.

// Calls `died` with a message for every worker made from now on that ends with an error.
export function watch_workers(died) {
  const Original = self.Worker;
  self.Worker = class extends Original {
    constructor(...parameters) {
      super(...parameters);
      this.addEventListener("error", (event) => {
        event.preventDefault();
        died(event.message ?? "the worker could not be loaded");
      });
    }
  };
}

// wasm-bindgen-rayon starts its workers in a promise, whose rejection stays in the worker: this reports it outside.
export function report_rejections() {
  self.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    reportError(event.reason);
  });
}
