// The file system that a browser gives to an origin (OPFS), if it does.

export async function root() {
  if (navigator.storage?.getDirectory === undefined) {
    const reason = self.isSecureContext
      ? "this browser gives pages none, or none in private windows and automated sessions"
      : "browsers give one to secure addresses only: open the page as http://localhost or over https";
    throw { kind: "file", message: `this page has no file system: ${reason}` };
  }
  try {
    return await navigator.storage.getDirectory();
  } catch (error) {
    throw { kind: "file", message: `this page has no file system: the browser refuses it (${error.message})` };
  }
}

// Why there is none for this page; undefined, if there is one.
export function why_none() {
  return root().then(
    () => undefined,
    ({ message }) => message,
  );
}
