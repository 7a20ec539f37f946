// One request from its beginning to its end, so that the lab awaits one promise for it: where memory is shared, every
// await costs the lab a trip through its event loop (wasm-bindgen-futures wakes its tasks with Atomics.waitAsync there).

// Bodies up to this length come in one piece: a stream costs two more promises.
const SMALL_BYTES = 65536;

// Sends a POST with `json`, or a GET without. Gives the body to `take`, which says whether to go on. Resolves to status
// and time to the head of the answer; rejects with the kind of a task's error and a message.
export async function request(url, json, limit_ms, controller, take) {
  const { signal } = controller;
  // A GET of an address that is being gotten waits for the lock of Chromium's cache, also if the server forbids caching.
  const options = { cache: "no-store", credentials: "omit", redirect: "follow", signal };
  if (json !== undefined) {
    options.method = "POST";
    options.body = json;
    options.headers = { "content-type": "application/json" };
  }
  let late = false;
  let refused = false;
  let response;
  // AbortSignal.timeout would keep its timer until it fires, also after the request has ended.
  const timer = setTimeout(() => {
    late = true;
    controller.abort();
  }, limit_ms);
  const give = (chunk) => {
    signal.throwIfAborted();
    if (take(chunk)) return;
    refused = true;
    controller.abort();
    signal.throwIfAborted();
  };
  try {
    const began_ms = performance.now();
    response = await fetch(url, options);
    const first_byte_ms = performance.now() - began_ms;
    const { body, headers } = response;
    const length = headers.get("content-length");
    if (body === null || (length !== null && Number(length) <= SMALL_BYTES)) {
      const bytes = await response.arrayBuffer();
      if (bytes.byteLength > 0) give(new Uint8Array(bytes));
    } else {
      const reader = body.getReader();
      for (let part = await reader.read(); !part.done; part = await reader.read()) give(part.value);
    }
    return [response.status, first_byte_ms];
  } catch (error) {
    // A caller that refused knows why.
    if (refused) throw { kind: "cancelled", message: "the answer was refused" };
    if (late) throw { kind: "timeout", message: `the answer was not there within ${limit_ms} ms: ${url}` };
    if (response) throw { kind: "body", message: `the body broke off (${error.message}): ${url}` };
    throw unanswered(url, error);
  } finally {
    clearTimeout(timer);
  }
}

// Why there was no answer at all, as far as a page may know.
function unanswered(url, error) {
  let address;
  try {
    address = new URL(url);
  } catch {
    return { kind: "address", message: `this is no address: ${url}` };
  }
  if (!/^https?:$/.test(address.protocol)) {
    return { kind: "address", message: `only http and https addresses can be asked for: ${url}` };
  }
  // One TypeError for all of it, on purpose: https://fetch.spec.whatwg.org/#concept-network-error
  const cors = address.origin === self.location.origin ? "" : ", or does not allow pages of other origins (CORS)";
  const reasons = `the server is down, is unknown, refuses, redirects without end or answers no HTTP${cors}`;
  return { kind: "network", message: `${error.message}; a browser does not tell whether ${reasons}: ${url}` };
}
