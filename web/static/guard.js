// On a static host: says why the page's own script is not there. That lies in the folder of its build; this file does not.

/** What became of a script that could not be loaded, in a sentence, as far as the host tells. */
globalThis.why_not_loaded = async (address) => {
  let response;
  try {
    response = await fetch(address, { cache: "no-store" });
  } catch {
    return "The network or the host does not answer, and this browser has not kept the page: try again when they do.";
  }
  if (response.status === 404 || response.status === 410) {
    return "The page was replaced by that of another build: reload it.";
  }
  const [name] = /[^/]*$/.exec(new URL(address).pathname);
  if (!response.ok) return `The host answers ${response.status} where ${name} should be: put the site there again, all of it.`;
  const type = response.headers.get("content-type") ?? "nothing";
  if (type.includes("html")) {
    return (
      `The host answered HTML where a script was expected: ${name} is not there, or the host rewrites addresses. Reload the ` +
      "page; if that does not help, put all of the site there, and have the host answer each file under its own name."
    );
  }
  if (!/javascript|ecmascript/.test(type)) {
    return `The host says that ${name} is ${type} and not JavaScript: have it send the media types that belong to names.`;
  }
  return undefined;
};

addEventListener(
  "error",
  async ({ target }) => {
    if (!(target instanceof HTMLScriptElement)) return;
    const unable = "The page's script does not run here: parlab needs a current browser.";
    const why = (await globalThis.why_not_loaded(target.src)) ?? unable;
    const loading = document.getElementById("loading");
    if (loading === null) return;
    loading.className = "errors";
    loading.setAttribute("role", "alert");
    loading.textContent = why;
  },
  true,
);
