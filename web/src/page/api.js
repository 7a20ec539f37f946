// `window.parlab`, from the start: what is asked for before the part of the page that does it is loaded waits for it.

let loaded;
let install;
const loading = new Promise((resolve) => {
  install = (api) => {
    resolve((loaded = api));
    dispatchEvent(new Event("parlab"));
  };
});
const act = (what) => (loaded ? what(loaded) : loading.then(what));

const ready = loading.then((api) => api.ready);
// Nobody need wait for it: the page shows the reason by itself.
ready.catch(() => {});

globalThis.parlab = {
  ready,
  run: (options) => act((api) => api.run(options)),
  cancel() {
    act((api) => api.cancel());
  },
  on(event, listener) {
    if (event !== "progress") throw new Error(`there is no event ${JSON.stringify(event)}; use "progress"`);
    if (typeof listener !== "function") throw new Error(`on("progress", listener) wants a function as its listener`);
    act((api) => api.on(listener));
  },
};

export { install };
