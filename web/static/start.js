// The page's module, started from a file because the content security policy allows no inline script.

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

try {
  const { default: init } = await import("./page.js");
  await init();
} catch (error) {
  say("The page could not be loaded. parlab needs a current Chromium, Firefox or Safari with WebAssembly.", error);
}
