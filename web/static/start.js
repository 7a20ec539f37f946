// The page's module, started from a file because the content security policy allows no inline script.

const is_on_static_host = document.querySelector("meta[name=parlab-host]")?.content === "static";

/** Says what is done before the page is there. */
function announce(words) {
  const line = document.getElementById("loading");
  if (line) line.textContent = words;
}

/** Says what went wrong where the page should be, or above it if it is there already. */
function say(words, error) {
  const note = document.createElement("p");
  note.className = "errors";
  note.setAttribute("role", "alert");
  note.textContent = `${words} (${error?.message ?? error})`;
  document.getElementById("loading")?.remove();
  (document.querySelector("main") ?? document.body).prepend(note);
}

// After a panic the module is dead: nothing on the page answers any more.
addEventListener("error", ({ error }) => {
  if (error instanceof WebAssembly.RuntimeError) say("The page has stopped working: reload it.", error);
});

/**
 * Has the browser keep all that workers load, which never changes where it is: from then on computing needs no network,
 * whatever becomes of the server.
 */
async function keep() {
  // A service worker has kept everything already.
  if (is_on_static_host && navigator.serviceWorker?.controller) return;
  const kept = (name) => fetch(new URL(name, import.meta.url), { priority: "low" });
  const other = globalThis.crossOriginIsolated && globalThis.SharedArrayBuffer ? "lab-plain/" : "lab/";
  const names = await (await kept("workers.json")).json();
  // One after another, and to the end: half a file is not kept.
  for (const name of names.filter((name) => !name.startsWith(other))) await (await kept(name)).arrayBuffer();
}

// The page can be used, and the rest of it is loaded. What could not be kept is loaded when it is needed, and missed there.
addEventListener("parlab", () => (globalThis.requestIdleCallback ?? setTimeout)(() => keep().catch(() => {})), { once: true });

/** Why the page cannot be loaded, as far as a static host tells. */
async function why_not_loaded() {
  if (!is_on_static_host) return undefined;
  for (const name of ["static-host.js", "page.js", "page_bg.wasm"]) {
    const why = await globalThis.why_not_loaded?.(new URL(name, import.meta.url).href);
    if (why) return why;
  }
  return undefined;
}

try {
  // A page that is about to be loaded once more begins nothing.
  if (!is_on_static_host || (await (await import("./static-host.js")).prepare(announce))) {
    const { default: init } = await import("./page.js");
    await init();
  }
} catch (error) {
  const unable = "The page could not be loaded. parlab needs a current Chromium, Firefox or Safari with WebAssembly.";
  say((await why_not_loaded()) ?? unable, error);
}
